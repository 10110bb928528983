//! Windows of the ledger that are not proven whole: 旺店通 counts more rows than it delivered, or names no total that
//! can be believed. They stay on record, as a note of their pipeline, until a look proves them. When they are looked at
//! is `worker::reader::short`'s.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::column::{rfc3339, text};

/// The note that holds them.
pub(crate) const SHORT_WINDOWS: &str = "short_windows";
/// How long a window is looked at again; after that it is left as it is.
const KEPT: Duration = Duration::from_hours(31 * 24);

/// A window that is not proven whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortWindow {
    /// First second, Asia/Shanghai.
    pub start: NaiveDateTime,
    /// Last second, Asia/Shanghai.
    pub end: NaiveDateTime,
    /// The total that the server named.
    pub total: Option<u64>,
    /// Distinct numbers seen.
    pub seen: u64,
    /// Rows that are counted and were not delivered.
    pub missing: u64,
    /// Why nothing is proven, where it is not for missing rows.
    pub why: String,
    /// When it was found.
    pub found: DateTime<Utc>,
    /// How often it was looked at again.
    pub looks: u32,
    /// When it is looked at next; `None`: the next cycle does, because the ledger still stands before it.
    pub next_look: Option<DateTime<Utc>>,
}

/// One of them in `status --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShortRow {
    /// First second, Asia/Shanghai.
    pub start: String,
    /// Last second, Asia/Shanghai.
    pub end: String,
    /// The total that the server named; null: none that can be believed.
    pub total: Option<u64>,
    /// Distinct numbers seen.
    pub seen: u64,
    /// Rows that are counted and were not delivered.
    pub missing: u64,
    /// Why nothing is proven, where it is not for missing rows.
    pub why: String,
    /// When it was found (RFC 3339, +08:00).
    pub found: String,
    /// How often it was looked at again.
    pub looks: u32,
    /// When it is looked at next (RFC 3339, +08:00); null: in the next cycle.
    pub next_look: Option<String>,
}

impl ShortWindow {
    /// What a note holds.
    pub(crate) fn all(note: Option<&str>) -> Vec<Self> {
        note.and_then(|note| serde_json::from_str(note).ok()).unwrap_or_default()
    }

    /// Whether its time has come. A look that is further ahead than its pause was planned by a clock that was wrong.
    pub(crate) fn is_due(&self, now: DateTime<Utc>, pauses: &[Duration]) -> bool {
        let is_too_far = |at: DateTime<Utc>| pause(pauses, self.looks).is_some_and(|pause| at > now + pause);
        self.next_look.is_some_and(|at| at <= now || is_too_far(at))
    }

    /// Plans the next look, by the pauses between looks, the last of them again and again. Says whether there is one.
    pub(crate) fn plan(&mut self, now: DateTime<Utc>, pauses: &[Duration]) -> bool {
        let Some(next) = pause(pauses, self.looks) else { return false };
        self.next_look = Some(now + next);
        // Counted, not read from a clock: one that was wrong when the window was found makes it no older.
        let waited: Duration = (0..=self.looks).filter_map(|look| pause(pauses, look)).sum();
        waited <= KEPT || self.looks == 0
    }

    /// Whether it lies within these seconds.
    pub(crate) fn is_within(&self, start: NaiveDateTime, end: NaiveDateTime) -> bool {
        start <= self.start && self.end <= end
    }
}

/// How long before the look of this number, counted from 0.
fn pause(pauses: &[Duration], look: u32) -> Option<Duration> {
    let at = usize::try_from(look).unwrap_or(usize::MAX);
    pauses.get(at).or(pauses.last()).copied()
}

impl From<ShortWindow> for ShortRow {
    fn from(window: ShortWindow) -> Self {
        Self {
            start: text(window.start),
            end: text(window.end),
            total: window.total,
            seen: window.seen,
            missing: window.missing,
            why: window.why,
            found: rfc3339(window.found.timestamp_micros()),
            looks: window.looks,
            next_look: window.next_look.map(|at| rfc3339(at.timestamp_micros())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, ShortWindow, Utc};
    use chrono::{DateTime, NaiveDateTime, TimeDelta};

    fn found(at: DateTime<Utc>) -> ShortWindow {
        ShortWindow {
            start: NaiveDateTime::default(),
            end: NaiveDateTime::default(),
            total: Some(3),
            seen: 2,
            missing: 1,
            why: String::new(),
            found: at,
            looks: 0,
            next_look: None,
        }
    }

    #[test]
    fn looks_follow_the_pauses_and_the_last_one_again_and_again_for_a_month() {
        let pauses = [Duration::from_mins(5), Duration::from_hours(1), Duration::from_hours(24)];
        let mut now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let mut window = found(now);
        let mut waited = Vec::new();
        while window.plan(now, &pauses) {
            let next = window.next_look.unwrap();
            waited.push((next - now).num_minutes());
            now = next;
            window.looks += 1;
            assert!(waited.len() < 100, "for ever");
        }
        assert_eq!(waited[..4], [5, 60, 1440, 1440]);
        assert_eq!(waited.len(), 32);
        assert!(now - window.found <= TimeDelta::days(31));
        assert!(!found(now).plan(now, &[]), "off");
    }

    #[test]
    fn a_look_that_was_planned_by_a_clock_far_ahead_is_due_once_the_clock_is_set_back() {
        let pauses = [Duration::from_mins(5), Duration::from_hours(1)];
        let right = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let mut window = found(right);
        window.looks = 1;
        assert!(window.plan(right + TimeDelta::hours(4), &pauses));
        assert!(!window.is_due(right + TimeDelta::hours(4), &pauses));
        assert!(window.is_due(right, &pauses), "set back by four hours");
        assert!(window.plan(right, &pauses));
        assert!(!window.is_due(right + TimeDelta::minutes(59), &pauses));
        assert!(window.is_due(right + TimeDelta::minutes(60), &pauses));
    }

    #[test]
    fn a_window_that_was_found_in_1970_is_looked_at_for_a_month_as_well() {
        let pauses = [Duration::from_hours(24)];
        let mut window = found(DateTime::UNIX_EPOCH);
        window.looks = 29;
        assert!(window.plan(DateTime::from_timestamp(1_800_000_000, 0).unwrap(), &pauses));
    }

    #[test]
    fn a_note_that_cannot_be_read_holds_none() {
        assert_eq!(ShortWindow::all(Some("?")), []);
        assert_eq!(ShortWindow::all(None), []);
        let one = found(DateTime::from_timestamp(1_000_000, 5_000).unwrap());
        let note = serde_json::to_string(&[&one]).unwrap();
        assert_eq!(ShortWindow::all(Some(&note)), [one]);
    }
}
