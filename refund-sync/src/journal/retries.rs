//! Parked by the other side, and tried again by itself: what can only be lifted in 金蝶 (base data gets created, stock
//! arrives, a period is opened) is asked again after an hour, after four, then daily for 31 days. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long after it was first parked a document is tried by itself.
const LONGEST: TimeDelta = TimeDelta::days(31);

/// The longest pause between two attempts.
pub const LONGEST_PAUSE: TimeDelta = TimeDelta::days(1);

/// How often a parked document was tried again by itself. Times are the steady clock's: a clock on the wall that is set
/// brings nothing nearer and puts nothing off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// When it was first parked.
    pub since: DateTime<Utc>,
    /// How often it was tried since then.
    pub tries: u32,
}

impl Retries {
    /// None yet.
    pub fn begun(now: DateTime<Utc>) -> Self {
        Self { since: now, tries: 0 }
    }

    /// What is known so far, or none yet. What began after `now` was counted by a clock that was wrong.
    pub fn going_on(known: Option<Self>, now: DateTime<Utc>) -> Self {
        known.filter(|known| known.since <= now).unwrap_or_else(|| Self::begun(now))
    }

    /// When to try next after being parked (again) at `now`; `None`: no more.
    pub fn next(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let wait = match self.tries {
            0 => TimeDelta::hours(1),
            1 => TimeDelta::hours(4),
            _ => LONGEST_PAUSE,
        };
        let at = now + wait;
        (at - self.since <= LONGEST).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_four_hours_then_daily_for_31_days_and_no_more() {
        let begun: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut retries = Retries::begun(begun);
        let mut now = begun;
        let mut waits = Vec::new();
        while let Some(next) = retries.next(now) {
            waits.push((next - now).num_hours());
            now = next;
            retries.tries += 1;
        }
        assert_eq!(waits[..3], [1, 4, 24]);
        assert!(waits[3..].iter().all(|wait| *wait == 24), "{waits:?}");
        assert!(now - begun <= TimeDelta::days(31) && now - begun > TimeDelta::days(30));
    }

    #[test]
    fn a_late_attempt_is_followed_by_its_own_pause() {
        let begun: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let tried = Retries { since: begun, tries: 1 };
        let late = begun + TimeDelta::hours(40);
        assert_eq!(tried.next(late), Some(late + TimeDelta::hours(4)));
        assert_eq!(tried.next(begun + TimeDelta::days(31)), None);
    }

    #[test]
    fn what_began_in_the_future_begins_anew() {
        let now: DateTime<Utc> = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let known = Retries { since: now - TimeDelta::hours(5), tries: 2 };
        assert_eq!(Retries::going_on(Some(known), now), known);
        let ahead = Retries { since: now + TimeDelta::days(3_650), tries: 2 };
        assert_eq!(Retries::going_on(Some(ahead), now), Retries::begun(now));
        assert_eq!(Retries::going_on(None, now), Retries::begun(now));
    }
}
