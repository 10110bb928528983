//! Dates, times, schedules and hours as they are written in a configuration; all in Asia/Shanghai.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use toml::de::DeValue;

use super::reader::Setting;
use crate::lang::Text;

/// A daily span in Asia/Shanghai in which bills may be written; it may pass midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteHours {
    /// The first minute.
    pub from: NaiveTime,
    /// The end, not in the span.
    pub to: NaiveTime,
}

/// A span of Asia/Shanghai in which nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freeze {
    /// Once.
    Span {
        /// The first second.
        from: NaiveDateTime,
        /// The end, not in the span.
        to: NaiveDateTime,
    },
    /// Over the end of every month.
    MonthEnd {
        /// On its last day.
        from: NaiveTime,
        /// On the first day of the next one; not in the span.
        to: NaiveTime,
    },
}

impl Freeze {
    /// When it ends, if `at` lies in it.
    pub fn ends_after(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Span { from, to } => (from <= at && at < to).then_some(to),
            Self::MonthEnd { from, to } => {
                let (today, tomorrow) = (at.date(), at.date() + TimeDelta::days(1));
                if at.time() >= from && tomorrow.day() == 1 {
                    Some(tomorrow.and_time(to))
                } else {
                    (today.day() == 1 && at.time() < to).then(|| today.and_time(to))
                }
            }
        }
    }
}

impl WriteHours {
    /// When the span next begins.
    pub(super) fn opens_after(self, at: NaiveDateTime) -> NaiveDateTime {
        let today = at.date().and_time(self.from);
        if today > at { today } else { today + TimeDelta::days(1) }
    }

    /// Whether bills may be written at `time`.
    pub fn contains(self, time: NaiveTime) -> bool {
        if self.from < self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

/// A date, `2026-11-01`; spreadsheets write `2026/11/1` back.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

/// A text, or a bare TOML date or time as text.
fn text_of(setting: &Setting<'_>, example: &str) -> Option<String> {
    match setting.value() {
        DeValue::Datetime(time) => Some(time.to_string()),
        _ => setting.text(example).map(str::to_owned),
    }
}

/// A day.
pub(super) fn date(setting: &Setting<'_>) -> Option<NaiveDate> {
    const EXAMPLE: &str = "\"2026-11-01\"";
    let date = parse_date(&text_of(setting, EXAMPLE)?);
    setting.or_refuse(date, Text::new("不是 YYYY-MM-DD 格式的日期", "is not a date YYYY-MM-DD"), EXAMPLE)
}

/// A second; a date alone is its midnight.
pub(super) fn date_time(setting: &Setting<'_>) -> Option<NaiveDateTime> {
    const EXAMPLE: &str = "\"2026-11-01 00:00:00\"";
    let text = text_of(setting, EXAMPLE)?;
    let time = NaiveDateTime::parse_from_str(&text.replacen('T', " ", 1), "%Y-%m-%d %H:%M:%S")
        .ok()
        .or_else(|| parse_date(&text)?.and_hms_opt(0, 0, 0));
    setting.or_refuse(
        time,
        Text::new(
            "不是 YYYY-MM-DD HH:MM:SS 格式的时间（北京时间，不带时区）",
            "is not a time YYYY-MM-DD HH:MM:SS (Asia/Shanghai, no offset)",
        ),
        EXAMPLE,
    )
}

/// A daily span, `19:00-08:00`.
pub(super) fn write_hours(setting: &Setting<'_>) -> Option<WriteHours> {
    const EXAMPLE: &str = "\"19:00-08:00\"";
    let time = |text: &str| match text.trim() {
        "24:00" => Some(NaiveTime::MIN),
        text => NaiveTime::parse_from_str(text, "%H:%M").ok(),
    };
    let hours = setting.text(EXAMPLE)?.split_once('-').and_then(|(from, to)| {
        let (from, to) = (time(from)?, time(to)?);
        (from != to).then_some(WriteHours { from, to })
    });
    setting.or_refuse(
        hours,
        Text::new("不是 HH:MM-HH:MM 格式的时段（两个时间须不同）", "is not two different times HH:MM-HH:MM"),
        EXAMPLE,
    )
}

/// How a freeze is written.
pub(super) const FREEZE: &str = "[\"2026-11-30 18:00 / 2026-12-01 09:00\"]";

/// How a freeze of every month is written.
pub(super) const MONTH_END: &str = "\"month-end 18:00 / next-day 09:00\"";

/// A span of time that ends after it begins, `2026-11-30 18:00 / 2026-12-01 09:00`, or one over the end of every month,
/// `month-end 18:00 / next-day 09:00`.
pub(super) fn freeze(setting: &Setting<'_>) -> Option<Freeze> {
    let text = setting.text(FREEZE)?;
    let freeze = text.split_once('/').and_then(|(from, to)| {
        month_end(from, to).or_else(|| {
            let time = |text: &str| NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M").ok();
            let (from, to) = (time(from)?, time(to)?);
            (from < to).then_some(Freeze::Span { from, to })
        })
    });
    let (message, example) = if text.contains("month-end") {
        let zh = "不是 month-end HH:MM / next-day HH:MM 格式（每月最后一天几点 / 次日几点）";
        (Text::new(zh, "is not month-end HH:MM / next-day HH:MM"), MONTH_END)
    } else {
        let zh = "不是 YYYY-MM-DD HH:MM / YYYY-MM-DD HH:MM 格式的时段（结束须晚于开始）";
        let en = "is not a span YYYY-MM-DD HH:MM / YYYY-MM-DD HH:MM that ends after it begins";
        (Text::new(zh, en), FREEZE)
    };
    setting.or_refuse(freeze, message, example)
}

fn month_end(from: &str, to: &str) -> Option<Freeze> {
    let time = |text: &str, word: &str| {
        let text = text.trim().strip_prefix(word)?;
        NaiveTime::parse_from_str(text.strip_prefix(' ')?.trim(), "%H:%M").ok()
    };
    Some(Freeze::MonthEnd { from: time(from, "month-end")?, to: time(to, "next-day")? })
}

/// A schedule of five fields that fires at least once; `usual` is what the key is mostly set to.
pub(super) fn schedule(setting: &Setting<'_>, usual: &str) -> Option<Cron> {
    let example = format!("{usual:?}");
    let text = setting.text(&example)?;
    match parse_schedule(text) {
        Some(cron) if fires(&cron) => return Some(cron),
        Some(_) => setting.refuse(Text::new("永远不会触发", "never fires"), example),
        None if without_seconds(text).is_some() => setting.refuse(
            Text::new("有六段：这里的表达式没有秒", "has six fields: here a schedule has no seconds"),
            format!("{:?}", without_seconds(text).unwrap_or_default()),
        ),
        None => setting.refuse(
            Text::new(
                "不是五段式 cron 表达式：分 时 日 月 周",
                "is not a cron schedule of five fields: minute hour day month weekday",
            ),
            example,
        ),
    }
    None
}

/// The five fields behind the seconds, if that is what somebody wrote.
fn without_seconds(text: &str) -> Option<String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let five = fields.get(1..).filter(|five| five.len() == 5)?.join(" ");
    parse_schedule(&five).filter(fires).map(|_| five)
}

/// A cron expression of five fields.
pub(super) fn parse_schedule(text: &str) -> Option<Cron> {
    CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build().parse(text).ok()
}

fn fires(cron: &Cron) -> bool {
    let shanghai = FixedOffset::east_opt(8 * 3600);
    let start = shanghai.zip(DateTime::from_timestamp(0, 0)).map(|(zone, start)| start.with_timezone(&zone));
    start.is_some_and(|start| cron.find_next_occurrence(&start, false).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_of_every_month_lasts_from_its_last_day_into_the_next_and_no_longer() {
        let freeze = month_end("month-end 18:00 ", " next-day 09:00").unwrap();
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap();
        let ends = |text: &str| freeze.ends_after(at(text)).map(|end| end.to_string());
        for (year, last, first) in [
            ("2026-11", "2026-11-30", "2026-12-01"),
            ("2026-02", "2026-02-28", "2026-03-01"),
            ("2028-02", "2028-02-29", "2028-03-01"),
        ] {
            let end = Some(format!("{first} 09:00:00"));
            assert_eq!(ends(&format!("{last} 17:59:59")), None);
            assert_eq!(ends(&format!("{last} 18:00:00")), end);
            assert_eq!(ends(&format!("{first} 08:59:59")), end);
            assert_eq!(ends(&format!("{first} 09:00:00")), None);
            assert_eq!(ends(&format!("{year}-15 23:00:00")), None);
        }
        for (from, to) in [
            ("month-end18:00", "next-day 09:00"),
            ("month-end 25:00", "next-day 09:00"),
            ("month-end 18:00", "09:00"),
        ] {
            assert_eq!(month_end(from, to), None);
        }
    }
}
