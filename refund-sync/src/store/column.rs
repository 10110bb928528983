//! How values are written in columns, in both stores alike: instants as microseconds, local times as text.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::clock;

pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

pub(super) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// Asia/Shanghai as the journal writes it; sorts as text.
pub(super) fn text(time: NaiveDateTime) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()
}

/// An instant as people in the books' time zone read it.
pub(super) fn rfc3339(micros: i64) -> String {
    clock::rfc3339(instant(micros))
}
