//! What only a page shows: its language for HTML, how long ago something was, a price.

use chrono::TimeDelta;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Lang, grouped, money};

impl Lang {
    /// The word of [`parse`](Self::parse).
    pub fn word(self) -> &'static str {
        self.of("zh", "en")
    }

    /// For HTML's `lang`.
    pub fn tag(self) -> &'static str {
        self.of("zh-CN", "en")
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Chinese => Self::English,
            Self::English => Self::Chinese,
        }
    }

    /// How long ago something was, as people say it.
    pub fn ago(self, span: TimeDelta) -> String {
        match span.num_seconds() {
            ..5 => self.of("刚刚", "just now").to_owned(),
            _ => match self {
                Self::Chinese => format!("{}前", self.span(span)),
                Self::English => format!("{} ago", self.span(span)),
            },
        }
    }

    /// A time span in its largest unit.
    pub fn span(self, span: TimeDelta) -> String {
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

/// A price in yuan: as [`money`], with up to four decimals where it has more than two.
pub fn price(amount: Decimal) -> String {
    let amount = amount.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize();
    if amount.scale() <= 2 {
        return money(amount);
    }
    let text = amount.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    format!("¥ {sign}{}.{fraction}", grouped(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_up_to_four_decimals_and_money_two() {
        let written = ["119.8000", "5", "2.7550", "12652.79", "-1234567.5", "-2.33333"]
            .map(|text| price(text.parse().unwrap()));
        let wanted = ["¥ 119.80", "¥ 5.00", "¥ 2.755", "¥ 12,652.79", "¥ -1,234,567.50", "¥ -2.3333"];
        assert_eq!(written, wanted);
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit_and_one_that_lies_ahead_is_none() {
        let told = [-5, 4, 90, 600, 7_200, 200_000].map(|s| Lang::English.ago(TimeDelta::seconds(s)));
        assert_eq!(told, ["just now", "just now", "90 s ago", "10 min ago", "2 h ago", "2 days ago"]);
        assert_eq!(Lang::Chinese.ago(TimeDelta::minutes(10)), "10 分钟前");
    }
}
