//! Closing a month: refused by name while anything of it is open, and from then on its dates wait for a person or move, until
//! it is opened again with a reason.

use refund_sync::model::Month;
use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{now, plain, set_line, text};
use crate::scene::{Scene, flags, word};

fn this_month() -> Month {
    Month::of(now().date())
}

fn last_month() -> Month {
    this_month().before()
}

/// A return that was settled in the middle of last month, and read today.
fn of_last_month(refund_no: &str) -> MockRefund {
    let mut row = plain(refund_no);
    let day = last_month().first() + chrono::TimeDelta::days(14);
    row.set("finish_time", text(day.and_hms_opt(12, 0, 0).unwrap()));
    row
}

/// Another one, which shows only now.
fn late() -> MockRefund {
    let mut row = of_last_month("TK2");
    row.touch(now());
    row
}

/// A scene whose ledger begins before last month.
async fn since_long_ago(rows: impl IntoIterator<Item = MockRefund>) -> Scene {
    let scene = Scene::with(rows).await;
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let line = text.lines().find(|line| line.starts_with("start_from")).unwrap();
    scene.change(line, &format!("start_from = \"{} 00:00:00\"", last_month().first()));
    scene
}

fn month(scene: &Scene, month: Month, more: &[&str]) -> crate::scene::Done {
    scene.run(&[&["month", &month.to_string()], more].concat())
}

#[tokio::test]
async fn a_month_that_is_not_over_is_not_closed_and_what_is_no_month_is_told() {
    let scene = since_long_ago([plain("TK1")]).await;
    scene.settle().exits(0);
    month(&scene, this_month(), &["--close"]).exits(3).complains(&["fully read to"]);
    scene.run(&["month", "2026-13"]).exits(2).complains(&["2026-11"]);
    month(&scene, this_month(), &["--reopen"]).exits(3).complains(&["why it is opened again"]);
    month(&scene, this_month(), &["--reopen", "--note", "x"]).exits(3).complains(&["was not closed here"]);
}

#[tokio::test]
async fn a_month_with_something_open_is_not_closed_and_what_is_open_is_named_with_its_money() {
    let mut bad = of_last_month("TK5");
    set_line(&mut bad, "stockin_num", "1.0000");
    let scene = since_long_ago([of_last_month("TK1"), bad]).await;
    scene.settle().exits(3);
    month(&scene, last_month(), &["--close"]).exits(3).complains(&["TK5", "¥ 119.80", "need attention"]);
    let told = month(&scene, last_month(), &["--json"]).exits(3).json();
    let told = &told["pipelines"][0];
    assert_eq!((told["may_close"].as_bool(), &told["closed"]), (Some(false), &serde_json::Value::Null));
    assert_eq!(told["why"][0]["cause"], "parked");
    let shop = &told["shops"]["S001"];
    assert_eq!(
        (shop["written"]["count"].as_u64(), word(&shop["written"]["yuan"])),
        (Some(1), "119.80".into())
    );
    assert_eq!((shop["parked"]["count"].as_u64(), word(&shop["parked"]["yuan"])), (Some(1), "119.80".into()));
    assert_eq!(told["parked"][0]["refund_no"], "TK5");
    // Every list has it on that day, though it changed today.
    let day = word(&told["parked"][0]["date"]);
    let parked = scene.run(&["parked", "--json"]).exits(3).json();
    assert_eq!(word(&parked["parked"][0]["date"]), day, "{parked}");
    assert_eq!(word(&scene.run(&["find", "TK5", "--json"]).exits(0).json()["matches"][0]["date"]), day);

    // Decided, nothing is open any more.
    scene.run(&["decide", "TK5", "--as", "ignored", "--note", "客户自提"]).exits(0);
    let told = month(&scene, last_month(), &["--close", "--by", "财务", "--json"]).exits(0).json();
    let told = &told["pipelines"][0];
    assert_eq!((told["done"].as_bool(), word(&told["closed"]["by"])), (Some(true), "财务".into()));
    assert_eq!(word(&told["open_from"]), this_month().first().to_string());
    assert_eq!(told["shops"]["S001"]["decided"]["count"], 1);
    month(&scene, last_month(), &["--close"]).exits(3).complains(&["财务"]);
}

#[tokio::test]
async fn what_comes_late_for_a_closed_month_waits_for_a_person_until_the_month_is_opened_again() {
    let scene = since_long_ago([plain("TK1")]).await;
    scene.settle().exits(0);
    let close = ["--close", "--by", "财务", "--note", "盘点后关账"];
    month(&scene, last_month(), &close).exits(0).says(&["is closed"]);
    month(&scene, last_month(), &[]).exits(0).says(&["closed · 财务", "盘点后关账"]);
    let rules = |scene: &Scene, number: &str| word(&scene.why(number)["date"]);
    scene.shop.world().push(late());
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK2"].0, "closed_period");
    // It is open in this month, with its own one.
    let told = month(&scene, this_month(), &["--json"]).json();
    assert_eq!(told["pipelines"][0]["parked"][0]["month"], last_month().to_string());

    month(&scene, last_month(), &["--reopen", "--note", "漏记一张", "--by", "主管"]).exits(0);
    scene.settle().exits(0);
    assert_eq!(scene.bills(&["TK1", "TK2"])[1].date, last_month().first() + chrono::TimeDelta::days(14));
    assert_eq!(rules(&scene, "TK2"), (last_month().first() + chrono::TimeDelta::days(14)).to_string());
}

#[tokio::test]
async fn what_comes_late_moves_by_policy_and_is_shown_with_its_original_month() {
    let scene = since_long_ago([plain("TK1")]).await;
    scene.add("mapping", "closed_period = \"move\"");
    scene.settle().exits(0);
    month(&scene, last_month(), &["--close"]).exits(0);
    scene.shop.world().push(late());
    scene.settle().exits(0);
    assert_eq!(scene.bills(&["TK1", "TK2"])[1].date, this_month().first());
    let told = month(&scene, this_month(), &["--json"]).json();
    let told = &told["pipelines"][0];
    assert_eq!(told["late"][0]["refund_no"], "TK2");
    assert_eq!(told["late"][0]["month"], last_month().to_string());
    assert_eq!(told["shops"]["S001"]["late"]["count"], 1);
}

/// Takes a yuan from the return, or gives it back.
fn amounts_to(scene: &Scene, amount: &str) {
    scene.shop.world().edit("TK1", |row| {
        set_line(row, "refund_order_amount", amount);
        row.set("refund_amount", amount);
        row.touch(now());
    });
}

#[tokio::test]
async fn a_return_that_changes_after_its_month_was_closed_is_noticed_and_so_is_that_it_changes_back() {
    for closed_period in ["park", "move"] {
        let scene = since_long_ago([of_last_month("TK1")]).await;
        scene.add("mapping", &format!("closed_period = \"{closed_period}\""));
        scene.settle().exits(0);
        month(&scene, last_month(), &["--close"]).exits(0);
        amounts_to(&scene, "118.8000");
        scene.settle().exits(3);
        assert_eq!(flags(&scene.why("TK1")), ["changed"], "{closed_period}");
        let [from, to] = [last_month().first(), now().date()].map(|day| day.to_string());
        let told = scene.run(&["reconcile", "--from", &from, "--to", &to, "--json"]).exits(3).json();
        let finding = &told["pipelines"][0]["findings"][0];
        assert_eq!((word(&finding["kind"]), word(&finding["due"])), ("altered".into(), "118.80".into()));
        amounts_to(&scene, "119.8000");
        scene.settle().exits(0);
        assert!(flags(&scene.why("TK1")).is_empty(), "{closed_period}");
    }
}

#[tokio::test]
async fn close_day_closes_the_month_before_by_itself() {
    let scene = since_long_ago([of_last_month("TK1")]).await;
    // On the first of a month at the latest.
    scene.add("mapping", "close_day = 1");
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "closed_period");
    let told = month(&scene, last_month(), &["--json"]).exits(3).json();
    let report = &told["pipelines"][0];
    assert_eq!((&report["closed"], &report["closed_by_rules"]), (&serde_json::Value::Null, &true.into()));
    month(&scene, last_month(), &["--lang", "zh"]).exits(3).says(&["已按规则自动关账", "1 张待处理"]);

    // Booked on the first open day it is of this month for every list, and of its own for itself.
    scene.run(&["decide", "TK1", "--as", "open-day"]).exits(0);
    let day = scene.bills(&["TK1"])[0].date.to_string();
    assert_eq!(scene.why("TK1")["date"], day.as_str());
    let found = scene.run(&["find", "TK1", "--json"]).exits(0).json();
    assert_eq!(found["matches"][0]["date"], day.as_str(), "{found}");
}

#[tokio::test]
async fn what_was_decided_stays_in_its_month_once_that_is_closed() {
    let mut bad = of_last_month("TK5");
    set_line(&mut bad, "stockin_num", "1.0000");
    let scene = since_long_ago([of_last_month("TK1"), bad]).await;
    scene.settle().exits(3);
    scene.run(&["decide", "TK5", "--as", "ignored", "--note", "客户自提"]).exits(0);
    month(&scene, last_month(), &["--close"]).exits(0);
    let (from, to) = (last_month().first().to_string(), last_month().last().to_string());
    let told = scene.run(&["reconcile", "--from", &from, "--to", &to, "--by", "shop,month", "--json"]);
    let told = told.exits(0).json();
    let rows = told["pipelines"][0]["sheet"].as_array().unwrap();
    assert_eq!((rows.len(), word(&rows[0]["month"])), (1, last_month().to_string()), "{told}");
    assert_eq!(rows[0]["decided"]["ignored"], 1, "{told}");
    let next = scene.run(&[
        "reconcile",
        "--from",
        &this_month().first().to_string(),
        "--to",
        &now().date().to_string(),
        "--json",
    ]);
    assert_eq!(next.exits(0).json()["pipelines"][0]["due"], 0);
}

#[tokio::test]
async fn a_month_that_was_read_in_part_says_so_and_tells_the_money_of_what_is_not_in_scope() {
    let mut left_out = of_last_month("TK7");
    left_out.set("type", 4);
    let scene = since_long_ago([of_last_month("TK1"), left_out]).await;
    let text = std::fs::read_to_string(scene.config()).unwrap();
    let line = text.lines().find(|line| line.starts_with("start_from")).unwrap();
    let day = last_month().first() + chrono::TimeDelta::days(9);
    scene.change(line, &format!("start_from = \"{day} 06:00:00\""));
    scene.settle().exits(0);
    let told = month(&scene, last_month(), &["--json"]).exits(0).json();
    let told = &told["pipelines"][0];
    assert_eq!(
        (told["may_close"].as_bool(), word(&told["notes"][0]["cause"])),
        (Some(true), "began_within".into())
    );
    month(&scene, last_month(), &[]).exits(0).says(&["note:", &format!("{day} 06:00:00")]);
    let this = month(&scene, this_month(), &["--json"]).exits(3).json();
    let shop = &this["pipelines"][0]["shops"]["S001"];
    assert_eq!(
        (shop["filtered"].as_u64(), word(&shop["filtered_yuan"])),
        (Some(1), "119.80".into()),
        "{this}"
    );
}

#[tokio::test]
async fn a_month_before_the_ledger_begins_is_not_closed() {
    let scene = since_long_ago([plain("TK1")]).await;
    scene.settle().exits(0);
    let before = last_month().before();
    month(&scene, before, &["--close"]).exits(3).complains(&["reading began at"]);
    let told = month(&scene, before, &["--json"]).exits(3).json();
    assert_eq!(told["pipelines"][0]["why"][0]["cause"], "before_ledger");
}
