//! Totals and lists that say what is not so: every return that is delivered is booked, what is not proven is told by the
//! exit code, kept on record, looked at again, and closed by the look that proves it.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock::Site;
use wdt_qimen_sdk::mock::{Gateway, Lies, ListLie, RowOrder, TotalLie};

use crate::returns::many;
use crate::scene::Scene;

const MANY: usize = 97;

/// A shop with more returns than two pages hold, that lies.
async fn lying(lies: Lies) -> Scene {
    let scene = Scene::with(many(MANY)).await;
    scene.shop.set_lies(lies);
    scene
}

fn total(total: TotalLie) -> Lies {
    Lies { total, ..Lies::default() }
}

/// How many windows are on record.
fn open(scene: &Scene) -> Vec<serde_json::Value> {
    scene.status()["short_windows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_total_below_the_rows_loses_nothing_and_settles_nothing() {
    for lie in [TotalLie::Fixed(0), TotalLie::Page, TotalLie::Low(7)] {
        let scene = lying(total(lie)).await;
        scene.settle().exits(3).says(&["not proven whole", "Low"]);
        assert_eq!(scene.books.bills().len(), MANY, "{lie:?}");
        assert!(scene.status()["cursor"].is_null(), "nothing is settled");
        assert_eq!(open(&scene).len(), 1);
        scene.shop.set_lies(Lies::default());
        scene.settle().exits(0);
        assert_eq!((open(&scene).len(), scene.books.bills().len()), (0, MANY));
    }
}

#[tokio::test]
async fn what_was_not_proven_in_one_piece_is_closed_when_its_parts_are() {
    let scene = lying(total(TotalLie::Page)).await;
    scene.add("wdt", "window_pages = 1");
    scene.settle().exits(3);
    assert_eq!(open(&scene).len(), 1);
    scene.shop.set_lies(Lies::default());
    scene.settle().exits(0);
    assert_eq!((open(&scene).len(), scene.books.bills().len()), (0, MANY));
}

#[tokio::test]
async fn no_total_at_all_loses_nothing_and_is_told() {
    let shop = Gateway::builder().order(RowOrder::ById).lies(total(TotalLie::Fixed(-1)));
    let scene = Scene::of(many(MANY), shop, Site::builder()).await;
    scene.settle().exits(3).says(&["names no total"]);
    assert_eq!(scene.books.bills().len(), MANY);
}

#[tokio::test]
async fn a_total_too_high_costs_few_calls_and_stays_short_on_record() {
    let scene = lying(total(TotalLie::High(3))).await;
    scene.settle().exits(3).says(&["counts 3 rows more than it delivers", "3 rows missing"]);
    assert_eq!(scene.books.bills().len(), MANY);
    let calls = scene.shop.counts().arrivals;
    assert!(calls <= 40, "{calls} calls for three pages");
    assert!(!scene.status()["cursor"].is_null(), "the ledger goes on");
    let window = &open(&scene)[0];
    assert_eq!((&window["missing"], &window["total"], &window["looks"]), (&3.into(), &100.into(), &0.into()));
    assert!(window["next_look"].is_string());
    let before = scene.shop.counts().arrivals;
    scene.shop.set_lies(Lies::default());
    scene.settle().exits(3).says(&["short window"]);
    assert_eq!(scene.shop.counts().arrivals, before + 1, "its time has not come");
    scene.run(&["status"]).exits(0).says(&["short window", "next look"]);
}

#[tokio::test]
async fn a_list_that_lags_behind_its_count_is_short_at_first_and_found_by_a_later_look() {
    let scene = lying(Lies { list: ListLie::Late, ..Lies::default() }).await;
    scene.add("wdt", "reread_short = [\"1s\", \"1h\"]");
    scene.settle().exits(3).says(&["counts 97 rows more than it delivers"]);
    assert_eq!(scene.books.bills().len(), 0);
    scene.shop.set_lies(Lies::default());
    tokio::time::sleep(Duration::from_millis(1500)).await;
    scene.settle().exits(0);
    assert_eq!((open(&scene).len(), scene.books.bills().len()), (0, MANY));
}

#[tokio::test]
async fn a_look_that_finds_the_window_short_again_plans_the_next_one() {
    let scene = lying(total(TotalLie::High(1))).await;
    scene.add("wdt", "reread_short = [\"1s\", \"1h\"]");
    scene.settle().exits(3);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    scene.settle().exits(3);
    let windows = open(&scene);
    assert_eq!(windows.len(), 1, "what adjoins is one window: {windows:?}");
    assert_eq!((&windows[0]["looks"], &windows[0]["missing"]), (&1.into(), &1.into()));
}

#[tokio::test]
async fn where_it_is_switched_off_a_short_window_is_told_once() {
    let scene = lying(total(TotalLie::High(1))).await;
    scene.add("wdt", "reread_short = \"off\"");
    scene.settle().exits(3).says(&["counts 1 rows more"]);
    assert_eq!(open(&scene).len(), 0);
    scene.shop.set_lies(Lies::default());
    scene.settle().exits(0);
}

#[tokio::test]
async fn a_total_without_its_list_is_tried_again_and_named() {
    let scene = lying(Lies { list: ListLie::Missing, ..Lies::default() }).await;
    let done = scene.run(&["run", "--until-settled", "--timeout", "2s"]);
    done.exits(1).complains(&["旺店通 was read"]);
    assert!(scene.shop.counts().arrivals > 1, "it is tried again");
    assert!(scene.status()["cursor"].is_null(), "nothing is settled");
    scene.run(&["run"]).exits(1).complains(&["total_count is 97 and there is no list refunds"]);
    scene.shop.set_lies(Lies::default());
    scene.settle().exits(0);
    assert_eq!(scene.books.bills().len(), MANY);
}

#[tokio::test]
async fn reread_short_that_is_no_list_of_pauses_is_a_fault() {
    for wrong in ["\"sometimes\"", "[\"5\"]", "[\"0s\"]", "[]", "5", "[\"60d\"]"] {
        let scene = Scene::with(many(1)).await;
        scene.add("wdt", &format!("reread_short = {wrong}"));
        let done = scene.run(&["check"]);
        assert_eq!(done.code, 2, "{wrong}: {}{}", done.out, done.err);
        assert!(format!("{}{}", done.out, done.err).contains("reread_short"), "{wrong}");
    }
}
