//! What happens to a return after its bill stands: touched, changed, reversed, restored.

use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{now, plain, set_line};
use crate::scene::{Scene, events, flags, word};

async fn synced() -> Scene {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    scene
}

/// Changes TK1 as a person at the shop does, and runs again.
fn change(scene: &Scene, change: impl FnOnce(&mut MockRefund)) -> crate::scene::Done {
    let edited = scene.shop.world().edit("TK1", |row| {
        change(row);
        row.touch(now());
    });
    assert!(edited);
    scene.settle()
}

#[tokio::test]
async fn a_touched_remark_changes_nothing_and_raises_nothing() {
    let scene = synced().await;
    let before = scene.books.bills();
    change(&scene, |row| row.set("remark", "客户来电催促")).exits(0).says(&["new 0", "unchanged"]);
    let life = scene.why("TK1");
    assert!(flags(&life).is_empty());
    assert_eq!(events(&life).last().unwrap(), "confirmed", "no line in its life either");
    assert_eq!(scene.books.bills(), before);
}

#[tokio::test]
async fn an_order_number_that_only_the_note_shows_is_noticed_only_if_the_bill_would_differ() {
    let scene = synced().await;
    change(&scene, |row| row.set("customer_no", "KH9999")).exits(0);
    assert!(flags(&scene.why("TK1")).is_empty());
}

#[tokio::test]
async fn a_changed_amount_is_noticed_with_both_figures_and_the_bill_stays() {
    let scene = synced().await;
    let more = |row: &mut MockRefund| {
        row.set("refund_amount", "100.0000");
        set_line(row, "refund_order_amount", "100.0000");
    };
    change(&scene, more).exits(3).says(&["changed after the sync: 1"]);
    let life = scene.why("TK1");
    assert_eq!((flags(&life), word(&life["state"]).as_str()), (vec!["changed".to_owned()], "confirmed"));
    let detail = word(&life["flags"][0]["detail"]);
    assert!(detail.contains("119.80") && detail.contains("100.00"), "{detail}");
    assert_eq!(scene.arrivals_of("TK1"), 1);

    // Back to what was saved: nothing differs any more.
    let back = |row: &mut MockRefund| {
        row.set("refund_amount", "119.8000");
        set_line(row, "refund_order_amount", "119.8000");
    };
    // Two changes in one second cannot be told apart by `modified`.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    change(&scene, back).exits(0);
    assert!(flags(&scene.why("TK1")).is_empty());
}

#[tokio::test]
async fn a_return_that_leaves_its_state_is_named_as_reversed_and_its_bill_stays() {
    let scene = synced().await;
    change(&scene, |row| row.set("process_status", "10")).exits(3).says(&["reversed after the sync: 1"]);
    assert_eq!(flags(&scene.why("TK1")), ["reversed"]);
    assert_eq!(scene.status()["flags"]["reversed"], 1);
    scene.bills(&["TK1", "TK2"]);

    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    change(&scene, |row| row.set("process_status", "90")).exits(0);
    let life = scene.why("TK1");
    assert!(flags(&life).is_empty());
    assert_eq!(events(&life).last().unwrap(), "restored");
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn a_return_that_changes_before_it_was_written_is_written_as_it_is_now() {
    let mut early = plain("TK1");
    early.set("process_status", "80");
    early.set("finish_time", "");
    let scene = Scene::with([early]).await;
    scene.settle().exits(0);
    scene.bills(&[]);
    let finished = crate::returns::text(now());
    change(&scene, |row| {
        row.set("process_status", "90");
        row.set("finish_time", finished.as_str());
    })
    .exits(0);
    scene.bills(&["TK1"]);
    assert_eq!(events(&scene.why("TK1"))[..2], ["read_filtered", "read"]);
}
