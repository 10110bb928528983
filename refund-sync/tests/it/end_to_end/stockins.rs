//! `enrich = "stockin"`: goods stand where they arrived, a return waits for its stock-in and goes on by itself.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::{Value, json};
use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{line, now, plain, text, with_lines};
use crate::scene::{Scene, events, flags, word};

const METHOD: &str = "wdt.stockin.order.query.refund";

/// A scene that reads stock-ins, with two warehouses.
async fn scene(returns: impl IntoIterator<Item = MockRefund>) -> Scene {
    let scene = Scene::with(returns).await;
    scene.add("wdt", "enrich = \"stockin\"");
    scene.change("WH01 = \"CK01\"", "WH01 = \"CK01\", WH02 = \"CK02\"");
    scene
}

fn detail(order_id: &str, num: &str) -> Value {
    json!({ "src_order_detail_id": order_id, "spec_no": "TS-BLK-L", "num": num, "stock_type": "1" })
}

/// Puts a stock-in of a return into the shop.
fn arrives(
    scene: &Scene,
    refund_no: &str,
    warehouse_no: &str,
    modified: NaiveDateTime,
    details: &[Value],
) -> String {
    let number = format!("RK-{refund_no}-{warehouse_no}");
    let time = text(modified);
    let row = json!({
        "stockin_id": "1", "order_no": number, "status": "80", "src_order_no": refund_no, "shop_no": "S001",
        "warehouse_no": warehouse_no, "stockin_time": time, "check_time": time, "modified": time,
        "buyer_nick": "planted-nick", "remark": "13512345678", "details_list": details,
    });
    assert!(scene.shop.world().put(METHOD, row));
    number
}

fn an_hour_ago() -> NaiveDateTime {
    now() - TimeDelta::hours(1)
}

/// Of each entry of a bill: FStockId, pieces.
fn places(scene: &Scene, numbers: &[&str], bill: usize) -> Vec<(String, String)> {
    let model: Value = serde_json::from_str(&scene.bills(numbers)[bill].model).unwrap();
    let entries = model["FEntity"].as_array().unwrap();
    entries.iter().map(|entry| (word(&entry["FStockId"]["FNumber"]), entry["FRealQty"].to_string())).collect()
}

fn place(stock: &str, pieces: &str) -> (String, String) {
    (stock.to_owned(), pieces.to_owned())
}

/// How many times stock-ins were asked for by the number of a return.
async fn look_ups(scene: &Scene) -> usize {
    let requests = scene.shop_server.received_requests().await.unwrap();
    let asked = |body: &[u8]| String::from_utf8_lossy(body).contains("src_order_no=");
    requests.iter().filter(|request| asked(&request.body)).count()
}

#[tokio::test]
async fn a_return_without_a_stock_in_is_parked_with_a_remedy_and_goes_on_by_itself() {
    let scene = scene([plain("TK1"), plain("TK2")]).await;
    arrives(&scene, "TK2", "WH01", an_hour_ago(), &[detail("51001", "2.0000")]);
    scene.settle().exits(3);
    scene.bills(&["TK2"]);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "no_stockin" && said.contains("入库单") && said.contains("enrich"), "{said}");
    scene.settle().exits(0);
    assert_eq!(look_ups(&scene).await, 1, "a window will show a later one");

    let number = arrives(&scene, "TK1", "WH02", now(), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    assert_eq!(places(&scene, &["TK1", "TK2"], 0), [place("CK02", "2")]);
    let life = scene.why("TK1");
    assert_eq!(events(&life)[..4], ["read", "refused", "read", "mapped"]);
    assert_eq!(life["events"][2]["detail"]["stockins"], json!([number]));
    assert!(scene.parked().is_empty());
}

#[tokio::test]
async fn a_stock_in_that_cannot_be_read_parks_its_return_by_name_until_it_is_mended() {
    let scene = scene([plain("TK1")]).await;
    arrives(&scene, "TK1", "WH01", an_hour_ago(), &[detail("51001", "two")]);
    scene.settle().exits(3);
    let (cause, said) = &scene.parked()["TK1"];
    assert!(cause == "unreadable_stockin" && said.contains("RK-TK1-WH01") && said.contains("num"), "{said}");
    arrives(&scene, "TK1", "WH01", now(), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_stock_in_that_is_older_than_the_ledger_is_found_by_number() {
    let scene = scene([plain("TK1")]).await;
    arrives(&scene, "TK1", "WH02", now() - TimeDelta::days(20), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    assert_eq!(places(&scene, &["TK1"], 0), [place("CK02", "2")]);
}

#[tokio::test]
async fn a_stock_in_that_no_window_can_show_any_more_is_found_by_a_retry() {
    let scene = scene([plain("TK1")]).await;
    scene.settle().exits(3);
    arrives(&scene, "TK1", "WH02", now() - TimeDelta::days(20), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    scene.bills(&[]);
    scene.run(&["retry", "TK1"]).exits(0);
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn goods_stand_where_they_arrived_and_a_split_line_keeps_its_total() {
    let lines = [line("TS-BLK-L", "3.0000", "100.0000")];
    let scene = scene([with_lines("TK1", &lines)]).await;
    arrives(&scene, "TK1", "WH01", an_hour_ago(), &[detail("51001", "1.0000")]);
    arrives(&scene, "TK1", "WH02", an_hour_ago(), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    assert_eq!(places(&scene, &["TK1"], 0), [place("CK01", "1"), place("CK02", "2")]);
    assert_eq!(scene.bills(&["TK1"])[0].all_amount.to_string(), "100.00");
}

#[tokio::test]
async fn a_stock_in_that_comes_after_the_bill_is_noticed_and_a_touched_one_is_not() {
    let scene = scene([plain("TK1")]).await;
    arrives(&scene, "TK1", "WH01", an_hour_ago(), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    let before = events(&scene.why("TK1"));
    // The same goods, looked at again.
    let touched = json!({
        "order_no": "RK-TK1-WH01", "status": "80", "src_order_no": "TK1", "warehouse_no": "WH01",
        "stockin_time": text(an_hour_ago()), "modified": text(now()), "details_list": [detail("51001", "2.0000")],
    });
    let mut touched = MockRefund::from(touched);
    let first = scene.shop.world().list(METHOD).remove(0);
    touched.set("check_time", first.text("check_time"));
    touched.set("stockin_time", first.text("stockin_time"));
    scene.shop.world().put(METHOD, touched);
    scene.settle().exits(0);
    assert_eq!(events(&scene.why("TK1")), before);

    arrives(&scene, "TK1", "WH02", now(), &[detail("51001", "1.0000")]);
    scene.settle().exits(3).says(&["changed after the sync: 1"]);
    assert_eq!(flags(&scene.why("TK1")), ["changed"]);
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn a_backlog_needs_no_look_up_and_is_journalled_with_its_goods() {
    let returns: Vec<_> = (1..=90).map(|n| plain(&format!("TK{n:04}"))).collect();
    let scene = scene(returns).await;
    for n in 1..=90 {
        arrives(&scene, &format!("TK{n:04}"), "WH02", an_hour_ago(), &[detail("51001", "2.0000")]);
    }
    scene.settle().exits(0);
    assert_eq!((scene.books.bills().len(), look_ups(&scene).await), (90, 0));
    assert_eq!(events(&scene.why("TK0077"))[..2], ["read", "mapped"], "never parked on the way");
}

#[tokio::test]
async fn switching_stock_ins_on_asks_for_those_of_what_is_parked() {
    let scene = Scene::with([plain("TK1")]).await;
    // Nobody knows WH01: the return waits.
    scene.change("WH01 = \"CK01\"", "WH02 = \"CK02\"");
    scene.settle().exits(3);
    arrives(&scene, "TK1", "WH02", now() - TimeDelta::days(2), &[detail("51001", "2.0000")]);
    scene.add("wdt", "enrich = \"stockin\"");
    scene.settle().exits(0);
    assert_eq!(places(&scene, &["TK1"], 0), [place("CK02", "2")]);
}

#[tokio::test]
async fn a_reconciliation_expects_the_goods_where_they_arrived() {
    let scene = scene([plain("TK1")]).await;
    arrives(&scene, "TK1", "WH02", an_hour_ago(), &[detail("51001", "2.0000")]);
    scene.settle().exits(0);
    let day = |days| (now() + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    scene.run(&["reconcile", "--from", &day(-2), "--to", &day(0)]).exits(0);
}

#[tokio::test]
async fn a_stock_in_that_counts_in_goods_count_and_names_lines_by_oid_is_understood() {
    let sold = |order_id: &str, oid: &str| {
        let mut line = line("TS-BLK-L", "2.0000", "10.0000");
        line["order_id"] = json!(order_id);
        line["oid"] = json!(oid);
        line
    };
    let scene = scene([with_lines("TK1", &[sold("1", "P1"), sold("2", "P2")])]).await;
    let arrived =
        |oid: &str| json!({ "oid": oid, "spec_no": "TS-BLK-L", "goods_count": "2.0000", "stock_type": "1" });
    arrives(&scene, "TK1", "WH02", an_hour_ago(), &[arrived("P2"), arrived("P1")]);
    scene.settle().exits(0).says(&["saved 1"]);
    assert_eq!(places(&scene, &["TK1"], 0), [place("CK02", "2"), place("CK02", "2")]);
}

#[tokio::test]
async fn a_stock_in_that_says_nothing_clear_parks_its_return_with_one_reason() {
    let lines: Vec<_> = ["A", "B", "C"].map(|spec_no| line(spec_no, "2.0000", "10.0000")).into();
    let scene = scene([with_lines("TK1", &lines)]).await;
    let uncounted: Vec<_> = ["A", "B", "C"].map(|spec_no| json!({ "spec_no": spec_no })).into();
    arrives(&scene, "TK1", "WH01", an_hour_ago(), &uncounted);
    scene.settle().exits(3);
    let life = scene.why("TK1");
    let reasons = life["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert_eq!(reasons[0]["cause"], "uncounted_stockin");
}

/// A site whose shirts are managed by lot and by shelf life.
async fn perishable() -> Scene {
    let books = kingdee_k3cloud_sdk::mock::Site::builder()
        .customers(["C001"])
        .stocks(["CK01", "CK02"])
        .materials(["TS-BLK-L"])
        .base_field("BD_MATERIAL", "TS-BLK-L", "FIsBatchManage", "true")
        .base_field("BD_MATERIAL", "TS-BLK-L", "FIsKFPeriod", "true");
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.add("wdt", "enrich = \"stockin\"");
    scene.add("mapping", "lot_from = \"batch_no\"");
    let mut batch = detail("51001", "2.0000");
    batch["batch_no"] = json!("B1");
    batch["production_date"] = json!("2026-01-02 00:00:00");
    batch["expire_date"] = json!("2027-01-02 00:00:00");
    batch["sn_list"] = json!("S1,S2");
    arrives(&scene, "TK1", "WH01", an_hour_ago(), &[batch]);
    scene
}

/// The first entry as it stands in the books.
fn entry(scene: &Scene) -> Value {
    let model: Value = serde_json::from_str(&scene.bills(&["TK1"])[0].model).unwrap();
    model["FEntity"][0].clone()
}

#[tokio::test]
async fn a_material_that_the_live_check_finds_managed_by_shelf_life_gets_its_days_from_the_next_run_on() {
    let scene = perishable().await;
    scene.settle().exits(3);
    let said = scene.parked().remove("TK1").unwrap().1;
    assert!(said.contains("生产日期") && said.contains("有效期至") && !said.contains("批号】"), "{said}");
    scene.run(&["check", "--live"]).exits(0).says(&["materials managed by shelf life: 1"]);
    scene.settle().exits(0);
    let entry = entry(&scene);
    assert_eq!(
        (word(&entry["FProduceDate"]).as_str(), word(&entry["FExpiryDate"]).as_str()),
        ("2026-01-02", "2027-01-02")
    );
    assert_eq!(word(&entry["FLot"]["FNumber"]), "B1");
    let why = scene.why("TK1");
    assert_eq!((word(&why["state"]).as_str(), flags(&why).len()), ("confirmed", 0), "{why}");
}

#[tokio::test]
async fn what_the_first_check_learned_holds_before_there_was_any_run_and_serial_numbers_come_by_their_key() {
    let scene = perishable().await;
    scene.add("mapping", "serials_from = \"sn_list\"");
    scene.run(&["check", "--live"]).exits(0);
    scene.settle().exits(0);
    let serials = entry(&scene)["FSerialSubEntity"].clone();
    assert_eq!(serials, json!([{ "FSerialNo": "S1" }, { "FSerialNo": "S2" }]));
    assert!(entry(&scene)["FProduceDate"].is_string());
}
