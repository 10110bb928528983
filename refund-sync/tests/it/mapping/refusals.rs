//! Bad input, row by row: parked by name, with the figures.

use refund_sync::mapping::Refusal;
use refund_sync::mapping::refusal::LineRef;
use refund_sync::mapping::rules::{ClosedPeriod, FlagOrPark, OnQuantityGap, OpenFrom, QuantityFrom, TaxRate};
use refund_sync::mapping::table::Table;
use refund_sync::model::{Return, ReturnLine};
use rust_decimal::Decimal;

use super::sample::{causes, d, day, line, plain, refund, refused, row, rules, table, table_of};

/// Line 1 of a plain return, changed.
fn with(change: impl FnOnce(&mut ReturnLine)) -> Return {
    let mut refund = plain();
    change(&mut refund.lines[0]);
    refund.refund_amount = refund.lines[0].refund_order_amount;
    refund
}

fn at(index: usize) -> LineRef {
    LineRef { index, spec_no: "TS-BLK-L".into() }
}

#[test]
fn a_number_that_the_firewall_would_stop_is_parked_before_it_stops_everything() {
    for number in ["TK'1", "TK\"1", "<TK1>", "TK;1", "TK--1"] {
        let mut refund = plain();
        refund.refund_no = number.to_owned();
        assert_eq!(refused(&refund, &rules()), [Refusal::UnsafeNumber { number: number.to_owned() }]);
    }
}

#[test]
fn a_return_without_a_number() {
    let mut refund = plain();
    refund.refund_no = " ".into();
    assert_eq!(refused(&refund, &rules()), [Refusal::NoRefundNo]);
}

#[test]
fn a_number_of_more_than_80_characters() {
    let mut refund = plain();
    refund.refund_no = "退".repeat(80);
    assert_eq!(super::sample::mapped(&refund, &rules()).bill.number, refund.refund_no);
    refund.refund_no.push('1');
    let number = refund.refund_no.clone();
    assert_eq!(refused(&refund, &rules()), [Refusal::NumberTooLong { number, length: 81 }]);
}

#[test]
fn no_lines() {
    assert_eq!(refused(&refund(vec![]), &rules()), [Refusal::NoLines]);
}

#[test]
fn only_lines_of_nothing() {
    let nothing = refund(vec![line("A", "0", "0"), line("B", "0.0000", "0.00")]);
    assert_eq!(refused(&nothing, &rules()), [Refusal::NothingLeft { left_out: 2 }]);
}

#[test]
fn quantity_zero_with_an_amount() {
    let refund = with(|line| line.refund_num = Some(d("0")));
    let refusal = Refusal::QuantityZeroWithAmount { line: at(0), amount: d("119.80") };
    assert_eq!(refused(&refund, &rules()), [refusal]);
}

#[test]
fn nothing_arrived_but_money_went_back() {
    let refund = with(|line| line.stockin_num = Some(d("0")));
    let mut rules = rules();
    rules.on_quantity_gap = OnQuantityGap::UseStockin;
    assert_eq!(causes(&refund, &rules), ["quantity_zero_with_amount"]);
}

#[test]
fn anything_negative() {
    let negative = Some(d("-1"));
    let bad = |field: &'static str| Refusal::BadQuantity { line: at(0), field: field.into(), value: d("-1") };
    let money =
        |line, field: &'static str| Refusal::NegativeAmount { line, field: field.into(), amount: d("-1") };
    let table = [
        (with(|line| line.refund_num = negative), bad("refund_num")),
        (with(|line| line.stockin_num = negative), bad("stockin_num")),
        (with(|line| line.refund_order_amount = negative), money(Some(at(0)), "refund_order_amount")),
        (with(|line| line.total_amount = negative), money(Some(at(0)), "total_amount")),
    ];
    for (refund, refusal) in table {
        assert_eq!(refused(&refund, &rules()), [refusal]);
    }
    let mut refund = plain();
    refund.refund_amount = negative;
    assert_eq!(refused(&refund, &rules()), [money(None, "refund_amount")]);
}

#[test]
fn a_missing_quantity() {
    let missing = |field: &'static str| Refusal::MissingQuantity { line: at(0), field: field.into() };
    let refund = with(|line| line.refund_num = None);
    assert_eq!(refused(&refund, &rules()), [missing("refund_num")]);
    let mut rules = rules();
    rules.quantity_from = QuantityFrom::StockinNum;
    assert_eq!(refused(&plain(), &rules), [missing("stockin_num")]);
}

#[test]
fn an_amount_that_is_missing_or_no_number() {
    let refund = with(|line| line.refund_order_amount = None);
    let refusal = Refusal::MissingAmount { line: at(0), field: "refund_order_amount".into() };
    assert_eq!(refused(&refund, &rules()), [refusal]);
    let mut exchange = with(|line| line.total_amount = None);
    exchange.kind = 3;
    assert_eq!(causes(&exchange, &rules()), ["missing_amount"]);
}

#[test]
fn a_quantity_gap_names_both_figures() {
    for arrived in ["0", "1", "2.0001", "3"] {
        let refund = with(|line| line.stockin_num = Some(d(arrived)));
        let refusal = Refusal::QuantityGap { line: at(0), asked: d("2"), arrived: d(arrived) };
        assert_eq!(refused(&refund, &rules()), [refusal]);
    }
}

#[test]
fn no_accounting_date_names_what_was_asked() {
    let mut refund = plain();
    refund.finish_time = None;
    let refusal = Refusal::NoDate { asked: vec!["check_time".into(), "finish_time".into()] };
    assert_eq!(refused(&refund, &rules()), [refusal]);
}

#[test]
fn a_date_in_a_closed_period() {
    let mut rules = rules();
    rules.open_from = Some(OpenFrom::Day(day("2026-12-01")));
    rules.closed_period = ClosedPeriod::Park;
    let refusal = Refusal::ClosedPeriod { date: day("2026-11-20"), open_from: day("2026-12-01") };
    assert_eq!(refused(&plain(), &rules), [refusal]);
}

#[test]
fn a_total_no_price_reproduces() {
    let refund = refund(vec![line("TS-BLK-L", "20000", "0.01")]);
    let refusal = Refusal::NoPrice { line: at(0), quantity: d("20000"), amount: d("0.01"), scale: 6 };
    assert_eq!(refused(&refund, &rules()), [refusal]);
}

#[test]
fn figures_too_large_or_too_fine_to_be_right_to_the_cent() {
    let limit = d("10000000000000");
    for amount in [limit, Decimal::MAX, d("0.00000000001")] {
        let refund = with(|line| {
            line.refund_order_amount = Some(amount);
            line.total_amount = None;
        });
        assert_eq!(refused(&refund, &rules()), [Refusal::AmountOutOfRange { line: Some(at(0)), amount }]);
    }
    for value in [limit, Decimal::MAX, d("0.00000000001")] {
        let refund = with(|line| line.refund_num = Some(value));
        let field = "refund_num".into();
        assert_eq!(refused(&refund, &rules()), [Refusal::BadQuantity { line: at(0), field, value }]);
    }
    let half = line("A", "1", "5000000000000");
    let refusal = Refusal::AmountOutOfRange { line: None, amount: limit };
    assert_eq!(refused(&refund(vec![half.clone(), half]), &rules()), [refusal]);
}

#[test]
fn an_imbalance_where_the_rules_park_it() {
    let mut refund = plain();
    refund.refund_amount = Some(d("119.79"));
    let mut rules = rules();
    rules.on_imbalance = FlagOrPark::Park;
    let refusal =
        Refusal::Imbalance { against: "refund_amount".into(), head: d("119.79"), lines: d("119.80") };
    assert_eq!(refused(&refund, &rules), [refusal]);
}

#[test]
fn goods_without_money_where_the_rules_park_it() {
    let refund = with(|line| line.refund_order_amount = Some(d("0")));
    let mut rules = rules();
    rules.on_no_refund = FlagOrPark::Park;
    assert_eq!(refused(&refund, &rules), [Refusal::NoRefund { line: at(0), value: d("119.80") }]);
}

#[test]
fn an_unknown_number_names_its_table_and_the_nearest() {
    let mut rules = rules();
    rules.materials =
        table("materials", &[("TS-BLK-M", "1"), ("TS-BLK-XL", "2"), ("HAT", "3"), ("TS-BLU-L", "4")]);
    let refusals = refused(&plain(), &rules);
    assert_eq!(
        refusals[0].to_string(),
        "materials (inline) has no row for TS-BLK-L, nearest: TS-BLK-M, TS-BLK-XL, TS-BLU-L"
    );
    assert_eq!(
        refusals[0].chinese(),
        "对照表 materials（inline）中没有 TS-BLK-L，相近的有 TS-BLK-M、TS-BLK-XL、TS-BLU-L"
    );
}

#[test]
fn a_number_that_does_not_hold_on_that_day_says_so() {
    let mut ended = row("C001", &[]);
    ended.valid_to = Some(day("2026-11-19"));
    let mut rules = rules();
    rules.customers = table_of("customers", "S001", ended);
    let refusals = refused(&plain(), &rules);
    assert_eq!(
        refusals[0].to_string(),
        "customers (mapping/customers.csv) has S001, but not valid on 2026-11-20 (until 2026-11-19)"
    );
}

#[test]
fn shop_warehouse_and_material_without_a_mapping_are_all_named_and_each_once() {
    let mut refund = refund(vec![line("A", "1", "1"), line("A", "1", "1"), line("B", "1", "1")]);
    refund.shop_no = "S9".into();
    refund.warehouse_no = "WH9".into();
    let mut rules = rules();
    rules.materials = table("materials", &[]);
    let keys: Vec<_> = refused(&refund, &rules)
        .into_iter()
        .map(|refusal| match refusal {
            Refusal::Unmapped { table, key, .. } => format!("{table} {key}"),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(keys, ["customers S9", "warehouses WH9", "materials A", "materials B"]);
}

#[test]
fn empty_keys_are_named_not_looked_up() {
    let mut refund = refund(vec![line("", "1", "1")]);
    refund.shop_no = String::new();
    refund.warehouse_no = " ".into();
    let mut rules = rules();
    rules.customers = Table::Identity;
    let said: Vec<_> = refused(&refund, &rules).iter().map(Refusal::to_string).collect();
    assert_eq!(
        said,
        [
            "shop_no is empty, so customers cannot be asked",
            "warehouse_no is empty, so warehouses cannot be asked",
            "line 1: spec_no is empty, so materials cannot be asked",
        ]
    );
}

#[test]
fn a_material_without_a_tax_rate() {
    let mut rules = rules();
    for found in ["", "high", "-1", "100.01"] {
        rules.tax_rate = TaxRate::ByMaterial(table("tax_rate", &[("TS-BLK-L", found)]));
        let refusal = Refusal::NoTaxRate { material: "TS-BLK-L".into(), found: found.into() };
        assert_eq!(refused(&plain(), &rules), [refusal]);
    }
    rules.tax_rate = TaxRate::ByMaterial(table("tax_rate", &[]));
    assert_eq!(causes(&plain(), &rules), ["unmapped"]);
}

#[test]
fn a_missing_date_does_not_hide_an_unknown_number_nor_blame_a_dated_one() {
    let mut refund = plain();
    refund.finish_time = None;
    refund.warehouse_no = "WH9".into();
    let mut dated = row("C001", &[]);
    dated.valid_from = Some(day("2026-01-01"));
    let mut rules = rules();
    rules.customers = table_of("customers", "S001", dated);
    assert_eq!(causes(&refund, &rules), ["no_date", "unmapped"]);
}

#[test]
fn a_refusal_survives_the_journal_under_its_cause() {
    let mut broken = refund(vec![
        line("A", "-1", "-1"),
        line("", "0", "1"),
        line("C", "1", "99999999999999"),
        line("D", "1", "1"),
    ]);
    broken.refund_no = String::new();
    broken.finish_time = None;
    broken.shop_no = "S9".into();
    broken.lines[3].stockin_num = Some(d("0.5"));
    let refusals = refused(&broken, &rules());
    let text = serde_json::to_string(&refusals).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Refusal>>(&text).unwrap(), refusals);
    for refusal in &refusals {
        assert!(text.contains(&format!(r#""cause":"{}""#, refusal.cause())), "{} in {text}", refusal.cause());
        assert!(!refusal.chinese().is_empty() && refusal.remedy().zh != refusal.remedy().en, "{refusal}");
    }
    assert!(refusals.len() >= 8, "{refusals:?}");
}
