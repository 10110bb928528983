//! Weeks in virtual time: a return that leaves its status after its bill is named, a freeze is waited out.

use std::time::Duration;

use chrono::NaiveDateTime;
use refund_sync::clock::shanghai;
use refund_sync::store::Life;

use super::house::House;

const ACCEPTED: [(&str, &str); 1] = [("lag_seconds", "ask_status = \"accepted\"\nlag_seconds")];
const ALL: [(&str, &str); 0] = [];

impl House {
    async fn life(&self, refund_no: &str) -> Life {
        self.store.life(refund_no).await.unwrap().remove(0)
    }

    async fn is_reversed(&self, refund_no: &str) -> bool {
        self.life(refund_no).await.flags.iter().any(|flag| flag.kind == "reversed")
    }

    /// A return goes back to 20 待审核, as when somebody at the shop reopens it.
    fn reopens(&self, refund_no: &str) {
        let now = shanghai(self.clock.now());
        assert!(self.shop.world().edit(refund_no, |row| {
            row.set("process_status", "20");
            row.touch(now);
        }));
    }

    fn time(&self) -> NaiveDateTime {
        shanghai(self.clock.now())
    }
}

#[tokio::test(start_paused = true)]
async fn a_return_that_leaves_its_status_after_its_bill_is_named_within_one_cycle_where_all_are_asked_for() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &ALL);
    house.sells_back("TK1");
    house.minutes(60).await;
    assert_eq!(house.billed(), ["TK1"]);
    house.reopens("TK1");
    // Read a minute after it was changed, by the next firing.
    house.minutes(6).await;
    assert!(house.is_reversed("TK1").await);
    assert_eq!(house.billed(), ["TK1"], "its bill is for a person to undo");
    supervisor.drain(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn where_only_accepted_ones_are_asked_for_the_watch_names_it_within_a_day() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &ACCEPTED);
    house.sells_back("TK1");
    // The first watch of all, and that of the next day, are over.
    house.minutes(25 * 60).await;
    assert_eq!(house.billed(), ["TK1"]);
    house.reopens("TK1");
    house.minutes(10).await;
    assert!(!house.is_reversed("TK1").await, "no cycle asks for its status");
    house.minutes(24 * 60).await;
    assert!(house.is_reversed("TK1").await);
    let events: Vec<_> = house.life("TK1").await.events.into_iter().map(|event| event.event).collect();
    assert_eq!(events.last().map(String::as_str), Some("reversed"));
    supervisor.drain(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn the_watch_asks_once_a_day_and_not_at_every_cycle() {
    let house = House::new();
    let supervisor = house.starts(&["main"], &ACCEPTED);
    house.sells_back("TK1");
    house.minutes(60).await;
    let before = house.knocks();
    house.minutes(24 * 60).await;
    let cycles = 24 * 60 / 5;
    let asked = house.knocks() - before;
    assert!((cycles..cycles + 5).contains(&asked), "{asked} calls in {cycles} cycles");
    supervisor.drain(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn in_a_freeze_returns_are_read_and_mapped_and_written_when_it_is_over() {
    let house = House::new();
    let freeze = "timeout_seconds = 100\nfreeze = [\"2026-11-20 13:00 / 2026-11-22 09:00\", \"2026-11-22 08:00 / 2026-11-22 10:00\"]";
    let supervisor =
        house.starts(&["main"], &[("username = \"api\"", &format!("username = \"api\"\n{freeze}"))]);
    house.sells_back("TK1");
    house.minutes(30).await;
    assert_eq!(house.billed(), ["TK1"]);
    house.minutes(60).await;
    house.sells_back("TK2");
    house.minutes(24 * 60).await;
    assert_eq!((house.billed().len(), house.life("TK2").await.state.as_str()), (1, "mapped"));
    house.minutes(20 * 60).await;
    assert_eq!(house.time().to_string()[..15], *"2026-11-22 09:3");
    assert_eq!(house.billed(), ["TK1"], "one span goes on where the other ends");
    house.minutes(35).await;
    assert_eq!(house.billed(), ["TK1", "TK2"]);
    supervisor.drain(Duration::from_mins(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_return_that_the_shop_has_archived_is_read_where_it_is_asked_for() {
    let changes =
        |line: &'static str| [("2026-11-20 11:03:00", "2026-06-01 00:00:00"), ("lag_seconds", line)];
    for (line, billed) in [("lag_seconds", &["TK1"][..]), ("history_days = 90\nlag_seconds", &["TK1", "TK2"])]
    {
        let house = House::new();
        house.sold_back_days_ago("TK1", 100);
        house.sold_back_days_ago("TK2", 100);
        let archived = house.shop.world().refunds().into_iter().find(|row| row.refund_no() == "TK2").unwrap();
        house.shop.world().remove("TK2");
        assert!(house.shop.world().put("wdt.his.refund.query", archived));
        let supervisor = house.starts(&["main"], &changes(line));
        house.minutes(30).await;
        assert_eq!(house.billed(), billed, "{line}");
        supervisor.drain(Duration::from_mins(1)).await;
    }
}
