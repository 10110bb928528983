//! By which clock a cycle reads and settles. How 旺店通 is read is `worker::reading`'s.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike as _, Utc};

use super::Worker;
use crate::clock::shanghai;
use crate::source::SourcePage;

/// A clock that is off by less is taken to be right: the `Date` header has whole seconds.
pub(super) const CLOCK_GRAIN_MS: i64 = 2_000;

/// How far one cycle reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// Where it begins: the end of the settled past.
    pub(super) from: NaiveDateTime,
    /// `now − lag`.
    pub(super) upto: NaiveDateTime,
    /// `now − lag − overlap`: nothing can appear before it any more.
    pub(super) settle_to: NaiveDateTime,
}

impl Worker {
    /// Now as 旺店通's server has it.
    pub(super) fn server_now(&self) -> DateTime<Utc> {
        self.clock.now() + TimeDelta::milliseconds(self.clock_offset_ms.load(Ordering::Relaxed))
    }

    pub(super) fn reach(&self, from: NaiveDateTime) -> Reach {
        let now = shanghai(self.server_now());
        let now = now.with_nanosecond(0).unwrap_or(now);
        let upto = now - delta(self.settings.wdt.lag);
        Reach { from, upto, settle_to: upto - delta(self.settings.wdt.overlap) }
    }

    pub(super) fn learn_from(&self, page: &SourcePage) {
        self.learn_clock(page);
        self.tally().read_calls += u64::from(page.calls);
    }

    fn learn_clock(&self, page: &SourcePage) {
        let Some(server) = page.server_time else { return };
        // The header cuts the second off: on average half of one is missing.
        let offset = (server - self.clock.now()).num_milliseconds() + 500;
        let offset = if offset.abs() < CLOCK_GRAIN_MS { 0 } else { offset };
        self.clock_offset_ms.store(offset, Ordering::Relaxed);
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
