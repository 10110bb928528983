//! How fast and how many calls: a quota without bursts, a brake for when the server is busy, and places for calls in
//! flight, all on tokio's clock.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// A number of calls per minute, evenly spaced.
///
/// The vendor publishes no limit; a server-side limiter answers with MsgCode 14.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quota {
    per_minute: NonZeroU32,
}

impl Quota {
    /// At most this many calls in any minute. Zero counts as one.
    pub fn per_minute(calls: u32) -> Self {
        Self { per_minute: NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN) }
    }

    /// The time between two calls. 61 seconds are shared out, not 60: with 60, a little jitter on
    /// the way squeezes one call too many into some minute.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Quota;
    /// assert_eq!(Quota::per_minute(61).interval().as_secs(), 1);
    /// ```
    pub fn interval(self) -> Duration {
        Duration::from_secs(61) / self.per_minute.get()
    }
}

impl From<u32> for Quota {
    fn from(calls: u32) -> Self {
        Self::per_minute(calls)
    }
}

impl From<Quota> for u32 {
    fn from(quota: Quota) -> Self {
        quota.per_minute.get()
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a minute", self.per_minute)
    }
}

impl Default for Quota {
    /// 60 a minute, a careful pace: the vendor publishes no limit. A client without a quota has none.
    fn default() -> Self {
        Self::per_minute(60)
    }
}

/// What bounds the calls of one client, or of several that share it: clients of two accounts on one server, say. Clones
/// are the same limiter.
///
/// ```
/// use kingdee_k3cloud_sdk::{Limiter, Quota};
///
/// let shared = Limiter::new(Some(Quota::per_minute(60)), 2, 1);
/// // Client::builder().limiter(shared.clone()) …, for each of them
/// assert_eq!(shared.snapshot().reads_in_flight, 0);
/// ```
#[derive(Debug, Clone)]
pub struct Limiter {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pace: Pace,
    quota: Option<Quota>,
    reads: Lane,
    writes: Lane,
}

#[derive(Debug)]
struct Lane {
    places: Semaphore,
    most: usize,
}

/// How a [`Limiter`] is at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimiterSnapshot {
    /// At most so many calls a minute; none: no bound.
    pub quota: Option<Quota>,
    /// The time between calls because the server is busy; zero at rest.
    pub spacing: Duration,
    /// Reads that are under way, or have their place and wait for the pace.
    pub reads_in_flight: usize,
    /// Writes likewise.
    pub writes_in_flight: usize,
}

impl Limiter {
    /// At most so many calls a minute, reads in flight and writes in flight; fewer than one counts as one.
    pub fn new(quota: Option<Quota>, reads: usize, writes: usize) -> Self {
        let lane = |most: usize| {
            let most = most.clamp(1, Semaphore::MAX_PERMITS);
            Lane { places: Semaphore::new(most), most }
        };
        let shared = Shared { pace: Pace::new(quota), quota, reads: lane(reads), writes: lane(writes) };
        Self { shared: Arc::new(shared) }
    }

    /// How it is at present.
    pub fn snapshot(&self) -> LimiterSnapshot {
        let Shared { pace, quota, reads, writes } = &*self.shared;
        let in_flight = |lane: &Lane| lane.most.saturating_sub(lane.places.available_permits());
        LimiterSnapshot {
            quota: *quota,
            spacing: pace.brake().spacing,
            reads_in_flight: in_flight(reads),
            writes_in_flight: in_flight(writes),
        }
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.shared.pace
    }

    /// Waits for a place among the calls in flight.
    pub(crate) async fn place(&self, is_read: bool) -> Option<SemaphorePermit<'_>> {
        let lane = if is_read { &self.shared.reads } else { &self.shared.writes };
        // The semaphore is never closed; were it, calling on would be right.
        lane.places.acquire().await.ok()
    }
}

/// The pace of a client: its quota, and slower while the server is busy.
#[derive(Debug)]
pub(crate) struct Pace {
    quota: Option<Turns>,
    brake: Mutex<Brake>,
}

impl Pace {
    pub(crate) fn new(quota: Option<Quota>) -> Self {
        Self { quota: quota.map(Turns::new), brake: Mutex::default() }
    }

    /// Waits for this call's turn, and tells when it was let go.
    pub(crate) async fn turn(&self) -> Instant {
        if let Some(quota) = &self.quota {
            quota.turn().await;
        }
        let now = Instant::now();
        let at = self.brake().next(now);
        // A sleep until now still takes a tick of tokio's clock, a millisecond a call.
        if at > now {
            tokio::time::sleep_until(at).await;
        }
        at
    }

    /// The server was too busy for a call that was let go then (MsgCode 13 or 14, status 429 or 503),
    /// and may have asked for patience.
    pub(crate) fn busy(&self, let_go: Instant, asked: Duration) {
        self.brake().pull(let_go, Instant::now(), asked);
    }

    /// A person knows that the server has time.
    pub(crate) fn release(&self) {
        *self.brake() = Brake::default();
    }

    /// The server had time for a call.
    pub(crate) fn fine(&self) {
        self.brake().release();
    }

    fn brake(&self) -> std::sync::MutexGuard<'_, Brake> {
        self.brake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Further time between calls: doubled when the server is busy, a quarter less after each call that
/// goes well. At rest it is nothing.
#[derive(Debug, Default)]
struct Brake {
    spacing: Duration,
    next: Option<Instant>,
    pulled: Option<Instant>,
}

impl Brake {
    const LEAST: Duration = Duration::from_millis(500);
    const MOST: Duration = Duration::from_secs(30);

    fn next(&mut self, now: Instant) -> Instant {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = (!self.spacing.is_zero()).then(|| at + self.spacing);
        at
    }

    fn pull(&mut self, let_go: Instant, now: Instant, asked: Duration) {
        // A call that was under way already tells the same news again.
        if self.pulled.is_some_and(|pulled| let_go < pulled) {
            return;
        }
        self.pulled = Some(now);
        self.spacing = (self.spacing * 2).clamp(Self::LEAST, Self::MOST);
        self.next = Some(now + asked.clamp(self.spacing, Self::MOST));
    }

    fn release(&mut self) {
        self.spacing = self.spacing * 3 / 4;
        if self.spacing < Self::LEAST / 4 {
            self.spacing = Duration::ZERO;
        }
    }
}

/// Lets one call through per interval.
#[derive(Debug)]
struct Turns {
    governor: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
}

impl Turns {
    fn new(quota: Quota) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let spacing = governor::Quota::with_period(quota.interval())
            .unwrap_or_else(|| governor::Quota::per_minute(quota.per_minute));
        Self { governor: RateLimiter::direct_with_clock(spacing, clock), clock }
    }

    /// Waits for this call's turn. (`until_ready` would ignore a paused clock.)
    async fn turn(&self) {
        while let Err(early) = self.governor.check() {
            tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
        }
    }
}

/// Time since the limiter was made, as tokio tells it.
#[derive(Debug, Clone, Copy)]
struct TokioClock {
    start: Instant,
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
