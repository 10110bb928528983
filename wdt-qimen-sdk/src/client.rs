//! The client: one loop around sign, limit, send, read and judge. Requests are put together in
//! `client/request.rs`, settings in `client/builder.rs`, answers are opened by `envelope.rs`.

mod answer;
mod builder;
mod parts;
mod request;
mod rows;
mod skew;

pub use answer::RawAnswer;
pub use builder::{BuildError, ClientBuilder, SettingFault};

use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind};
use crate::limit::{Answer, Lane, Limiter, LimiterSnapshot, Pace};
use crate::method::Method;
use crate::method::raw::RawRow;
use crate::page::{Page, PageAsk};
use crate::protocol::Protocol;
use crate::retry::{Budget, RetryPolicy};
use crate::server_clock::{ClockReading, DateHeader, Evidence, ServerClock};
use crate::sign::SignMethod;
use crate::transport::{BrokenOff, NotSent, TooLong, Transport};
use crate::window::Span;
use crate::wire::format_time;
use answer::Answered;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use skew::Skew;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;
use url::Url;

/// The injected wall clock.
type WallClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// A client of the gateway: typed, signed, limited, retried.
///
/// Cheap to clone; clones share limiter, connections and retry budget. Every call may be dropped at any await:
/// nothing is lost but its answer.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    protocol: Protocol,
    base_url: Url,
    credentials: Credentials,
    sign_method: SignMethod,
    catalogue_names: bool,
    extra_params: Vec<(String, String)>,
    transport: Transport,
    timeout: Duration,
    max_body: usize,
    limiter: Limiter,
    retry: RetryPolicy,
    budget: Budget,
    seed: u64,
    calls: AtomicU64,
    clock: WallClock,
    skew: Skew,
    born: Instant,
    server_clock: Mutex<ServerClock>,
}

/// One attempt's answer: a 2xx body with what stood around it.
struct Received {
    body: Bytes,
    date: DateHeader,
    asked_at: DateTime<Utc>,
}

impl Received {
    fn server_time(&self) -> Option<DateTime<Utc>> {
        if let DateHeader::At(time) = self.date { Some(time) } else { None }
    }
}

impl Client {
    /// A builder with the defaults of the protocol notes.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// One page of a method, signed, limited and retried.
    ///
    /// A row that cannot be read is an `Err` within the page, never the page's error: dirty text is cleaned, then the
    /// list is cut into its rows, and as a last resort smaller pages are asked for.
    pub async fn page<M: Method>(&self, params: &M::Params, ask: PageAsk) -> Result<Page<M::Row>, Error> {
        let rule = M::PAGE;
        if ask.page_size == 0 || ask.page_size > rule.max {
            return Err(refused_input(
                M::NAME,
                format!("page_size {} is not 1..={}", ask.page_size, rule.max),
            ));
        }
        if let (Some(span), Some(window)) = (M::span(params), M::WINDOW)
            && span.length().to_std().is_ok_and(|length| length > window)
        {
            let days = window.as_secs_f64() / 86_400.0;
            return Err(refused_input(M::NAME, format!("the span {span} is longer than {days:.2} days")));
        }
        let mut business: Vec<_> =
            M::params(params).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        business.push(("page_no".to_owned(), ask.page_no.to_string()));
        business.push(("page_size".to_owned(), ask.page_size.to_string()));
        let answered =
            self.answered(M::NAME, &business, |body| rows::read_rows::<M>(body, ask.page_no)).await;
        match answered {
            Ok(answered) => Ok(answered.into_page(ask.page_size)),
            Err(error) if ask.page_size > 1 && parts::is_broken_list(&error, M::LIST_KEY) => {
                self.page_in_parts::<M>(params, ask, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// A raw call by name: signed, limited and retried like the others, its answer's JSON kept as text.
    ///
    /// ```no_run
    /// # async fn f(client: wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// let shops = client.call("wdt.shop.query", &[("page_no", "0".to_owned())]).await?;
    /// println!("{}", shops.text());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call(&self, method: &str, params: &[(&str, String)]) -> Result<RawAnswer, Error> {
        let business: Vec<_> = params.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let answered = self.answered(method, &business, answer::read_raw).await?;
        Ok(answered.into_raw())
    }

    /// One page of any method as raw rows.
    pub(crate) async fn raw_page(
        &self,
        method: &str,
        list_key: &str,
        mut business: Vec<(String, String)>,
        span: Option<Span>,
        ask: PageAsk,
    ) -> Result<Page<RawRow>, Error> {
        if let Some(span) = span {
            business.push(("start_time".to_owned(), format_time(span.start())));
            business.push(("end_time".to_owned(), format_time(span.end())));
        }
        business.push(("page_no".to_owned(), ask.page_no.to_string()));
        business.push(("page_size".to_owned(), ask.page_size.to_string()));
        let answered =
            self.answered(method, &business, |body| rows::read_raw_rows(body, list_key, ask.page_no)).await?;
        Ok(answered.into_page(ask.page_size))
    }

    /// What the limiter remembers, to be kept and given to [`ClientBuilder::resume`] after a restart.
    pub fn snapshot(&self) -> LimiterSnapshot {
        self.inner.limiter.snapshot(&self.inner.credentials.sid, self.now())
    }

    /// How each method that was called runs at present, by method name: its pace, why it is so, and until when it
    /// is held.
    pub fn limits(&self) -> BTreeMap<String, Pace> {
        self.inner.limiter.paces(&self.inner.credentials.sid, self.now())
    }

    /// The client's wall clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.inner.clock)()
    }

    /// The server's clock beside this host's, by the `Date` headers of the answers so far.
    pub fn clock_reading(&self) -> ClockReading {
        let inner = &*self.inner;
        let server_clock = inner.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
        let local = self.now();
        server_clock.read(inner.born.elapsed(), local, local + inner.skew.get())
    }

    /// The retry loop: sign, limit, send, read, judge, and again while that makes sense.
    async fn answered<T>(
        &self,
        method: &str,
        business: &[(String, String)],
        read: impl Fn(&[u8]) -> Result<T, ErrorKind>,
    ) -> Result<Answered<T>, Error> {
        let inner = &*self.inner;
        let started = Instant::now();
        let lane = self.lane(method);
        let call = inner.calls.fetch_add(1, Ordering::Relaxed);
        let mut delays = inner.retry.delays_of(inner.seed.wrapping_add(call));
        let mut attempts = 0;
        loop {
            let turn = lane
                .turn(inner.retry.patience)
                .await
                .map_err(|wait| Error::new(method, attempts, started.elapsed(), ErrorKind::Held { wait }))?;
            attempts += 1;
            let skew = inner.skew.get();
            let attempt = self.attempt(method, business, skew).await.and_then(|received| {
                let answer = read(&received.body).map_err(|kind| dated(kind, &received))?;
                Ok((answer, received))
            });
            lane.answered(attempt.as_ref().err().map_or(Answer::Taken, ErrorKind::for_limiter));
            let kind = match attempt {
                Ok((answer, received)) => {
                    inner.budget.give();
                    return Ok(Answered::new(answer, received, attempts));
                }
                Err(kind) => kind,
            };
            if let Some(wait) = kind.retry_after() {
                lane.hold_for(wait);
            }
            drop(turn);
            let delay = if inner.skew.learn(&kind, skew) {
                delays.next().map(|_| Duration::ZERO)
            } else if kind.is_retryable() {
                delays.next()
            } else {
                None
            };
            let too_long = kind.retry_after().is_some_and(|wait| wait > inner.retry.patience);
            match delay {
                Some(delay) if !too_long && inner.budget.take() => {
                    tracing::debug!(method, attempts, error = %kind, "trying again");
                    if kind.retry_after().is_none() {
                        tokio::time::sleep(delay).await;
                    }
                }
                _ => return Err(Error::new(method, attempts, started.elapsed(), kind)),
            }
        }
    }

    /// One attempt: a fresh signature, since the timestamp is signed, and one exchange.
    async fn attempt(
        &self,
        method: &str,
        business: &[(String, String)],
        skew: TimeDelta,
    ) -> Result<Received, ErrorKind> {
        let inner = &*self.inner;
        let asked_at = self.now();
        let request = request::put_together(inner, method, business, asked_at + skew)?;
        let exchange = async {
            let mut transport = inner.transport.clone();
            let ready = transport.ready().await.map_err(ErrorKind::Connect)?;
            ready.call(request).await.map_err(|error| {
                if error.is::<NotSent>() {
                    ErrorKind::Connect(error)
                } else if error.is::<BrokenOff>() {
                    ErrorKind::Read(error)
                } else if let Some(TooLong { limit }) = error.downcast_ref() {
                    ErrorKind::TooLong { limit: *limit }
                } else {
                    ErrorKind::Send(error)
                }
            })
        };
        let limit = inner.timeout;
        let sent = inner.born.elapsed();
        let response =
            tokio::time::timeout(limit, exchange).await.map_err(|_| ErrorKind::Timeout { limit })??;
        let received = answer::receive(response, asked_at, inner.max_body)?;
        let evidence = Evidence { sent, received: inner.born.elapsed(), date: received.date };
        inner.server_clock.lock().unwrap_or_else(PoisonError::into_inner).observe(evidence);
        Ok(received)
    }

    fn lane(&self, method: &str) -> Arc<Lane> {
        self.inner.limiter.lane(&self.inner.credentials.sid, method, self.now())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("protocol", &self.inner.protocol)
            .field("base_url", &self.inner.base_url.as_str())
            .field("credentials", &self.inner.credentials)
            .field("sign_method", &self.inner.sign_method)
            .field("limiter", &self.inner.limiter)
            .finish_non_exhaustive()
    }
}

/// Tells a refused timestamp by how much the clocks differ.
fn dated(kind: ErrorKind, received: &Received) -> ErrorKind {
    match kind {
        ErrorKind::Refused(refusal) => {
            let behind = received.server_time().map(|time| time - received.asked_at);
            ErrorKind::Refused(Box::new(refusal.with_clock(behind)))
        }
        other => other,
    }
}

pub(crate) fn refused_input(method: &str, why: String) -> Error {
    Error::new(method, 0, Duration::ZERO, ErrorKind::Input(why))
}

/// A time as the gateway reads it, whatever this host's zone.
fn shanghai(time: DateTime<Utc>) -> String {
    format_time(time.naive_utc() + chrono::TimeDelta::hours(8))
}
