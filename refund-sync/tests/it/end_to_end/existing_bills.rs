//! Numbers that stand in the books already: adopted, or parked with every difference; never sent twice.

use kingdee_k3cloud_sdk::mock::{Site, StoredBill, StoredLine};
use rust_decimal::Decimal;
use serde_json::json;
use wiremock::{Mock, ResponseTemplate};

use crate::reconcile::ours;
use crate::returns::{many, now, number, plain};
use crate::scene::{Scene, flags, service, word};

/// What somebody typed in for `plain("TK1")`.
fn typed_in() -> StoredBill {
    let line = StoredLine {
        material: "TS-BLK-L".into(),
        qty: Decimal::TWO,
        all_amount: Decimal::new(11_980, 2),
        ..StoredLine::default()
    };
    let total = line.all_amount;
    StoredBill {
        number: "TK1".into(),
        customer: "C001".into(),
        date: now().date(),
        lines: vec![line],
        all_amount: total,
        ..StoredBill::default()
    }
}

async fn scene_with(bill: StoredBill) -> Scene {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.books.insert(bill);
    scene
}

#[tokio::test]
async fn the_same_content_is_adopted_and_flagged_as_not_ours() {
    let scene = scene_with(typed_in()).await;
    scene.settle().exits(3).says(&["adopted 1", "without our mark: 1"]);
    scene.bills(&["TK1", "TK2"]);
    let life = scene.why("TK1");
    assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec!["foreign".to_owned()]));
    scene.settle().exits(0);
    assert_eq!(scene.arrivals_of("TK1"), 0, "it was found before anything was sent");
}

#[tokio::test]
async fn other_content_is_parked_as_a_conflict_that_names_each_difference() {
    let mut bill = typed_in();
    bill.customer = "C777".into();
    bill.lines[0].qty = Decimal::ONE;
    let scene = scene_with(bill).await;
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK2"]);
    let (cause, said) = &scene.parked()["TK1"];
    assert_eq!(cause, "conflict");
    for word in ["C001", "C777", "TS-BLK-L", "2 pcs ¥ 119.80", "1 pcs ¥ 119.80", "bill_no_prefix"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    assert_eq!(scene.bills(&["TK1", "TK2"])[0].customer, "C777", "it stays as it was");
}

#[tokio::test]
async fn a_voided_bill_holds_its_number_and_is_never_adopted() {
    let bill = StoredBill { cancelled: true, ..typed_in() };
    let scene = scene_with(bill).await;
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "voided");
    scene.run(&["retry", "TK1"]).exits(3);
    assert_eq!(scene.parked()["TK1"].0, "voided");

    scene.books.remove("TK1");
    scene.run(&["retry", "--all"]).exits(0).says(&["saved 1"]);
    assert!(!scene.bills(&["TK1", "TK2"])[0].cancelled);
}

#[tokio::test]
async fn two_bills_under_one_number_are_named_both() {
    let scene = scene_with(typed_in()).await;
    scene.books.insert(typed_in());
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert_eq!(cause, "doubled");
    for bill in scene.books.bills().iter().filter(|bill| bill.number == "TK1") {
        assert!(said.contains(&bill.id.to_string()), "{said}");
    }
    assert_eq!(scene.books.bills().len(), 3, "and no third is made");
}

#[tokio::test]
async fn a_number_in_use_that_cannot_be_found_is_parked_as_hidden() {
    let scene = scene_with(typed_in()).await;
    Mock::given(service("ExecuteBillQuery"))
        .respond_with(ResponseTemplate::new(200).set_body_string("[]"))
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
    scene.change("resend_after_seconds = 1", "resend_after_seconds = 1\nverify = \"none\"");
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert_eq!(cause, "hidden");
    assert!(said.contains("rights"), "{said}");
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn a_number_that_differs_only_in_case_is_another_number() {
    let scene = scene_with(StoredBill { number: "tk1".into(), ..typed_in() }).await;
    scene.settle().exits(0);
    scene.bills(&["TK1", "TK2", "tk1"]);
}

#[tokio::test]
async fn a_prefix_makes_another_number_and_keeps_the_refunds_in_the_mark() {
    let scene = scene_with(typed_in()).await;
    scene.add("mapping", "bill_no_prefix = \"WDT-\"");
    scene.settle().exits(0);
    let bills = scene.bills(&["TK1", "WDT-TK1", "WDT-TK2"]);
    assert_eq!(bills[1].third_bill_no, "TK1");
}

#[tokio::test]
async fn a_site_that_renumbers_bills_stops_the_pipeline_and_no_bill_is_sent_again() {
    let scene = Scene::with_books(many(5), Site::builder().renumber(true)).await;
    scene.add("kingdee", "batch_size = 2");
    scene.settle().exits(1).complains(&["编码规则"]);
    let stand = || scene.books.bills().len();
    assert_eq!(stand(), 2, "one call was enough to know");
    let parked = scene.parked();
    assert!(parked.len() == 2 && parked.values().all(|(cause, _)| cause == "renumbered"), "{parked:?}");
    let said = parked.values().map(|(_, said)| said.as_str()).collect::<String>();
    for bill in scene.books.bills() {
        assert!(said.contains(&bill.number), "{} is not in {said}", bill.number);
    }

    // Only a bill can show whether the rule was mended: the next run tries it with one.
    scene.settle().exits(1).complains(&["编码规则"]);
    assert_eq!(stand(), 3);

    // None of those that stand is ever sent again: a retry takes them over as they are.
    scene.run(&["retry", "--all"]).exits(1);
    for number in (1..=5).map(number) {
        assert!(scene.arrivals_of(&number) <= 1, "{number}");
    }
    assert_eq!(scene.status()["documents"]["saved"], 3, "taken over, and then the pipeline stopped again");
}

#[tokio::test]
async fn a_renumbered_bill_is_taken_over_by_retry_as_it_stands_and_finished() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("kingdee", "finish = \"submit\"");
    // The site numbers one bill itself; then its rule is mended.
    let books = scene.books.clone();
    let renumbers = move |_: &wiremock::Request| {
        let number = "XSTHD000001".to_owned();
        let id = books.insert(StoredBill { number: number.clone(), ..ours("TK1") });
        let saved = json!({ "Id": id, "Number": number, "DIndex": 0 });
        let status = json!({ "IsSuccess": true, "Errors": [], "SuccessEntitys": [saved], "MsgCode": 0 });
        ResponseTemplate::new(200).set_body_json(json!({ "Result": { "ResponseStatus": status } }))
    };
    let mock = Mock::given(service("BatchSave")).respond_with(renumbers);
    mock.up_to_n_times(1).with_priority(1).mount(&scene.books_server).await;
    scene.settle().exits(1).complains(&["编码规则"]);
    let life = scene.why("TK1");
    let said = life["reasons"][0].to_string();
    for word in ["\"renumbered\"", "XSTHD000001", "retry <refund_no>", "--again", "编码规则"] {
        assert!(said.contains(word), "{word} is not in {said}");
    }

    scene.run(&["retry", "TK1"]).exits(0).says(&["adopted 1", "saved 0", "confirmed 1"]);
    let life = scene.why("TK1");
    assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec!["renumbered".to_owned()]));
    assert_eq!(word(&life["bill_no"]), "XSTHD000001");
    assert_eq!(scene.bills(&["XSTHD000001"])[0].document_status, 'B', "submitted by the number that it has");
    assert_eq!(scene.saves_on_the_wire().await, 1);
    scene.run(&["parked"]).exits(0);
}

#[tokio::test]
async fn a_renumbered_bill_that_was_deleted_is_written_again_only_when_that_is_asked() {
    let scene = Scene::with_books([plain("TK1")], Site::builder().renumber(true)).await;
    scene.settle().exits(1);
    let theirs = scene.books.bills()[0].number.clone();
    scene.books.remove(&theirs);
    scene.run(&["retry", "TK1"]).exits(0).says(&["Nothing that is parked could be tried again"]);
    assert_eq!(scene.arrivals_of("TK1"), 1);
    scene.run(&["retry", "TK1", "--again"]).exits(1).complains(&["编码规则"]);
    assert_eq!(scene.arrivals_of("TK1"), 2);
}
