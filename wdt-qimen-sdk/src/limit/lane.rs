//! One method's lane: one call at a time, each waiting for its turn on tokio's clock, which a test can pause.
//! When a turn comes is `pacer.rs`'s to say.

use super::pacer::{Answer, Pacer};
use super::{LaneSnapshot, Pace, Quota};
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Lane {
    turn: Semaphore,
    begun: Instant,
    pacer: Mutex<Pacer>,
}

/// The right to make one call; the next one waits until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

impl Lane {
    pub(super) fn new(contract: Quota, before: &LaneSnapshot, wall: DateTime<Utc>) -> Self {
        let pacer = Pacer::resume(contract, before, wall);
        Self { turn: Semaphore::new(1), begun: Instant::now(), pacer: Mutex::new(pacer) }
    }

    /// Waits for this lane's turn; `Err` tells how long a hold lasts that is longer than `patience`.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<Turn<'_>, Duration> {
        self.refuse_long_hold(patience)?;
        // The semaphore is never closed, so waiting for it cannot fail.
        let permit = self.turn.acquire().await.map_err(|_| Duration::ZERO)?;
        loop {
            self.refuse_long_hold(patience)?;
            let sent = self.pacer().send(self.begun.elapsed());
            match sent {
                Ok(()) => return Ok(Turn { _permit: permit }),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// Learns from what became of this turn's call.
    pub(crate) fn answered(&self, answer: Answer) {
        self.pacer().answered(self.begun.elapsed(), answer);
    }

    /// Sends nothing for `wait`; a longer hold stays.
    pub(crate) fn hold_for(&self, wait: Duration) {
        self.pacer().hold(self.begun.elapsed(), wait);
    }

    pub(super) fn pace(&self, wall: DateTime<Utc>) -> Pace {
        self.pacer().pace(self.begun.elapsed(), wall)
    }

    pub(super) fn snapshot(&self, wall: DateTime<Utc>) -> LaneSnapshot {
        self.pacer().snapshot(self.begun.elapsed(), wall)
    }

    fn refuse_long_hold(&self, patience: Duration) -> Result<(), Duration> {
        let left = self.pacer().held(self.begun.elapsed());
        if left > patience { Err(left) } else { Ok(()) }
    }

    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
