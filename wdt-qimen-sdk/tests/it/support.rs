//! What the tests share: clients on simulators and on scripted answers, and the fixtures.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, Utc};
use http::{Request, Response};
use proptest::test_runner::Config;
use wdt_qimen_sdk::method::refund::{Refund, RefundParams, RefundQuery};
use wdt_qimen_sdk::transport::{BoxError, NotSent};
use wdt_qimen_sdk::{Client, ClientBuilder, Error, Page, PageAsk, Quota, RetryPolicy, Span, mock};

/// A thousand cases, or `PROPTEST_CASES`.
pub(crate) fn cases() -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: asked.unwrap_or(1000), ..Config::default() }
}

/// Whether the long run was asked for: `PROPTEST_CASES` of 10,000 or more, as `cargo xtask ci --full` sets it.
pub(crate) fn wide() -> bool {
    cases().cases >= 10_000
}

pub(crate) fn at(text: &str) -> NaiveDateTime {
    wdt_qimen_sdk::wire::parse_time(text).unwrap()
}

pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    at(text).and_utc()
}

pub(crate) fn span(start: &str, end: &str) -> Span {
    Span::new(at(start), at(end)).unwrap()
}

/// A day that holds every fixture's rows.
pub(crate) fn a_day() -> RefundParams {
    RefundParams::builder().span(span("2026-11-20 00:00:00", "2026-11-21 00:00:00")).build()
}

pub(crate) const FIRST: PageAsk = PageAsk::new(0, 40);

pub(crate) async fn first_page(client: &Client) -> Result<Page<Refund>, Error> {
    client.page::<RefundQuery>(&a_day(), FIRST).await
}

/// A builder that a simulator with default settings accepts; fast, seeded.
pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .sid(mock::SID)
        .app_key(mock::APP_KEY)
        .app_secret(mock::APP_SECRET)
        .seed(1)
        .quota(Quota::per_minute(60_000))
        .retry(RetryPolicy::never())
}

/// What a scripted server does with one request.
#[derive(Clone)]
pub(crate) enum Say {
    Body(u16, Vec<u8>),
    Header(u16, &'static str, String),
    Refuse,
    Break,
    Hang,
}

pub(crate) fn ok(body: impl AsRef<[u8]>) -> Say {
    Say::Body(200, body.as_ref().to_vec())
}

/// Requests that a scripted server has seen.
pub(crate) type Seen = Arc<Mutex<Vec<Request<Bytes>>>>;

/// Lets a client talk to a script; when it is at its end, the last line is said again.
pub(crate) fn scripted(builder: ClientBuilder, script: impl IntoIterator<Item = Say>) -> (Client, Seen) {
    let seen = Seen::default();
    let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<_>>()));
    let log = Arc::clone(&seen);
    let service = tower::service_fn(move |request: Request<Bytes>| {
        log.lock().unwrap().push(request);
        let mut script = script.lock().unwrap();
        let say = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        speak(say.expect("a script has at least one line"))
    });
    (builder.transport(service).build().unwrap(), seen)
}

async fn speak(say: Say) -> Result<Response<Bytes>, BoxError> {
    match say {
        Say::Body(status, body) => Ok(Response::builder().status(status).body(body.into()).unwrap()),
        Say::Header(status, name, value) => {
            Ok(Response::builder().status(status).header(name, value).body(Bytes::new()).unwrap())
        }
        Say::Refuse => Err(NotSent("connection refused".into()).into()),
        Say::Break => Err("connection reset".into()),
        Say::Hang => {
            tokio::time::sleep(Duration::from_hours(24)).await;
            Err("never".into())
        }
    }
}

/// Reads one answer as a page of refunds.
pub(crate) async fn page_of(body: &str) -> Result<Page<Refund>, Error> {
    let (client, _) = scripted(builder(), [ok(body)]);
    first_page(&client).await
}
