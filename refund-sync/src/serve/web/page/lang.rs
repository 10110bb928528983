//! The page's two languages, and how times and figures are written in either. The words of the journal are in `words`.

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::shanghai;

/// What the page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Lang {
    #[default]
    Chinese,
    English,
}

impl Lang {
    /// The language for `zh` or `en`.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The word of [`parse`](Self::parse).
    pub(super) fn word(self) -> &'static str {
        self.of("zh", "en")
    }

    /// For HTML's `lang`.
    pub(super) fn tag(self) -> &'static str {
        self.of("zh-CN", "en")
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// One of two texts.
    pub(super) fn of<'a>(self, chinese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Chinese => chinese,
            Self::English => english,
        }
    }

    /// How long ago something was, as people say it.
    pub(super) fn ago(self, span: TimeDelta) -> String {
        match span.num_seconds() {
            ..5 => self.of("刚刚", "just now").to_owned(),
            _ => match self {
                Self::Chinese => format!("{}前", self.span(span)),
                Self::English => format!("{} ago", self.span(span)),
            },
        }
    }

    /// A time span in its largest unit.
    pub(super) fn span(self, span: TimeDelta) -> String {
        let seconds = span.num_seconds().max(0);
        let (count, chinese, english) = match seconds {
            0..120 => (seconds, "秒", "s"),
            120..7_200 => (seconds / 60, "分钟", "min"),
            7_200..172_800 => (seconds / 3_600, "小时", "h"),
            _ => (seconds / 86_400, "天", "days"),
        };
        format!("{count} {}", self.of(chinese, english))
    }
}

/// `12345` as `12,345`.
pub(super) fn figure(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An instant by the clocks of the books: month, day, time.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    shanghai(at).format("%m-%d %H:%M:%S").to_string()
}

/// The same for an instant as the journal writes it (RFC 3339, or Asia/Shanghai without a zone).
pub(super) fn written(text: &str) -> String {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) => moment(at.to_utc()),
        // `2026-11-24 10:15:03`
        Err(_) => text.get(5..19).unwrap_or(text).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_by_thousands() {
        let figures = [0, 999, 1_000, 12_345, 1_234_567].map(figure);
        assert_eq!(figures, ["0", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn a_time_that_is_none_is_shown_as_it_is() {
        assert_eq!(written("2026-11-24T10:15:03.123456+08:00"), "11-24 10:15:03");
        assert_eq!(written("2026-11-24 10:15:03"), "11-24 10:15:03");
        assert_eq!(written("昨天"), "昨天");
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit_and_one_that_lies_ahead_is_none() {
        let told = [-5, 4, 90, 600, 7_200, 200_000].map(|s| Lang::English.ago(TimeDelta::seconds(s)));
        assert_eq!(told, ["just now", "just now", "90 s ago", "10 min ago", "2 h ago", "2 days ago"]);
        assert_eq!(Lang::Chinese.ago(TimeDelta::minutes(10)), "10 分钟前");
    }
}
