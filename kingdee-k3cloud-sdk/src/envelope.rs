//! Reading replies: which of the server's many shapes is an answer and which is a failure of the
//! whole call. What an answer says about each bill is in `verdict`.

use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use http::{HeaderMap, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_with::{DefaultOnNull, NoneAsEmptyString, serde_as};

use crate::bill_error::BillError;
use crate::class::Objection;
use crate::class::rule::{Class, Code};
use crate::error::ErrorKind;
use crate::redact;
use crate::scalar::{AnyFlag, AnyNumber, AnyText};
use crate::text::Text;

/// How much of a foreign text an error keeps, in characters.
const EXCERPT: usize = 200;

/// A reply that is an answer: its JSON, and its status where it carries one.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) json: Box<RawValue>,
    pub(crate) status: Option<ResponseStatus>,
}

/// `ResponseStatus`, with every scalar in the spelling it came in accepted.
#[derive(Debug, Clone, Default)]
pub(crate) struct ResponseStatus {
    pub(crate) is_success: bool,
    pub(crate) msg_code: i64,
    pub(crate) errors: Vec<BillError>,
    pub(crate) successes: Vec<Success>,
    /// Whether it has a list of them, if only an empty one: older servers have none.
    lists_successes: bool,
}

/// One of `SuccessEntitys` (sic).
#[serde_as]
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Success {
    #[serde_as(as = "DefaultOnNull<AnyText>")]
    #[serde(rename = "Id", default)]
    pub(crate) id: String,
    #[serde_as(as = "Option<AnyText>")]
    #[serde(rename = "Number", default)]
    pub(crate) number: Option<String>,
    #[serde_as(as = "AnyNumber")]
    #[serde(rename = "DIndex", default)]
    pub(crate) index: Option<usize>,
}

/// Reads a reply of any shape.
pub(crate) fn read(reply: &Response<Bytes>) -> Result<Answer, ErrorKind> {
    let status = reply.status();
    if status.is_redirection() {
        return Err(redirect(reply));
    }
    let body = String::from_utf8_lossy(reply.body());
    let body = body.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if status.as_u16() == GATEWAY
        && let Some(gateway) = gateway(body, reply)
    {
        return Err(gateway);
    }
    if !status.is_success() && body.contains("Fail to verify thirty passport") {
        return Err(ErrorKind::Credentials(excerpt(body)));
    }
    if let Some(exception) = body.strip_prefix("response_error:") {
        let message = excerpt(&messages(exception).unwrap_or_else(|| exception.to_owned()));
        return Err(if is_session_lost(status, &message) {
            ErrorKind::SessionLost
        } else {
            ErrorKind::Exception(message)
        });
    }
    if !status.is_success() {
        return Err(refused_status(status, reply, body));
    }
    if body.starts_with('<') {
        return Err(ErrorKind::Html(excerpt(&without_tags(body))));
    }
    let json = RawValue::from_string(body.to_owned())
        .map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))?;
    if let Some(message) = firewall(&json) {
        return Err(ErrorKind::Firewall(message));
    }
    let status = response_status(&json);
    // Of how many bills it is, is not known here.
    if status.as_ref().is_some_and(|status| status.is_session_lost(usize::MAX)) {
        return Err(ErrorKind::SessionLost);
    }
    Ok(Answer { json, status })
}

/// Whether a text without a MsgCode says so. A server that fails (5xx) says nothing of whether the call ran, whatever its
/// page quotes.
fn is_session_lost(status: StatusCode, message: &str) -> bool {
    let objection = Objection { field: None, message, code: Code::Msg(0), is_login: false };
    !status.is_server_error() && objection.rule().is_session_lost()
}

/// Whether a reply, read so, says in words that prove nothing of the call that the session has ended, or does so by its code
/// at a status that proves as little.
pub(crate) fn doubts_session(answer: &Result<Answer, ErrorKind>) -> bool {
    match answer {
        Ok(answer) => answer.status.as_ref().is_some_and(ResponseStatus::doubts_session),
        Err(kind) => kind.doubts_session(),
    }
}

impl Answer {
    /// Whether it speaks of a lock or a call limit, for the whole call or for its bills.
    pub(crate) fn is_busy(&self) -> bool {
        let slows = |status: &ResponseStatus| {
            matches!(status.msg_code, 13 | 14) || status.errors.iter().any(|error| error.rule.slows)
        };
        self.status.as_ref().is_some_and(slows)
    }

    /// The status of an answer that must have one.
    pub(crate) fn into_status(self) -> Result<ResponseStatus, ErrorKind> {
        self.status.ok_or_else(|| {
            let said = excerpt(self.json.get());
            ErrorKind::Unreadable(Text::of(
                format!("没有 ResponseStatus：{said}"),
                format!("no ResponseStatus in {said}"),
            ))
        })
    }

    /// The answer of a call that only reads, so that it does not matter of how many bills it is: none unless there is a session.
    pub(crate) fn in_session(self) -> Result<Self, ErrorKind> {
        let is_lost = self.status.as_ref().is_some_and(|status| status.is_session_lost(1));
        if is_lost { Err(ErrorKind::SessionLost) } else { Ok(self) }
    }

    /// The JSON of an answer that carries data; a failed status is the call's failure.
    pub(crate) fn into_data(self) -> Result<Box<RawValue>, ErrorKind> {
        match self.status {
            Some(status) if status.is_session_lost(1) => Err(ErrorKind::SessionLost),
            Some(status) if !status.is_success => Err(status.into_refusal()),
            _ => Ok(self.json),
        }
    }
}

impl ResponseStatus {
    /// MsgCode 1, or errors that all say so: older servers send the text alone. Not where an error is one bill's among several,
    /// as the others may have been done.
    fn is_session_lost(&self, bills: usize) -> bool {
        let says = |error: &BillError| error.rule.is_session_lost();
        let all_say = !self.errors.is_empty() && self.errors.iter().all(says);
        let nothing = !self.is_success && self.successes.is_empty() && !self.is_placed(bills);
        nothing && (self.msg_code == 1 || all_say)
    }

    /// Whether an error is one bill's among several, while of the others nothing is said: it has a place, and there is no list
    /// of those that got through.
    fn is_placed(&self, bills: usize) -> bool {
        bills > 1 && !self.lists_successes && self.errors.iter().any(|error| error.index.is_some())
    }

    /// Whether the session may have ended, by its code or by words for want of which nothing got through: where something
    /// did, there is one, and the words are about another.
    fn doubts_session(&self) -> bool {
        let says = |error: &BillError| error.class == Class::SessionLost;
        let nothing = !self.is_success && self.successes.is_empty();
        nothing && (self.msg_code == 1 || self.errors.iter().any(says))
    }

    /// What its errors say, if anything. MsgCode 1 says it without a word: it is put into words, and beside them in brackets,
    /// in which nothing is looked at, stands what it came with.
    fn words(&self) -> Option<String> {
        let texts = self.errors.iter().map(|error| error.message.trim()).filter(|text| !text.is_empty());
        let texts = texts.collect::<Vec<_>>().join("; ");
        if self.msg_code == 1 && self.doubts_session() {
            return Some(format!("MsgCode 1, 会话信息已丢失【{texts}】"));
        }
        (!texts.is_empty()).then_some(texts)
    }

    /// The status, unless it speaks of the call as a whole: no bill got through, and the code or every error concerns
    /// everything, or no error names a place among several bills. Without a list of those that got through, `IsSuccess` is
    /// false also where some were saved: an error with a place is that bill's alone, whatever it says and whatever the code,
    /// and one without says nothing of any of several.
    pub(crate) fn per_bill(self, bills: usize) -> Result<Self, ErrorKind> {
        if self.is_session_lost(bills) {
            return Err(ErrorKind::SessionLost);
        }
        let nowhere =
            bills > 1 && self.lists_successes && self.errors.iter().all(|error| error.index.is_none());
        let is_of_all = |error: &BillError| error.class == Class::Account;
        let everything = matches!(self.msg_code, 1 | 2 | 3 | 5 | 6 | 7 | 14 | 15)
            || (!self.errors.is_empty() && self.errors.iter().all(is_of_all));
        let whole = (everything && !self.is_placed(bills)) || nowhere;
        if self.successes.is_empty() && !self.is_success && whole {
            Err(self.into_refusal())
        } else {
            Ok(self)
        }
    }

    /// The same of an answer of which it is not known how many bills it is about: of several, where an error has a place.
    pub(crate) fn per_place(self) -> Result<Self, ErrorKind> {
        let has_place = self.errors.iter().any(|error| error.index.is_some());
        self.per_bill(if has_place { usize::MAX } else { 1 })
    }

    /// Whether bills may have been done though it is no success: some are named, or an error has a place and nothing is said of
    /// the other places, which are as many as nobody knows here.
    pub(crate) fn leaves_open(&self) -> bool {
        !self.successes.is_empty() || self.is_placed(usize::MAX)
    }

    /// Whether it says that no bill got through, by a list that is empty.
    pub(crate) fn lists_no_success(&self) -> bool {
        self.lists_successes && self.successes.is_empty()
    }

    pub(crate) fn into_refusal(self) -> ErrorKind {
        ErrorKind::Refused { code: self.msg_code, errors: self.errors }
    }
}

fn redirect(reply: &Response<Bytes>) -> ErrorKind {
    let location =
        reply.headers().get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let location = match url::Url::parse(location) {
        // Origin only: path and query may carry anything.
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => "another path of the same host".to_owned(),
    };
    ErrorKind::Redirect { status: reply.status().as_u16(), location }
}

/// What a status that says no means. Its JSON is read first: in the raw text the words stand in quotes, in which nothing is
/// looked at. Whatever is decided by them later sees the words that are kept here.
fn refused_status(status: StatusCode, reply: &Response<Bytes>, body: &str) -> ErrorKind {
    let envelope = serde_json::from_str::<&RawValue>(body).ok().and_then(response_status);
    let (is_lost, words) = if let Some(envelope) = envelope {
        // Of how many bills it is, is not known here.
        (!status.is_server_error() && envelope.is_session_lost(usize::MAX), envelope.words())
    } else {
        let words = messages(body);
        (is_session_lost(status, words.as_deref().unwrap_or(body)), words)
    };
    if is_lost {
        return ErrorKind::SessionLost;
    }
    ErrorKind::Status {
        status: status.as_u16(),
        excerpt: excerpt(&words.unwrap_or_else(|| without_tags(body))),
        retry_after: retry_after(reply.headers()),
    }
}

/// Seconds, or a date by the server's own clock: one without a `Date` beside it tells nothing. More digits than a number
/// has are a very long time, not none.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wait = text(header::RETRY_AFTER)?;
    if !wait.is_empty() && wait.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(wait.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::parse_from_rfc2822(wait).ok()?;
    let now = DateTime::parse_from_rfc2822(text(header::DATE)?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
}

/// The status of the public gateway's own refusals. The same JSON at another status is a service's answer, or says nothing
/// of whether the call ran.
const GATEWAY: u16 = 519;

/// The gateway refuses the time of a signature.
const CLOCK: i64 = 4006;

/// `{"errcode":4002,"description":…}` of the public gateway. Of a refused time the answer's own is told too.
fn gateway(body: &str, reply: &Response<Bytes>) -> Option<ErrorKind> {
    #[derive(Deserialize)]
    struct Refusal {
        errcode: i64,
        #[serde(default)]
        description: String,
    }
    let refusal: Refusal = body.starts_with('{').then(|| serde_json::from_str(body).ok())??;
    let mut description = excerpt(&refusal.description);
    let date = reply.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    if let (CLOCK, Some(date)) = (refusal.errcode, date) {
        description = format!("{description}; its clock shows {}", excerpt(date));
    }
    Some(ErrorKind::Gateway { code: refusal.errcode, description })
}

/// The messages of an exception's JSON, each inner one behind its outer: the cause comes last. None if it has none.
fn messages(json: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Exception {
        #[serde(alias = "message")]
        message: Option<String>,
        #[serde(rename = "InnerExWrapper")]
        inner: Option<Box<Exception>>,
    }
    let outer: Exception = serde_json::from_str(json.trim()).ok()?;
    let chain = std::iter::successors(Some(&outer), |exception| exception.inner.as_deref());
    let texts = chain.filter_map(|exception| exception.message.as_deref());
    Some(texts.collect::<Vec<_>>().join(": ")).filter(|texts| !texts.trim().is_empty())
}

/// `[{"actionname":"showConfirm",…}]`, which looks like rows and is none.
fn firewall(json: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Action {
        #[serde(rename = "actionname")]
        _name: String,
        #[serde(default)]
        params: Vec<Param>,
    }
    #[derive(Deserialize)]
    struct Param {
        #[serde(default)]
        msg: String,
    }
    // Objects only: serde would take a row of cells for the struct's fields in order.
    let is_objects = json.get().strip_prefix('[').is_some_and(|items| items.trim_start().starts_with('{'));
    let actions: Vec<Action> = is_objects.then(|| serde_json::from_str(json.get()).ok())??;
    let action = actions.into_iter().next()?;
    Some(excerpt(&action.params.into_iter().map(|param| param.msg).collect::<Vec<_>>().join(" ")))
}

/// The status in `{"Result":{"ResponseStatus":…}}`, bare or wrapped in one or two arrays.
fn response_status(json: &RawValue) -> Option<ResponseStatus> {
    #[derive(Deserialize)]
    struct Wrapped {
        #[serde(rename = "Result")]
        result: Inner,
    }
    #[serde_as]
    #[derive(Deserialize)]
    struct Inner {
        #[serde(rename = "ResponseStatus")]
        status: Option<RawStatus>,
        /// The bill that a Save made. Older servers name it here only.
        #[serde_as(as = "Option<AnyText>")]
        #[serde(rename = "Id", default)]
        id: Option<String>,
        #[serde_as(as = "Option<AnyText>")]
        #[serde(rename = "Number", default)]
        number: Option<String>,
    }
    let mut text = json.get();
    for _ in 0..2 {
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            text = inner.trim();
        }
    }
    if !text.starts_with('{') {
        return None;
    }
    let Inner { status, id, number } = serde_json::from_str::<Wrapped>(text).ok()?.result;
    let mut status = ResponseStatus::from(status?);
    if let Some(id) = id.filter(|id| !id.trim_matches('0').is_empty())
        && status.is_success
        && status.successes.is_empty()
    {
        status.successes.push(Success { id, number, index: Some(0) });
    }
    Some(status)
}

#[serde_as]
#[derive(Deserialize)]
struct RawStatus {
    #[serde_as(as = "AnyFlag")]
    #[serde(rename = "IsSuccess", default)]
    is_success: bool,
    #[serde_as(as = "AnyNumber")]
    #[serde(rename = "MsgCode", default)]
    msg_code: Option<i64>,
    #[serde(rename = "Errors", default)]
    errors: Option<Vec<RawError>>,
    #[serde(rename = "SuccessEntitys", default)]
    successes: Option<Vec<Success>>,
}

#[serde_as]
#[derive(Deserialize)]
struct RawError {
    #[serde_as(as = "NoneAsEmptyString")]
    #[serde(rename = "FieldName", default)]
    field: Option<String>,
    #[serde(rename = "Message", default)]
    message: Option<String>,
    #[serde_as(as = "AnyNumber")]
    #[serde(rename = "DIndex", default)]
    index: Option<usize>,
}

impl From<RawStatus> for ResponseStatus {
    fn from(raw: RawStatus) -> Self {
        let msg_code = raw.msg_code.unwrap_or_default();
        let error = |error: RawError| {
            BillError::new(error.field, error.message.unwrap_or_default(), error.index, msg_code)
        };
        Self {
            is_success: raw.is_success,
            msg_code,
            errors: raw.errors.unwrap_or_default().into_iter().map(error).collect(),
            lists_successes: raw.successes.is_some(),
            successes: raw.successes.unwrap_or_default(),
        }
    }
}

/// The beginning of a foreign text, on one line, without what proves who called.
pub(crate) fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    redact::tokens(&line).chars().take(EXCERPT).collect()
}

/// The text between the tags of a page.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    for piece in page.split('<') {
        let piece = piece.split_once('>').map_or(piece, |(_, rest)| rest);
        text.push_str(piece);
        text.push(' ');
    }
    text
}
