//! How many documents were brought to their end over a day, a week or a month, as the bars of a small plot with a scale.

use chrono::{DateTime, DurationRound as _, NaiveTime, TimeDelta, Utc};

use super::lang::{Lang, figure};
use crate::clock::{of_shanghai, shanghai};
use crate::store::Hour;

/// The plot's own units: it is so wide, and the top of the scale is so high.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 100;

/// How much time a plot shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Span {
    /// 24 hours, a bar each.
    #[default]
    Day,
    /// 7 days, a bar for 6 hours.
    Week,
    /// 30 days, a bar each.
    Month,
}

/// What one pipeline got done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plot {
    pub(super) bars: Vec<Bar>,
    /// The scale from its top down: top, half, nothing.
    pub(super) scale: [String; 3],
    /// What it shows, for those who do not see it.
    pub(super) summary: String,
    /// How much a bar stands for.
    pub(super) title: &'static str,
    /// The times at its beginning, its middle and its end.
    pub(super) marks: [String; 3],
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
    pub(super) label: String,
}

/// The beginning of the hour.
pub(super) fn hour(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now)
}

impl Span {
    pub(super) const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The word in an address.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The one for a word; a day for what is none.
    pub(super) fn parse(word: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|span| Some(span.as_str()) == word).unwrap_or_default()
    }

    pub(super) fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Day => lang.of("24 小时", "24 h"),
            Self::Week => lang.of("7 天", "7 days"),
            Self::Month => lang.of("30 天", "30 days"),
        }
    }

    /// Since when hours are needed for it.
    pub(super) fn since(self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.starts(now).into_iter().next().unwrap_or(now)
    }

    /// Hours of a bar, and how many bars there are.
    fn bars(self) -> (i64, u8) {
        match self {
            Self::Day => (1, 24),
            Self::Week => (6, 28),
            Self::Month => (24, 30),
        }
    }

    /// When each bar begins, the one of `now` last: bars of more than an hour begin with a day of the books or part of it.
    fn starts(self, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let (hours, bars) = self.bars();
        let midnight = of_shanghai(shanghai(now).date().and_time(NaiveTime::MIN));
        let into = (hour(now) - midnight).num_hours() / hours * hours;
        let last = midnight + TimeDelta::hours(into);
        (0..i64::from(bars)).rev().map(|back| last - TimeDelta::hours(back * hours)).collect()
    }

    fn mark(self, start: DateTime<Utc>) -> String {
        let form = match self {
            Self::Day => "%H:00",
            Self::Week => "%m-%d %H:00",
            Self::Month => "%m-%d",
        };
        shanghai(start).format(form).to_string()
    }
}

impl Plot {
    /// What ends with the hour of `now`.
    pub(super) fn of(pipeline: &str, hours: &[Hour], span: Span, now: DateTime<Utc>, lang: Lang) -> Self {
        let (width, bars) = span.bars();
        let starts = span.starts(now);
        let count = |start: DateTime<Utc>| {
            let end = start + TimeDelta::hours(width);
            let own =
                hours.iter().filter(|hour| hour.pipeline == pipeline && (start..end).contains(&hour.start));
            own.map(|hour| hour.confirmed).sum::<u64>()
        };
        let counts: Vec<_> = starts.iter().map(|start| count(*start)).collect();
        let (total, most): (u64, _) = (counts.iter().sum(), counts.iter().copied().max().unwrap_or_default());
        let (top, step) = (top(most), WIDTH / u64::from(bars));
        let shown = starts.iter().zip(&counts).zip(0..).map(|((start, count), place)| {
            // What is more than nothing is seen.
            let height = if *count == 0 { 0 } else { (count * HEIGHT / top).max(2) };
            let bills = lang.of("张", "bills");
            let label = format!("{} {} {bills}", span.mark(*start), figure(*count));
            Bar { x: place * step, y: HEIGHT - height, width: step * 4 / 5, height, label }
        });
        let at =
            |place: u8| starts.get(usize::from(place)).map_or_else(String::new, |start| span.mark(*start));
        let (total, most, name) = (figure(total), figure(most), span.title(lang));
        Self {
            bars: shown.collect(),
            scale: [figure(top), figure(top / 2), figure(0)],
            summary: match lang {
                Lang::Chinese => format!("过去 {name}完成的单据：共 {total} 张，一格最多 {most} 张"),
                Lang::English => {
                    format!("Bills done in the last {name}: {total} in all, {most} at most in a bar")
                }
            },
            title: match span {
                Span::Day => lang.of("每小时完成", "Done per hour"),
                Span::Week => lang.of("每 6 小时完成", "Done per 6 hours"),
                Span::Month => lang.of("每天完成", "Done per day"),
            },
            marks: [at(0), at(bars / 2), at(bars - 1)],
        }
    }
}

/// The top of a scale that has room for `most`: an even number whose digits are 2, 4, 6, 8 or 10 and zeroes.
fn top(most: u64) -> u64 {
    let mut unit = 1;
    loop {
        if let Some(top) =
            [2, 4, 6, 8, 10].map(|digit: u64| digit.saturating_mul(unit)).into_iter().find(|top| *top >= most)
        {
            return top;
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(500_000) + TimeDelta::minutes(59)
    }

    fn of(pipeline: &str, back: i64, confirmed: u64) -> Hour {
        Hour { pipeline: pipeline.into(), start: hour(now()) - TimeDelta::hours(back), confirmed }
    }

    #[test]
    fn bars_are_measured_by_a_scale_and_the_smallest_is_still_seen() {
        let hours = [of("main", 0, 1), of("main", 23, 2_000), of("main", 24, 9_999), of("other", 0, 77)];
        let plot = Plot::of("main", &hours, Span::Day, now(), Lang::English);
        assert_eq!(
            (plot.bars.len(), plot.scale.map(|text| text)),
            (24, ["2,000", "1,000", "0"].map(String::from))
        );
        let plot = Plot::of("main", &hours, Span::Day, now(), Lang::English);
        let ends = |bar: &Bar| (bar.x, bar.y, bar.height);
        assert_eq!((ends(&plot.bars[0]), ends(&plot.bars[23])), ((0, 0, 100), (690, 98, 2)));
        assert_eq!(plot.bars[1].height, 0);
        assert_eq!(plot.summary, "Bills done in the last 24 h: 2,001 in all, 2,000 at most in a bar");
    }

    #[test]
    fn a_week_and_a_month_hold_every_hour_once_and_begin_with_days_of_the_books() {
        for (span, hours) in [(Span::Day, 24), (Span::Week, 168), (Span::Month, 720)] {
            let all: Vec<_> = (0..2_000).map(|back| of("main", back, 1)).collect();
            let plot = Plot::of("main", &all, span, now(), Lang::Chinese);
            let told: u64 =
                all.iter().filter(|hour| hour.start >= span.since(now())).map(|hour| hour.confirmed).sum();
            assert!(told <= hours && told + 24 > hours, "{told} of {hours}");
            assert!(plot.summary.contains(&format!("共 {told} 张")), "{}", plot.summary);
            assert!(plot.bars.iter().all(|bar| bar.x + bar.width <= WIDTH && bar.height <= HEIGHT));
        }
        assert_eq!(shanghai(Span::Month.since(now())).time(), NaiveTime::MIN);
        assert_eq!(Span::parse(Some("century")), Span::Day);
    }

    #[test]
    fn a_scale_has_room_for_what_it_measures_and_can_be_halved() {
        for (most, wanted) in [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (61, 80), (2_001, 4_000)] {
            assert_eq!(top(most), wanted);
        }
    }

    #[test]
    fn an_empty_day_is_a_flat_plot() {
        let plot = Plot::of("main", &[], Span::Day, DateTime::UNIX_EPOCH, Lang::Chinese);
        assert!(plot.bars.iter().all(|bar| bar.height == 0));
    }
}
