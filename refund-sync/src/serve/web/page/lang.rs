//! How times and figures are written on the page, in both languages.

use chrono::{DateTime, Utc};

use crate::clock::shanghai;
pub(super) use crate::lang::Lang;

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

/// The same without the second, for lists.
pub(super) fn brief(at: DateTime<Utc>) -> String {
    shanghai(at).format("%m-%d %H:%M").to_string()
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
}
