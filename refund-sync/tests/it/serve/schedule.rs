//! Firings: none is lost and none is done twice, whatever happens to the clock and to the process.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use croner::parser::{CronParser, Seconds, Year};
use proptest::prelude::*;
use refund_sync::clock::{of_shanghai, shanghai};
use refund_sync::schedule::{Firing, Schedule, believed};

fn schedule(cron: &str) -> Schedule {
    Schedule::new(
        CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build()
            .parse(cron)
            .unwrap(),
    )
}

fn at(text: &str) -> DateTime<Utc> {
    of_shanghai(NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap())
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// A schedule, and the same written by hand.
type Wanted = (&'static str, fn(NaiveDateTime) -> bool);

const SCHEDULES: [Wanted; 6] = [
    ("*/5 * * * *", |time| time.minute() % 5 == 0),
    ("17 * * * *", |time| time.minute() == 17),
    ("0 2 * * *", |time| (time.hour(), time.minute()) == (2, 0)),
    ("30 8 * * 1-5", |time| {
        (time.hour(), time.minute()) == (8, 30) && time.weekday().number_from_monday() <= 5
    }),
    ("0 0 31 * *", |time| (time.day(), time.hour(), time.minute()) == (31, 0, 0)),
    ("59 23 L * *", |time| {
        (time.hour(), time.minute()) == (23, 59) && (time + TimeDelta::days(1)).month() != time.month()
    }),
];

/// Every firing after `from` up to `to`, minute by minute.
fn by_hand(wanted: fn(NaiveDateTime) -> bool, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let mut found = Vec::new();
    let first = from.with_second(0).unwrap() + minutes(1);
    let mut minute = first;
    while minute <= to {
        if wanted(shanghai(minute)) {
            found.push(minute);
        }
        minute += minutes(1);
    }
    found
}

#[test]
fn nothing_is_due_before_its_time() {
    let daily = schedule("0 2 * * *");
    let done = at("2026-11-20 02:00:00");
    assert_eq!(daily.due(done, done), None);
    assert_eq!(daily.due(done, at("2026-11-21 01:59:59")), None);
    let due = daily.due(done, at("2026-11-21 02:00:00")).unwrap();
    assert_eq!(due, Firing { at: at("2026-11-21 02:00:00"), late: TimeDelta::zero(), missed: 0 });
}

#[test]
fn hours_are_those_of_the_books_not_of_the_machine() {
    let due = schedule("0 2 * * *").next_after(at("2026-11-20 12:00:00")).unwrap();
    assert_eq!(due.to_rfc3339(), "2026-11-20T18:00:00+00:00");
}

#[test]
fn what_was_missed_is_caught_up_once_and_says_how_late_it_is() {
    let due = schedule("*/5 * * * *").due(at("2026-11-20 10:00:00"), at("2026-11-20 11:02:30")).unwrap();
    assert_eq!(due, Firing { at: at("2026-11-20 11:00:00"), late: TimeDelta::seconds(150), missed: 11 });
    let row = serde_json::to_value(due).unwrap();
    assert_eq!(row["at"], "2026-11-20T11:00:00+08:00");
    assert_eq!((&row["late_seconds"], &row["missed"]), (&150.into(), &11.into()));
}

#[test]
fn the_31st_comes_seven_times_a_year_and_the_last_day_twelve_times() {
    let (from, to) = (at("2026-12-31 23:59:59"), at("2027-12-31 23:59:59"));
    assert_eq!(schedule("0 0 31 * *").due(from, to).unwrap().missed + 1, 7);
    assert_eq!(schedule("59 23 L * *").due(from, to).unwrap().missed + 1, 12);
    let leap = schedule("0 12 29 2 *").next_after(from).unwrap();
    assert_eq!(leap, at("2028-02-29 12:00:00"));
}

#[test]
fn a_clock_set_back_a_little_fires_nothing_twice_and_one_set_back_far_does_not_stand_still() {
    let done = at("2026-11-20 12:00:00");
    assert_eq!(believed(done, at("2026-11-20 10:00:00")), done);
    let mended = at("2026-11-19 12:00:00");
    assert_eq!(believed(done, mended), mended);
    let later = at("2026-11-20 13:00:00");
    assert_eq!(believed(done, later), done);
}

/// What happens in a virtual year beside the firings.
#[derive(Debug, Clone, Copy)]
enum Incident {
    /// The process is away for so many minutes.
    Restart(i64),
    /// The clock is set by so many minutes.
    Jump(i64),
    /// A run takes so many minutes.
    LongRun(i64),
}

fn incident() -> impl Strategy<Value = Incident> {
    prop_oneof![
        (1..3_000_i64).prop_map(Incident::Restart),
        (-120..=120_i64).prop_map(Incident::Jump),
        (1..600_i64).prop_map(Incident::LongRun),
    ]
}

/// Lives through a year in steps of seven minutes. Returns the rows of the journal, and up to where firings are done.
fn live(
    schedule: &Schedule,
    start: DateTime<Utc>,
    incidents: &BTreeMap<i64, Incident>,
) -> (Vec<Firing>, DateTime<Utc>) {
    let (mut now, mut done, mut rows) = (start, start, Vec::new());
    let mut next = schedule.next_after(done).unwrap();
    for step in 0.. {
        match incidents.get(&step) {
            // What is done is kept in the journal: a restart changes nothing but the time.
            Some(Incident::Restart(away) | Incident::LongRun(away)) => now += minutes(*away),
            Some(Incident::Jump(by)) => now += minutes(*by),
            None => {}
        }
        assert_eq!(believed(done, now), done, "two hours are no reason to doubt the journal");
        if let Some(firing) = Some(next).filter(|next| *next <= now).and_then(|_| schedule.due(done, now)) {
            rows.push(firing);
            done = firing.at;
            next = schedule.next_after(done).unwrap();
        }
        now += minutes(7);
        if now > start + TimeDelta::days(365) {
            break;
        }
    }
    (rows, done)
}

/// As many as usual, or a share of them for what takes long.
fn cases(share: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000);
    ProptestConfig { cases: (cases / share).max(1), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn what_is_due_is_the_latest_firing_and_every_one_before_it_is_counted(
        which in 0..SCHEDULES.len(),
        from in 0..(400 * 86_400_i64),
        span in 0..(10 * 86_400_i64),
    ) {
        let (cron, wanted) = SCHEDULES[which];
        // The schedule that fires most need not be counted through for weeks.
        let span = if which == 0 { span / 5 } else { span };
        let from = at("2027-01-01 00:00:00") + TimeDelta::seconds(from);
        let to = from + TimeDelta::seconds(span);
        let firings = by_hand(wanted, from, to);
        let due = schedule(cron).due(from, to);
        prop_assert_eq!(due.map(|due| due.at), firings.last().copied());
        prop_assert_eq!(due.map_or(0, |due| due.missed + 1), firings.len() as u64);
        prop_assert_eq!(due.map(|due| due.at + due.late), due.map(|_| to));
    }
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn in_a_virtual_year_no_firing_is_lost_or_done_twice(
        which in 0..SCHEDULES.len(),
        incidents in prop::collection::btree_map(0..75_000_i64, incident(), 0..60),
    ) {
        let (cron, wanted) = SCHEDULES[which];
        let start = at("2027-01-01 00:03:00");
        let (rows, done) = live(&schedule(cron), start, &incidents);
        let firings = by_hand(wanted, start, done);
        // Each row stands for its firing and for those that were missed before it.
        let mut covered = 0;
        for row in &rows {
            covered += usize::try_from(row.missed).unwrap() + 1;
            prop_assert_eq!(firings.get(covered - 1), Some(&row.at), "{} at {}", cron, row.at);
        }
        prop_assert_eq!(covered, firings.len(), "{}", cron);
    }
}
