//! Many returns, a third of them with every cause that can be brought about: what the workbooks say of money is what the
//! journal, 金蝶's books and the returns themselves say, to the cent. `SHEET_RETURNS=5000` for as many as are promised.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
use refund_sync::model::Cause;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;
use wdt_qimen_sdk::mock::MockRefund;

use super::{amount, cell, no_formula, read, rows, sum};
use crate::double::Switch;
use crate::reconcile::ours;
use crate::returns::{line, now, set_line, text, with_lines};
use crate::scene::{Scene, word};

/// How many returns, where nothing else is said; as many as are promised on the machine that decides.
const USUALLY: usize = 400;
const PROMISED: usize = 5_000;

fn size() -> usize {
    let decides = std::env::var("CI").as_deref() == Ok("true");
    let usual = if decides { PROMISED } else { USUALLY };
    std::env::var("SHEET_RETURNS").map_or(usual, |text| text.parse().unwrap())
}

/// What is wrong with a return.
type Spoil = fn(&mut MockRefund);

/// What keeps a return from becoming a bill, by the cause that is to be named.
const CAUSES: [(&str, Spoil); 17] = [
    ("unmapped", |row| row.set("shop_no", "S003")),
    ("no_key", |row| row.set("warehouse_no", "")),
    ("quantity_gap", |row| set_line(row, "stockin_num", "1.0000")),
    ("missing_quantity", |row| row.0["refund_order_list"][0]["refund_num"] = Value::Null),
    ("bad_quantity", |row| set_line(row, "refund_num", "-2.0000")),
    ("missing_amount", |row| row.0["refund_order_list"][0]["refund_order_amount"] = Value::Null),
    ("negative_amount", |row| set_line(row, "refund_order_amount", "-3.1400")),
    ("quantity_zero_with_amount", |row| {
        set_line(row, "refund_num", "0.0000");
        set_line(row, "stockin_num", "0.0000");
    }),
    ("imbalance", |row| row.set("refund_amount", "1.0000")),
    ("no_refund", |row| set_line(row, "refund_order_amount", "0.0000")),
    ("no_price", |row| {
        set_line(row, "refund_order_amount", "0.0100");
        set_line(row, "refund_num", "20000.0000");
        set_line(row, "stockin_num", "20000.0000");
    }),
    ("no_lines", |row| row.set("refund_order_list", Value::Array(Vec::new()))),
    ("closed_period", |row| row.set("finish_time", text(now() - TimeDelta::days(5)))),
    ("no_date", |row| row.set("finish_time", "0000-00-00 00:00:00")),
    ("unreadable", |row| set_line(row, "refund_order_amount", "免")),
    ("missing_in_kingdee", |row| row.set("shop_no", "S004")),
    ("refused", |row| set_line(row, "spec_no", "TS'BLK")),
];

/// What stands in 金蝶 under a number that this return has.
const TAKEN: [&str; 3] = ["conflict", "voided", "doubled"];

/// The n-th return: two lines whose shares are no whole cents, together they are.
fn one(n: usize) -> MockRefund {
    let cents = i64::try_from(1_000 + n * 37 % 9_000).unwrap();
    let half = Decimal::new(cents * 100 / 2, 4);
    let share = |one: Decimal| format!("{one:.4}");
    let rest = Decimal::new(cents, 2) - half;
    let lines = [line("TS-BLK-L", "2.0000", &share(half)), line("CB-USBC", "1.0000", &share(rest))];
    let mut row = with_lines(&format!("TK{n:05}"), &lines);
    row.set("shop_no", ["S001", "S002", "0012345"][n % 3]);
    row
}

/// Every cause in turn, in a third of the returns: by number what is to be named, and the row.
fn returns() -> BTreeMap<String, (&'static str, MockRefund)> {
    let spoiled = |n: usize| {
        let mut row = one(n);
        let place = n / 3 % (CAUSES.len() + TAKEN.len());
        if !n.is_multiple_of(3) {
            return ("", row);
        }
        let Some((cause, spoil)) = CAUSES.get(place) else { return (TAKEN[place - CAUSES.len()], row) };
        spoil(&mut row);
        if *cause != "imbalance" {
            row.set("refund_amount", format!("{:.4}", shares(&row)));
        }
        (*cause, row)
    };
    (0..size()).map(spoiled).map(|(cause, row)| (row.refund_no(), (cause, row))).collect()
}

/// What the buyer got back in cents, as far as the return tells it in figures.
fn money(row: &MockRefund) -> Decimal {
    cents(shares(row))
}

fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// The same as its lines share it.
fn shares(row: &MockRefund) -> Decimal {
    let lines = row.0["refund_order_list"].as_array().unwrap();
    let share =
        |line: &Value| line["refund_order_amount"].as_str().and_then(|text| text.parse::<Decimal>().ok());
    lines.iter().filter_map(share).sum()
}

async fn scene(returns: &BTreeMap<String, (&'static str, MockRefund)>) -> Scene {
    let books = Site::builder().customers(["C001", "C002", "0007"]);
    let scene = Scene::with_books(returns.values().map(|(_, row)| row.clone()), books).await;
    let days = (now() - TimeDelta::days(3)).date();
    scene.change("S001 = \"C001\"", "S001 = \"C001\", S002 = \"C002\", 0012345 = \"0007\", S004 = \"C404\"");
    scene
        .add("mapping", &format!("on_imbalance = \"park\"\non_no_refund = \"park\"\nopen_from = \"{days}\""));
    scene.add("wdt", "page_size = 100");
    for (number, (cause, _)) in returns {
        let other =
            StoredBill { third_bill_no: String::new(), third_src_type: String::new(), ..ours(number) };
        let there = match *cause {
            "conflict" => vec![StoredBill { customer: "C777".into(), ..other }],
            "voided" => vec![StoredBill { cancelled: true, ..ours(number) }],
            "doubled" => vec![ours(number), ours(number)],
            _ => Vec::new(),
        };
        for bill in there {
            scene.books.insert(bill);
        }
    }
    scene
}

/// The rehearsal plans to the cent what is due, and says of everything else why not; `false` where nobody can read it.
fn planned_as_due(scene: &Scene, returns: &BTreeMap<String, (&'static str, MockRefund)>) -> bool {
    // What 金蝶 will refuse nobody knows before it does.
    let is_written = |cause: &str| matches!(cause, "" | "missing_in_kingdee" | "refused");

    let plan = scene.folder().join("plan.xlsx");
    scene.run(&["run", "--dry-run", "--xlsx", plan.to_str().unwrap()]).exits(3);
    let Some(book) = read(&plan) else { return false };
    no_formula(&book);
    let lines = rows(&book, "单据明细");
    let mut planned: BTreeMap<String, Decimal> = BTreeMap::new();
    for row in 1..lines.len() {
        let (number, verdict) = (cell(lines, row, "退换单号"), cell(lines, row, "结论"));
        assert_eq!((number.0, verdict.0), ("s", "s"));
        if verdict.1 == "写入" {
            *planned.entry(number.1.to_owned()).or_default() += amount(cell(lines, row, "价税合计"));
        } else {
            assert!(!cell(lines, row, "原因").1.is_empty(), "{number:?}");
        }
    }
    let expected: BTreeMap<String, Decimal> = returns
        .iter()
        .filter(|(_, (cause, _))| is_written(cause))
        .map(|(number, (_, row))| (number.clone(), money(row)))
        .collect();
    assert_eq!(planned, expected);
    let shops = rows(&book, "按店铺汇总");
    assert_eq!(amount(cell(shops, shops.len() - 1, "价税合计")), expected.values().sum::<Decimal>());
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_keeps_returns_from_the_books_both_workbooks_add_up_to_the_cent() {
    let begun = tokio::time::Instant::now();
    let returns = returns();
    let scene = scene(&returns).await;
    if !planned_as_due(&scene, &returns) {
        return;
    }
    scene.settle().exits(3);
    // Some more, of which 金蝶 asks whether stock may go negative.
    let late = |n: usize| {
        let mut row = one(90_000 + n);
        row.touch(now());
        row
    };
    let (switch, late) = (Switch::on(), (0..3).map(late).collect::<Vec<_>>());
    scene.shop.world().extend(late.iter().cloned());
    scene.refuse("BatchSave", 11, "更新库存时出现可以忽略的异常数据，是否继续？", &switch, |_| {}).await;
    scene.settle().exits(3);
    let told = scene.run(&["parked", "--json"]).json();
    let parked = told["parked"].as_array().unwrap();
    let cause = |one: &Value| (word(&one["refund_no"]), word(&one["cause"]));
    let found: BTreeMap<_, _> = parked.iter().map(cause).collect();
    let late = late.iter().map(|row| (row.refund_no(), "stock".to_owned()));
    let spoiled = returns.iter().filter(|(_, (cause, _))| !cause.is_empty());
    let spoiled = spoiled.map(|(number, (cause, _))| (number.clone(), (*cause).to_owned()));
    assert_eq!(found, spoiled.chain(late).collect(), "each waits for its own cause");

    // People at work in 金蝶, and one who decides.
    let good: Vec<_> = returns.iter().filter(|(_, (cause, _))| cause.is_empty()).map(|(no, _)| no).collect();
    let cent = Decimal::new(1, 2);
    scene.books.edit(good[0], |bill| {
        bill.lines[0].all_amount -= cent;
        bill.all_amount -= cent;
    });
    scene.books.remove(good[1]);
    scene.books.void(good[2]);
    scene.books.insert(StoredBill { lines: ours("TX1").lines, ..ours("TX1") });
    let ignored = returns.iter().find(|(_, (cause, _))| *cause == "quantity_gap").unwrap().0;
    scene.run(&["decide", ignored, "--as", "ignored", "--note", "=1+1 客户自提"]).exits(0);

    let file = scene.folder().join("reconcile.xlsx");
    let (from, to) = ((now() - TimeDelta::days(7)).date().to_string(), now().date().to_string());
    let period = ["reconcile", "--from", &from, "--to", &to, "--xlsx", file.to_str().unwrap()];
    scene.run(&period).exits(3);
    let book = read(&file).unwrap();
    no_formula(&book);
    let sums = rows(&book, "汇总");
    let last = sums.len() - 1;
    let total = |title: &str| amount(cell(sums, last, title));
    let money_titles: Vec<String> = sums[0].as_array().unwrap()[5..]
        .iter()
        .map(|head| word(&head[1]))
        .filter(|title| {
            !title.ends_with('数') && !["已写入", "待处理", "跨月移入", "已决定"].contains(&title.as_str())
        })
        .collect();
    for title in &money_titles {
        assert_eq!(total(title), sum(sums, title, last), "{title}");
    }
    // 金蝶's own books under our numbers, without what is voided there.
    let stands = |bill: &&StoredBill| !bill.cancelled;
    let bills = scene.books.bills();
    let booked: Decimal =
        bills.iter().filter(stands).flat_map(|bill| &bill.lines).map(|line| line.all_amount).sum();
    assert_eq!(total("金蝶价税合计"), booked);
    // The returns themselves, as far as they say when they were settled.
    let dated = |cause: &str| !matches!(cause, "no_date" | "unreadable");
    let all = returns.values().filter(|(cause, _)| dated(cause)).map(|(_, row)| money(row)).sum::<Decimal>();
    let more: Decimal = (0..3).map(|n| money(&one(90_000 + n))).sum();
    assert_eq!(total("退款"), all + more);
    assert_eq!(total("未解释"), Decimal::ZERO);
    let explained: Decimal = money_titles[money_titles.iter().position(|title| title == "缺单").unwrap()..]
        .iter()
        .map(|title| total(title))
        .sum();
    assert_eq!(total("退款") - total("金蝶价税合计"), explained + total("决定差额"));

    // The journal's: what waits. Of what does not add up it has the head's sum, and the sheet the lines'.
    let imbalance = Cause::Imbalance.title();
    let waiting = rows(&book, "待处理");
    let mut sheet: BTreeMap<&str, Decimal> = BTreeMap::new();
    for row in 1..waiting.len() - 1 {
        *sheet.entry(cell(waiting, row, "原因").1).or_default() += amount(cell(waiting, row, "退款金额"));
    }
    assert!(sheet.len() >= CAUSES.len() + TAKEN.len() - 2, "{sheet:?}");
    let of_heads = returns.values().filter(|(cause, _)| *cause == "imbalance").map(|(_, row)| money(row));
    assert_eq!(sheet.remove(&*imbalance.zh), Some(of_heads.sum()));
    let journal = scene.run(&["parked", "--json"]).json();
    let journal = journal["parked"].as_array().unwrap().iter();
    let journal = journal.filter(|one| dated(&word(&one["cause"])) && word(&one["cause"]) != "imbalance");
    let journal = journal.map(|one| cents(word(&one["amount"]).parse().unwrap()));
    assert_eq!(sheet.values().sum::<Decimal>(), journal.sum::<Decimal>());
    let decided = rows(&book, "已决定");
    assert_eq!(cell(decided, 1, "原因"), ("s", "=1+1 客户自提"));
    assert_eq!(amount(cell(decided, decided.len() - 1, "退款金额")), money(&returns[ignored].1));
    println!("{} returns in {:.1?}", size(), begun.elapsed());
}
