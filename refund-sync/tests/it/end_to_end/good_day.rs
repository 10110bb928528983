//! The good day: everything is written once, nothing twice, and a later change is noticed.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::mock::{MockRefund, SHOPS, WAREHOUSES, fill};

use crate::returns::{many, now, number, plain, set_line, with_lines};
use crate::scene::{Scene, events, flags, word};

#[tokio::test]
async fn everything_is_written_once_a_second_run_writes_nothing_and_a_third_notices_what_changed() {
    let scene = Scene::with(many(120)).await;
    scene.settle().exits(0).says(&["saved 120", "confirmed 120", "parked 0"]);
    let numbers: Vec<_> = (1..=120).map(number).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let bills = scene.bills(&numbers);
    assert_eq!(bills[33].all_amount, Decimal::new(4_434, 2));

    let saves = scene.saves_on_the_wire().await;
    scene.settle().exits(0).says(&["new 0", "saved 0"]);
    assert_eq!(scene.saves_on_the_wire().await, saves);

    let changed: BTreeSet<_> = (1..=120).step_by(2).take(50).map(number).collect();
    for refund_no in &changed {
        let change = |row: &mut MockRefund| {
            set_line(row, "refund_order_amount", "5.0000");
            set_line(row, "total_amount", "5.0000");
            row.set("refund_amount", "5.0000");
            row.set("goods_amount", "5.0000");
            row.touch(now());
        };
        assert!(scene.shop.world().edit(refund_no, change));
    }
    let report = scene.run(&["run", "--until-settled", "--json"]).exits(3).json();
    assert_eq!(report["pipelines"][0]["tally"]["noticed"], 50);
    let noticed: BTreeSet<_> = numbers
        .iter()
        .filter(|number| !flags(&scene.why(number)).is_empty())
        .map(|number| (*number).to_owned())
        .collect();
    assert_eq!(noticed, changed, "exactly those");
    assert_eq!(scene.saves_on_the_wire().await, saves, "a bill that stands is never sent again");

    // What was noticed once is not news to the next run.
    scene.settle().exits(0);
}

#[tokio::test]
async fn why_tells_the_whole_life_of_a_return() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    let life = scene.why("TK1");
    assert_eq!(events(&life), ["read", "mapped", "intended", "saved", "confirmed"]);
    let bill = &scene.bills(&["TK1"])[0];
    assert_eq!(word(&life["fid"]), bill.id.to_string());
    assert_eq!((word(&life["state"]), word(&life["bill_no"])), ("confirmed".into(), "TK1".into()));
    assert!(life["events"][0]["detail"]["window"].is_array(), "from which window: {life}");
    assert_eq!(life["events"][1]["detail"]["amount"], "119.80");
    assert_eq!(life["events"][2]["detail"]["mark"], bill.third_bill_id.as_str());
    scene.run(&["why", "TK1"]).exits(0).says(&[
        "TK1 [main] done",
        "119.80",
        "C001",
        "about to be sent to 金蝶",
    ]);
    scene.run(&["why", "TK2"]).exits(1).complains(&["TK2 was never read"]);
}

#[tokio::test]
async fn a_busy_month_in_all_shapes_ends_in_the_books_to_the_cent_or_parked() {
    let span = Span::new(now() - TimeDelta::hours(20), now() - TimeDelta::hours(1)).unwrap();
    let scene = Scene::with(fill(7, 400, span)).await;
    let pairs = |list: &[(&str, &str)]| {
        list.iter().map(|(from, _)| format!("{from} = \"X-{from}\"")).collect::<Vec<_>>().join(", ")
    };
    scene.change(r#"S001 = "C001""#, &pairs(SHOPS));
    scene.change(r#"WH01 = "CK01""#, &pairs(WAREHOUSES));
    scene.add("wdt", "window_pages = 3");
    scene.settle().exits(3);
    let parked = scene.parked();
    assert!(parked.values().all(|(cause, _)| cause == "quantity_gap"), "{parked:?}");
    let bills = scene.books.bills();
    for row in scene.shop.world().refunds() {
        let written: Vec<_> = bills.iter().filter(|bill| bill.number == row.refund_no()).collect();
        let due = row.text("type") == "2" && row.text("process_status") == "90";
        if due && !parked.contains_key(&row.refund_no()) {
            let [bill] = written[..] else { panic!("{} bills of {}", written.len(), row.refund_no()) };
            assert_eq!(bill.all_amount, refunded(&row), "{}", bill.number);
        } else {
            assert!(written.is_empty(), "{}", row.refund_no());
        }
    }
    assert!(bills.len() > 200, "{} bills", bills.len());
}

#[tokio::test]
async fn a_dry_run_prints_the_exact_bills_and_writes_nothing() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    let done = scene.run(&["run", "--dry-run", "--json"]).exits(3);
    let keys = [
        "FBillTypeID",
        "FBillNo",
        "FDate",
        "SubHeadEntity",
        "FEntity",
        "FMaterialId",
        "FRealQty",
        "FTaxPrice",
    ];
    let places = keys.map(|key| done.out.find(&format!("\"{key}\"")).unwrap());
    assert!(places.is_sorted(), "the order of the template: {places:?}");
    let report = done.json();
    assert!(scene.books.bills().is_empty() && !scene.database().exists());
    let forecasts = report["pipelines"][0]["bills"].as_array().unwrap();
    let told: Vec<_> =
        forecasts.iter().map(|one| (word(&one["refund_no"]), word(&one["forecast"]))).collect();
    assert_eq!(told, [("TK1".into(), "will".into()), ("TK2".into(), "will_not".to_owned())]);
    let promised = forecasts[0]["bill"].clone();
    scene.settle().exits(3);
    let sent: Value = serde_json::from_str(&scene.bills(&["TK1"])[0].model).unwrap();
    assert_eq!(promised, sent);
}

#[tokio::test]
async fn outside_the_write_hours_reading_goes_on_and_sending_waits() {
    let scene = Scene::with(many(3)).await;
    let hour = |hours| (now() + TimeDelta::hours(hours)).format("%H:%M").to_string();
    let closed = format!("write_hours = \"{}-{}\"", hour(2), hour(3));
    scene.add("kingdee", &closed);
    scene.run(&["run"]).exits(0).says(&["mapped 3", "saved 0"]);
    assert_eq!(
        (scene.status()["documents"]["mapped"].as_u64(), scene.saves_on_the_wire().await),
        (Some(3), 0)
    );

    scene.change(&closed, &format!("write_hours = \"{}-{}\"", hour(-1), hour(1)));
    scene.settle().exits(0);
    scene.bills(&["TK0001", "TK0002", "TK0003"]);
}

#[tokio::test]
async fn in_a_freeze_status_and_why_say_until_when_nothing_is_written() {
    let scene = Scene::with([plain("TK1")]).await;
    let minute = |hours| (now() + TimeDelta::hours(hours)).format("%Y-%m-%d %H:%M").to_string();
    let (from, to) = (minute(-1), minute(48));
    scene.add("kingdee", &format!("freeze = [\"{from} / {to}\"]"));
    scene.run(&["run"]).exits(0).says(&["mapped 1", "saved 0"]);
    let until = format!("{to}:00");
    assert_eq!(scene.status()["writing_waits_until"], until);
    assert_eq!(scene.why("TK1")["writing_waits_until"], until);
    scene.run(&["status"]).exits(0).says(&[&until]);
    scene.run(&["why", "TK1"]).exits(0).says(&[&until]);

    scene.change(&format!("freeze = [\"{from} / {to}\"]\n"), "");
    scene.settle().exits(0);
    assert!(
        scene.why("TK1")["writing_waits_until"].is_null() && scene.status()["writing_waits_until"].is_null()
    );
    scene.bills(&["TK1"]);
}

#[tokio::test]
async fn two_pipelines_share_a_journal_and_each_writes_its_own_shops() {
    let mut other = plain("TK2");
    other.set("shop_no", "S002");
    let scene = Scene::with([plain("TK1"), other]).await;
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let (store, pipeline) = text.split_once("\n[[pipeline]]").unwrap();
    let of = |name: &str, shop: &str| {
        let shops = format!("[pipeline.wdt]\nshop_nos = [\"{shop}\"]");
        let pipeline = pipeline.replace("\"main\"", &format!("\"{name}\"")).replace("[pipeline.wdt]", &shops);
        format!("\n[[pipeline]]{}", pipeline.replace("S001 = \"C001\"", &format!("{shop} = \"C-{name}\"")))
    };
    std::fs::write(scene.config(), format!("{store}{}{}", of("east", "S001"), of("west", "S002"))).unwrap();
    scene.settle().exits(0).says(&["east:", "west:"]);
    let customers: Vec<_> = scene.bills(&["TK1", "TK2"]).into_iter().map(|bill| bill.customer).collect();
    assert_eq!(customers, ["C-east", "C-west"]);
    assert_eq!(scene.why("TK2")["pipeline"], "west");
}

#[tokio::test]
async fn a_run_whose_time_is_over_says_what_is_left() {
    let scene = Scene::with(many(3)).await;
    let down = crate::trouble::Trouble::Unavailable.answer();
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(down)
        .with_priority(1)
        .mount(&scene.books_server)
        .await;
    let done = scene.run(&["run", "--until-settled", "--timeout", "1s", "--json"]).exits(1);
    assert_eq!(done.json()["pipelines"][0]["left"], json!(3));
    assert!(done.json()["pipelines"][0]["failures"][0].is_string());
}

/// What the buyer got back for the goods, from the raw row.
fn refunded(row: &MockRefund) -> Decimal {
    let amount = |line: &Value| match &line["refund_order_amount"] {
        Value::String(text) => Decimal::from_str_exact(text).unwrap(),
        number => Decimal::from_str_exact(&number.to_string()).unwrap(),
    };
    let list = &row.0["refund_order_list"];
    let lines = list.as_array().map_or(std::slice::from_ref(list), Vec::as_slice);
    lines.iter().map(amount).sum::<Decimal>().normalize()
}
