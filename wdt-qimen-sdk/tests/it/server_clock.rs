//! The server's clock by the `Date` headers: never a jump on one answer, and a name for every way in which they lie.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use wdt_qimen_sdk::mock::{Dates, Gateway, virtual_clock};
use wdt_qimen_sdk::server_clock::{ClockReading, ClockState, DateFault, DateHeader, Evidence, ServerClock};

use crate::support::{builder, cases, first_page, utc};

fn noon() -> DateTime<Utc> {
    utc("2026-11-20 12:00:00")
}

/// Answers a second apart, each half a second under way, off by so many milliseconds; read a second after the last.
fn told(offsets: &[i64]) -> ClockReading {
    let mut clock = ServerClock::default();
    for (second, offset) in (0..).zip(offsets) {
        clock.observe(answer(second, *offset));
    }
    read(&clock, offsets.len() as u64)
}

fn answer(second: u64, offset_ms: i64) -> Evidence {
    let sent = Duration::from_secs(second);
    let at = noon() + TimeDelta::seconds(second.cast_signed()) + TimeDelta::milliseconds(250 + offset_ms);
    let at = DateTime::from_timestamp(at.timestamp(), 0).unwrap();
    Evidence { sent, received: sent + Duration::from_millis(500), date: DateHeader::At(at) }
}

fn read(clock: &ServerClock, second: u64) -> ClockReading {
    let local = noon() + TimeDelta::seconds(second.cast_signed());
    clock.read(Duration::from_secs(second), local, local)
}

const HOUR: i64 = 3_600_000;
const YEAR: i64 = 365 * 24 * HOUR;

#[test]
fn one_answer_that_agrees_with_this_host_is_enough_and_one_that_does_not_decides_nothing() {
    let agreed = told(&[0]);
    assert_eq!((agreed.state, agreed.server), (ClockState::Steady, Some(agreed.local)));
    assert!(!agreed.wants_more());
    for offset in [-YEAR / 2, -15 * 60_000, 15 * 60_000, HOUR, YEAR] {
        let doubtful = told(&[offset]);
        assert_eq!((doubtful.state, doubtful.server), (ClockState::Unknown, None), "{offset}");
        assert!(doubtful.wants_more());
    }
    assert_eq!(told(&[]).state, ClockState::Unknown);
}

#[test]
fn several_answers_that_agree_are_believed_and_one_among_them_that_lies_is_not() {
    for lies in [-YEAR, -HOUR, -60_000, 60_000, HOUR, YEAR] {
        for place in 0..4 {
            for truth in [0, 15 * 60_000, -8 * HOUR] {
                let mut offsets = [truth; 4];
                offsets[place] += lies;
                let reading = told(&offsets);
                assert_eq!(reading.state, ClockState::Steady, "{offsets:?}");
                let off = reading.offset().unwrap().num_milliseconds() - truth;
                assert!(off.abs() < 1_500, "{offsets:?}: {off}");
            }
        }
    }
}

#[test]
fn an_offset_that_swings_at_each_answer_is_a_contradiction_and_the_earliest_bounds_what_was_reached() {
    for count in 3..12 {
        let swinging: Vec<_> = (0..count).map(|n| if n % 2 == 0 { HOUR } else { -HOUR }).collect();
        let reading = told(&swinging);
        assert_eq!((reading.state, reading.server), (ClockState::Contradictory, None), "{swinging:?}");
        let back = (reading.local - reading.reached()).num_seconds();
        assert!((3_600..3_605).contains(&back), "{back}");
    }
}

#[test]
fn a_time_that_is_hours_from_this_hosts_is_never_taken_over_and_still_bounds_what_was_reached() {
    for offset in [-YEAR / 2, -13 * HOUR] {
        let reading = told(&[offset; 5]);
        assert_eq!((reading.state, reading.server), (ClockState::Contradictory, None));
        assert!(reading.reached() < reading.local - TimeDelta::hours(12));
    }
    let ahead = told(&[20 * YEAR; 5]);
    assert_eq!((ahead.state, ahead.reached()), (ClockState::Contradictory, ahead.local));
}

#[test]
fn what_no_clock_that_is_right_shows_tells_nothing_and_is_named() {
    let epoch = DateTime::from_timestamp(0, 0).unwrap();
    for (date, fault) in [
        (DateHeader::At(epoch), DateFault::Impossible(epoch)),
        (DateHeader::Absent, DateFault::Absent),
        (DateHeader::Unreadable, DateFault::Unreadable),
        (DateHeader::Several, DateFault::Several),
    ] {
        let mut clock = ServerClock::default();
        for second in 0..20 {
            clock.observe(Evidence { date, ..answer(second, 0) });
        }
        let reading = read(&clock, 20);
        assert_eq!((reading.state, reading.fault, reading.answers), (ClockState::Unknown, Some(fault), 0));
        assert_eq!(reading.reached(), reading.local, "{date:?}");
        // Among good ones it changes nothing.
        clock = ServerClock::default();
        clock.observe(answer(0, 60_000));
        clock.observe(Evidence { date, ..answer(1, 0) });
        clock.observe(answer(2, 60_000));
        clock.observe(answer(3, 60_000));
        assert_eq!(read(&clock, 4).state, ClockState::Steady);
    }
}

#[test]
fn what_is_not_confirmed_any_more_is_forgotten() {
    let mut clock = ServerClock::default();
    for second in 0..5 {
        clock.observe(answer(second, 15 * 60_000));
    }
    assert_eq!(read(&clock, 6).state, ClockState::Steady);
    assert_eq!(read(&clock, 3 * 3_600).state, ClockState::Unknown, "hours later");
    for second in 6..11 {
        clock.observe(Evidence { date: DateHeader::Absent, ..answer(second, 0) });
    }
    assert_eq!(read(&clock, 12).state, ClockState::Unknown, "five answers without a date");
}

#[test]
fn a_server_whose_clock_was_set_is_doubted_at_first_and_then_believed() {
    let mut clock = ServerClock::default();
    let mut seen = Vec::new();
    for second in 0..20 {
        clock.observe(answer(second, if second < 10 { 0 } else { 15 * 60_000 }));
        seen.push(read(&clock, second + 1));
    }
    let offset = |reading: &ClockReading| reading.offset().map(|offset| offset.num_minutes());
    assert_eq!(offset(&seen[9]), Some(0));
    assert_eq!(offset(&seen[10]), Some(0), "one answer moves nothing");
    assert!(seen.iter().any(|reading| reading.state == ClockState::Contradictory));
    assert_eq!(offset(&seen[19]).map(|minutes| minutes.abs_diff(15) <= 1), Some(true));
}

#[test]
fn a_step_of_this_hosts_clock_shows_at_once() {
    let mut clock = ServerClock::default();
    for second in 0..5 {
        clock.observe(answer(second, 0));
    }
    let local = noon() + TimeDelta::seconds(6 + 240);
    let stepped = clock.read(Duration::from_secs(6), local, local);
    let offset = stepped.offset().unwrap();
    assert!((-242..=-238).contains(&offset.num_seconds()), "{offset}");
    assert!(stepped.reached() < stepped.local - TimeDelta::seconds(238));
}

#[test]
fn two_answers_are_enough_where_the_server_refused_this_hosts_time_and_took_theirs() {
    for minutes in [20_i64, -20] {
        let mut clock = ServerClock::default();
        for second in 0..2 {
            clock.observe(answer(second, minutes * 60_000));
        }
        let local = noon() + TimeDelta::seconds(2);
        let read = |signed| clock.read(Duration::from_secs(2), local, signed);
        assert_eq!(read(local).state, ClockState::Unknown);
        let checked = read(local + TimeDelta::minutes(minutes));
        assert_eq!(checked.state, ClockState::Steady);
        assert!((checked.offset().unwrap() - TimeDelta::minutes(minutes)).abs() < TimeDelta::seconds(2));
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn with_at_most_a_quarter_of_lies_the_truth_is_found_or_nothing_is_claimed(
        truth in -8 * HOUR..8 * HOUR,
        lies in prop::collection::vec(-20 * YEAR..20 * YEAR, 0..3),
        order in Just((0..9).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut offsets = vec![truth; 9];
        for (place, lie) in order.iter().zip(&lies) {
            offsets[*place] = truth.saturating_add(*lie);
        }
        let reading = told(&offsets);
        match reading.offset() {
            Some(offset) => prop_assert!((offset.num_milliseconds() - truth).abs() <= 3_000, "{offsets:?}: {offset}"),
            None => prop_assert!(lies.len() > 1, "{:?} {:?}", reading.state, offsets),
        }
    }

    #[test]
    fn nothing_is_reached_before_both_clocks_have_reached_it(
        truth in -11 * HOUR..11 * HOUR,
        count in 1_usize..12,
        slow in 500_u64..60_000,
    ) {
        // All answers are true, however long they took.
        let mut clock = ServerClock::default();
        for second in 0..count as u64 {
            let sent = Duration::from_secs(second * 60);
            let at = noon() + TimeDelta::seconds(60 * second.cast_signed()) + TimeDelta::milliseconds(truth);
            let at = DateTime::from_timestamp(at.timestamp(), 0).unwrap();
            let received = sent + Duration::from_millis(slow);
            clock.observe(Evidence { sent, received, date: DateHeader::At(at) });
        }
        let second = count as u64 * 60;
        let reading = read(&clock, second);
        let server = reading.local + TimeDelta::milliseconds(truth);
        prop_assert!(reading.reached() <= reading.local);
        prop_assert!(reading.reached() <= server, "{} {server}", reading.reached());
    }

    #[test]
    fn no_evidence_makes_it_panic(
        seconds in prop::collection::vec((0_u64..u64::MAX / 2, 0_u64..100_000, any::<i64>()), 0..20),
        now in any::<u64>(),
    ) {
        let mut clock = ServerClock::default();
        for (sent, took, at) in seconds {
            let at = DateTime::from_timestamp(at, 0).map_or(DateHeader::Unreadable, DateHeader::At);
            let sent = Duration::from_secs(sent);
            clock.observe(Evidence { sent, received: sent.saturating_add(Duration::from_secs(took)), date: at });
        }
        clock.read(Duration::from_secs(now), noon(), noon());
    }
}

/// What a client makes of a gateway that says this about the time, after so many calls.
async fn after(calls: u32, dates: Dates) -> ClockReading {
    let clock = virtual_clock(noon());
    let gateway = Gateway::builder().now(clock.clone()).dates(dates).build();
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    for _ in 0..calls {
        first_page(&client).await.unwrap();
        tokio::time::sleep(Duration::from_mins(1)).await;
    }
    client.clock_reading()
}

#[tokio::test(start_paused = true)]
async fn every_lie_of_the_simulator_has_its_name() {
    let epoch = DateTime::from_timestamp(0, 0).unwrap();
    let minutes = |count| Dates::Off(TimeDelta::minutes(count));
    for (dates, state, fault) in [
        (Dates::True, ClockState::Steady, None),
        (minutes(15), ClockState::Steady, None),
        (minutes(-15), ClockState::Steady, None),
        (minutes(60 * 24), ClockState::Contradictory, None),
        (Dates::Fixed(noon()), ClockState::Contradictory, None),
        (Dates::Swinging([-90, 5, 90].map(TimeDelta::minutes).to_vec()), ClockState::Contradictory, None),
        (Dates::Fixed(epoch), ClockState::Unknown, Some(DateFault::Impossible(epoch))),
        (Dates::Absent, ClockState::Unknown, Some(DateFault::Absent)),
        (Dates::Text("yesterday".into()), ClockState::Unknown, Some(DateFault::Unreadable)),
        (Dates::Twice(TimeDelta::hours(1)), ClockState::Unknown, Some(DateFault::Several)),
        (Dates::Twice(TimeDelta::zero()), ClockState::Steady, None),
    ] {
        let reading = after(6, dates.clone()).await;
        assert_eq!((reading.state, reading.fault), (state, fault), "{dates:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lie_for_some_answers_ends_with_them() {
    let clock = virtual_clock(noon());
    let gateway = Gateway::builder().now(clock.clone()).build();
    let client = builder().clock(clock).transport(gateway.service()).build().unwrap();
    gateway.set_dates_for(2, Dates::Fixed(DateTime::from_timestamp(0, 0).unwrap()));
    for year in [1970, 1970, 2026] {
        let page = first_page(&client).await.unwrap();
        assert_eq!(page.server_time.unwrap().format("%Y").to_string(), year.to_string());
    }
    assert_eq!(client.clock_reading().state, ClockState::Steady);
}
