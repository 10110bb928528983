//! How many documents were brought to their end in each hour of a day, as the bars of a small plot.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::lang::{Lang, figure};
use crate::clock::shanghai;
use crate::store::Hour;

/// The plot's own units: a bar is 24 wide with a gap of 6, the tallest 100 high.
const STEP: u64 = 30;
const WIDTH: u64 = 24;
const HEIGHT: u64 = 100;
const BARS: u8 = 24;

/// A day of one pipeline.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plot {
    pub(super) bars: Vec<Bar>,
    pub(super) total: u64,
    /// The tallest bar.
    pub(super) most: String,
    /// What it shows, for those who do not see it.
    pub(super) summary: String,
    /// The hours at its beginning, its middle and its end.
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

impl Plot {
    /// The day that ends with the hour of `now`.
    pub(super) fn of(pipeline: &str, hours: &[Hour], now: DateTime<Utc>, lang: Lang) -> Self {
        let last = hour(now);
        let starts: Vec<_> = (0..BARS).rev().map(|back| last - TimeDelta::hours(back.into())).collect();
        let count = |start: DateTime<Utc>| {
            let own = hours.iter().filter(|hour| hour.pipeline == pipeline && hour.start == start);
            own.map(|hour| hour.confirmed).sum::<u64>()
        };
        let counts: Vec<_> = starts.iter().map(|start| count(*start)).collect();
        let (total, most) = (counts.iter().sum(), counts.iter().copied().max().unwrap_or_default());
        let bars = starts.iter().zip(&counts).zip(0..).map(|((start, count), place)| {
            // What is more than nothing is seen.
            let height = if *count == 0 { 0 } else { (count * HEIGHT / most.max(1)).max(2) };
            let bills = lang.of("张", "bills");
            let label = format!("{} {} {bills}", shanghai(*start).format("%H:00"), figure(*count));
            Bar { x: place * STEP, y: HEIGHT - height, width: WIDTH, height, label }
        });
        let at =
            |place: u8| starts.get(usize::from(place)).map_or_else(String::new, |start| clock_of(*start));
        Self {
            bars: bars.collect(),
            total,
            most: figure(most),
            summary: match lang {
                Lang::Chinese => {
                    format!("过去 24 小时每小时完成的单据：共 {} 张，最多 {} 张", figure(total), figure(most))
                }
                Lang::English => {
                    format!(
                        "Bills per hour in the last 24 hours: {} in all, {} at most",
                        figure(total),
                        figure(most)
                    )
                }
            },
            marks: [at(0), at(BARS / 2), at(BARS - 1)],
        }
    }
}

fn clock_of(start: DateTime<Utc>) -> String {
    shanghai(start).format("%H:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tallest_bar_fills_the_plot_and_the_smallest_is_still_seen() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(500_000) + TimeDelta::minutes(59);
        let of = |pipeline: &str, back, confirmed| Hour {
            pipeline: pipeline.into(),
            start: hour(now) - TimeDelta::hours(back),
            confirmed,
        };
        let hours = [of("main", 0, 1), of("main", 23, 2_000), of("main", 24, 9_999), of("other", 0, 77)];
        let plot = Plot::of("main", &hours, now, Lang::English);
        assert_eq!((plot.bars.len(), plot.total), (24, 2_001));
        let ends = |bar: &Bar| (bar.x, bar.y, bar.height);
        assert_eq!((ends(&plot.bars[0]), ends(&plot.bars[23])), ((0, 0, 100), (690, 98, 2)));
        assert_eq!(plot.bars[1].height, 0);
        assert_eq!(plot.summary, "Bills per hour in the last 24 hours: 2,001 in all, 2,000 at most");
    }

    #[test]
    fn an_empty_day_is_a_flat_plot() {
        let plot = Plot::of("main", &[], DateTime::UNIX_EPOCH, Lang::Chinese);
        assert!(plot.bars.iter().all(|bar| bar.height == 0));
        assert_eq!(plot.total, 0);
    }
}
