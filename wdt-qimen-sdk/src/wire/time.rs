//! Times of the gateway: `yyyy-MM-dd HH:mm:ss`, naive, in +08:00.

use std::ops::Range;

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike as _, Utc,
};
use serde::ser::Serializer;

use super::token::{Scalar, Token};

/// The gateway's time format, as chrono writes it.
pub const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// A text that is no time as the gateway tells times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no time yyyy-MM-dd HH:mm:ss")]
#[non_exhaustive]
pub struct BadTime {
    /// The text, cut at 40 characters.
    pub text: String,
}

/// Reads a time; a bare date is its midnight, a fraction of a second is kept. It is a time of day in +08:00:
/// [`from_beijing`] says which moment that is.
///
/// ```
/// use wdt_qimen_sdk::wire::{from_beijing, parse_time};
/// let time = parse_time("2026-11-20 08:00:00")?;
/// assert_eq!(from_beijing(time).to_rfc3339(), "2026-11-20T00:00:00+00:00");
/// assert!(parse_time("yesterday").is_err());
/// # Ok::<(), wdt_qimen_sdk::wire::BadTime>(())
/// ```
pub fn parse_time(text: &str) -> Result<NaiveDateTime, BadTime> {
    let trimmed = text.trim();
    plain(trimmed)
        .or_else(|| NaiveDateTime::parse_from_str(trimmed, "%Y-%m-%d %H:%M:%S%.f").ok())
        .or_else(|| NaiveDate::parse_from_str(trimmed, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
        .ok_or_else(|| BadTime { text: text.chars().take(40).collect() })
}

/// A time that is `yyyy-MM-dd HH:mm:ss` to the letter, as nearly every one is: a page has hundreds of them, and chrono
/// reads the pattern anew for each.
fn plain(text: &str) -> Option<NaiveDateTime> {
    let text: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let is_apart = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if is_apart.iter().any(|(place, mark)| text[*place] != *mark) {
        return None;
    }
    let number = |places: Range<usize>| {
        let mut digits = text[places].iter();
        digits
            .try_fold(0_u16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(number(0..4)?.into(), number(5..7)?.into(), number(8..10)?.into())?;
    date.and_hms_opt(number(11..13)?.into(), number(14..16)?.into(), number(17..19)?.into())
}

/// The moment that a time of the gateway is.
///
/// ```
/// use wdt_qimen_sdk::wire::{from_beijing, parse_time};
/// assert_eq!(from_beijing(parse_time("2026-11-20 08:00:00")?).timestamp(), 1_795_132_800);
/// # Ok::<(), wdt_qimen_sdk::wire::BadTime>(())
/// ```
pub fn from_beijing(time: NaiveDateTime) -> DateTime<Utc> {
    time.checked_sub_offset(beijing()).unwrap_or(time).and_utc()
}

/// A moment as the gateway tells it, whatever zone it is given in.
///
/// ```
/// use wdt_qimen_sdk::chrono::DateTime;
/// use wdt_qimen_sdk::wire::{format_time, to_beijing};
///
/// let moment = DateTime::parse_from_rfc3339("2026-11-20T00:00:00Z").unwrap();
/// assert_eq!(format_time(to_beijing(&moment)), "2026-11-20 08:00:00");
/// ```
pub fn to_beijing<Tz: TimeZone>(moment: &DateTime<Tz>) -> NaiveDateTime {
    let utc = moment.naive_utc();
    utc.checked_add_offset(beijing()).unwrap_or(utc)
}

fn beijing() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| Utc.fix())
}

/// Writes a time as the gateway does.
///
/// ```
/// use wdt_qimen_sdk::wire::{format_time, parse_time};
/// assert_eq!(format_time(parse_time("2026-11-20")?), "2026-11-20 00:00:00");
/// # Ok::<(), wdt_qimen_sdk::wire::BadTime>(())
/// ```
pub fn format_time(time: NaiveDateTime) -> String {
    let (year, second) = (time.year(), time.nanosecond() / 1_000_000_000 + time.second());
    // Of a year with another number of digits chrono knows how to write it.
    if !(0..=9_999).contains(&year) {
        return time.format(TIME_FORMAT).to_string();
    }
    let (month, day, hour, minute) = (time.month(), time.day(), time.hour(), time.minute());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

impl Scalar for NaiveDateTime {
    const EXPECTED: &'static str = "a time yyyy-MM-dd HH:mm:ss";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        match token {
            Token::Number("0") => Ok(None),
            Token::Text(text) if text.trim() == "0" || text.trim().starts_with("0000-00-00") => Ok(None),
            Token::Text(text) => parse_time(text).map(Some).map_err(|_| ()),
            _ => Err(()),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.format("%Y-%m-%d %H:%M:%S%.f"))
    }
}

impl Scalar for NaiveDate {
    const EXPECTED: &'static str = "a date yyyy-MM-dd";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        Ok(NaiveDateTime::parse(token)?.map(|time| time.date()))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, TIME_FORMAT, Token, format_time, parse_time};
    use chrono::{NaiveDate, NaiveDateTime};

    #[test]
    fn a_date_may_carry_a_time_and_may_be_none() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        for text in ["2026-11-20", "2026-11-20 10:31:07"] {
            assert_eq!(NaiveDate::parse(&Token::Text(text.into())), Ok(Some(day)), "{text}");
        }
        assert_eq!(NaiveDate::parse(&Token::Text("0000-00-00".into())), Ok(None));
        assert_eq!(NaiveDate::parse(&Token::Text("soon".into())), Err(()));
    }

    #[test]
    fn the_many_ways_to_say_no_time_are_none() {
        for text in ["0", "0000-00-00 00:00:00", "0000-00-00"] {
            assert_eq!(NaiveDateTime::parse(&Token::Text(text.into())), Ok(None), "{text}");
        }
        assert_eq!(NaiveDateTime::parse(&Token::Number("0")), Ok(None));
        assert_eq!(NaiveDateTime::parse(&Token::Text("yesterday".into())), Err(()));
    }

    #[test]
    fn a_time_reads_and_writes_alike() {
        let text = "2026-11-20 10:31:07";
        assert_eq!(format_time(parse_time(text).unwrap()), text);
        assert_eq!(format_time(parse_time("2026-11-20").unwrap()), "2026-11-20 00:00:00");
    }

    #[test]
    fn the_short_way_reads_and_writes_as_the_pattern_does() {
        let by_pattern = |text: &str| NaiveDateTime::parse_from_str(text, TIME_FORMAT).ok();
        for text in [
            "2024-02-29 23:59:59",
            "2026-02-29 00:00:00",
            "0001-01-01 00:00:00",
            "9999-12-31 23:59:60",
            "2026-11-20 24:00:00",
            "2026-13-01 10:31:07",
            "2026-11-20T10:31:07",
            "2026-11-2010:31:07 ",
            "+026-11-20 10:31:07",
            "2026-11-2é 10:31:0",
        ] {
            let read = parse_time(text).ok();
            assert_eq!(read, by_pattern(text.trim()), "{text}");
            if let Some(time) = read {
                assert_eq!(format_time(time), time.format(TIME_FORMAT).to_string(), "{text}");
            }
        }
        for year in [-1, 10_000] {
            let time = NaiveDate::from_ymd_opt(year, 1, 2).unwrap().and_hms_opt(3, 4, 5).unwrap();
            assert_eq!(format_time(time), time.format(TIME_FORMAT).to_string());
        }
    }
}
