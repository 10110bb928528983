//! Answers whose bytes are dirty: every sibling of a broken row is booked, the broken one is parked under its number,
//! and an answer that contradicts itself settles nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use wdt_qimen_sdk::mock::{ByteFault, Dirt, Lies, ListLie};

use crate::returns::{many, number};
use crate::scene::Scene;

const MANY: usize = 45;

async fn lying(lies: Lies) -> Scene {
    let scene = Scene::with(many(MANY)).await;
    scene.shop.set_lies(lies);
    scene
}

#[tokio::test]
async fn each_byte_fault_parks_its_rows_and_books_every_other_once() {
    for fault in ByteFault::ALL {
        let dirt = Dirt { fault, permille: 150, seed: 7 };
        let scene = lying(Lies { dirt: Some(dirt), ..Lies::default() }).await;
        scene.settle().exits(if fault.is_plain() { 0 } else { 3 });
        let parked = scene.parked();
        assert_eq!(parked.is_empty(), fault.is_plain(), "{fault:?}: {parked:?}");
        assert!(parked.len() < MANY / 2, "{fault:?}: siblings are parked with it");
        assert!(parked.values().all(|(cause, _)| cause == "unreadable"), "{fault:?}: {parked:?}");
        let bills = scene.books.bills();
        let booked: BTreeSet<_> = bills.iter().map(|bill| bill.number.clone()).collect();
        assert_eq!(booked.len(), bills.len(), "{fault:?}: none is doubled");
        let all: BTreeSet<_> = booked.into_iter().chain(parked.into_keys()).collect();
        assert_eq!(
            all,
            (1..=MANY).map(number).collect(),
            "{fault:?}: each is booked or parked by its number"
        );
        assert!(scene.status()["short_windows"].as_array().unwrap().is_empty(), "{fault:?}: all are counted");
    }
}

#[tokio::test]
async fn a_row_that_was_broken_is_booked_when_it_comes_clean() {
    let dirt = Dirt { fault: ByteFault::MissingBrace, permille: 1_000, seed: 0 };
    let scene = Scene::with(many(3)).await;
    scene.shop.set_lies(Lies { dirt: Some(dirt), ..Lies::default() });
    scene.settle().exits(3);
    assert_eq!((scene.parked().len(), scene.books.bills().len()), (3, 0));
    scene.shop.set_lies(Lies::default());
    scene.run(&["retry", "--all"]);
    scene.settle();
    assert_eq!((scene.parked().len(), scene.books.bills().len()), (0, 3));
}

#[tokio::test]
async fn a_row_that_shows_no_number_is_parked_and_its_window_is_read_again_until_the_number_is_known() {
    let scene = lying(Lies { list: ListLie::Nameless, ..Lies::default() }).await;
    scene.add("wdt", "reread_short = [\"1s\", \"1h\"]");
    scene.settle().exits(3).says(&["rows more than it delivers"]);
    let nameless = scene.parked().len();
    assert!((1..MANY / 2).contains(&nameless), "{nameless}");
    assert_eq!(scene.books.bills().len(), MANY - nameless, "the others are booked");
    let asked = scene.shop_server.received_requests().await.unwrap().len();
    let (entry, _) = scene.parked().into_iter().next().unwrap();
    scene.run(&["retry", &entry]).says(&["Nothing that is parked could be tried again"]);
    let by_number = scene.shop_server.received_requests().await.unwrap().split_off(asked);
    let names_it = |request: &&wiremock::Request| {
        let body = url::form_urlencoded::parse(&request.body);
        request.url.query_pairs().chain(body).any(|(_, value)| value == entry)
    };
    assert_eq!(by_number.iter().filter(names_it).count(), 0, "nobody can be asked for {entry}");
    scene.shop.set_lies(Lies::default());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    scene.settle().exits(0);
    let booked: BTreeSet<_> = scene.books.bills().into_iter().map(|bill| bill.number).collect();
    assert_eq!(booked, (1..=MANY).map(number).collect());
    assert!(scene.status()["short_windows"].as_array().unwrap().is_empty(), "nothing is open any more");
}

#[tokio::test]
async fn an_answer_that_says_two_things_settles_nothing_and_is_named() {
    for list in [ListLie::Twice, ListLie::ResponseTwice, ListLie::TotalTwice] {
        let scene = lying(Lies { list, ..Lies::default() }).await;
        scene.run(&["run"]).exits(1).complains(&["twice"]);
        assert!(scene.status()["cursor"].is_null(), "{list:?}: nothing is settled");
        scene.shop.set_lies(Lies::default());
        scene.settle().exits(0);
        assert_eq!(scene.books.bills().len(), MANY, "{list:?}");
    }
}
