//! What is said instead of a page: why not, and what to do. Scripts get it as plain text.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::frame::{Frame, html};
use super::visitor::Visitor;
use crate::lang::Text;
use crate::store::StoreError;
use crate::text::shown;

#[derive(askama::Template)]
#[template(path = "notice.html")]
struct Notice {
    frame: Frame,
    text: String,
    /// Where the form was filled in that this answers.
    back: Option<String>,
}

/// A notice, in the visitor's language: a line for a script, a page for a person.
pub(super) fn of(visitor: &Visitor, status: StatusCode, chinese: &str, english: &str) -> Response {
    let text = visitor.lang.of(chinese, english).to_owned();
    if visitor.rights.is_script() {
        return (status, shown(&text).into_owned() + "\n").into_response();
    }
    let title = title(status).get(visitor.lang).to_owned();
    let back = visitor.has_sent.then(|| visitor.here.back());
    (status, html(&Notice { frame: Frame::plain(visitor, &title), text, back })).into_response()
}

/// What a status is called.
pub(super) fn title(status: StatusCode) -> Text {
    match status {
        StatusCode::BAD_REQUEST => Text::new("无法执行", "Not possible"),
        StatusCode::UNAUTHORIZED => Text::new("需要令牌", "The token is needed"),
        StatusCode::FORBIDDEN => Text::new("没有权限", "Not allowed"),
        StatusCode::NOT_FOUND => Text::new("没有找到", "Not found"),
        StatusCode::REQUEST_TIMEOUT => Text::new("请求超时", "Too slow"),
        StatusCode::CONFLICT => Text::new("情况已变化", "Changed meanwhile"),
        StatusCode::UNPROCESSABLE_ENTITY => Text::new("没有执行", "Not done"),
        StatusCode::PAYLOAD_TOO_LARGE => Text::new("请求过长", "Too long"),
        StatusCode::TOO_MANY_REQUESTS => Text::new("请稍后再试", "Try again later"),
        StatusCode::SERVICE_UNAVAILABLE => Text::new("暂时不可用", "Not available at present"),
        _ => Text::new("出错了", "Something went wrong"),
    }
}

/// The journal failed. Its own words say what to do.
pub(super) fn of_store(visitor: &Visitor, error: &StoreError) -> Response {
    // What is away was told by whoever waits for it, and is asked for as often as people look.
    if !matches!(error, StoreError::Away { .. }) {
        tracing::error!(
            %error,
            message_zh = "状态页无法读取同步台账",
            "the status page cannot read the journal"
        );
    }
    let Text { zh, en } = error.text();
    let (zh, en) =
        (format!("同步台账暂时无法读取。（{zh}）"), format!("The journal cannot be read at present: {en}"));
    of(visitor, StatusCode::SERVICE_UNAVAILABLE, &zh, &en)
}

/// What stands in the address is no text.
pub(super) fn no_text(visitor: &Visitor) -> Response {
    let (zh, en) = ("地址中有不是 UTF-8 的字符。", "Something in the address is no text in UTF-8.");
    of(visitor, StatusCode::BAD_REQUEST, zh, en)
}

/// There is no such page.
pub(super) fn nowhere(visitor: &Visitor) -> Response {
    of(visitor, StatusCode::NOT_FOUND, "没有这个页面。", "There is no such page.")
}
