//! The status page: what people see of the pipelines, and what they may order there. One concern a file: `auth` lets
//! in, `overview` (`attention`, `card`), `list` and `history` show, `search` finds, `action` takes orders, `outcome` says
//! what became of them, `live` keeps open pages true.
//! Everything is escaped by the templates, and nothing is loaded from anywhere else.

mod action;
mod assets;
mod attention;
mod auth;
mod card;
mod decide;
mod decide_all;
mod download;
mod export;
mod fill;
mod frame;
mod goods;
mod history;
mod lang;
mod link;
mod list;
mod listed;
mod live;
mod login;
mod missing;
mod month;
mod notice;
mod offers;
mod orders;
mod outcome;
mod overview;
mod parked;
mod plot;
mod reconciled;
mod run;
mod search;
mod searches;
mod session;
mod state;
mod undecided;
mod visitor;
mod words;

use axum::Extension;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};

use super::app_state::AppState;
use state::Page;
use visitor::Visitor;

/// The pages and their actions.
pub(super) fn router(house: AppState) -> Router {
    let page = Page::new(house);
    Router::new()
        .route("/", get(overview::show))
        .route("/parked", get(list::show))
        .route("/parked/decide", get(decide_all::form).post(decide_all::order))
        .route("/in_progress", get(list::show))
        .route("/decided", get(list::show))
        .route("/filtered", get(list::show))
        .route("/flagged", get(list::show))
        .route("/export/{list}", get(export::file))
        .route("/refund/{refund_no}", get(history::show))
        .route("/month", get(month::show))
        .route("/fill", get(fill::form).post(fill::fill))
        .route("/suggest", get(fill::suggest))
        .route("/reconciled/{file}", get(download::reconciled))
        .route("/find", get(search::find))
        .route("/events", get(live::events))
        .route("/act", post(action::act))
        .route("/login", get(login::form).post(login::log_in))
        .route("/logout", post(login::log_out))
        .fallback(async |Extension(visitor): Extension<Visitor>| notice::nowhere(&visitor))
        .layer(middleware::from_fn_with_state(page.clone(), auth::gate))
        .with_state(page)
        // What has no secret needs no door.
        .merge(assets::router())
        .layer(middleware::map_response(sealed))
}

/// Nothing is loaded, framed or sent elsewhere, whatever a text on the page tries.
async fn sealed(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // With none at all a browser would not say where a form of ours comes from.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
