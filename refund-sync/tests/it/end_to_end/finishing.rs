//! How far a bill is taken, and what is read back of it.

use kingdee_k3cloud_sdk::mock::Site;

use crate::returns::{line, many, plain, with_lines};
use crate::scene::{Scene, events, flags, service, word};
use crate::trouble::{MOMENTS, Trouble};

#[tokio::test]
async fn finish_says_how_far_a_bill_is_taken() {
    for (finish, status, last) in
        [("save", 'A', "saved"), ("submit", 'B', "submitted"), ("audit", 'C', "audited")]
    {
        let scene = Scene::with(many(3)).await;
        scene.add("kingdee", &format!("finish = \"{finish}\""));
        scene.settle().exits(0);
        for bill in scene.bills(&["TK0001", "TK0002", "TK0003"]) {
            assert_eq!(bill.document_status, status, "{finish}");
        }
        let events = events(&scene.why("TK0002"));
        assert_eq!(events[events.len() - 2..], [last, "confirmed"], "{finish}");
        scene.settle().exits(0);
    }
}

#[tokio::test]
async fn a_lost_answer_to_submit_or_audit_is_simply_asked_for_again() {
    for name in ["Submit", "Audit"] {
        for moment in MOMENTS {
            let scene = Scene::with(many(2)).await;
            scene.add("kingdee", "finish = \"audit\"");
            let mock = Trouble::Unavailable.once(moment, service(name), scene.books.responder());
            mock.mount(&scene.books_server).await;
            scene.settle().exits(0);
            for bill in scene.bills(&["TK0001", "TK0002"]) {
                assert_eq!(bill.document_status, 'C', "{name} {moment:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_bill_that_somebody_audited_by_hand_is_done() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.books.edit("TK1", |bill| bill.document_status = 'C');
    scene.settle().exits(0);
    assert_eq!(scene.bills(&["TK1"])[0].document_status, 'C');
}

/// Three pieces for 100.00 at a site that keeps two digits of a price: 33.33 × 3 = 99.99.
async fn a_cent_short() -> Scene {
    let row = with_lines("TK1", &[line("TS-BLK-L", "3.0000", "100.0000")]);
    Scene::with_books([row], Site::builder().price_digits(2)).await
}

#[tokio::test]
async fn a_bill_that_kingdee_holds_with_other_cents_is_flagged_with_both_figures() {
    let scene = a_cent_short().await;
    scene.settle().exits(3).says(&["altered in 金蝶: 1"]);
    let life = scene.why("TK1");
    assert_eq!(flags(&life), ["altered"]);
    let detail = word(&life["flags"][0]["detail"]);
    assert!(detail.contains("¥ 100.00") && detail.contains("¥ 99.99"), "{detail}");
}

#[tokio::test]
async fn a_bill_that_kingdee_holds_with_other_cents_is_neither_submitted_nor_audited() {
    let scene = a_cent_short().await;
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(3);
    assert_eq!(scene.bills(&["TK1"])[0].document_status, 'A');
    assert_eq!(scene.parked()["TK1"].0, "altered");
}

#[tokio::test]
async fn without_reading_back_only_the_look_before_the_first_send_is_made() {
    let scene = a_cent_short().await;
    scene.add("kingdee", "verify = \"none\"");
    scene.settle().exits(0);
    assert_eq!(scene.books.counts().calls["ExecuteBillQuery"], 2, "by number and by mark");
}
