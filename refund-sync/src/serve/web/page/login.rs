//! Trading the token for a session, and ending it.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::auth::{SESSION, cookie};
use super::frame::{Frame, html};
use super::link;
use super::session::LIFETIME;
use super::state::Page;
use super::visitor::{Fields, Visitor};
use crate::serve::web::access::Claim;

#[derive(askama::Template)]
#[template(path = "login.html")]
struct Login {
    frame: Frame,
    back: String,
    /// What was wrong with the last try.
    fault: Option<String>,
}

/// The form.
pub(super) async fn form(State(page): State<Page>, Extension(visitor): Extension<Visitor>) -> Response {
    if page.seal.is_none() || visitor.rights.known().is_some() {
        return Redirect::to("/").into_response();
    }
    let back = visitor.here.asked("back").map_or("/", link::checked).to_owned();
    answer(&visitor, StatusCode::OK, back, None)
}

/// The token, as typed.
pub(super) async fn log_in(
    State(page): State<Page>,
    Extension(visitor): Extension<Visitor>,
    Extension(fields): Extension<Fields>,
    headers: HeaderMap,
) -> Response {
    let Some(seal) = &page.seal else { return Redirect::to("/").into_response() };
    let back = link::checked(fields.text("back")).to_owned();
    let now = page.house.board.now();
    let lang = visitor.lang;
    let known = match page.house.access.weigh(fields.text("token").trim(), visitor.remote, now) {
        Claim::Right(known) => known,
        Claim::TooEarly(wait) => {
            let wait = lang.span(wait);
            let fault = match lang.word() {
                "zh" => format!("错误次数过多，请 {wait}后再试。"),
                _ => format!("Too many wrong tokens: try again in {wait}."),
            };
            return answer(&visitor, StatusCode::TOO_MANY_REQUESTS, back, Some(fault));
        }
        Claim::None | Claim::Wrong => {
            let fault =
                lang.of("令牌不对，请核对 [server] token。", "This is not the token: see [server] token.");
            return answer(&visitor, StatusCode::UNAUTHORIZED, back, Some(fault.to_owned()));
        }
    };
    tracing::info!(
        remote = %visitor.remote,
        user = known.name.as_ref(),
        message_zh = "已登录状态页",
        "logged in at the status page"
    );
    with_cookie(&back, seal.open(now, known).text(), LIFETIME.num_seconds(), &headers)
}

/// The end of the browser's session, here and there.
pub(super) async fn log_out(State(page): State<Page>, headers: HeaderMap) -> Response {
    if let (Some(seal), Some(session)) = (&page.seal, cookie(&headers, SESSION)) {
        seal.end(session, page.house.board.now());
    }
    with_cookie("/", "", 0, &headers)
}

fn answer(visitor: &Visitor, status: StatusCode, back: String, fault: Option<String>) -> Response {
    let title = visitor.lang.of("登录", "Log in");
    (status, html(&Login { frame: Frame::plain(visitor, title), back, fault })).into_response()
}

/// Back to a place, with the session as a cookie that no script reads and no other site sends.
fn with_cookie(back: &str, session: &str, seconds: i64, headers: &HeaderMap) -> Response {
    // Behind a proxy that speaks TLS the cookie must never travel without it.
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{SESSION}={session}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut response = Redirect::to(back).into_response();
    if let Ok(mut value) = HeaderValue::from_str(&cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
