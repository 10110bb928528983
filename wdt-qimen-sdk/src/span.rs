//! Spans of time as the gateway takes them.

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta, Timelike};

use crate::wire::format_time;

/// A span of naive time in +08:00, **closed at both ends**, whole seconds.
///
/// Adjoining spans share their boundary second: the gateway's ends are closed, and a row's time may carry a
/// fraction that the wire does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: NaiveDateTime,
    end: NaiveDateTime,
}

/// A span whose end lies before its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span cannot end at {end}, before its start {start}")]
pub struct ReversedSpan {
    /// The start as given.
    pub start: NaiveDateTime,
    /// The end as given.
    pub end: NaiveDateTime,
}

impl Span {
    /// A span from `start` to `end`, both within it. Fractions of a second are cut off at both ends: what lies
    /// behind the cut belongs to the span that begins with this one's last second.
    pub fn new(start: NaiveDateTime, end: NaiveDateTime) -> Result<Self, ReversedSpan> {
        let (start, end) = (whole_second(start), whole_second(end));
        if end < start { Err(ReversedSpan { start, end }) } else { Ok(Self { start, end }) }
    }

    /// The first second within.
    pub fn start(&self) -> NaiveDateTime {
        self.start
    }

    /// The last second within.
    pub fn end(&self) -> NaiveDateTime {
        self.end
    }

    /// `end − start`. A span of one single second has length zero.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether `time` lies within.
    pub fn contains(&self, time: NaiveDateTime) -> bool {
        self.start <= time && time <= self.end
    }

    /// Two halves that share their boundary second; `None` for a span of at most one second.
    pub fn halves(&self) -> Option<[Span; 2]> {
        match self.cut(2)[..] {
            [first, second] => Some([first, second]),
            _ => None,
        }
    }

    /// At most `n` parts of about equal length, in order, each sharing its boundary second with the next.
    /// No part is shorter than a second, so a short span gives fewer parts, at least itself.
    pub fn cut(&self, n: u32) -> Vec<Span> {
        let seconds = self.length().num_seconds();
        let parts = i64::from(n).min(seconds).max(1);
        let boundary = |part: i64| self.start + TimeDelta::seconds(seconds * part / parts);
        (0..parts).map(|part| Span { start: boundary(part), end: boundary(part + 1) }).collect()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} … {}", format_time(self.start), format_time(self.end))
    }
}

fn whole_second(time: NaiveDateTime) -> NaiveDateTime {
    time.with_nanosecond(0).unwrap_or(time)
}
