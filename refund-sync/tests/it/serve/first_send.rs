//! What the look before the first send costs a program that goes on for more than a day: nothing for returns that were made since it
//! took the journal, one question for those that were there before.

use chrono::TimeDelta;
use refund_sync::clock::shanghai;

use super::house::House;
use crate::returns::{plain, text};

/// A return that is finished now and was made so many days ago. Says how many questions 金蝶 was asked for it.
async fn asked_for(house: &House, refund_no: &str, days_old: i64) -> u64 {
    let asked = || house.books.counts().calls.get("ExecuteBillQuery").copied().unwrap_or_default();
    let before = asked();
    let mut row = house.at_now(plain(refund_no));
    row.set("created", text(shanghai(house.clock.now()) - TimeDelta::days(days_old)));
    house.shop.world().push(row);
    house.minutes(12).await;
    assert!(house.billed().contains(&refund_no.to_owned()));
    asked() - before
}

#[tokio::test(start_paused = true)]
async fn only_what_was_there_before_the_program_started_is_looked_up_before_it_is_sent() {
    let house = House::new();
    let _supervisor = house.starts(&["main"], &[]);
    house.minutes(25 * 60).await;
    // An answer with as many rows as the longest so far is asked behind: the site might give no more in one.
    assert_eq!(asked_for(&house, "TK-NEW", 0).await, 2, "read back");
    assert_eq!(asked_for(&house, "TK-OLD", 4).await, 4, "by number, by mark, and read back");
}
