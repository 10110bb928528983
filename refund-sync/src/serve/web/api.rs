//! `/api/v1`: the answers of the command line's `--json` to whoever may look, and the document that describes them. Only
//! reads. What is answered is `answer`'s; who is let in, `guard`'s.

mod openapi;
mod shape;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use url::form_urlencoded;

pub use openapi::openapi;

use super::app_state::AppState;
use super::guard;
use crate::answer::{AnswerError, Inquiry, Limits, Question};
use crate::lang::Text;
use crate::text::shown_json;

/// Where the description is.
const DESCRIPTION: &str = "/api/v1/openapi.json";
/// How many returns a list has.
const LIMITS: Limits = Limits { usual: 100, most: 1_000 };

/// What stands in an address in place of a parameter.
type InPath = Result<RawPathParams, RawPathParamsRejection>;
const NO_TEXT: Text = Text::new("地址中有不是 UTF-8 的字符", "something in the address is no text in UTF-8");

/// Where a question is asked.
const fn path(question: Question) -> &'static str {
    match question {
        Question::Status => "/api/v1/status",
        Question::Why => "/api/v1/why/{no}",
        Question::Find => "/api/v1/find",
        Question::Parked => "/api/v1/parked",
        Question::NotInBooks => "/api/v1/not-in-books",
        Question::Reconciliation => "/api/v1/reconciliation",
        Question::ExplainError => "/api/v1/errors/{text}",
    }
}

pub(super) fn router(house: AppState) -> Router {
    let mut router = Router::new().route(DESCRIPTION, get(async || told(StatusCode::OK, &openapi())));
    for question in Question::ALL {
        let handler = async move |State(house): State<AppState>, in_path: InPath, uri: Uri| {
            let mut given: BTreeMap<_, _> =
                form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
            let Ok(in_path) = &in_path else { return refused(&AnswerError::Question(NO_TEXT)) };
            given.extend(in_path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
            match ask(&house, question, &given).await {
                Ok(answer) => told(StatusCode::OK, &answer),
                Err(error) => refused(&error),
            }
        };
        router = router.route(path(question), get(handler));
    }
    router
        .route("/api/{*rest}", get(async || refused(&nowhere())))
        .route_layer(middleware::from_fn_with_state(house.clone(), guard::see))
        .with_state(house)
}

async fn ask(
    house: &AppState,
    question: Question,
    given: &BTreeMap<String, String>,
) -> Result<Value, AnswerError> {
    let store = house.journal.store()?;
    let views = house.board.views();
    let pipelines = views.values().map(|view| view.settings.as_ref());
    let inquiry = Inquiry::new(Some(store.as_ref()), pipelines, house.journal.clock());
    inquiry.answer(question, given, LIMITS).await
}

fn nowhere() -> AnswerError {
    AnswerError::Unknown(Text::of(
        format!("没有这个接口，见 {DESCRIPTION}"),
        format!("there is no such address: see {DESCRIPTION}"),
    ))
}

fn refused(error: &AnswerError) -> Response {
    let (status, text) = match error {
        AnswerError::Question(text) => (StatusCode::BAD_REQUEST, text.clone()),
        AnswerError::Unknown(text) => (StatusCode::NOT_FOUND, text.clone()),
        AnswerError::Store(error) => (StatusCode::SERVICE_UNAVAILABLE, error.text()),
    };
    told(status, &json!({ "message": text.en, "message_zh": text.zh }))
}

fn told(status: StatusCode, answer: &Value) -> Response {
    let text = answer.to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], shown_json(&text).into_owned()).into_response()
}
