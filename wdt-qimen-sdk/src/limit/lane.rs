//! One method's lane: one call at a time, spaced by governor, held while a ban lasts.

use super::{LaneSnapshot, Quota};
use chrono::{DateTime, Utc};
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota as Cells, RateLimiter};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// A hold beyond this is a misread number.
const LONGEST_HOLD: Duration = Duration::from_hours(7 * 24);

/// governor on tokio's clock, which a test can pause; its own waits would not follow it.
#[derive(Debug, Clone)]
struct TokioClock(Instant);

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}

#[derive(Debug)]
pub(crate) struct Lane {
    turn: Semaphore,
    spacing: RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_call: Option<DateTime<Utc>>,
    /// Until when nothing is sent, on tokio's clock and on the wall.
    hold: Option<(Instant, DateTime<Utc>)>,
}

/// The right to make one call; the next one waits until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

impl Lane {
    /// A lane that continues what `before` tells. Where that does not prove silence it starts one spacing ahead.
    pub(crate) fn new(quota: Quota, before: Option<&LaneSnapshot>, now: DateTime<Utc>) -> Self {
        let spacing = quota.spacing();
        let clock = TokioClock(Instant::now());
        let cells = Cells::with_period(spacing).unwrap_or(Cells::per_minute(std::num::NonZeroU32::MIN));
        let lane = Self {
            turn: Semaphore::new(1),
            spacing: RateLimiter::direct_with_clock(cells, clock),
            state: Mutex::default(),
        };
        let last_call = before.and_then(|before| before.last_call);
        let silence = last_call.map_or(Duration::ZERO, |last| (now - last).to_std().unwrap_or_default());
        lane.hold_for(spacing.saturating_sub(silence), now);
        if let Some(until) = before.and_then(|before| before.held_until) {
            lane.hold_for((until - now).to_std().unwrap_or_default(), now);
        }
        lane.state().last_call = last_call;
        lane
    }

    /// Waits for this lane's turn; `Err` tells how long a hold lasts that is longer than `patience`.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<Turn<'_>, Duration> {
        self.refuse_long_hold(patience)?;
        // The semaphore is never closed, so waiting for it cannot fail.
        let permit = self.turn.acquire().await.map_err(|_| Duration::ZERO)?;
        loop {
            self.refuse_long_hold(patience)?;
            let hold = self.hold_left();
            if !hold.is_zero() {
                tokio::time::sleep(hold).await;
                continue;
            }
            match self.spacing.check() {
                Ok(()) => return Ok(Turn { _permit: permit }),
                Err(early) => {
                    tokio::time::sleep(early.wait_time_from(self.spacing.clock().now())).await;
                }
            }
        }
    }

    /// Notes that a call leaves now.
    pub(crate) fn sent(&self, now: DateTime<Utc>) {
        self.state().last_call = Some(now);
    }

    /// Sends nothing for `wait`; a longer hold stays.
    pub(crate) fn hold_for(&self, wait: Duration, now: DateTime<Utc>) {
        let wait = wait.min(LONGEST_HOLD);
        let until = Instant::now() + wait;
        let mut state = self.state();
        if !wait.is_zero() && state.hold.is_none_or(|(held, _)| held < until) {
            state.hold = Some((until, now + wait));
        }
    }

    /// How long the hold lasts yet.
    fn hold_left(&self) -> Duration {
        self.state().hold.map_or(Duration::ZERO, |(until, _)| until.saturating_duration_since(Instant::now()))
    }

    fn refuse_long_hold(&self, patience: Duration) -> Result<(), Duration> {
        let left = self.hold_left();
        if left > patience { Err(left) } else { Ok(()) }
    }

    pub(crate) fn snapshot(&self) -> LaneSnapshot {
        let left = self.hold_left();
        let state = self.state();
        let held_until = state.hold.filter(|_| !left.is_zero()).map(|(_, until)| until);
        LaneSnapshot { last_call: state.last_call, held_until }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
