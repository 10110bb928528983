//! The sheet by shop and month.

use chrono::TimeDelta;
use refund_sync::model::Cause;
use rust_decimal::Decimal;
use serde_json::json;

use crate::returns::{now, plain};
use crate::scene::Scene;

/// The sheet as rows of cells, without its head.
fn sheet(scene: &Scene, code: i32) -> Vec<Vec<String>> {
    let file = scene.folder().join("sheet.csv");
    scene.reconcile(&["--by", "shop,month", "--csv", file.to_str().unwrap()]).exits(code);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut csv = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    assert_eq!(csv.headers().unwrap().iter().next_back(), Some("unexplained"));
    csv.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn equal_shops_end_in_zero_and_what_is_parked_or_gone_is_named() {
    let mut of_two = plain("TK2");
    of_two.set("shop_no", "S002");
    let mut parked = plain("TK3");
    parked.set("shop_no", "S003");
    let mut exchange = plain("TK4");
    exchange.set("type", "3");
    let scene = Scene::with([plain("TK1"), plain("TK5"), of_two, parked, exchange]).await;
    scene.change("S001 = \"C001\"", "S001 = \"C001\", S002 = \"C002\"");
    scene.settle().exits(3);
    scene.books.edit("TK2", |bill| bill.lines[0].all_amount -= Decimal::ONE);

    let month = (now() - TimeDelta::hours(2)).format("%Y-%m").to_string();
    let rows = sheet(&scene, 3);
    let row = |shop: &str| rows.iter().find(|row| row[1] == shop).unwrap().join("|");
    let head = |shop: &str| format!("main|{shop}|{month}");
    assert_eq!(
        row("S001"),
        format!("{}|2|4|239.60|239.60|0.00|2||3/90: 1|0|2|4|239.60||0.00|0|0.00", head("S001"))
    );
    assert_eq!(
        row("S002"),
        format!("{}|1|2|119.80|119.80|0.00|1|||0|1|2|118.80||0.00|altered 1: ¥ 1.00|0.00", head("S002"))
    );
    assert_eq!(
        row("S003"),
        format!(
            "{}|1|2|119.80|119.80|0.00|0|{}: 1||0|0|0|0.00||0.00|missing 1: ¥ 119.80|0.00",
            head("S003"),
            Cause::Unmapped.title().en
        )
    );
}

#[tokio::test]
async fn without_a_file_the_sheet_is_told() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.reconcile(&["--by", "shop,month"]).exits(0).says(&[
        "S001",
        "booked ¥ 119.80",
        "unexplained ¥ 0.00",
    ]);
    let answer = scene.reconcile(&["--by", "shop,month", "--json"]).json();
    let row = &answer["pipelines"][0]["sheet"][0];
    assert_eq!((row["shop_no"].as_str(), row["unexplained"].as_str()), (Some("S001"), Some("0.00")));
    // What a difference explains is not called unexplained.
    scene.books.edit("TK1", |bill| bill.lines[0].all_amount -= Decimal::ONE);
    let told = ["gap: altered 1: ¥ 1.00 · unexplained ¥ 0.00"];
    scene.reconcile(&["--by", "shop,month"]).exits(3).says(&told);
    let told = ["退货 1 张", "差额构成 不一致 1 张 ¥ 1.00 · 未解释 ¥ 0.00"];
    scene.reconcile(&["--by", "shop,month", "--lang", "zh"]).exits(3).says(&told);
    let answer = scene.reconcile(&["--by", "shop,month", "--json"]).json();
    let row = &answer["pipelines"][0]["sheet"][0];
    assert_eq!((row["unexplained"].as_str(), &row["named"]["altered"][1]), (Some("0.00"), &json!("1.00")));
}
