//! Look-ups whose rows are not what was asked for, or of which too little can be read: each says what it is, costs one bill
//! where that is safe, and is never taken for "no bill" or for another one.

use serde_json::json;

use super::unread::make_due;
use crate::double::Switch;
use crate::reconcile::ours;
use crate::returns::{many, plain};
use crate::scene::{Scene, flags, word};

/// Everything by which a bill of ours is known but its number.
const ALL: &[&str] = &["FThird", "FRetcustId", "FMaterialId", "FRealQty", "FAllAmount", "FDate"];

/// Rows of this number get one cell too many while the switch is on.
async fn too_long(scene: &Scene, number: &'static str, switch: &Switch) {
    scene
        .reshape(switch, move |keys, row| {
            let at = keys.iter().position(|key| key == "FBillNo").unwrap();
            if row[at] == number {
                row.insert(0, json!("?"));
            }
        })
        .await;
}

#[tokio::test]
async fn a_row_that_ends_early_costs_its_last_cells_and_nothing_else() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene
        .reshape(&Switch::on(), |keys, row| {
            let (number, amount) = ["FBillNo", "FEntity_FAllAmount"]
                .map(|key| keys.iter().position(|known| known == key))
                .into();
            if let (Some(number), Some(amount)) = (number, amount)
                && row[number] == "TK1"
            {
                row.truncate(amount);
            }
        })
        .await;
    scene
        .then("BatchSave", |books| {
            books.edit("TK1", |bill| bill.customer = "C002".to_owned());
        })
        .await;
    scene.settle().exits(3);
    let life = scene.why("TK1");
    assert_eq!(word(&life["state"]), "confirmed");
    let said = life["flags"].to_string();
    assert!(said.contains("FAllAmount"), "what was not there is named: {said}");
    assert!(said.contains("C002"), "and the rest is compared: {said}");
    assert!(flags(&scene.why("TK2")).is_empty());
}

#[tokio::test]
async fn a_row_that_nobody_can_read_costs_one_bill_and_the_others_go_on() {
    let scene = Scene::with(many(7)).await;
    scene.add("kingdee", "finish = \"audit\"");
    let switch = Switch::on();
    too_long(&scene, "TK0003", &switch).await;
    scene.settle().exits(3).says(&["saved 7", "confirmed 6", "parked 1"]);
    let (cause, said) = &scene.parked()["TK0003"];
    assert!(cause == "hidden" && said.contains("FID ?"), "{cause}: {said}");
    switch.turn_off();
    make_due(&scene);
    scene.settle().exits(0).says(&["confirmed 1"]);
    assert_eq!(scene.arrivals_of("TK0003"), 1);
}

#[tokio::test]
async fn a_row_that_nobody_can_read_is_not_taken_for_no_bill() {
    let scene = Scene::with([plain("TK1"), plain("TK2"), plain("TK3")]).await;
    scene.books.insert(ours("TK1"));
    too_long(&scene, "TK1", &Switch::on()).await;
    scene.settle().exits(3).says(&["confirmed 2"]);
    assert_eq!(scene.parked()["TK1"].0, "hidden");
    scene.run(&["retry", "--all"]);
    scene.settle();
    assert_eq!((scene.arrivals_of("TK1"), scene.books.bills().len()), (0, 3));
}

#[tokio::test]
async fn a_bill_that_is_masked_altogether_could_not_be_compared_and_is_no_conflict() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.books.insert(ours("TK1"));
    let switch = Switch::on();
    scene.mask(ALL, &switch).await;
    scene.settle().exits(3);
    let parked = scene.parked();
    let (cause, said) = &parked["TK1"];
    assert_eq!(
        (parked.len(), cause.as_str()),
        (1, "unverified"),
        "TK2 is known by the id that 金蝶 gave it: {said}"
    );
    for word in [
        "FRetcustId",
        "FMaterialId",
        "FThirdBillNo",
        "字段权限",
        "field rights",
        "neither adopted nor sent again",
    ] {
        assert!(said.contains(word), "{word} is not in {said}");
    }
    assert_eq!(word(&scene.why("TK2")["state"]), "confirmed");

    // Neither a person nor the hour sends it, and it goes on by itself once it can be seen.
    scene.run(&["retry", "TK1"]).exits(3);
    make_due(&scene);
    scene.settle();
    assert_eq!((scene.parked()["TK1"].0.as_str(), scene.arrivals_of("TK1")), ("unverified", 0));
    switch.turn_off();
    make_due(&scene);
    scene.settle().exits(0).says(&["adopted 1", "confirmed 1"]);
    assert_eq!((scene.arrivals_of("TK1"), scene.books.bills().len()), (0, 2));
}

#[tokio::test]
async fn a_masked_bill_that_visibly_differs_is_a_conflict_that_names_what_was_seen() {
    let scene = Scene::with([plain("TK1")]).await;
    let mut other = ours("TK1");
    other.customer = "C777".into();
    scene.books.insert(other);
    scene.mask(&["FThird", "FRealQty"], &Switch::on()).await;
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "conflict" && said.contains("C777") && said.contains('?'), "{cause}: {said}");
    assert_eq!(scene.arrivals_of("TK1"), 0);
}

#[tokio::test]
async fn a_bill_of_which_only_the_mark_is_masked_is_adopted_and_that_is_said() {
    for masked in
        [&["FThirdBillNo"][..], &["FThirdSrcType"], &["FThirdBillNo", "FThirdSrcType", "FThirdBillId"]]
    {
        let scene = Scene::with([plain("TK1")]).await;
        scene.books.insert(ours("TK1"));
        scene.mask(masked, &Switch::on()).await;
        scene.settle().exits(3).says(&["adopted 1"]);
        let life = scene.why("TK1");
        assert_eq!((word(&life["state"]).as_str(), flags(&life)), ("confirmed", vec!["foreign".to_owned()]));
        assert!(life["flags"].to_string().contains("mark cannot be read"), "{life}");
        assert_eq!(scene.arrivals_of("TK1"), 0);
    }
}

#[tokio::test]
async fn a_look_up_that_answers_for_other_bills_is_in_status_and_why_until_it_is_answered_rightly() {
    let scene = Scene::with([plain("TK1")]).await;
    let switch = Switch::on();
    let (books, strange) = (scene.books.clone(), switch.clone());
    scene
        .answer("ExecuteBillQuery", move |request| {
            if !strange.is_on() {
                return crate::double::pass(&books, request);
            }
            let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let keys = asked["data"]["FieldKeys"].as_str().unwrap().split(',').count();
            let mut row = vec![json!(null); keys];
            (row[0], row[1]) = (json!(7), json!("XSTHD000007"));
            wiremock::ResponseTemplate::new(200).set_body_json(json!([row]))
        })
        .await;
    scene.run(&["run", "--until-settled", "--timeout", "10s"]).exits(1);
    assert_eq!(scene.status()["flags"]["other_bills"], 1);
    let life = scene.why("TK1");
    assert_eq!(flags(&life), ["other_bills"]);
    assert!(life["flags"].to_string().contains("XSTHD000007"), "{life}");
    let told = scene.run(&["why", "TK1"]).exits(0).out;
    assert!(told.contains("XSTHD000007"), "{told}");
    let told = scene.run(&["status"]).out;
    assert!(told.contains("look-up answered for other bills"), "{told}");

    switch.turn_off();
    scene.settle().exits(0);
    assert_eq!((flags(&scene.why("TK1")), scene.arrivals_of("TK1")), (Vec::new(), 1));
    assert_eq!(scene.status()["flags"]["other_bills"], json!(null));
}
