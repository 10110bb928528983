//! A fault of the program in one pipeline: counted, told, and no other pipeline's business.

use std::collections::BTreeMap;
use std::time::Duration;

use refund_sync::serve::metrics::{self, Scrape};

use super::house::House;
use crate::returns::plain;

const SOON: Duration = Duration::from_mins(2);
/// Each pipeline reads a shop of its own.
const ONE: [(&str, &str); 1] = [("lag_seconds = 60", "lag_seconds = 60\nshop_nos = [\"S001\"]")];
const OTHER: [(&str, &str); 2] =
    [("lag_seconds = 60", "lag_seconds = 60\nshop_nos = [\"S002\"]"), ("S001 = \"C001\"", "S002 = \"C001\"")];

fn counted(house: &House, name: &str) -> String {
    let sight = Scrape { now: house.board.now(), views: house.board.views(), deliveries: BTreeMap::new() };
    let text = metrics::render(&sight);
    let label = format!("refund_sync_panics_total{{pipeline=\"{name}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&label)).unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_task_that_breaks_is_counted_and_begun_anew_ever_later_and_the_others_go_on() {
    let house = House::new();
    *house.broken.lock().unwrap() = Some("main");
    let supervisor = house.starts_each(&[("main", &ONE), ("other", &OTHER)]);
    house.sells_back("TK1");
    let mut others = house.at_now(plain("TK2"));
    others.set("shop_no", "S002");
    house.shop.world().push(others);
    house.minutes(6).await;
    assert_eq!(house.billed(), ["TK2"], "what breaks is nobody else's");
    assert_eq!(counted(&house, "other"), "0");
    let early = house.view("main").panics;
    assert!((2..=3).contains(&early), "{early}");
    assert!(house.view("main").running.is_none());

    // 1, 2, 4 … 60 minutes: never given up, and never a storm.
    house.minutes(10 * 60).await;
    let late = house.view("main").panics;
    assert!((12..=18).contains(&late), "{late}");
    assert_eq!(counted(&house, "main"), late.to_string());
    assert_eq!(house.board.pulses().silent(), None, "it rests on purpose");

    *house.broken.lock().unwrap() = None;
    house.minutes(61).await;
    assert_eq!(house.billed(), ["TK1", "TK2"]);
    assert_eq!((house.view("main").panics, house.view("main").panics_in_a_row), (late, 0));
    assert!(supervisor.drain(SOON).await);
}
