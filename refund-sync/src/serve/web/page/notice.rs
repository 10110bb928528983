//! What is said instead of a page: why not, and what to do. Scripts get it as plain text.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::frame::{Frame, html};
use super::visitor::Visitor;
use crate::store::StoreError;
use crate::text::shown;

#[derive(askama::Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    text: String,
}

/// A notice.
pub(super) fn of(visitor: &Visitor, status: StatusCode, chinese: &str, english: &str) -> Response {
    if visitor.rights.is_script() {
        return (status, shown(&format!("{chinese}{english}")).into_owned() + "\n").into_response();
    }
    let text = visitor.lang.of(chinese, english).to_owned();
    let title = status.canonical_reason().unwrap_or("refund-sync");
    (status, html(&Notice { frame: Frame::plain(visitor, title), text })).into_response()
}

/// The journal failed. Its own words say what to do.
pub(super) fn of_store(visitor: &Visitor, error: &StoreError) -> Response {
    // What is away was told by whoever waits for it, and is asked for as often as people look.
    if !matches!(error, StoreError::Away { .. }) {
        tracing::error!(%error, "the status page cannot read the journal");
    }
    of(visitor, StatusCode::SERVICE_UNAVAILABLE, &error.to_string(), &error.to_string())
}

/// There is no such page.
pub(super) fn nowhere(visitor: &Visitor) -> Response {
    of(visitor, StatusCode::NOT_FOUND, "没有这个页面。", "There is no such page.")
}
