//! Clocks that are set while a pipeline is worked: no wait that guards a write is shortened by it, none lasts for ever.

use std::time::Duration;

use refund_sync::journal::State;

use super::house::House;
use super::supervise::SOON;

/// Longer than anybody waits for an answer: the call is given up, and runs on in 金蝶.
const LONG: Duration = Duration::from_secs(200);
const HOUR: i64 = 3_600;

/// A bill whose save was given up and still runs: in 140 s it will stand.
async fn in_doubt() -> House {
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
        let house = in_doubt().await;
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
        let house = in_doubt().await;
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
    let house = in_doubt().await;
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
