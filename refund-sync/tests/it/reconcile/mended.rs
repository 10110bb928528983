//! `--fix`: what never became a bill is written; what was confirmed and is gone waits for a person.

use kingdee_k3cloud_sdk::mock::StoredBill;

use super::ours;
use crate::end_to_end::one_process::running;
use crate::returns::plain;
use crate::scene::{Scene, events, word};

#[tokio::test]
async fn what_was_never_read_and_what_was_parked_in_vain_is_written() {
    let scene = Scene::with([plain("TK1"), plain("TK3")]).await;
    let voided = StoredBill { number: "TK1".into(), cancelled: true, ..StoredBill::default() };
    scene.books.insert(voided);
    scene.settle().exits(3);
    scene.books.remove("TK1");
    // As if a window had never shown it: the row is older than the settled past.
    scene.shop.world().push(plain("TK2"));
    scene.reconcile(&["--fix"]).exits(3).says(&["confirmed 2"]);
    scene.bills(&["TK1", "TK2", "TK3"]);
    scene.reconcile(&["--fix"]).exits(0).says(&["Nothing differs"]);
    assert_eq!(scene.arrivals_of("TK2"), 1);
}

#[tokio::test]
async fn what_was_confirmed_and_is_gone_is_parked_and_comes_back_only_when_asked_twice() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    scene.books.remove("TK1");
    scene.books.void("TK2");
    scene.reconcile(&["--fix"]).exits(3);
    let parked = scene.parked();
    assert_eq!(parked["TK1"].0, "removed_in_kingdee");
    assert_eq!(parked["TK2"].0, "voided");
    assert_eq!(scene.arrivals_of("TK1"), 1);

    scene.run(&["run"]).exits(0);
    scene.reconcile(&["--fix"]).exits(3);
    scene.run(&["retry", "TK1"]).exits(0);
    assert_eq!(scene.arrivals_of("TK1"), 1, "neither a run nor a fix nor a plain retry writes it again");

    scene.run(&["retry", "TK1", "--again"]).exits(0).says(&["saved 1"]);
    scene.bills(&["TK1", "TK2"]);
    assert_eq!(word(&scene.why("TK1")["state"]), "confirmed");
}

#[tokio::test]
async fn what_was_audited_and_taken_back_is_parked_by_that_word_and_retry_leads_out() {
    let numbers = ["TK1", "TK2", "TK3"];
    let scene = Scene::with(numbers.map(plain)).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(0);
    scene.books.edit("TK1", |bill| bill.document_status = 'D');
    scene.books.edit("TK2", |bill| bill.document_status = 'X');
    scene.reconcile(&["--fix"]).exits(3).says(&["reopened", "unknown_status"]);
    let parked = scene.parked();
    let (cause, said) = &parked["TK1"];
    assert!(cause == "reopened" && said.contains("曾为“已审核”") && said.contains("D 重新审核"), "{said}");
    let (cause, said) = &parked["TK2"];
    assert!(cause == "unknown_status" && said.contains('X') && said.contains("无法识别"), "{said}");
    assert_eq!(parked.len(), 2);

    // Neither a run nor another fix moves them; a person does.
    scene.run(&["run"]).exits(0);
    scene.reconcile(&["--fix"]).exits(3);
    assert_eq!(scene.bills(&numbers)[0].document_status, 'D');
    scene.books.edit("TK2", |bill| bill.document_status = 'C');
    scene.run(&["retry", "--all"]).exits(0).says(&["confirmed 2"]);
    for bill in scene.bills(&numbers) {
        assert_eq!((bill.document_status, scene.arrivals_of(&bill.number)), ('C', 1), "{}", bill.number);
    }
    scene.reconcile(&[]).exits(0);
}

#[tokio::test]
async fn what_was_altered_and_what_is_too_much_is_left_alone() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.books.edit("TK1", |bill| bill.customer = "C777".into());
    scene.books.insert(ours("TK-nobody"));
    let life = scene.why("TK1");
    scene.reconcile(&["--fix"]).exits(3);
    assert_eq!(scene.why("TK1"), life);
    assert_eq!(scene.bills(&["TK-nobody", "TK1"])[1].customer, "C777");
}

#[tokio::test]
async fn beside_a_running_holder_it_is_left_to_that_one() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    scene.books.remove("TK1");
    let mut holder = running(&scene).await;
    scene.reconcile(&["--fix"]).exits(3).says(&["Left to refund-sync run", "Back on their way: 1"]);
    assert_eq!(holder.0.wait().unwrap().code(), Some(3));
    assert_eq!(scene.parked()["TK1"].0, "removed_in_kingdee");
    assert_eq!(events(&scene.why("TK1")).last().unwrap(), "conflict");
}
