//! Numbers with blanks around them: one return, one bill, found in the tables, and the blanks on record.

use serde_json::{Value, json};

use crate::returns::{plain, set_line};
use crate::scene::{Scene, flags, word};

#[tokio::test]
async fn blanks_around_numbers_are_cut_once_and_noted() {
    let mut row = plain(" TK1\u{3000}");
    row.0["shop_no"] = json!("S001\t");
    row.0["warehouse_no"] = json!("\u{a0}WH01 ");
    set_line(&mut row, "spec_no", " TS-BLK-L\r\n");
    let scene = Scene::with([row]).await;
    scene.settle().exits(0).says(&["saved 1"]);
    let bill = &scene.bills(&["TK1"])[0];
    assert_eq!((bill.third_bill_no.as_str(), bill.customer.as_str()), ("TK1", "C001"));
    let model: Value = serde_json::from_str(&bill.model).unwrap();
    assert_eq!(model["FEntity"][0]["FMaterialId"]["FNumber"], "TS-BLK-L");
    assert_eq!(model["FEntity"][0]["FStockId"]["FNumber"], "CK01");
    let life = scene.why("TK1");
    assert_eq!(flags(&life), ["trimmed"]);
    let detail = word(&life["flags"][0]["detail"]);
    for field in ["refund_no", "shop_no", "warehouse_no", "spec_no"] {
        assert!(detail.contains(field), "{field} is not in {detail}");
    }
}

#[tokio::test]
async fn the_same_number_with_and_without_a_blank_is_one_return_and_one_bill() {
    let scene = Scene::with([plain("TK1"), plain("TK1 ")]).await;
    scene.settle();
    scene.bills(&["TK1"]);
    assert_eq!(scene.arrivals_of("TK1"), 1);
    scene.settle().exits(0);
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn a_number_of_nothing_but_blanks_is_no_number() {
    let mut row = plain("TK1");
    row.0["shop_no"] = json!("\u{3000} ");
    let scene = Scene::with([row, plain(" \u{3000}")]).await;
    scene.settle().exits(3);
    assert!(scene.books.bills().is_empty());
    let parked = scene.parked();
    assert_eq!(parked["TK1"].0, "no_key");
    assert_eq!(parked.len(), 2, "{parked:?}");
}
