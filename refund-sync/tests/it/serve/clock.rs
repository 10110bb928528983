//! Clocks that are set while a pipeline is worked, and answers that lie about the time: no wait that guards a write is
//! shortened by it, none lasts for ever, reading goes on, and nothing is settled that a late row may still reach.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use refund_sync::clock::shanghai;
use refund_sync::journal::State;
use refund_sync::serve::Ending;
use wdt_qimen_sdk::mock::Dates;

use super::house::House;
use super::supervise::SOON;

/// Longer than anybody waits for an answer: the call is given up, and runs on in 金蝶.
const LONG: Duration = Duration::from_secs(200);
const HOUR: i64 = 3_600;

/// A bill whose save was given up and still runs: in 140 s it will stand.
fn in_doubt() -> House {
    let house = House::with_books(|books| books.save_time(LONG..=LONG));
    house.sells_back("TK1");
    house
}

async fn seconds(count: u64) {
    tokio::time::sleep(Duration::from_secs(count)).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_while_a_save_is_unanswered_sends_nothing_again() {
    for by in [240, -240, 2 * HOUR, -2 * HOUR, 40 * 24 * HOUR] {
        let house = in_doubt();
        let supervisor = house.starts(&["main"], &[]);
        // The firing at 12:05, the save and its time limit of a minute.
        seconds(2 * 60 + 70).await;
        assert_eq!(house.state("TK1").await, State::Intended, "{by}");
        house.sets_its_clock_by(by);
        house.minutes(20).await;
        assert_eq!(house.billed(), ["TK1"], "{by}: once");
        assert_eq!(house.books.counts().saves["TK1"], 1, "{by}: sent once");
        house.sets_its_clock_by(-by);
        house.minutes(20).await;
        assert_eq!(house.billed(), ["TK1"], "{by}: once");
        assert_eq!(house.state("TK1").await, State::Confirmed, "{by}");
        assert!(supervisor.drain(SOON).await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_arrived_is_sent_again_when_its_time_has_really_come_however_the_clock_was_set() {
    for by in [240, -240, -2 * HOUR, 40 * 24 * HOUR] {
        let house = House::new();
        house.sells_back("TK1");
        house.books.fail_next(kingdee_k3cloud_sdk::mock::Fault::UnavailableAfter);
        house.books.fail_next(kingdee_k3cloud_sdk::mock::Fault::UnavailableBefore);
        let supervisor = house.starts(&["main"], &[]);
        seconds(2 * 60 + 30).await;
        house.sets_its_clock_by(by);
        house.minutes(15).await;
        assert_eq!(house.billed(), ["TK1"], "{by}");
        assert!(supervisor.drain(SOON).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_starts_after_the_clock_was_set_goes_on_with_the_wait() {
    for by in [240, -240, 30 * HOUR, -30 * HOUR] {
        let house = in_doubt();
        let supervisor = house.starts(&["main"], &[]);
        seconds(2 * 60 + 70).await;
        drop(supervisor);
        house.sets_its_clock_by(by);
        let house = house.in_another_process();
        let supervisor = house.starts(&["main"], &[]);
        house.minutes(20).await;
        assert_eq!((house.billed(), house.books.counts().saves["TK1"]), (vec!["TK1".into()], 1), "{by}");
        assert!(supervisor.drain(SOON).await);
    }
}

#[tokio::test(start_paused = true)]
async fn after_another_start_of_the_machine_the_wait_begins_anew() {
    let house = in_doubt();
    let supervisor = house.starts(&["main"], &[]);
    seconds(2 * 60 + 70).await;
    drop(supervisor);
    // Nobody knows how long it was off: its clock says an hour, it was a second.
    let pipeline = house.store.pipeline("main").await.unwrap().id;
    let kept = house.store.note(pipeline, "waits").await.unwrap().unwrap();
    assert!(kept.contains("count"), "{kept}");
    let other = kept.replace("process", "boot of another");
    house.store.set_note(pipeline, "waits", other).await.unwrap();
    house.sets_its_clock_by(HOUR);
    let house = house.in_another_process();
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(20).await;
    assert_eq!((house.billed(), house.books.counts().saves["TK1"]), (vec!["TK1".into()], 1));
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_parked_document_is_tried_again_when_its_time_has_really_come_however_the_clock_was_set() {
    for by in [2 * 24 * HOUR, -2 * 24 * HOUR] {
        let house = House::with_books(|books| books.materials(["ANOTHER"]));
        house.sells_back("TK1");
        let supervisor = house.starts(&["main"], &[]);
        house.minutes(8).await;
        let sent = || house.books.counts().saves["TK1"];
        assert_eq!((house.state("TK1").await, sent()), (State::Parked, 1), "{by}");
        house.sets_its_clock_by(by);
        house.minutes(40).await;
        assert_eq!(sent(), 1, "{by}: three quarters of an hour have passed");
        house.minutes(25).await;
        assert_eq!(sent(), 2, "{by}: an hour has");
        // The next one is in four hours, and set right the clock brings it no nearer and puts it off no further.
        house.sets_its_clock_by(-by);
        house.minutes(3 * 60).await;
        assert_eq!(sent(), 2, "{by}");
        house.minutes(75).await;
        assert_eq!(sent(), 3, "{by}");
        assert!(supervisor.drain(SOON).await);
    }
}

#[tokio::test(start_paused = true)]
async fn reading_goes_on_at_once_when_a_clock_that_was_ahead_is_set_right() {
    for ahead in [15 * 60, 2 * HOUR, 30 * 24 * HOUR] {
        let house = House::new();
        let supervisor = house.starts(&["main"], &[]);
        house.minutes(3).await;
        house.sets_its_clock_by(ahead);
        house.minutes(6).await;
        house.sets_its_clock_by(-ahead);
        house.sells_back("TK1");
        house.minutes(8).await;
        assert_eq!(house.billed(), ["TK1"], "{ahead}");
        let overdue = house.view("main").overdue(house.clock.now());
        assert!(overdue < TimeDelta::minutes(6), "{ahead}: {overdue}");
        assert!(supervisor.drain(SOON).await);
    }
}

/// Everything is in the books once, and the ledger claims no more than is past.
fn whole(house: &House, numbers: &[&str], what: &str) {
    assert_eq!(house.billed(), numbers, "{what}");
    let bound = shanghai(house.shop_now()) - TimeDelta::minutes(2);
    if let Some(cursor) = house.row().cursor {
        let cursor = NaiveDateTime::parse_from_str(&cursor, "%Y-%m-%d %H:%M:%S").unwrap();
        assert!(cursor <= bound, "{what}: settled to {cursor}, not past before {bound}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_header_says_each_cycle_reads_and_no_late_return_is_lost() {
    let epoch = Dates::Fixed(DateTime::<Utc>::UNIX_EPOCH);
    let off = |minutes| Dates::Off(TimeDelta::minutes(minutes));
    for lie in [
        epoch,
        off(15),
        off(-15),
        off(60),
        off(-600),
        off(60 * 24 * 365 * 10),
        off(-60 * 24 * 30),
        Dates::Swinging([-90, 90, 7].map(TimeDelta::minutes).to_vec()),
        Dates::Absent,
        Dates::Text("soon".into()),
        Dates::Twice(TimeDelta::hours(1)),
    ] {
        for answers in [2, u32::MAX] {
            let what = format!("{lie:?} in {answers} answers");
            let house = House::new();
            house.sells_back("TK1");
            house.shop.set_dates_for(answers, lie.clone());
            let supervisor = house.starts(&["main"], &[]);
            house.minutes(8).await;
            assert_eq!(house.billed(), ["TK1"], "{what}");
            // Almost too late: changed a minute and a half before it shows.
            house.sells_back_late("TK2", 90);
            house.sells_back("TK3");
            let calls = house.knocks();
            house.minutes(11).await;
            assert!(house.knocks() > calls + 1, "{what}: every cycle asks");
            whole(&house, &["TK1", "TK2", "TK3"], &what);
            assert!(!house.view("main").endings.contains_key(&Ending::Failed), "{what}");
            // Later all is as if nothing had been.
            house.shop.set_dates(Dates::True);
            house.minutes(75).await;
            house.sells_back("TK4");
            house.minutes(11).await;
            whole(&house, &["TK1", "TK2", "TK3", "TK4"], &what);
            assert!(house.row().cursor.is_some(), "{what}");
            assert_eq!(house.row().clock, None, "{what}");
            assert!(supervisor.drain(SOON).await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_whose_clock_is_off_for_one_cycle_or_for_long_reads_on_by_the_servers_and_loses_nothing() {
    for by in [15 * 60, -15 * 60, 8 * 60, -8 * 60, 3 * HOUR, -3 * HOUR, 30 * 24 * HOUR] {
        for minutes in [6, 60] {
            let what = format!("off by {by} s for {minutes} minutes");
            let house = House::new();
            let supervisor = house.starts(&["main"], &[]);
            house.minutes(8).await;
            house.sets_its_clock_by(by);
            house.sells_back("TK1");
            house.minutes(minutes + 2).await;
            house.sells_back_late("TK2", 90);
            house.sets_its_clock_by(-by);
            house.sells_back("TK3");
            house.minutes(16).await;
            whole(&house, &["TK1", "TK2", "TK3"], &what);
            assert!(supervisor.drain(SOON).await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_named_with_both_times_and_what_each_is_used_for() {
    let house = House::new();
    house.sets_its_clock_by(-15 * 60);
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(8 + 15).await;
    let status = house.row();
    let note = status.clock.unwrap();
    assert_eq!(note.state, "steady");
    for word in [
        "this machine 2026-11-20 12:",
        "旺店通 2026-11-20 12:",
        "900 s",
        "read by 旺店通's time",
        "fully read by the earlier",
    ] {
        assert!(note.message.en.contains(word), "{word:?} is not in {}", note.message);
    }
    assert!((status.clock_offset_seconds - 900.0).abs() < 3.0);
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_clock_twenty_years_back_at_the_first_start_is_refused_with_both_times_and_nothing_is_settled() {
    let house = House::new();
    house.sells_back("TK1");
    let back = -20 * 365 * 24 * HOUR;
    house.sets_its_clock_by(back);
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(60).await;
    assert_eq!((house.billed(), house.row().cursor), (Vec::new(), None));
    let rows = house.rows("main");
    assert!(rows.len() > 5, "{rows:#?}");
    for row in &rows {
        let failure = row.outcome["failures"][0].as_str().unwrap();
        for word in ["clock", "2006-11-2", "2026-11-20", "NTP", "refused"] {
            assert!(failure.contains(word), "{word:?} is not in {failure}");
        }
    }
    let knocks = house.knocks();
    assert!(knocks >= rows.len() as u64, "every cycle asks: {knocks}");
    let view = house.view("main");
    assert!(view.overdue(house.clock.now()) > TimeDelta::minutes(40), "no success");
    assert_eq!(view.status.unwrap().clock.unwrap().state, "impossible");

    house.sets_its_clock_by(-back);
    house.minutes(11).await;
    whole(&house, &["TK1"], "set right");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_is_edited_into_2036_is_set_back_by_the_next_cycle() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(8).await;
    house.edits("UPDATE pipeline SET cursor = '2036-01-01 00:00:00'");
    house.sells_back("TK1");
    house.minutes(11).await;
    whole(&house, &["TK1"], "edited");
    assert!(supervisor.drain(SOON).await);
}

/// What `check` warns of: rows are asked for up to this very second, and the overlap alone is there for late ones.
#[tokio::test(start_paused = true)]
async fn with_a_lag_of_zero_nothing_is_lost_that_comes_within_the_overlap_and_nothing_is_sent_twice() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[("lag_seconds = 60", "lag_seconds = 0")]);
    let mut numbers = Vec::new();
    for n in 1..=40 {
        // A firing comes every five minutes: some show a moment before it, some behind it, late by up to the overlap.
        let number = format!("TK{n:02}");
        house.sells_back_late(&number, (n * 7) % 59);
        numbers.push(number);
        seconds(67).await;
    }
    house.minutes(11).await;
    let numbers: Vec<_> = numbers.iter().map(String::as_str).collect();
    whole(&house, &numbers, "a lag of zero");
    assert!(numbers.iter().all(|number| house.books.counts().saves[*number] == 1));
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn an_offset_in_the_journal_is_shown_and_never_used() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &[]);
    house.minutes(3).await;
    // Of 1970: it does not fit into 32 bits.
    house.edits("UPDATE pipeline SET clock_offset_ms = -1795158000000");
    assert!((house.row().clock_offset_seconds + 1_795_158_000.0).abs() < 1.0);
    house.sells_back("TK1");
    house.minutes(11).await;
    whole(&house, &["TK1"], "restored");
    assert!(house.row().clock_offset_seconds.abs() < 3.0, "what is confirmed takes its place");
    assert!(supervisor.drain(SOON).await);
}
