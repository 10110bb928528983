//! Reading the past: which parts of a span are left, and what they will cost. Pure; reading them is `worker`'s.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Serialize;
use wdt_qimen_sdk::Span;

use crate::store::{Past, Walked, WindowState};

/// How many days are asked for their total before a plan is made.
const MOST_PROBES: usize = 14;

/// What of `span` still has to be read, oldest first.
///
/// A settled window is never read again, because rows only ever leave it; unless `past.again` asks for that. What was
/// walked since it was asked for counts even if it could not be proven: walking it once more would prove no more.
pub fn gaps(span: Span, walked: &[Walked], past: Past, asked_at: DateTime<Utc>) -> Vec<Span> {
    let counts =
        |window: &&Walked| window.at >= asked_at || (window.state == WindowState::Settled && !past.again);
    let mut gaps = Vec::new();
    let mut place = span.start();
    for window in walked.iter().filter(counts) {
        if window.start > place {
            gaps.extend(Span::new(place, window.start.min(span.end())));
        }
        place = place.max(window.end);
    }
    if place < span.end() {
        gaps.extend(Span::new(place, span.end()));
    }
    gaps
}

/// The parts of a span, cut at midnights.
pub fn days(span: Span) -> Vec<Span> {
    let mut days = Vec::new();
    let mut from = span.start();
    while from < span.end() {
        let to = midnight_after(from).min(span.end());
        days.extend(Span::new(from, to));
        from = to;
    }
    days
}

fn midnight_after(time: NaiveDateTime) -> NaiveDateTime {
    time.date().and_time(chrono::NaiveTime::MIN) + TimeDelta::days(1)
}

/// Which of `days` to ask for their total: all of a few, else some that are spread evenly, both ends among them.
pub fn probes(days: usize) -> Vec<usize> {
    if days <= MOST_PROBES {
        return (0..days).collect();
    }
    (0..MOST_PROBES).map(|probe| probe * (days - 1) / (MOST_PROBES - 1)).collect()
}

/// What page 0 of a day said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Which day.
    pub day: usize,
    /// The total that the server named, or the rows it gave where it names none or fewer.
    pub total: u64,
    /// The total can be believed: it is above the rows of a full page, or those of a page that is not full.
    pub sure: bool,
    /// Rows on the page.
    pub rows: u64,
    /// Those of them that the filter takes.
    pub accepted: u64,
}

/// What a backfill will cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// First second that is left to read, Asia/Shanghai.
    pub from: Option<String>,
    /// Last second.
    pub to: Option<String>,
    /// Windows of at most a day.
    pub windows: u64,
    /// Calls to 旺店通.
    pub calls: u64,
    /// How long they take at the quota.
    pub seconds: u64,
    /// Returns in them.
    pub returns: u64,
    /// Bills that come of them, counting those that stand already.
    pub bills: u64,
    /// Every day was asked and named a total that can be believed; else it is an estimate, or too low.
    pub exact: bool,
}

impl Plan {
    /// The plan for `days`, of which some were asked. `probes` are in the order of their days.
    pub fn of(days: &[Span], probes: &[Probe], page_size: u32, quota_per_minute: u32) -> Self {
        let page = u64::from(page_size.max(1));
        let totals: Vec<u64> = (0..days.len()).map(|day| estimate(day, probes)).collect();
        let returns = totals.iter().sum::<u64>();
        // A day without rows costs a call, a page each of the others, cutting a crowded day one more.
        let calls = totals.iter().map(|total| total.div_ceil(page).max(1)).sum::<u64>();
        let (rows, accepted) = probes
            .iter()
            .fold((0, 0), |(rows, accepted), probe| (rows + probe.rows, accepted + probe.accepted));
        let gap = Duration::from_secs(61) / quota_per_minute.max(1);
        Self {
            from: days.first().map(|day| day.start().to_string()),
            to: days.last().map(|day| day.end().to_string()),
            windows: days.len() as u64,
            calls,
            seconds: gap.saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX)).as_secs(),
            returns,
            bills: (returns * accepted).checked_div(rows).unwrap_or(0),
            exact: probes.len() == days.len() && probes.iter().all(|probe| probe.sure),
        }
    }
}

/// A day's total: asked, or on the line between the nearest days that were.
fn estimate(day: usize, probes: &[Probe]) -> u64 {
    let after = probes.partition_point(|probe| probe.day < day);
    match (after.checked_sub(1).and_then(|before| probes.get(before)), probes.get(after)) {
        (_, Some(probe)) if probe.day == day => probe.total,
        (Some(before), Some(after)) => {
            let (left, right) = ((day - before.day) as u64, (after.day - day) as u64);
            (before.total * right + after.total * left) / (left + right)
        }
        (Some(only), None) | (None, Some(only)) => only.total,
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> NaiveDateTime {
        NaiveDateTime::default() + TimeDelta::hours(hour)
    }

    fn span(from: i64, to: i64) -> Span {
        Span::new(at(from), at(to)).unwrap()
    }

    fn instant(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn walked(from: i64, to: i64, state: WindowState, second: i64) -> Walked {
        Walked { start: at(from), end: at(to), state, at: instant(second) }
    }

    fn left(walked: &[Walked], again: bool) -> Vec<Span> {
        let past = Past { from: at(0), to: at(100), again };
        gaps(span(0, 100), walked, past, instant(50))
    }

    #[test]
    fn nothing_walked_leaves_everything() {
        assert_eq!(left(&[], false), [span(0, 100)]);
    }

    #[test]
    fn what_is_settled_is_not_read_again_and_what_lies_between_is() {
        use WindowState::Settled;
        let windows = [
            walked(-10, 5, Settled, 1),
            walked(5, 20, Settled, 1),
            walked(10, 15, Settled, 1),
            walked(40, 60, Settled, 1),
        ];
        assert_eq!(left(&windows, false), [span(20, 40), span(60, 100)]);
        let to_the_end = [walked(0, 99, Settled, 1), walked(99, 120, Settled, 1)];
        assert_eq!(left(&to_the_end, false), []);
    }

    #[test]
    fn what_could_not_be_proven_is_read_once_more_when_asked_and_not_for_ever() {
        assert_eq!(left(&[walked(0, 100, WindowState::Read, 49)], false), [span(0, 100)]);
        assert_eq!(left(&[walked(0, 100, WindowState::Read, 50)], false), []);
    }

    #[test]
    fn again_means_whatever_was_not_read_since_it_was_asked() {
        let windows = [walked(0, 50, WindowState::Settled, 49), walked(50, 100, WindowState::Settled, 51)];
        assert_eq!(left(&windows, true), [span(0, 50)]);
    }

    #[test]
    fn days_are_cut_at_midnight_and_share_it() {
        assert_eq!(days(span(20, 50)), [span(20, 24), span(24, 48), span(48, 50)]);
        assert_eq!(days(span(0, 24)), [span(0, 24)]);
    }

    #[test]
    fn a_few_days_are_all_asked_and_many_at_both_ends_and_between() {
        assert_eq!(probes(3), [0, 1, 2]);
        let many = probes(365);
        assert_eq!((many.len(), many[0], many[13]), (14, 0, 364));
        assert!(many.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn a_plan_counts_a_call_for_an_empty_day_and_pages_for_the_others() {
        let probe =
            |day, total: u64, accepted| Probe { day, total, sure: true, rows: total.min(40), accepted };
        let days = days(span(0, 72));
        let plan = Plan::of(&days, &[probe(0, 0, 0), probe(1, 81, 30), probe(2, 40, 40)], 40, 61);
        assert_eq!((plan.windows, plan.calls, plan.seconds, plan.returns), (3, 5, 5, 121));
        assert_eq!(plan.bills, 121 * 70 / 80);
        assert!(plan.exact);
        let full = Probe { sure: false, ..probe(0, 40, 40) };
        assert!(
            !Plan::of(&days, &[full, probe(1, 81, 30), probe(2, 40, 40)], 40, 61).exact,
            "a full page says more"
        );
    }

    #[test]
    fn a_day_that_was_not_asked_lies_on_the_line_between_its_neighbours() {
        let probe = |day, total| Probe { day, total, sure: true, rows: 1, accepted: 1 };
        let plan = Plan::of(&days(span(0, 120)), &[probe(0, 100), probe(4, 500)], 100, 60);
        assert_eq!((plan.returns, plan.exact), (100 + 200 + 300 + 400 + 500, false));
    }
}
