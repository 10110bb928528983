//! Spans of time as the gateway takes them.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike};
use serde::{Deserialize, Serialize};

use crate::wire::{format_time, to_beijing};

/// A span of naive time in +08:00, **closed at both ends**, whole seconds.
///
/// Adjoining spans share their boundary second: the gateway's ends are closed, and a row's time may carry a
/// fraction that the wire does not show.
///
/// ```
/// use wdt_qimen_sdk::Span;
/// assert_eq!(Span::day("2026-11-20".parse()?).to_string(), "2026-11-20 00:00:00 … 2026-11-21 00:00:00");
/// assert_eq!(Span::month(2026, 11)?.length().num_days(), 30);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Span {
    start: NaiveDateTime,
    end: NaiveDateTime,
}

/// A span as it is kept.
#[derive(Serialize, Deserialize)]
struct Ends {
    start: NaiveDateTime,
    end: NaiveDateTime,
}

impl TryFrom<Ends> for Span {
    type Error = ReversedSpan;

    fn try_from(ends: Ends) -> Result<Self, ReversedSpan> {
        Self::new(ends.start, ends.end)
    }
}

impl From<Span> for Ends {
    fn from(span: Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

/// A month that no calendar has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no month {month} in the year {year}")]
#[non_exhaustive]
pub struct BadMonth {
    /// The year as given.
    pub year: i32,
    /// The month as given.
    pub month: u32,
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
    ///
    /// ```
    /// use wdt_qimen_sdk::Span;
    /// use wdt_qimen_sdk::wire::parse_time;
    ///
    /// let (nine, ten) = (parse_time("2026-11-20 09:00:00")?, parse_time("2026-11-20 10:00:00")?);
    /// assert!(Span::new(nine, ten).is_ok() && Span::new(ten, nine).is_err());
    /// # Ok::<(), wdt_qimen_sdk::wire::BadTime>(())
    /// ```
    pub fn new(start: NaiveDateTime, end: NaiveDateTime) -> Result<Self, ReversedSpan> {
        let (start, end) = (whole_second(start), whole_second(end));
        if end < start { Err(ReversedSpan { start, end }) } else { Ok(Self { start, end }) }
    }

    /// From one moment to another, whatever zone they are given in: the gateway's times are Beijing's.
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use wdt_qimen_sdk::Span;
    /// let night = Span::of(&Utc.timestamp_opt(1_795_107_600, 0).unwrap(), &Utc.timestamp_opt(1_795_111_200, 0).unwrap())?;
    /// assert_eq!(night.to_string(), "2026-11-20 01:00:00 … 2026-11-20 02:00:00");
    /// # Ok::<(), wdt_qimen_sdk::ReversedSpan>(())
    /// ```
    pub fn of<Tz: TimeZone>(start: &DateTime<Tz>, end: &DateTime<Tz>) -> Result<Self, ReversedSpan> {
        Self::new(to_beijing(start), to_beijing(end))
    }

    /// A day of Beijing. The next day's first second is within, as adjoining spans share it.
    pub fn day(date: NaiveDate) -> Self {
        let next = date.succ_opt().unwrap_or(date);
        Self { start: date.and_time(NaiveTime::MIN), end: next.and_time(NaiveTime::MIN) }
    }

    /// A month of Beijing, 1 to 12. The next month's first second is within, as adjoining spans share it.
    pub fn month(year: i32, month: u32) -> Result<Self, BadMonth> {
        let first = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
        let next =
            if month == 12 { first(year.saturating_add(1), 1) } else { first(year, month.saturating_add(1)) };
        match (first(year, month), next) {
            (Some(first), Some(next)) => {
                Ok(Self { start: first.and_time(NaiveTime::MIN), end: next.and_time(NaiveTime::MIN) })
            }
            _ => Err(BadMonth { year, month }),
        }
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
    ///
    /// ```
    /// use wdt_qimen_sdk::Span;
    /// use wdt_qimen_sdk::wire::parse_time;
    ///
    /// let day = Span::day("2026-11-20".parse()?);
    /// assert!(day.contains(parse_time("2026-11-21")?), "both ends are within");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contains(&self, time: NaiveDateTime) -> bool {
        self.start <= time && time <= self.end
    }

    /// Two halves that share their boundary second; `None` for a span of at most one second.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Span;
    /// let [morning, evening] = Span::day("2026-11-20".parse()?).halves().unwrap();
    /// assert_eq!(morning.end(), evening.start());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn halves(&self) -> Option<[Span; 2]> {
        match self.cut(2)[..] {
            [first, second] => Some([first, second]),
            _ => None,
        }
    }

    /// At most `n` parts of about equal length, in order, each sharing its boundary second with the next.
    /// No part is shorter than a second, so a short span gives fewer parts, at least itself.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Span;
    /// let hours = Span::day("2026-11-20".parse()?).cut(24);
    /// assert_eq!(hours[9].to_string(), "2026-11-20 09:00:00 … 2026-11-20 10:00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cut(&self, n: u32) -> Vec<Span> {
        let seconds = self.length().num_seconds();
        let parts = i64::from(n).min(seconds).max(1);
        // Whole parts, then the share of the rest: a product of seconds and parts may not fit.
        let (each, rest) = (seconds / parts, seconds % parts);
        let boundary = |part: i64| self.start + TimeDelta::seconds(each * part + rest * part / parts);
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
