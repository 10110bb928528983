//! Times of the gateway: `yyyy-MM-dd HH:mm:ss`, naive, in +08:00.

use chrono::{NaiveDate, NaiveDateTime};

use super::token::{Scalar, Token};

/// The gateway's time format, as chrono writes it.
pub const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// Reads a time; a bare date is its midnight, a fraction of a second is kept.
pub fn parse_time(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f")
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
}

/// Writes a time as the gateway does.
pub fn format_time(time: NaiveDateTime) -> String {
    time.format(TIME_FORMAT).to_string()
}

impl Scalar for NaiveDateTime {
    const EXPECTED: &'static str = "a time yyyy-MM-dd HH:mm:ss";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        match token {
            Token::Number("0") => Ok(None),
            Token::Text(text) if text.trim() == "0" || text.trim().starts_with("0000-00-00") => Ok(None),
            Token::Text(text) => parse_time(text).map(Some).ok_or(()),
            _ => Err(()),
        }
    }

    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.format("%Y-%m-%d %H:%M:%S%.f"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, Token, format_time, parse_time};
    use chrono::NaiveDateTime;

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
        assert_eq!(parse_time("2026-11-20").map(format_time).as_deref(), Some("2026-11-20 00:00:00"));
    }
}
