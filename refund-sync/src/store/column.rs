//! How values are written in columns, in both stores alike: instants as microseconds, local times as text, money as whole
//! ten-thousandths of a yuan.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use wdt_qimen_sdk::wire::{format_time, parse_time};

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
    format_time(time)
}

/// A day as the journal writes it; sorts as text.
pub(super) fn day(date: NaiveDate) -> String {
    date.to_string()
}

pub(super) fn time(text: &str) -> Option<NaiveDateTime> {
    parse_time(text).ok()
}

/// Money is kept as whole ten-thousandths of a yuan, as fine as 旺店通 has it: so it sorts and sums exactly. No return is of
/// 100,000,000,000 yuan; one that claims to be has no money in lists, so that sums stay within a number.
pub(super) fn units(amount: Decimal) -> Option<i64> {
    let units = amount.checked_mul(Decimal::from(10_000))?;
    let units = units.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()?;
    (units.unsigned_abs() < 1_000_000_000_000_000).then_some(units)
}

/// Yuan, with cents even where there are none.
pub(super) fn yuan(units: i64) -> Decimal {
    if units % 100 == 0 { Decimal::new(units / 100, 2) } else { Decimal::new(units, 4) }
}

/// An instant as people in the books' time zone read it.
pub(super) fn rfc3339(micros: i64) -> String {
    clock::rfc3339(instant(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_comes_back_as_it_was_with_cents_at_least() {
        for (text, back) in [("9415.48", "9415.48"), ("-0.5", "-0.50"), ("29.8993", "29.8993"), ("7", "7.00")]
        {
            let units = units(text.parse().unwrap()).unwrap();
            assert_eq!(yuan(units).to_string(), back);
        }
        assert_eq!(units("100000000000".parse().unwrap()), None);
        assert_eq!(units(Decimal::MAX), None);
    }
}
