//! One call from request to answer: limit, sign, send, read, and try again where that makes sense. What is asked for
//! is in `client`; requests are put together in `client/request.rs`, answers are opened in `client/answer.rs`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;
use tracing::Instrument;

use super::answer::{self, Answered, Received};
use super::options::CallOptions;
use super::request::{self, Caller};
use super::seen;
use super::skew::Skew;
use crate::clock::Clock;
use crate::error::{CallLog, Error, ErrorKind};
use crate::fate::Fate;
use crate::limit::{Answer, Lane, Limiter};
use crate::method::names;
use crate::protocol::{is_method, known_by, no_method};
use crate::replay::Replay;
use crate::retry::{Budget, RetryPolicy};
use crate::runtime;
use crate::server_clock::{ClockReading, Evidence, ServerClock};
use crate::transport::{self, BoxError, BoxTransport, BrokenOff, NotSent, Operation, RequestBody, TooLarge};

/// A call to be made.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) method: &'a str,
    pub(super) business: &'a [(String, String)],
    pub(super) replay: Replay,
    pub(super) options: CallOptions,
}

/// Everything behind a client.
pub(super) struct Core {
    pub(super) caller: Caller,
    pub(super) transport: BoxTransport,
    pub(super) timeout: Duration,
    /// Of methods that have one of their own, by what they are [`known_by`].
    pub(super) timeouts: BTreeMap<String, Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) max_body: usize,
    pub(super) limiter: Limiter,
    pub(super) retry: RetryPolicy,
    pub(super) budget: Budget,
    pub(super) seed: u64,
    /// Makes jitter differ between calls.
    pub(super) calls: AtomicU64,
    pub(super) clock: Clock,
    pub(super) skew: Skew,
    pub(super) born: Instant,
    pub(super) server_clock: Mutex<ServerClock>,
}

impl Core {
    /// Makes a call and reads its answer, trying again while that makes sense and the call may be replayed.
    pub(super) async fn exchange<T>(
        &self,
        order: Order<'_>,
        read: impl Fn(&[u8]) -> Result<T, ErrorKind>,
    ) -> Result<Answered<T>, Error> {
        let span = seen::span(order.method, &self.caller.base_url, order.replay);
        let answered = self.try_until_answered(order, read).instrument(span.clone()).await;
        match &answered {
            Ok(answered) => seen::took(&span, answered.calls(), answered.queued()),
            Err(error) => seen::failed(&span, error),
        }
        answered
    }

    async fn try_until_answered<T>(
        &self,
        order: Order<'_>,
        read: impl Fn(&[u8]) -> Result<T, ErrorKind>,
    ) -> Result<Answered<T>, Error> {
        let Order { method, replay, options, .. } = order;
        if !is_method(method) {
            return Err(Error::request(method, no_method(method)));
        }
        let (started, retry) = (Instant::now(), options.retry.unwrap_or(self.retry));
        let deadline = options.deadline.or(self.deadline);
        let left = || deadline.map_or(Duration::MAX, |limit| limit.saturating_sub(started.elapsed()));
        let lane = self.lane(method);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut delays = retry.delays_of(self.seed.wrapping_add(call));
        let mut log = CallLog::new(replay);
        if let Some(why) = runtime::missing() {
            return Err(Error::request(method, why.to_owned()));
        }
        let failed =
            |log: CallLog, kind| Error::new(method, CallLog { elapsed: started.elapsed(), ..log }, kind);
        let mut last = None;
        loop {
            let asked = Instant::now();
            // A ban that outlasts the deadline is not waited for.
            let turn = lane.turn(retry.patience.min(left()));
            let turn = tokio::time::timeout(left(), turn).await;
            log.queued += asked.elapsed();
            let turn = match turn {
                Ok(Ok(turn)) if !left().is_zero() => turn,
                Ok(Err(wait)) => return Err(failed(log, ErrorKind::Held { wait })),
                missed => {
                    // A turn that comes with the deadline comes too late: nothing is sent.
                    if missed.is_ok() {
                        lane.answered(Answer::NotSent);
                    }
                    let limit = deadline.unwrap_or_default();
                    return Err(failed(log, last.unwrap_or(ErrorKind::Deadline { limit })));
                }
            };
            log.attempts += 1;
            let skew = self.skew.get();
            let own = options.timeout.or_else(|| self.timeouts.get(&known_by(method)).copied());
            let limit = own.unwrap_or(self.timeout).min(left());
            let attempt = self.attempt(order, skew, limit).await.and_then(|received| {
                let answer = read(&received.body).map_err(|kind| dated(kind, &received))?;
                Ok((answer, received))
            });
            let told = attempt.as_ref().err().map_or(Answer::Taken, ErrorKind::for_limiter);
            lane.answered(told);
            let kind = match attempt {
                Ok((answer, received)) => {
                    self.budget.refill();
                    return Ok(Answered::new(answer, received, log));
                }
                Err(kind) => kind,
            };
            if kind.retry_after().is_some() || matches!(told, Answer::Refused { .. }) {
                lane.hold_for(kind.retry_after().unwrap_or_default(), kind.words());
            }
            drop(turn);
            let has_a_chance = self.skew.learn(&kind, skew) || kind.is_transient();
            let may_leave_again = replay.may_resend() || kind.fate() == Fate::NotSent;
            let delay = if has_a_chance && may_leave_again { delays.next() } else { None };
            // What the server asks for is waited for in the lane.
            let delay = delay.map(|delay| {
                if kind.retry_after().is_none() && kind.is_transient() { delay } else { Duration::ZERO }
            });
            let wait = kind.retry_after().or(delay).unwrap_or_default();
            let too_long = kind.retry_after().is_some_and(|wait| wait > retry.patience) || wait >= left();
            match delay {
                Some(delay) if !too_long && self.budget.spend() => {
                    tracing::debug!(method, attempts = log.attempts, error = %kind, "trying again");
                    log.earlier = log.earlier.max(kind.fate());
                    last = Some(kind);
                    if !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    }
                }
                _ => return Err(failed(log, kind)),
            }
        }
    }

    /// One attempt: a fresh signature, since the timestamp is signed, and one exchange.
    async fn attempt(
        &self,
        order: Order<'_>,
        skew: TimeDelta,
        limit: Duration,
    ) -> Result<Received, ErrorKind> {
        let asked_at = self.now();
        let mut request = request::put_together(&self.caller, order.method, order.business, asked_at + skew)?;
        request.extensions_mut().insert(Operation::new(order.method));
        let sent = self.born.elapsed();
        let response = tokio::time::timeout(limit, self.send(request));
        let response = response.await.map_err(|_| ErrorKind::Timeout { limit })??;
        let received = answer::receive(response, asked_at)?;
        let evidence = Evidence { sent, received: self.born.elapsed(), date: received.date };
        self.server_clock.lock().unwrap_or_else(PoisonError::into_inner).observe(evidence);
        Ok(received)
    }

    /// The whole answer to a request.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ErrorKind> {
        let mut transport = self.transport.clone();
        let ready = transport.ready().await.map_err(ErrorKind::Connect)?;
        let response = ready.call(request.map(RequestBody::new)).await.map_err(|error| {
            #[cfg(feature = "http-transport")]
            if let Some(why) = marker::<runtime::NoIo>(&error) {
                return ErrorKind::Request(why.to_string());
            }
            if marker::<NotSent>(&error).is_some() {
                ErrorKind::Connect(error)
            } else {
                interrupted(error, ErrorKind::Send)
            }
        })?;
        let (head, body) = response.into_parts();
        let body = transport::read(body, self.max_body).await;
        Ok(Response::from_parts(head, body.map_err(|error| interrupted(error, ErrorKind::Read))?))
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(super) fn clock_reading(&self) -> ClockReading {
        let server_clock = self.server_clock.lock().unwrap_or_else(PoisonError::into_inner);
        let local = self.now();
        server_clock.read(self.born.elapsed(), local, local + self.skew.get())
    }

    pub(super) fn sid(&self) -> &str {
        &self.caller.credentials.sid
    }

    fn lane(&self, method: &str) -> Arc<Lane> {
        self.limiter.lane(self.sid(), names::told_as(method), self.now())
    }
}

/// A marker, wherever it is in the chain: layers around a transport wrap its errors.
fn marker<T: std::error::Error + 'static>(error: &BoxError) -> Option<&T> {
    let first: &(dyn std::error::Error + 'static) = &**error;
    std::iter::successors(Some(first), |error| error.source()).find_map(|error| error.downcast_ref())
}

/// What broke an exchange after it had begun; `otherwise` what does not say itself.
fn interrupted(error: BoxError, otherwise: impl FnOnce(BoxError) -> ErrorKind) -> ErrorKind {
    if let Some(TooLarge { limit }) = marker(&error) {
        ErrorKind::TooLarge { limit: *limit }
    } else if marker::<BrokenOff>(&error).is_some() {
        ErrorKind::Read(error)
    } else {
        otherwise(error)
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
