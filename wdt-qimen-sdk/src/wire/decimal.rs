//! Exact decimals from their text. Nothing here passes through a binary float.

use rust_decimal::Decimal;

use super::token::{Scalar, Token};

/// Reads a decimal exactly: an optional sign, digits, an optional fraction, an optional exponent.
///
/// `None` for everything else, also for what [`Decimal`] would take but not keep: `1_000`, `+5`, more digits
/// than fit.
///
/// ```
/// # use wdt_qimen_sdk::wire::parse_decimal;
/// assert_eq!(parse_decimal("119.8000").unwrap().to_string(), "119.8000");
/// assert_eq!(parse_decimal("1.2345e2"), parse_decimal("123.45"));
/// assert_eq!(parse_decimal("1,5"), None);
/// ```
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let value = Decimal::from_str_exact(mantissa).ok()?;
    if exponent == 0 { Some(value) } else { shift(value, exponent) }
}

/// `value × 10^exponent`, or `None` where that cannot be held exactly. A product of decimals would round.
fn shift(value: Decimal, exponent: i32) -> Option<Decimal> {
    if value.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i64::from(value.scale()) - i64::from(exponent);
    let (mantissa, scale) = match u32::try_from(scale) {
        Ok(scale) => (value.mantissa(), scale),
        Err(_) => (value.mantissa().checked_mul(10_i128.checked_pow(u32::try_from(-scale).ok()?)?)?, 0),
    };
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

impl Scalar for Decimal {
    const EXPECTED: &'static str = "a decimal number";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        match token {
            Token::Number(text) => parse_decimal(text).map(Some).ok_or(()),
            Token::Text(text) => parse_decimal(text).map(Some).ok_or(()),
            _ => Err(()),
        }
    }

    fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::parse_decimal;

    #[test]
    fn what_a_decimal_would_bend_is_refused() {
        for text in ["", "-", "+5", "1_000", ".5", "5.", "1.2.3", "0x1", "NaN", "1e", "1e99", "1,5"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
        assert_eq!(parse_decimal("1.23456789012345678901234567891"), None, "29 places would be rounded");
    }

    #[test]
    fn every_digit_and_the_scale_are_kept() {
        for text in ["0.10", "119.8000", "-0.0001", "99999999999.9900", "1234567890123456789012345678"] {
            assert_eq!(parse_decimal(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_decimal("1.5e3").unwrap().to_string(), "1500");
        assert_eq!(parse_decimal("1.2345e2").unwrap().to_string(), "123.45");
        let long = "1.0000000000000000000000000001";
        assert_eq!(
            parse_decimal(&format!("{long}e3")).unwrap().to_string(),
            "1000.0000000000000000000000001"
        );
        assert_eq!(parse_decimal("25E-2").unwrap().to_string(), "0.25");
        assert_eq!(parse_decimal("0e9").unwrap().to_string(), "0");
    }
}
