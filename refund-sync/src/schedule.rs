//! When a pipeline fires: a cron expression read in Asia/Shanghai, and what is due between two instants. Pure.
//! Who waits for a firing, and what is done then, is `serve::scheduler`'s; how an expression is read is `config`'s.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use croner::Cron;

use crate::clock::{of_shanghai, shanghai};
pub use crate::model::Firing;

/// A clock that stands further before the last firing than this was mended, not set back for a while.
const MENDED: TimeDelta = TimeDelta::hours(3);

/// The longest gap in which firings are counted.
const COUNTED: TimeDelta = TimeDelta::days(366);

/// The firings of one pipeline.
#[derive(Debug, Clone)]
pub struct Schedule(Cron);

impl Schedule {
    /// The firings of `cron`, read in Asia/Shanghai.
    pub fn new(cron: Cron) -> Self {
        Self(cron)
    }

    /// The first firing after an instant; `None` when there is none any more.
    pub fn next_after(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_next_occurrence(&whole(at), false).ok().map(of_shanghai)
    }

    /// What is due at `now`, when the firings up to and including `done` are done.
    ///
    /// Of a gap of more than a year, as a clock that was wrong leaves it, only the last year is counted.
    pub fn due(&self, done: DateTime<Utc>, now: DateTime<Utc>) -> Option<Firing> {
        let done = done.max(now - COUNTED);
        let (mut at, mut missed) = (self.next_after(done).filter(|first| *first <= now)?, 0);
        while let Some(next) = self.next_after(at).filter(|next| *next <= now) {
            (at, missed) = (next, missed + 1);
        }
        Some(Firing { at, late: now - at, missed })
    }
}

/// Up to where firings are done, in the light of a clock that may have been set.
///
/// A clock that was set back a little goes through its firings a second time; they are done, and stay done. One that
/// stood hours ahead would keep a pipeline still for as long: it is taken to be mended, and firings count from `now`.
pub fn believed(done: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if done - now > MENDED { now } else { done }
}

/// The books' wall time, without what cron does not know.
fn whole(at: DateTime<Utc>) -> NaiveDateTime {
    let time = shanghai(at);
    time.with_nanosecond(0).unwrap_or(time)
}
