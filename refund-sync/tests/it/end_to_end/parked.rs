//! Returns that cannot become a bill: parked by name with the figures, while the others go on.

use kingdee_k3cloud_sdk::mock::Site;
use serde_json::json;
use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{line, plain, set_line, with_lines};
use crate::scene::{Scene, events, flags, word};

/// Runs a shop with this return between two good ones; gives what is said about it.
async fn parked(bad: MockRefund, cause: &str) -> String {
    let scene = Scene::with([plain("TK1"), bad, plain("TK9")]).await;
    parked_in(&scene, cause)
}

fn parked_in(scene: &Scene, cause: &str) -> String {
    scene.settle().exits(3).says(&["parked 1", cause]);
    scene.bills(&["TK1", "TK9"]);
    let mut parked = scene.parked();
    let (found, said) = parked.remove("TK5").unwrap();
    assert!(parked.is_empty(), "{parked:?}");
    assert_eq!(found, cause, "{said}");
    said
}

#[track_caller]
fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
}

fn bad_line(quantity: &str, amount: &str) -> MockRefund {
    with_lines("TK5", &[line("TS-BLK-L", quantity, amount)])
}

fn changed(change: impl FnOnce(&mut MockRefund)) -> MockRefund {
    let mut row = plain("TK5");
    change(&mut row);
    row
}

#[tokio::test]
async fn a_shop_without_a_customer_names_the_key_the_table_and_the_nearest() {
    let said = parked(changed(|row| row.set("shop_no", "S0O1")), "unmapped").await;
    names(&said, &["customers", "S0O1", "S001", "inline"]);
}

#[tokio::test]
async fn a_warehouse_without_a_mapping_names_the_key_the_table_and_the_nearest() {
    let said = parked(changed(|row| row.set("warehouse_no", "WH02")), "unmapped").await;
    names(&said, &["warehouses", "WH02", "WH01"]);
}

#[tokio::test]
async fn a_material_without_a_mapping_names_the_key_the_table_file_and_the_nearest() {
    let bad = with_lines("TK5", &[line("TS-BLK-XL", "1.0000", "9.9000")]);
    let scene = Scene::with([plain("TK1"), bad, plain("TK9")]).await;
    std::fs::write(scene.folder().join("materials.csv"), "from,to\nTS-BLK-L,M001\nHAT,M002\n").unwrap();
    scene.change("materials = \"identity\"", "materials = { file = \"materials.csv\" }");
    let said = parked_in(&scene, "unmapped");
    names(&said, &["TS-BLK-XL", "materials.csv", "TS-BLK-L"]);

    // The table is mended; nobody has to say which returns it concerns.
    std::fs::write(scene.folder().join("materials.csv"), "from,to\nTS-BLK-L,M001\nTS-BLK-XL,M003\n").unwrap();
    scene.settle().exits(0);
    let bills = scene.bills(&["TK1", "TK5", "TK9"]);
    assert_eq!(bills[1].lines[0].material, "M003");
}

#[tokio::test]
async fn a_quantity_of_nothing_with_an_amount() {
    names(&parked(bad_line("0.0000", "5.5000"), "quantity_zero_with_amount").await, &["TS-BLK-L", "5.5"]);
}

#[tokio::test]
async fn a_negative_quantity() {
    names(&parked(bad_line("-2.0000", "119.8000"), "bad_quantity").await, &["refund_num", "-2"]);
}

#[tokio::test]
async fn a_negative_amount() {
    let said = parked(bad_line("2.0000", "-119.8000"), "negative_amount").await;
    names(&said, &["refund_order_amount", "-119.8"]);
}

#[tokio::test]
async fn no_lines() {
    parked(with_lines("TK5", &[]), "no_lines").await;
}

#[tokio::test]
async fn nothing_but_empty_lines() {
    names(&parked(bad_line("0.0000", "0.0000"), "nothing_left").await, &["1"]);
}

#[tokio::test]
async fn an_amount_that_is_no_number_is_named_and_its_row_is_read_again_when_it_is_mended() {
    let bad = changed(|row| row.set("refund_amount", "not-a-number"));
    let scene = Scene::with([plain("TK1"), bad, plain("TK9")]).await;
    names(&parked_in(&scene, "unreadable"), &["refund_amount"]);
    scene.shop.world().edit("TK5", |row| row.set("refund_amount", "119.8000"));
    scene.run(&["retry", "TK5"]).exits(0);
    scene.bills(&["TK1", "TK5", "TK9"]);
}

#[tokio::test]
async fn a_line_amount_that_is_no_number() {
    let bad = changed(|row| set_line(row, "refund_order_amount", "免"));
    names(&parked(bad, "unreadable").await, &["refund_order_list", "refund_order_amount"]);
}

#[tokio::test]
async fn a_quantity_gap_names_both_figures() {
    let bad = changed(|row| set_line(row, "stockin_num", "1.0000"));
    names(&parked(bad, "quantity_gap").await, &["TS-BLK-L", "2", "1", "on_quantity_gap"]);
}

#[tokio::test]
async fn no_accounting_date_names_what_was_asked() {
    let bad = changed(|row| row.set("finish_time", "0000-00-00 00:00:00"));
    names(&parked(bad, "no_date").await, &["check_time", "finish_time"]);
}

#[tokio::test]
async fn a_total_that_no_price_reproduces() {
    names(&parked(bad_line("20000.0000", "0.0100"), "no_price").await, &["20000", "0.01", "price_scale"]);
}

#[tokio::test]
async fn every_fault_of_one_return_is_named_at_once() {
    let bad = changed(|row| {
        row.set("shop_no", "S9");
        row.set("warehouse_no", "WH9");
        row.set("finish_time", "");
        set_line(row, "stockin_num", "1.0000");
    });
    names(&parked(bad, "no_date").await, &["S9", "WH9", "quantity_gap", "finish_time"]);
}

#[tokio::test]
async fn a_row_without_a_number_is_parked_under_its_id_and_hides_no_other() {
    let mut bad = plain("");
    bad.set("refund_id", "777");
    let scene = Scene::with([plain("TK1"), bad, plain("TK9")]).await;
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK9"]);
    let parked = scene.parked();
    let (number, (cause, said)) = parked.first_key_value().unwrap();
    assert!(number.contains("777") && cause == "unreadable", "{number}: {said}");
}

#[tokio::test]
async fn a_customer_that_kingdee_does_not_know_is_parked_with_its_words_until_it_does() {
    let books = || Site::builder().customers(["C001"]);
    let bad = changed(|row| row.set("shop_no", "S002"));
    let scene = Scene::with_books([plain("TK1"), bad, plain("TK9")], books()).await;
    scene.change("S001 = \"C001\"", "S001 = \"C001\", S002 = \"C002\"");
    let said = parked_in(&scene, "missing_in_kingdee");
    names(&said, &["FRetcustId", "C002", "不存在"]);
    scene.settle().exits(0);
    assert_eq!(scene.arrivals_of("TK5"), 1, "what is parked is not sent again");
    scene.run(&["retry", "TK5"]).exits(3);
    assert_eq!(scene.arrivals_of("TK5"), 2);
    scene.run(&["parked"]).exits(3).says(&["missing_in_kingdee (1)", "TK5", "retry"]);
}

#[tokio::test]
async fn a_number_that_a_firewall_would_refuse_is_not_sent_at_all() {
    let scene = Scene::with([plain("TK1"), plain("TK'5"), plain("TK9")]).await;
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK9"]);
    assert_eq!(scene.parked()["TK'5"].0, "unsafe_number");
}

#[tokio::test]
async fn one_bill_that_a_firewall_refuses_does_not_hold_up_its_batch() {
    let bad = with_lines("TK5", &[line("TS'BLK", "1.0000", "9.9000")]);
    let scene = Scene::with([plain("TK1"), bad, plain("TK9"), plain("TKA")]).await;
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK9", "TKA"]);
    let (cause, said) = &scene.parked()["TK5"];
    assert_eq!(cause, "refused");
    names(said, &["firewall", "可疑数据"]);
    assert!(scene.status()["stopped"].is_null());
}

#[tokio::test]
async fn a_closed_period_in_the_books_parks_with_what_to_do() {
    let tomorrow = crate::returns::now().date().succ_opt();
    let books = Site::builder().closed_before(tomorrow);
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.settle().exits(3);
    scene.bills(&[]);
    let (cause, said) = &scene.parked()["TK1"];
    assert_eq!(cause, "closed_period");
    names(said, &["关账", "open_from"]);
}

#[tokio::test]
async fn a_closed_period_in_the_books_moves_the_bill_where_the_rules_say_so_and_it_says_from_when() {
    let today = crate::returns::now().date();
    let tomorrow = today.succ_opt().unwrap();
    let books = Site::builder().closed_before(Some(tomorrow));
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.add("mapping", &format!("open_from = \"{tomorrow}\"\nclosed_period = \"move\""));
    scene.settle().exits(0);
    let bill = &scene.bills(&["TK1"])[0];
    let life = scene.why("TK1");
    assert_eq!((bill.date, word(&life["date"])), (tomorrow, tomorrow.to_string()));
    let moved = word(&life["flags"][0]["detail"]);
    let original = moved.strip_prefix("date moved from ").unwrap().split(' ').next().unwrap();
    assert_ne!(original, tomorrow.to_string());
    assert!(bill.note.contains(original), "{:?}", bill.note);
    assert_eq!(flags(&life), ["moved_date"]);
}

#[tokio::test]
async fn what_the_filter_leaves_out_is_counted_not_parked() {
    let others = [(1, 90), (3, 90), (4, 90), (5, 90), (2, 80), (2, 69), (9, 77)];
    let mut rows = vec![plain("TK1")];
    for (n, (kind, status)) in others.into_iter().enumerate() {
        let mut row = plain(&format!("TKF{n}"));
        row.set("type", json!(kind));
        row.set("process_status", status.to_string());
        rows.push(row);
    }
    let scene = Scene::with(rows).await;
    scene.settle().exits(0).says(&["filtered 7", "parked 0"]);
    scene.bills(&["TK1"]);
    let status = scene.status();
    assert_eq!(status["filtered"].as_array().unwrap().len(), others.len(), "{status}");
    let left_out = scene.why("TKF1");
    assert_eq!(
        (word(&left_out["state"]).as_str(), events(&left_out)),
        ("filtered", vec!["read_filtered".to_owned()])
    );
}
