//! How fast a client may call: a quota without bursts, on tokio's clock.
//! How many calls may be in flight is decided in `client`.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use tokio::time::Instant;

/// A number of calls per minute, evenly spaced.
///
/// The vendor publishes no limit; a server-side limiter answers with MsgCode 14.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub fn interval(self) -> Duration {
        Duration::from_secs(61) / self.per_minute.get()
    }
}

/// Lets one call through per interval.
#[derive(Debug)]
pub(crate) struct Limiter {
    governor: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>,
    clock: TokioClock,
}

impl Limiter {
    pub(crate) fn new(quota: Quota) -> Self {
        let clock = TokioClock { start: Instant::now() };
        let spacing = governor::Quota::with_period(quota.interval())
            .unwrap_or_else(|| governor::Quota::per_minute(quota.per_minute));
        Self { governor: RateLimiter::direct_with_clock(spacing, clock), clock }
    }

    /// Waits for this call's turn. (`until_ready` would ignore a paused clock.)
    pub(crate) async fn turn(&self) {
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
