//! How values are written in columns, in both stores alike: instants as microseconds, local times as text.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use crate::clock;
use crate::journal::LONGEST_RETRY_PAUSE;

pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The furthest that a wait which begins `at` goes.
pub(super) fn furthest(at: DateTime<Utc>, longest: Duration) -> i64 {
    micros(at).saturating_add(i64::try_from(longest.as_micros()).unwrap_or(i64::MAX))
}

/// The furthest that a parked document waits at `at` for its next attempt.
pub(super) fn furthest_retry(at: DateTime<Utc>) -> i64 {
    micros(at.checked_add_signed(LONGEST_RETRY_PAUSE).unwrap_or(at))
}

/// Milliseconds as seconds.
pub(super) fn seconds(milliseconds: i64) -> f64 {
    TimeDelta::try_milliseconds(milliseconds).unwrap_or_default().as_seconds_f64()
}

pub(super) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// Asia/Shanghai as the journal writes it; sorts as text.
pub(super) fn text(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A day as the journal writes it; sorts as text.
pub(super) fn day(date: NaiveDate) -> String {
    date.to_string()
}

pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()
}

/// An instant as people in the books' time zone read it.
pub(super) fn rfc3339(micros: i64) -> String {
    clock::rfc3339(instant(micros))
}
