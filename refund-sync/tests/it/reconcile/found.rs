//! What is named, and what is not.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::json;

use super::{days, ours};
use crate::returns::{now, plain, set_line, text};
use crate::scene::Scene;

#[track_caller]
fn is(scene: &Scene, expected: &[(&str, &str)]) {
    let found = scene.differences();
    let found: Vec<_> = found.iter().map(|(number, (kind, _))| (number.as_str(), kind.as_str())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn days_in_the_wrong_order_or_no_days_are_refused() {
    let scene = Scene::with([]).await;
    scene.run(&["reconcile", "--from", "2026-11-02", "--to", "2026-11-01"]).exits(2).complains(&["before"]);
    scene.run(&["reconcile", "--from", "2026-11-02"]).exits(2);
    scene.run(&["reconcile", "--from", "yesterday", "--to", "2026-11-01"]).exits(2).complains(&["no day"]);
    scene.run(&["reconcile", "--from", "2026-11-02", "--to", "2026-11-03", "--by", "year"]).exits(2);
}

#[tokio::test]
async fn a_system_that_does_not_answer_fails_the_comparison_and_names_no_difference() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.change("65f0c0ffee0001", "65f0c0ffee9999");
    scene.reconcile(&[]).exits(1).complains(&["金蝶"]);
    scene.reconcile(&["--fix"]).exits(1);
    assert!(scene.books.bills().is_empty());
}

#[tokio::test]
async fn after_a_run_nothing_differs_and_comparing_writes_nothing() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    let life = scene.why("TK1");
    scene.reconcile(&[]).exits(0).says(&["due 2", "equal 2", "Nothing differs"]);
    assert_eq!(scene.why("TK1"), life);
    assert_eq!(scene.arrivals_of("TK1"), 1);
}

#[tokio::test]
async fn without_a_journal_both_systems_are_compared_all_the_same() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.books.insert(ours("TK1"));
    is(&scene, &[("TK2", "missing")]);
}

#[tokio::test]
async fn a_bill_that_bears_the_mark_is_there_although_todays_rules_make_none_and_number_it_otherwise() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    std::fs::remove_file(scene.database()).unwrap();
    scene.change("S001 = \"C001\"", "S009 = \"C001\"");
    scene.add("mapping", "bill_no_prefix = \"P-\"");
    scene.settle().exits(3);
    is(&scene, &[("TK1", "altered"), ("TK2", "altered")]);
    // Nor does a decision make it disappear: what is not to be booked stands in the books.
    scene.run(&["decide", "TK1", "--as", "ignored", "--note", "x"]).exits(0);
    let found = scene.differences();
    assert_eq!(found["TK1"].0, "extra", "{found:?}");
}

#[tokio::test]
async fn every_kind_is_named_with_its_figures_and_the_equal_ones_are_not() {
    let returns: Vec<_> = (1..=9).map(|n| plain(&format!("TK{n}"))).collect();
    let scene = Scene::with(returns).await;
    scene.settle().exits(0);
    scene.books.remove("TK1");
    scene.books.void("TK2");
    scene.books.edit("TK3", |bill| bill.lines[0].all_amount -= Decimal::new(1, 2));
    scene.books.edit("TK4", |bill| bill.lines[0].qty = Decimal::ONE);
    scene.books.edit("TK5", |bill| bill.customer = "C777".into());
    scene.books.edit("TK6", |bill| bill.date -= TimeDelta::days(40));
    scene.books.insert(ours("TK7"));
    scene.books.insert(ours("TK-nobody"));
    scene.shop.world().push(plain("TKnew"));
    is(
        &scene,
        &[
            ("TK-nobody", "extra"),
            ("TK1", "removed"),
            ("TK2", "voided"),
            ("TK3", "altered"),
            ("TK4", "altered"),
            ("TK5", "altered"),
            ("TK6", "other_period"),
            ("TK7", "doubled"),
            ("TKnew", "missing"),
        ],
    );
    let all = scene.differences();
    for (number, words) in [
        ("TK3", &["2 × = 119.8", "2 × = 119.79"][..]),
        ("TK4", &["1 × = 119.8"]),
        ("TK5", &["C001", "C777"]),
        ("TK6", &["date"]),
        ("TKnew", &["never read"]),
    ] {
        for word in words {
            assert!(all[number].1.contains(word), "{word} is not in {}", all[number].1);
        }
    }
    scene.reconcile(&[]).exits(3).says(&["due 10", "equal 2", "missing: TKnew"]);
}

#[tokio::test]
async fn a_confirmed_bill_whose_status_went_backwards_or_is_not_known_is_named_and_nothing_is_sent() {
    let numbers = ["TK1", "TK2", "TK3", "TK4", "TK5"];
    let scene = Scene::with(numbers.map(plain)).await;
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(0);
    is(&scene, &[]);
    for (number, status) in [("TK1", 'D'), ("TK2", 'A'), ("TK3", 'B'), ("TK4", 'X')] {
        scene.books.edit(number, |bill| bill.document_status = status);
    }
    let named = [("TK1", "status"), ("TK2", "status"), ("TK3", "status"), ("TK4", "status")];
    is(&scene, &named);
    let all = scene.differences();
    for (number, word) in [("TK1", "D 重新审核"), ("TK2", "A 创建"), ("TK3", "B 审核中"), ("TK4", "X")]
    {
        let said = &all[number].1;
        assert!(said.contains("C 已审核") && said.contains(word), "{said}");
    }
    scene.reconcile(&[]).exits(3).says(&["status: TK1", "equal 1"]);
    let life = scene.why("TK1");
    scene.settle().exits(0);
    assert_eq!(scene.why("TK1"), life, "comparing and running change nothing");
    for number in numbers {
        assert_eq!(scene.arrivals_of(number), 1);
    }
    assert_eq!(scene.books.counts().calls["Submit"], 1);
}

#[tokio::test]
async fn whatever_people_do_with_a_bill_that_was_only_saved_is_theirs_until_it_is_taken_back() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    for status in ['B', 'C'] {
        scene.books.edit("TK1", |bill| bill.document_status = status);
        is(&scene, &[]);
    }
    scene.books.edit("TK1", |bill| bill.document_status = 'D');
    is(&scene, &[("TK1", "status")]);
}

#[tokio::test]
async fn bills_that_were_saved_before_finish_was_raised_are_no_difference() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.add("kingdee", "finish = \"audit\"");
    is(&scene, &[]);
}

#[tokio::test]
async fn bills_of_which_not_one_can_be_seen_are_a_matter_of_rights_and_none_is_called_removed() {
    let scene = Scene::with([plain("TK1"), plain("TK2"), plain("TK3")]).await;
    scene.settle().exits(0);
    scene.books.set_blind(true);
    for more in [&[][..], &["--fix"]] {
        let done = scene.reconcile(more).exits(1).complains(&["right to query", "3 bills"]);
        assert!(!done.out.contains("removed"), "{}", done.out);
    }
    assert!(scene.parked().is_empty());
    scene.books.set_blind(false);
    is(&scene, &[]);
    // One that is gone among others that are seen was deleted.
    scene.books.remove("TK1");
    scene.books.remove("TK2");
    is(&scene, &[("TK1", "removed"), ("TK2", "removed")]);
}

#[tokio::test]
async fn an_answer_about_other_bills_than_asked_fails_the_comparison_and_names_no_difference() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    scene
        .answer("ExecuteBillQuery", |request| {
            let asked: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
            let keys = asked["data"]["FieldKeys"].as_str().unwrap().split(',').count();
            let mut row = vec![json!(null); keys];
            (row[0], row[1]) = (json!(7), json!("XSTHD000007"));
            wiremock::ResponseTemplate::new(200).set_body_json(json!([row]))
        })
        .await;
    for more in [&[][..], &["--fix"]] {
        scene.reconcile(more).exits(1).complains(&["XSTHD000007", "other bills than asked"]);
    }
    assert!(scene.parked().is_empty());
}

#[tokio::test]
async fn a_parked_return_is_missing_with_the_cause_it_was_parked_for() {
    let mut unmapped = plain("TK2");
    unmapped.set("shop_no", "S999");
    let scene = Scene::with([plain("TK1"), unmapped]).await;
    scene.settle().exits(3);
    is(&scene, &[("TK2", "missing")]);
    assert!(scene.differences()["TK2"].1.contains("unmapped"));
}

#[tokio::test]
async fn a_return_that_was_reversed_makes_its_bill_one_too_many_unless_that_is_voided() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.settle().exits(0);
    for number in ["TK1", "TK2"] {
        scene.shop.world().edit(number, |row| row.set("process_status", "20"));
    }
    scene.books.void("TK2");
    is(&scene, &[("TK1", "extra")]);
    assert!(scene.differences()["TK1"].1.contains("20"));
}

#[tokio::test]
async fn a_return_that_changed_after_the_sync_is_altered() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.shop.world().edit("TK1", |row| set_line(row, "refund_order_amount", "100.0000"));
    is(&scene, &[("TK1", "altered")]);
    assert!(scene.differences()["TK1"].1.contains("changed in 旺店通"));
}

#[tokio::test]
async fn tables_that_changed_after_the_sync_are_no_difference() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    scene.change("S001 = \"C001\"", "S001 = \"C002\"");
    is(&scene, &[]);
}

#[tokio::test]
async fn bills_of_others_are_counted_and_not_listed() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.settle().exits(0);
    for number in ["XSTHD000001", "XSTHD000002"] {
        let mut bill = ours(number);
        (bill.third_bill_no, bill.third_src_type) = (String::new(), "other-tool".into());
        scene.books.insert(bill);
    }
    scene.reconcile(&[]).exits(0).says(&["not ours 2"]);
}

#[tokio::test]
async fn a_prefix_makes_a_bill_ours_even_without_its_mark() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("mapping", "bill_no_prefix = \"WDT-\"");
    scene.settle().exits(0);
    is(&scene, &[]);
    let mut bill = ours("WDT-TK9");
    (bill.third_bill_no, bill.third_src_type) = (String::new(), String::new());
    scene.books.insert(bill);
    is(&scene, &[("TK9", "extra")]);
}

#[tokio::test]
async fn the_bills_of_another_pipeline_are_not_ours() {
    let mut other = plain("TK2");
    other.set("shop_no", "S002");
    let scene = Scene::with([plain("TK1"), other]).await;
    let config = std::fs::read_to_string(scene.config()).unwrap();
    let pipeline = config.split_once("[[pipeline]]").unwrap().1;
    let second = pipeline.replace("\"main\"", "\"second\"").replace("S001 = \"C001\"", "S002 = \"C002\"");
    scene.add("wdt", "shop_nos = [\"S001\"]");
    let first = std::fs::read_to_string(scene.config()).unwrap();
    let second = second.replace("[pipeline.wdt]\n", "[pipeline.wdt]\nshop_nos = [\"S002\"]\n");
    std::fs::write(scene.config(), format!("{first}\n[[pipeline]]{second}")).unwrap();
    scene.settle().exits(0);
    let answer = scene.reconcile(&["--json"]).exits(0).json();
    for pipeline in answer["pipelines"].as_array().unwrap() {
        assert_eq!((&pipeline["due"], &pipeline["others"]), (&json!(1), &json!(1)), "{pipeline}");
    }
}

#[tokio::test]
async fn a_return_booked_by_another_date_than_its_settlement_is_found_by_the_journal() {
    let mut early = plain("TK1");
    early.set("check_time", text(now() - TimeDelta::hours(2)));
    early.set("finish_time", text(now() - TimeDelta::days(20)));
    let scene = Scene::with([early]).await;
    scene.settle().exits(0);
    scene.reconcile(&[]).exits(0).says(&["due 1", "equal 1"]);
    // And without the journal its bill leads to it.
    std::fs::remove_file(scene.database()).unwrap();
    scene.reconcile(&[]).exits(0).says(&["due 1", "equal 1"]);
}

#[tokio::test]
async fn the_list_of_differences_is_a_sheet_too() {
    let scene = Scene::with([plain("TK1"), plain("TK2")]).await;
    scene.books.insert(ours("TK1"));
    let file = scene.folder().join("differences.csv");
    scene.reconcile(&["--csv", file.to_str().unwrap()]).exits(3);
    let csv = std::fs::read_to_string(&file).unwrap();
    assert!(csv.starts_with('\u{feff}'));
    let rows: Vec<_> = csv.lines().collect();
    assert_eq!(rows.len(), 2);
    assert!(rows[1].starts_with("main,missing,TK2,TK2,,S001,"), "{csv}");
    let nowhere = scene.folder().join("no/such/folder.csv");
    scene.reconcile(&["--csv", nowhere.to_str().unwrap()]).exits(1).complains(&["cannot write"]);
}

#[tokio::test]
async fn the_json_is_the_documented_shape() {
    let scene = Scene::with([plain("TK1")]).await;
    let answer = scene.reconcile(&["--json"]).exits(3).json();
    let [from, to] = days();
    assert_eq!((&answer["from"], &answer["to"]), (&json!(from), &json!(to)));
    let date = (now() - TimeDelta::hours(2)).date().to_string();
    assert_eq!(
        answer["pipelines"][0],
        json!({
            "pipeline": "main", "due": 1, "equal": 0, "decided": 0, "others": 0, "differences": { "missing": 1 },
            "unproven": [], "lines_compared": true,
            "findings": [{
                "kind": "missing", "refund_no": "TK1", "bill_no": "TK1", "fid": null, "shop_no": "S001",
                "tid": "2611200001234567", "date": date, "due": "119.80", "booked": null, "points": [], "why": "never read", "why_zh": "没有读取过",
            }],
        })
    );
}
