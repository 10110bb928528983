//! The daily reconciliation beside the runs: what it compares, when, and what it leaves behind.

use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use refund_sync::reconcile::ReconcileSummary;
use refund_sync::serve::alert::Snapshot;

use super::house::House;
use crate::returns::plain;

/// Every night at ten past twelve, over a journal that knows the first day from its beginning.
const NIGHTLY: [(&str, &str); 2] = [
    ("start_from = \"2026-11-20 11:03:00\"", FROM_MIDNIGHT),
    ("*/5 * * * *\"", "*/5 * * * *\"\nreconcile = \"10 0 * * *\""),
];
const FROM_MIDNIGHT: &str = "start_from = \"2026-11-20 00:00:00\"";
const SOON: Duration = Duration::from_mins(2);
/// From the beginning of the story to a quarter past twelve of the first night.
const TO_THE_NIGHT: u64 = 12 * 60 + 12;
const A_DAY: u64 = 24 * 60;

fn verdict(house: &House) -> Option<ReconcileSummary> {
    house.view("main").reconciled
}

fn comparisons(house: &House) -> usize {
    house.rows("main").iter().filter(|row| row.command == "reconcile").count()
}

/// The day so many days after the first.
fn day(days: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap() + TimeDelta::days(days)
}

fn of<'a>(counts: impl IntoIterator<Item = (&'a String, &'a u64)>) -> Vec<(&'a str, u64)> {
    counts.into_iter().map(|(kind, count)| (kind.as_str(), *count)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_from_the_books_is_found_and_what_is_parked_is_no_news() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &NIGHTLY);
    house.sells_back("TK1");
    house.sells_back("TK2");
    let mut unknown = house.at_now(plain("TK3"));
    unknown.set("shop_no", "S999");
    house.shop.world().push(unknown);
    house.minutes(60).await;
    assert!(house.books.remove("TK2"));
    house.minutes(TO_THE_NIGHT - 60).await;

    let found = verdict(&house).unwrap();
    assert_eq!((found.period.from, found.period.to), (day(0), day(0)));
    assert_eq!((found.due, found.equal, found.unproven), (3, 1, 0));
    assert_eq!(of(&found.differences), [("missing", 1), ("removed", 1)]);
    assert_eq!(of(&found.unexplained), [("removed", 1)], "what is parked is told as parked");
    assert_eq!(found.findings.len(), 2);
    let sight = Snapshot::of(&house.view("main"), house.clock.now()).unwrap();
    assert_eq!(sight.differences, found.unexplained, "alerts see what is news");
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn nights_that_nobody_was_there_for_are_made_up_for_by_one_comparison() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &NIGHTLY);
    house.minutes(TO_THE_NIGHT).await;
    assert_eq!(comparisons(&house), 1);
    let before = verdict(&house).unwrap();
    assert!(supervisor.drain(SOON).await);

    let house = house.restarted();
    let supervisor = house.starts(&["main"], &NIGHTLY);
    house.minutes(1).await;
    assert_eq!(verdict(&house), Some(before), "what was found is still known after a restart");
    assert_eq!(comparisons(&house), 1, "and not sought again");
    assert!(supervisor.drain(SOON).await);

    house.minutes(3 * A_DAY).await;
    let supervisor = house.starts(&["main"], &NIGHTLY);
    house.minutes(30).await;
    assert_eq!(comparisons(&house), 2);
    assert_eq!(verdict(&house).unwrap().period.to, day(3));
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn while_the_shop_is_not_read_to_the_end_of_the_day_nothing_is_called_missing() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &NIGHTLY);
    house.minutes(10).await;
    house.lock(true);
    house.minutes(TO_THE_NIGHT).await;
    assert_eq!(comparisons(&house), 0);
    house.lock(false);
    house.minutes(60).await;
    assert_eq!(comparisons(&house), 1, "as soon as it is read");
    assert!(verdict(&house).unwrap().differences.is_empty());
    assert!(supervisor.drain(SOON).await);
}

#[tokio::test(start_paused = true)]
async fn a_day_that_the_journal_does_not_know_whole_is_not_compared() {
    let house = House::new();
    let [_, nightly] = NIGHTLY;
    let supervisor = house.starts(&["main"], &[nightly]);
    house.minutes(TO_THE_NIGHT).await;
    assert_eq!(comparisons(&house), 0);
    assert!(supervisor.drain(SOON).await);
}
