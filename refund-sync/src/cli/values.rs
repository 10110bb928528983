//! Values of the command line that several commands take.

use std::time::Duration;

#[cfg(feature = "console")]
use chrono::NaiveDate;

use crate::lang::told;

#[derive(Debug, clap::Args)]
pub(super) struct JsonArgs {
    /// 输出 JSON。
    ///
    /// Writes JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[cfg(feature = "console")]
/// `2026-11-01`.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| told!("{text:?} 不是日期，应写成 2026-11-01", "{text:?} is no day: write 2026-11-01"))
}

/// Whether these are days from one on up to another.
#[cfg(feature = "console")]
pub(super) fn in_order(from: NaiveDate, to: NaiveDate) -> Result<(), String> {
    if to < from {
        return Err(told!("截止日期 {to} 早于起始日期 {from}", "--to {to} is before --from {from}"));
    }
    Ok(())
}

/// `1h`, `30m`, `90s`, `2d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || {
        told!(
            "{text:?} 不是时长，应写成 90s、30m、1h 或 2d",
            "{text:?} is no time span: write 90s, 30m, 1h or 2d"
        )
    };
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(seconds)
        .filter(|&s| s > 0 && s <= 366 * 86_400)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_without_a_unit_or_a_number_is_refused() {
        for wrong in ["", "1", "h", "1y", "-1h", "1.5h", "0s", "99999999999999999999s", "9999d"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_hours(48)));
    }
}
