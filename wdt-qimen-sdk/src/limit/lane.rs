//! One method's lane: one call at a time, each waiting for its turn on tokio's clock, which a test can pause.
//! When a turn comes is `pacer.rs`'s to say.

use super::pacer::{Answer, Pacer};
use super::{Hold, LaneSnapshot, Pace, Quota};
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Lane {
    turn: Semaphore,
    begun: Instant,
    pacer: Mutex<Pacer>,
    /// What the server said with the last hold.
    said: Mutex<String>,
    lifted: Notify,
}

/// The right to make one call; the next one waits until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    _permit: SemaphorePermit<'a>,
}

impl Lane {
    pub(super) fn new(contract: Quota, before: &LaneSnapshot, wall: DateTime<Utc>) -> Self {
        let pacer = Pacer::resume(contract, before, wall);
        let mut said = before.said.clone().unwrap_or_default();
        let left = pacer.held(Duration::ZERO);
        if let Some(until) =
            before.held_until.filter(|until| (*until - wall).to_std().is_ok_and(|kept| kept > left))
        {
            let word = format!("a hold until {until} was kept, taken for {} h", left.as_secs() / 3600);
            tracing::warn!(%word, "a kept hold is longer than any ban");
            said = if said.is_empty() { word } else { format!("{said}; {word}") };
        }
        Self {
            turn: Semaphore::new(1),
            begun: Instant::now(),
            pacer: Mutex::new(pacer),
            said: Mutex::new(said),
            lifted: Notify::new(),
        }
    }

    /// Waits for this lane's turn; `Err` tells how long a hold lasts that is longer than `patience`.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<Turn<'_>, Duration> {
        self.refuse_long_hold(patience)?;
        // The semaphore is never closed, so waiting for it cannot fail.
        let permit = self.turn.acquire().await.map_err(|_| Duration::ZERO)?;
        loop {
            self.refuse_long_hold(patience)?;
            let lifted = self.lifted.notified();
            let sent = self.pacer().send(self.begun.elapsed());
            match sent {
                Ok(()) => return Ok(Turn { _permit: permit }),
                // Either way the pacer is asked again.
                Err(wait) => {
                    let _ = tokio::time::timeout(wait, lifted).await;
                }
            }
        }
    }

    /// Learns from what became of this turn's call.
    pub(crate) fn answered(&self, answer: Answer) {
        self.pacer().answered(self.begun.elapsed(), answer);
    }

    /// Sends nothing for `wait`, because of what the server said; a longer hold stays.
    pub(crate) fn hold_for(&self, wait: Duration, said: String) {
        *self.said() = said;
        self.pacer().hold(self.begun.elapsed(), wait);
    }

    /// Takes up a hold that was kept, if it is longer than the lane's own.
    pub(super) fn resume(&self, before: &LaneSnapshot, wall: DateTime<Utc>) {
        let kept = before.held_until.and_then(|until| (until - wall).to_std().ok()).unwrap_or_default();
        let own = self.pacer().held(self.begun.elapsed());
        if kept > own {
            self.hold_for(kept, before.said.clone().unwrap_or_default());
        }
    }

    /// Ends a hold: whoever waits for it asks for its turn again.
    pub(super) fn lift(&self) {
        self.pacer().lift(self.begun.elapsed());
        self.lifted.notify_waiters();
    }

    pub(super) fn held(&self, wall: DateTime<Utc>) -> Option<Hold> {
        let until = self.pace(wall).held_until?;
        Some(Hold { until, said: self.said().clone() })
    }

    pub(super) fn pace(&self, wall: DateTime<Utc>) -> Pace {
        self.pacer().pace(self.begun.elapsed(), wall)
    }

    pub(super) fn snapshot(&self, wall: DateTime<Utc>) -> LaneSnapshot {
        let snapshot = self.pacer().snapshot(self.begun.elapsed(), wall);
        let said = snapshot.held_until.map(|_| self.said().clone()).filter(|said| !said.is_empty());
        LaneSnapshot { said, ..snapshot }
    }

    fn refuse_long_hold(&self, patience: Duration) -> Result<(), Duration> {
        let left = self.pacer().held(self.begun.elapsed());
        if left > patience { Err(left) } else { Ok(()) }
    }

    fn said(&self) -> MutexGuard<'_, String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
