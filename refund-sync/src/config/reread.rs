//! `reread_short`: when windows that came short are read again.

use std::time::Duration;

use serde_json::{Value, json};

use super::reader::{Section, Setting, Shape};
use crate::lang::Text;

/// Minutes, hours, a day: some lists count rows long before they deliver them.
const AUTO: [Duration; 4] =
    [Duration::from_mins(5), Duration::from_hours(1), Duration::from_hours(6), Duration::from_hours(24)];
const EXAMPLE: &str = "[\"5m\", \"1h\", \"1d\"]";
/// Seconds of a unit.
const UNITS: [(char, u64); 4] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
const LONGEST: Duration = Duration::from_hours(31 * 24);

/// The pauses before each look: `"auto"` (the default), `"off"` (none: a short window is final), or a list.
pub(super) fn read(section: &Section<'_>) -> Vec<Duration> {
    section.describe("reread_short", schema());
    let Some(setting) = section.get("reread_short", Shape::List) else { return AUTO.to_vec() };
    let items = setting.value().as_array();
    let alone = items.and_then(|items| if items.len() == 1 { items.iter().next() } else { None });
    match setting.value().as_str().or_else(|| alone?.get_ref().as_str()) {
        Some("auto") => return AUTO.to_vec(),
        Some("off") => return Vec::new(),
        _ => {}
    }
    if items.is_none_or(|items| items.is_empty()) {
        setting.refuse(
            Text::new("应为 \"auto\"、\"off\" 或一组间隔", "must be \"auto\", \"off\" or a list of pauses"),
            EXAMPLE,
        );
        return AUTO.to_vec();
    }
    setting.list(EXAMPLE, pause).unwrap_or_else(|| AUTO.to_vec())
}

fn pause(item: &Setting<'_>) -> Option<Duration> {
    let pause = pause_of(item.text(EXAMPLE)?);
    item.or_refuse(
        pause,
        Text::new(
            "不是时间间隔：整数加 s、m、h 或 d，从 1s 到 31d",
            "is no pause: a whole number with s, m, h or d, from 1s to 31d",
        ),
        EXAMPLE,
    )
}

fn pause_of(text: &str) -> Option<Duration> {
    let (number, seconds) =
        UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)))?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let pause = Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?);
    (Duration::from_secs(1)..=LONGEST).contains(&pause).then_some(pause)
}

fn schema() -> Value {
    json!({ "default": "auto", "oneOf": [
        { "enum": ["auto", "off"] },
        { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^[0-9]+[smhd]$" } },
    ] })
}

#[cfg(test)]
mod tests {
    use super::{Duration, pause_of};

    #[test]
    fn a_pause_is_a_whole_number_and_its_unit() {
        for (text, seconds) in [("1s", 1), ("5m", 300), ("1h", 3600), ("31d", 31 * 86_400)] {
            assert_eq!(pause_of(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in
            ["", "5", "m", "0s", "-5m", "+5m", "1.5h", "5 m", "32d", "5M", "99999999999999999999d", "auto"]
        {
            assert_eq!(pause_of(text), None, "{text}");
        }
    }
}
