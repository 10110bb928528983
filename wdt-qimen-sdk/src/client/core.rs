//! One call from request to answer: limit, sign, send, read, and try again where that makes sense. What is asked for
//! is in `client`; requests are put together in `client/request.rs`, answers are opened in `client/answer.rs`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_service::Service;

use super::answer::{self, Answered, Received};
use super::request::{self, Caller};
use super::skew::Skew;
use crate::clock::Clock;
use crate::error::{CallLog, Error, ErrorKind};
use crate::fate::Fate;
use crate::limit::{Answer, Lane, Limiter};
use crate::replay::Replay;
use crate::retry::{Budget, RetryPolicy};
use crate::server_clock::{ClockReading, Evidence, ServerClock};
use crate::transport::{BrokenOff, NotSent, TooLarge, Transport};

/// A call to be made.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) method: &'a str,
    pub(super) business: &'a [(String, String)],
    pub(super) replay: Replay,
}

impl<'a> Order<'a> {
    /// A call that only reads.
    pub(super) fn read(method: &'a str, business: &'a [(String, String)]) -> Self {
        Self { method, business, replay: Replay::Safe }
    }
}

/// Everything behind a client.
pub(super) struct Core {
    pub(super) caller: Caller,
    pub(super) transport: Transport,
    pub(super) timeout: Duration,
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
        let Order { method, business, replay } = order;
        let started = Instant::now();
        let lane = self.lane(method);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut delays = self.retry.delays_of(self.seed.wrapping_add(call));
        let mut log = CallLog::new(replay);
        let failed =
            |log: CallLog, kind| Error::new(method, CallLog { elapsed: started.elapsed(), ..log }, kind);
        loop {
            let asked = Instant::now();
            let turn = lane.turn(self.retry.patience).await;
            log.queued += asked.elapsed();
            let turn = turn.map_err(|wait| failed(log, ErrorKind::Held { wait }))?;
            log.attempts += 1;
            let skew = self.skew.get();
            let attempt = self.attempt(method, business, skew).await.and_then(|received| {
                let answer = read(&received.body).map_err(|kind| dated(kind, &received))?;
                Ok((answer, received))
            });
            let told = attempt.as_ref().err().map_or(Answer::Taken, ErrorKind::for_limiter);
            lane.answered(told);
            let kind = match attempt {
                Ok((answer, received)) => {
                    self.budget.refill();
                    return Ok(Answered::new(answer, received, log.attempts));
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
            let too_long = kind.retry_after().is_some_and(|wait| wait > self.retry.patience);
            match delay {
                Some(delay) if !too_long && self.budget.spend() => {
                    tracing::debug!(method, attempts = log.attempts, error = %kind, "trying again");
                    log.earlier = log.earlier.max(kind.fate());
                    if kind.retry_after().is_none() && kind.is_transient() {
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
        method: &str,
        business: &[(String, String)],
        skew: TimeDelta,
    ) -> Result<Received, ErrorKind> {
        let asked_at = self.now();
        let request = request::put_together(&self.caller, method, business, asked_at + skew)?;
        let exchange = async {
            let mut transport = self.transport.clone();
            let ready = transport.ready().await.map_err(ErrorKind::Connect)?;
            ready.call(request).await.map_err(|error| {
                if error.is::<NotSent>() {
                    ErrorKind::Connect(error)
                } else if error.is::<BrokenOff>() {
                    ErrorKind::Read(error)
                } else if let Some(TooLarge { limit }) = error.downcast_ref() {
                    ErrorKind::TooLarge { limit: *limit }
                } else {
                    ErrorKind::Send(error)
                }
            })
        };
        let limit = self.timeout;
        let sent = self.born.elapsed();
        let response =
            tokio::time::timeout(limit, exchange).await.map_err(|_| ErrorKind::Timeout { limit })??;
        let received = answer::receive(response, asked_at, self.max_body)?;
        let evidence = Evidence { sent, received: self.born.elapsed(), date: received.date };
        self.server_clock.lock().unwrap_or_else(PoisonError::into_inner).observe(evidence);
        Ok(received)
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
        self.limiter.lane(self.sid(), method, self.now())
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
