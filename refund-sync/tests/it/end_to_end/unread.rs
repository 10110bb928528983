//! Reading back what cannot be read in full: the rest is compared, what was not is said, nothing unseen is audited, and
//! nothing is sent on the word of an answer that shows nothing.

use kingdee_k3cloud_sdk::mock::Site;
use rusqlite::Connection;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::double::Switch;
use crate::returns::{many, plain};
use crate::scene::{Scene, flags, word};

#[tokio::test]
async fn a_masked_amount_takes_nothing_else_with_it_and_is_said() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.mask(&["FAllAmount"], &Switch::on()).await;
    scene
        .then("BatchSave", |books| {
            assert!(books.edit("TK2", |bill| bill.lines[0].qty += rust_decimal::Decimal::ONE));
        })
        .await;
    scene.settle().exits(3).says(&["not read back in full: 2"]);
    let life = scene.why("TK1");
    assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec!["unverified".to_owned()]));
    let detail = word(&life["flags"][0]["detail"]);
    assert!(detail.contains("FAllAmount") && !detail.contains("FRealQty"), "{detail}");
    assert_eq!(scene.status()["flags"]["unverified"], 2);
    let altered = flags(&scene.why("TK2"));
    assert!(altered.contains(&"altered".to_owned()), "the quantity is still compared: {altered:?}");
}

#[tokio::test]
async fn whatever_column_is_masked_is_named_and_nothing_is_parked_for_it() {
    for (column, named) in [
        ("FRetcustId", "FRetcustId"),
        ("FMaterialId", "FMaterialId"),
        ("FRealQty", "FRealQty"),
        ("FDocumentStatus", "FDocumentStatus"),
        ("FCancelStatus", "FCancelStatus"),
        ("FDate", "FDate"),
    ] {
        let scene = Scene::with([plain("TK1")]).await;
        scene.mask(Box::leak(Box::new([column])), &Switch::on()).await;
        scene.settle().exits(3);
        let life = scene.why("TK1");
        assert_eq!(word(&life["state"]), "confirmed", "{column}");
        assert!(word(&life["flags"][0]["detail"]).contains(named), "{life}");
    }
}

#[tokio::test]
async fn nothing_unseen_is_audited_unless_that_is_wished() {
    for wished in [false, true] {
        let scene = Scene::with([plain("TK1")]).await;
        scene.add("kingdee", "finish = \"audit\"");
        if wished {
            scene.add("kingdee", "on_unverified = \"audit\"");
        }
        let switch = Switch::on();
        scene.mask(&["FAllAmount"], &switch).await;
        scene.settle().exits(3);
        let status = scene.bills(&["TK1"])[0].document_status;
        assert_eq!(status, if wished { 'C' } else { 'A' });
        if wished {
            continue;
        }
        let (cause, said) = &scene.parked()["TK1"];
        assert!(
            cause == "unverified" && said.contains("FAllAmount") && said.contains("on_unverified"),
            "{said}"
        );
        switch.turn_off();
        scene.run(&["retry", "TK1"]).exits(0);
        assert_eq!(scene.bills(&["TK1"])[0].document_status, 'C');
        assert_eq!((scene.arrivals_of("TK1"), flags(&scene.why("TK1"))), (1, Vec::new()));
    }
}

#[tokio::test]
async fn a_journal_that_was_rebuilt_with_another_customer_says_whose_the_bill_is_in_kingdee() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    for end in ["", "-wal", "-shm"] {
        // Not every file is there after a clean end.
        let _ = std::fs::remove_file(scene.folder().join(format!("refund-sync.db{end}")));
    }
    scene.change("S001 = \"C001\"", "S001 = \"C999\"");
    scene.settle().exits(3).says(&["altered in 金蝶: 1"]);
    let life = scene.why("TK1");
    assert!(flags(&life).contains(&"altered".to_owned()));
    let detail = word(&life["flags"][0]["detail"]);
    assert!(detail.contains("ours C999") && detail.contains("金蝶 C001"), "{detail}");
    assert_eq!(scene.bills(&["TK1"])[0].customer, "C001", "adopted as it stands");
}

#[tokio::test]
async fn a_bill_with_our_mark_that_somebody_gave_another_day_is_altered_and_not_audited() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene
        .then("BatchSave", |books| {
            assert!(books.edit("TK1", |bill| bill.date = bill.date.pred_opt().unwrap()));
        })
        .await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "altered" && said.contains("date: ours"), "{said}");
    assert_eq!(scene.bills(&["TK1"])[0].document_status, 'A');
}

#[tokio::test]
async fn several_bills_that_cannot_be_seen_are_a_matter_of_rights_and_never_called_removed() {
    let scene = Scene::with(many(3)).await;
    let switch = Switch::on();
    scene.blind(&switch).await;
    scene.settle().exits(3);
    for (refund_no, (cause, said)) in scene.parked() {
        assert_eq!(cause, "hidden", "{refund_no}: {said}");
        assert!(said.contains("权限") && said.contains("right to query"), "{said}");
    }
    // Asking again sends nothing, neither by a person nor by itself.
    scene.run(&["retry", "--all"]);
    make_due(&scene);
    scene.settle();
    assert_eq!((scene.parked().len(), scene.saves_on_the_wire().await), (3, 1));
    // The right comes back, and they go on by themselves.
    switch.turn_off();
    make_due(&scene);
    scene.settle().exits(0).says(&["confirmed 3"]);
    assert!(scene.parked().is_empty());
    assert_eq!(scene.saves_on_the_wire().await, 1);
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
}

#[tokio::test]
async fn a_look_up_that_answers_for_other_bills_is_named_and_nothing_is_sent_on_its_word() {
    let scene = Scene::with([plain("TK1")]).await;
    // The condition is ignored: the first bills of the form come, whoever's they are.
    scene
        .answer("ExecuteBillQuery", |request| {
            let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let keys = asked["data"]["FieldKeys"].as_str().unwrap().split(',').count();
            let mut row = vec![json!(null); keys];
            (row[0], row[1]) = (json!(7), json!("XSTHD000007"));
            ResponseTemplate::new(200).set_body_json(json!([row]))
        })
        .await;
    scene.add("kingdee", "finish = \"audit\"");
    let done = scene.run(&["run", "--until-settled", "--timeout", "10s"]);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(
        done.err.contains("XSTHD000007") || done.out.contains("XSTHD000007"),
        "{} {}",
        done.out,
        done.err
    );
    assert_eq!(scene.calls_of("Submit").await, 0);
    assert!(scene.arrivals_of("TK1") <= 1);
}

#[tokio::test]
async fn a_rehearsal_decides_nothing_on_an_answer_about_other_bills_either() {
    let scene = Scene::with([plain("TK1")]).await;
    scene
        .answer("ExecuteBillQuery", |request| {
            let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let keys = asked["data"]["FieldKeys"].as_str().unwrap().split(',').count();
            let mut row = vec![json!(null); keys];
            (row[0], row[1]) = (json!(7), json!("XSTHD000007"));
            ResponseTemplate::new(200).set_body_json(json!([row]))
        })
        .await;
    let done = scene.run(&["run", "--dry-run"]);
    assert!(done.out.contains("cannot tell 1"), "{}\n{}", done.out, done.err);
    assert!(format!("{}{}", done.out, done.err).contains("XSTHD000007"), "{}\n{}", done.out, done.err);
}

#[tokio::test]
async fn a_status_letter_that_is_not_known_is_named_also_where_saving_is_all_that_is_asked() {
    let scene = Scene::with([plain("TK1")]).await;
    scene
        .then("BatchSave", |books| {
            assert!(books.edit("TK1", |bill| bill.document_status = 'X'));
        })
        .await;
    scene.settle().exits(3);
    let life = scene.why("TK1");
    assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec!["unverified".to_owned()]));
    let flag = &life["flags"][0];
    let (detail, detail_zh) = (word(&flag["detail"]), word(&flag["detail_zh"]));
    assert!(detail.contains("FDocumentStatus X"), "{detail}");
    assert!(detail_zh.contains("FDocumentStatus X") && detail_zh.contains("无法识别"), "{detail_zh}");
}

#[tokio::test]
async fn a_masked_number_is_never_taken_for_no_bill() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.mask(&["FBillNo", "FThirdBillNo"], &Switch::on()).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "hidden" && said.contains("编号不可见"), "{cause}: {said}");
    scene.run(&["retry", "--all"]);
    scene.settle();
    scene.bills(&["TK1"]);
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

/// Whatever waits for its next attempt is due now.
pub(crate) fn make_due(scene: &Scene) {
    let journal = Connection::open(scene.database()).unwrap();
    let changed = journal
        .execute("UPDATE document SET due_at = 1 WHERE state = 'parked' AND due_at IS NOT NULL", [])
        .unwrap();
    assert!(changed > 0, "nothing waits for its next attempt");
}

#[tokio::test]
async fn another_unit_than_the_pieces_that_were_sent_is_altered_and_not_audited() {
    let books = Site::builder().unit_of("TS-BLK-L", "Box", rust_decimal::Decimal::from(12));
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "altered" && said.contains("Box") && said.contains("24"), "{cause}: {said}");
    assert_eq!(scene.bills(&["TK1"])[0].document_status, 'A');
}
