//! The sheet by shop and month.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::returns::{now, plain};
use crate::scene::Scene;

/// The sheet as rows of cells, without its head.
fn sheet(scene: &Scene, code: i32) -> Vec<Vec<String>> {
    let file = scene.folder().join("sheet.csv");
    scene.reconcile(&["--by", "shop,month", "--csv", file.to_str().unwrap()]).exits(code);
    let text = std::fs::read_to_string(&file).unwrap();
    let mut csv = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    assert_eq!(csv.headers().unwrap().len(), 18);
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
        format!("{}|2|4|239.60|239.60|0.00|2||3/90: 1|0|2|4|239.60||0.00|0", head("S001"))
    );
    assert_eq!(
        row("S002"),
        format!("{}|1|2|119.80|119.80|0.00|1|||0|1|2|118.80||0.00|不一致 altered 1: 1", head("S002"))
    );
    assert_eq!(
        row("S003"),
        format!(
            "{}|1|2|119.80|119.80|0.00|0|unmapped: 1||0|0|0|0.00||0.00|缺单 missing 1: 119.8",
            head("S003")
        )
    );
}

#[tokio::test]
async fn without_a_file_the_sheet_is_told() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.reconcile(&["--by", "shop,month"]).exits(0).says(&["S001", "booked ¥ 119.80", "unexplained 0"]);
    let answer = scene.reconcile(&["--by", "shop,month", "--json"]).json();
    let row = &answer["pipelines"][0]["sheet"][0];
    assert_eq!((row["shop_no"].as_str(), row["unexplained"].as_str()), (Some("S001"), Some("0")));
}
