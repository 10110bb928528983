//! Many bills, one in a hundred of them different: every one named, nothing else, in flat memory.

use std::collections::BTreeMap;
use std::fs::File;

use chrono::{Datelike as _, NaiveDateTime, NaiveTime, TimeDelta};
use kingdee_k3cloud_sdk::mock::{StoredBill, StoredLine};
use rust_decimal::Decimal;
use serde_json::json;
use wdt_qimen_sdk::mock::MockRefund;

use super::differences;
use crate::memory::peak_of;
use crate::returns::{now, text};
use crate::scene::{Done, Scene};

/// How many bills, where nothing else is said: what fits a run on every change. `RECONCILE_BILLS=100000` is the size
/// that is promised, and what `cargo xtask ci --full` asks for.
const USUALLY: usize = 10_000;
/// Peak memory that is promised, in KiB.
const PROMISED_KIB: u64 = 32 * 1024;

fn size() -> usize {
    std::env::var("RECONCILE_BILLS").map_or(USUALLY, |text| text.parse().unwrap())
}

/// The n-th return of a month that begins at `month`.
fn refund(n: usize, month: NaiveDateTime) -> MockRefund {
    let settled = text(settled(n, month));
    let amount = format!("{}00", amount(n));
    json!({
        "refund_no": number(n), "type": "2", "process_status": "90", "shop_no": "S001", "warehouse_no": "WH01",
        "refund_amount": amount, "goods_amount": amount, "modified": settled, "finish_time": settled,
        "refund_order_list": [{
            "order_id": n, "spec_no": "TS-BLK-L", "refund_num": "1.0000", "refund_order_amount": amount,
            "total_amount": amount,
        }],
    })
    .into()
}

fn number(n: usize) -> String {
    format!("TK{n:07}")
}

fn amount(n: usize) -> Decimal {
    Decimal::new(1_000 + i64::try_from(n % 5_000).unwrap(), 2)
}

fn settled(n: usize, month: NaiveDateTime) -> NaiveDateTime {
    let second = n * 27 * 86_400 / size();
    month + TimeDelta::seconds(i64::try_from(second).unwrap())
}

fn bill(n: usize, month: NaiveDateTime) -> StoredBill {
    let line = StoredLine {
        material: "TS-BLK-L".into(),
        qty: Decimal::ONE,
        all_amount: amount(n),
        ..StoredLine::default()
    };
    StoredBill {
        number: number(n),
        third_bill_no: number(n),
        third_src_type: "refund-sync".into(),
        customer: "C001".into(),
        date: settled(n, month).date(),
        lines: vec![line],
        ..StoredBill::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_difference_among_many_bills_is_named_and_nothing_else_in_flat_memory() {
    let before = now() - TimeDelta::days(40);
    let first = before.date().with_day(1).unwrap();
    let month = first.and_time(NaiveTime::MIN);
    let scene = Scene::with((0..size()).map(|n| refund(n, month))).await;
    scene.add("wdt", "page_size = 100");
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    for n in 0..size() {
        let mut bill = bill(n, month);
        // One in a hundred, one kind after the other.
        let injected = (n % 100 == 37).then_some(n / 100 % 5);
        match injected {
            None => {}
            Some(0) => {
                expected.insert(number(n), "missing");
                continue;
            }
            Some(1) => {
                let nobody = format!("TX{n:07}");
                expected.insert(nobody.clone(), "extra");
                let extra = StoredBill { number: nobody.clone(), third_bill_no: nobody, ..bill.clone() };
                scene.books.insert(extra);
            }
            Some(2) => bill.lines[0].qty = Decimal::TWO,
            Some(3) => bill.lines[0].all_amount += Decimal::new(1, 2),
            Some(_) => bill.customer = "C002".into(),
        }
        if matches!(injected, Some(2..)) {
            expected.insert(number(n), "altered");
        }
        scene.books.insert(bill);
    }
    assert_eq!(expected.len(), size() / 100);

    let answer = scene.folder().join("answer.json");
    let last = first.with_day(28).unwrap();
    let mut command = scene.command(&[
        "reconcile",
        "--json",
        "--by",
        "shop,month",
        "--from",
        &first.to_string(),
        "--to",
        &last.to_string(),
    ]);
    let child = command.stdout(File::create(&answer).unwrap()).spawn().unwrap();
    let (code, peak) = peak_of(child).await;
    let done = Done { code, out: std::fs::read_to_string(&answer).unwrap(), err: String::new() }.exits(3);
    let found = differences(&done);
    let found: BTreeMap<_, _> =
        found.iter().map(|(number, (kind, _))| (number.clone(), kind.as_str())).collect();
    assert_eq!(found, expected);
    let answer = done.json();
    let rows = answer["pipelines"][0]["sheet"].as_array().unwrap();
    let row = rows.iter().find(|row| row["shop_no"] == "S001").unwrap();
    assert_eq!(row["returns"], size());
    assert_eq!(row["unexplained"], "0.00", "{row}");
    println!("{} bills: peak {} KiB", size(), peak);
    assert!(peak > 0 && peak <= PROMISED_KIB, "{peak} KiB");
}
