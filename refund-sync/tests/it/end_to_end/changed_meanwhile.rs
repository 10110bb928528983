//! A retry that meets a return which changed meanwhile: what is written is the return as it is now, once; what stands in 金蝶
//! stays as it is, and each difference is named.

use wdt_qimen_sdk::mock::MockRefund;

use crate::double::Switch;
use crate::end_to_end::unread::make_due;
use crate::returns::{now, plain, set_line};
use crate::scene::{Scene, flags, word};

const MISSING: &str = "编码值[\"TS-BLK-L\"]不存在";
const WORKFLOW: &str = "单据编号为“#”的销售退货单，已关联工作流实例，不支持通过WebAPI接口进行传统审批！";

/// Somebody at the shop changes TK1.
fn change(scene: &Scene, change: impl FnOnce(&mut MockRefund)) {
    let edited = scene.shop.world().edit("TK1", |row| {
        change(row);
        row.touch(now());
    });
    assert!(edited);
}

fn to_a_hundred(row: &mut MockRefund) {
    row.set("refund_amount", "100.0000");
    set_line(row, "refund_order_amount", "100.0000");
}

fn reverse(row: &mut MockRefund) {
    row.set("process_status", "10");
}

/// Whether a person asks, or the time has come.
const WAYS: [bool; 2] = [true, false];

fn again(scene: &Scene, by_hand: bool) -> crate::scene::Done {
    if by_hand {
        return scene.run(&["retry", "--all"]);
    }
    scene.settle()
}

#[tokio::test]
async fn what_was_refused_is_written_as_the_return_is_now_and_once() {
    for by_hand in WAYS {
        let scene = Scene::with([plain("TK1")]).await;
        let switch = Switch::on();
        scene.refuse("BatchSave", 11, MISSING, &switch, |_| {}).await;
        scene.settle().exits(3);
        // The change is read, and refused like what was before it.
        change(&scene, to_a_hundred);
        scene.settle().exits(3);
        switch.turn_off();
        if !by_hand {
            make_due(&scene);
        }
        again(&scene, by_hand).exits(0);
        scene.settle().exits(0);
        assert_eq!(
            scene.bills(&["TK1"])[0].all_amount,
            rust_decimal::Decimal::from(100),
            "by hand: {by_hand}"
        );
        assert_eq!(scene.arrivals_of("TK1"), 1, "by hand: {by_hand}");
        assert!(flags(&scene.why("TK1")).is_empty());
    }
}

#[tokio::test]
async fn a_change_that_nobody_has_read_yet_is_named_with_both_figures_and_nothing_is_sent_twice() {
    let scene = Scene::with([plain("TK1")]).await;
    let switch = Switch::on();
    scene.refuse("BatchSave", 11, MISSING, &switch, |_| {}).await;
    scene.settle().exits(3);
    change(&scene, to_a_hundred);
    switch.turn_off();
    // It only writes: the return as the journal knows it.
    scene.run(&["retry", "TK1"]).exits(0).says(&["saved 1"]);
    scene.settle().exits(3).says(&["changed after the sync: 1"]);
    let life = scene.why("TK1");
    let detail = word(&life["flags"][0]["detail"]);
    assert!(detail.contains("119.80") && detail.contains("100.00"), "{detail}");
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn what_was_refused_and_then_reversed_is_not_written_at_all() {
    for by_hand in WAYS {
        let scene = Scene::with([plain("TK1")]).await;
        let switch = Switch::on();
        scene.refuse("BatchSave", 11, MISSING, &switch, |_| {}).await;
        scene.settle().exits(3);
        change(&scene, reverse);
        // The change is read before anything is tried.
        scene.settle().exits(0);
        switch.turn_off();
        again(&scene, by_hand).exits(0);
        assert_eq!(word(&scene.why("TK1")["state"]), "filtered");
        assert!(scene.books.bills().is_empty() && scene.arrivals_of("TK1") == 0);
    }
}

#[tokio::test]
async fn a_bill_that_stands_is_not_sent_again_for_a_changed_return_and_both_figures_are_named() {
    for by_hand in WAYS {
        let scene = Scene::with([plain("TK1")]).await;
        scene.add("kingdee", "finish = \"audit\"");
        let switch = Switch::on();
        scene.refuse("Audit", 11, WORKFLOW, &switch, |_| {}).await;
        scene.settle().exits(3);
        assert_eq!(scene.parked()["TK1"].0, "workflow");
        change(&scene, to_a_hundred);
        scene.settle().exits(3).says(&["changed after the sync: 1"]);
        switch.turn_off();
        if !by_hand {
            make_due(&scene);
        }
        again(&scene, by_hand).exits(3);
        let (cause, said) = &scene.parked()["TK1"];
        assert!(
            cause == "altered" && said.contains("¥ 100.00") && said.contains("¥ 119.80"),
            "{cause}: {said}"
        );
        let bill = &scene.bills(&["TK1"])[0];
        assert_eq!((bill.document_status, scene.arrivals_of("TK1")), ('B', 1), "as it was, and not audited");
    }
}
