//! From a response to an answer: status, body, envelope, and what a caller gets of them.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use url::Url;

use crate::envelope::{Envelope, Keys, Listing, RawRows, doubled, open};
use crate::error::{CallLog, Error, ErrorKind, Refusal};
use crate::page::{Page, RowError};
use crate::repair::{clean, refusal_of};
use crate::replay::Replay;
use crate::server_clock::DateHeader;
use crate::text::Text;
use crate::wire::mask::{Members, mask_json, mask_text};

/// How much of a body that cannot be read is kept.
const EXCERPT: usize = 1024;

/// A raw call's answer: its JSON as text. `Debug` shows it without its people.
///
/// ```
/// use serde::Deserialize;
/// use wdt_qimen_sdk::{Client, Replay};
///
/// #[derive(Deserialize)]
/// struct Logistics {
///     logistics_no: String,
///     logistics_name: String,
/// }
///
/// /// A method that this crate has no type for.
/// async fn logistics(client: &Client) -> Result<Vec<Logistics>, Box<dyn std::error::Error>> {
///     let answer = client.call_as(Replay::Safe, "wdt.logistics.query", [("page_size", 40)]).await?;
///     println!("{:?} of them, by the server's clock at {:?}", answer.total, answer.server_time);
///     Ok(answer.rows("logistics_list")?)
/// }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RawAnswer {
    /// `total_count`, if the answer has one.
    pub total: Option<u64>,
    /// The answer's `Date` header: the server's idea of now.
    pub server_time: Option<DateTime<Utc>>,
    /// The client's clock when the answered request was sent.
    pub asked_at: DateTime<Utc>,
    /// How many attempts the call took, at least 1.
    pub calls: u32,
    operation: String,
    log: CallLog,
    text: String,
}

impl RawAnswer {
    /// An answer at the first attempt of a call that may write, for tests of code that takes answers. Its total is read
    /// from its text.
    ///
    /// ```
    /// use wdt_qimen_sdk::RawAnswer;
    /// use wdt_qimen_sdk::method::write::Pushed;
    ///
    /// /// Code of yours that takes an answer.
    /// fn is_new(answer: &RawAnswer) -> bool {
    ///     answer.read::<Pushed>().is_ok_and(|pushed| pushed.new_count == Some(1))
    /// }
    ///
    /// assert!(is_new(&RawAnswer::of("wdt.trade.push", r#"{"response": {"errorcode": 0, "new_count": 1}}"#)));
    /// ```
    pub fn of(operation: &str, text: impl Into<String>) -> Self {
        let text = text.into();
        let log = CallLog { attempts: 1, ..CallLog::new(Replay::Never) };
        Self {
            total: read_raw(text.as_bytes()).ok().and_then(|(total, _)| total),
            server_time: None,
            asked_at: DateTime::UNIX_EPOCH,
            calls: log.attempts,
            operation: operation.to_owned(),
            log,
            text,
        }
    }

    /// The whole body.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the gateway's envelope holds, as a `T`: without `response`, whichever protocol it came by.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use wdt_qimen_sdk::method::write::Pushed;
    /// let answer = client.call("wdt.trade.push", [("shop_no", "S001"), ("trade_list", "[]")]).await?;
    /// println!("{:?}", answer.read::<Pushed>()?.new_count);
    /// # Ok(())
    /// # }
    /// ```
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(inner(&self.text)).map_err(|error| self.unreadable(&error))
    }

    /// The rows under a list key, each as an `R`; all or nothing.
    pub fn rows<R: DeserializeOwned>(&self, list_key: &str) -> Result<Vec<R>, Error> {
        open::<crate::wire::OneOrMany<R>>(self.text.as_bytes(), list_key, Keys::Once)
            .map(|envelope| envelope.rows.rows)
            .map_err(|error| self.unreadable(&error))
    }

    fn unreadable(&self, error: &serde_json::Error) -> Error {
        let why = Text { en: mask_text(&error.to_string()).into(), ..Text::of_json(error) };
        Error::new(&self.operation, self.log, contradiction(why, self.text.as_bytes()))
    }
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer")
            .field("operation", &self.operation)
            .field("total", &self.total)
            .field("server_time", &self.server_time)
            .field("asked_at", &self.asked_at)
            .field("calls", &self.calls)
            .field("text", &mask_json(&self.text))
            .finish_non_exhaustive()
    }
}

/// One attempt's answer: a 2xx body with what stood around it.
pub(super) struct Received {
    pub(super) body: Bytes,
    pub(super) date: DateHeader,
    pub(super) asked_at: DateTime<Utc>,
}

impl Received {
    pub(super) fn server_time(&self) -> Option<DateTime<Utc>> {
        if let DateHeader::At(time) = self.date { Some(time) } else { None }
    }
}

/// The rows of a page and the total that came with them.
pub(super) struct Rows<R> {
    pub(super) total: Option<u64>,
    pub(super) rows: Vec<Result<R, RowError>>,
}

/// What a call came to, with what stood around it.
pub(super) struct Answered<T> {
    answer: T,
    received: Received,
    log: CallLog,
}

impl<T> Answered<T> {
    pub(super) fn new(answer: T, received: Received, log: CallLog) -> Self {
        Self { answer, received, log }
    }

    /// How many attempts it took.
    pub(super) fn calls(&self) -> u32 {
        self.log.attempts
    }

    pub(super) fn into_answer(self) -> T {
        self.answer
    }

    /// How long it waited for its turns.
    pub(super) fn queued(&self) -> Duration {
        self.log.queued
    }
}

impl<R> Answered<Rows<R>> {
    pub(super) fn into_page(self, page_size: u32) -> Page<R> {
        let Self { answer: Rows { total, rows }, received, log } = self;
        Page {
            rows,
            total,
            page_size,
            server_time: received.server_time(),
            asked_at: received.asked_at,
            calls: log.attempts,
        }
    }
}

impl Answered<(Option<u64>, String)> {
    pub(super) fn into_raw(self, operation: &str) -> RawAnswer {
        let Self { answer: (total, text), received, log } = self;
        let (server_time, asked_at) = (received.server_time(), received.asked_at);
        let operation = operation.to_owned();
        RawAnswer { total, server_time, asked_at, calls: log.attempts, operation, log, text }
    }
}

/// Reads a raw call's answer.
pub(super) fn read_raw(body: &[u8]) -> Result<(Option<u64>, String), ErrorKind> {
    // No list is asked for here, so any list key will do.
    if let Ok(envelope) = open::<RawRows<'_>>(body, "\0", Keys::Once) {
        let (total, _) = accept(envelope)?;
        return Ok((total, String::from_utf8_lossy(body).into_owned()));
    }
    if let Some(refused) = refusal_of(body) {
        return Err(ErrorKind::Refused(Box::new(Refusal::new(refused))));
    }
    let text = clean(body);
    if let Some(key) = doubled(&text, "\0") {
        return Err(contradiction(twice(&key), body));
    }
    let envelope = open::<RawRows<'_>>(text.as_bytes(), "\0", Keys::Twice).map_err(|_| unreadable(body))?;
    let (total, _) = accept(envelope)?;
    Ok((total, text))
}

/// Reads a write's answer. One that is accepted and cannot be read may have been carried out all the same.
pub(super) fn read_written<T: DeserializeOwned>(body: &[u8]) -> Result<T, ErrorKind> {
    let (_, text) = read_raw(body)?;
    serde_json::from_str(inner(&text)).map_err(|_| {
        contradiction(Text::new("调用被接受，但应答与文档不符", "it is accepted and not as documented"), body)
    })
}

/// What stands in an envelope; the whole where there is none.
fn inner(text: &str) -> &str {
    let members: Result<Members<'_>, _> = serde_json::from_str(text);
    let response = members.ok().and_then(|members| members.0.into_iter().find(|(key, _)| key == "response"));
    response.map_or(text, |(_, raw)| raw.get())
}

/// Turns a refusing envelope into the error it is.
pub(super) fn accept<L>(envelope: Envelope<L>) -> Result<(Option<u64>, L), ErrorKind> {
    match envelope.refusal {
        Some(refused) => Err(ErrorKind::Refused(Box::new(Refusal::new(refused)))),
        None => Ok((envelope.total, envelope.rows)),
    }
}

/// The rows of a page. Where page 0 counts rows and has no list at all, something took the list away: an empty page
/// would be believed.
pub(super) fn accept_list<L: Listing>(
    envelope: Envelope<L>,
    body: &[u8],
    list_key: &str,
    page_no: u32,
) -> Result<(Option<u64>, L), ErrorKind> {
    let (total, rows) = accept(envelope)?;
    match total {
        Some(total @ 1..) if page_no == 0 && !rows.is_list() => {
            let why = Text::of(
                format!("total_count 为 {total}，却没有列表 {list_key}"),
                format!("total_count is {total} and there is no list {list_key}"),
            );
            Err(contradiction(why, body))
        }
        _ => Ok((total, rows)),
    }
}

/// Judges the status; what is left is a body to read.
pub(super) fn receive(
    response: http::Response<Bytes>,
    asked_at: DateTime<Utc>,
) -> Result<Received, ErrorKind> {
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    if head.status.is_redirection() {
        return Err(ErrorKind::Redirect { status, location: location_host(&head.headers) });
    }
    if !head.status.is_success() {
        let said = open::<RawRows<'_>>(&body, "\0", Keys::Twice).ok().and_then(|envelope| envelope.refusal);
        if let Some(refused) = said.or_else(|| refusal_of(&body)) {
            return Err(ErrorKind::Refused(Box::new(Refusal::new(refused))));
        }
        return Err(ErrorKind::Status {
            status,
            excerpt: excerpt(&body),
            retry_after: retry_after(&head.headers, asked_at),
        });
    }
    Ok(Received { body, date: date(&head.headers), asked_at })
}

pub(super) fn unreadable(body: &[u8]) -> ErrorKind {
    ErrorKind::Unreadable { why: None, excerpt: excerpt(body) }
}

/// Why an answer that has a key twice cannot be believed.
pub(super) fn twice(key: &str) -> Text {
    Text::of(format!("{key} 出现两次，内容不同"), format!("it has {key} twice, with different content"))
}

pub(super) fn contradiction(why: Text, body: &[u8]) -> ErrorKind {
    ErrorKind::Unreadable { why: Some(why), excerpt: excerpt(body) }
}

/// The first KiB as text, with people, digit runs and signatures masked.
fn excerpt(body: &[u8]) -> String {
    mask_text(&String::from_utf8_lossy(&body[..body.len().min(EXCERPT)]))
}

fn header<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// What the answer says about the time. Two headers that agree are one.
fn date(headers: &HeaderMap) -> DateHeader {
    let read = |value: &http::HeaderValue| {
        let text = value.to_str().ok()?;
        DateTime::parse_from_rfc2822(text.trim()).ok().map(|time| time.to_utc())
    };
    let mut dates = headers.get_all(DATE).iter().map(read);
    match dates.next() {
        None => DateHeader::Absent,
        Some(None) => DateHeader::Unreadable,
        Some(Some(first)) if dates.all(|other| other == Some(first)) => DateHeader::At(first),
        Some(Some(_)) => DateHeader::Several,
    }
}

/// Seconds, however many digits, or a date by the server's own clock.
fn retry_after(headers: &HeaderMap, asked_at: DateTime<Utc>) -> Option<Duration> {
    let text = header(headers, &RETRY_AFTER)?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    let now = if let DateHeader::At(now) = date(headers) { now } else { asked_at };
    Some((until - now).to_std().unwrap_or_default())
}

/// The host a location names, and nothing else of it: the rest may carry our own parameters.
fn location_host(headers: &HeaderMap) -> String {
    let url = header(headers, &LOCATION).and_then(|location| Url::parse(location).ok());
    match url.as_ref().and_then(Url::host_str) {
        Some(host) => host.to_owned(),
        None => "another path of the same host".to_owned(),
    }
}
