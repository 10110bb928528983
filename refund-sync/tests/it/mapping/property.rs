//! What holds for every return. `PROPTEST_CASES` raises the number of cases.

use std::collections::BTreeSet;

use proptest::prelude::*;
use refund_sync::mapping::cents::deal;
use refund_sync::mapping::price::{entries, tax_price};
use refund_sync::mapping::rules::{
    AmountFrom, BalanceAgainst, FlagOrPark, OnQuantityGap, OpenFrom, QuantityFrom, TaxRate,
};
use refund_sync::mapping::{Mapped, Refusal, Rules, map};
use refund_sync::model::BillLine;
use refund_sync::model::Cause;
use refund_sync::model::{Return, ReturnLine};
use rust_decimal::Decimal;

use super::sample::{d, day, line, refund, rules, table, time};

/// The most that a product may be off.
const BOUND: Decimal = Decimal::from_parts(4, 0, 0, false, 3);

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Yuan with four decimals, from nothing to 99999999999.99, often small.
fn amount() -> impl Strategy<Value = Decimal> {
    prop_oneof![
        1 => Just(0),
        4 => 1_i64..100_000,
        2 => 1_i64..100_000_000,
        1 => 1_i64..=999_999_999_999_900,
    ]
    .prop_map(|units| Decimal::new(units, 4))
}

/// Pieces, whole or with four decimals, up to `most` whole ones.
fn quantity(most: i64) -> impl Strategy<Value = Decimal> {
    prop_oneof![
        1 => Just(Decimal::ZERO),
        4 => (1_i64..10).prop_map(Decimal::from),
        2 => (1..=most).prop_map(Decimal::from),
        2 => (1..=most * 10_000).prop_map(|units| Decimal::new(units, 4)),
    ]
}

/// A sound line: no money without goods.
fn sound_line(most: i64) -> impl Strategy<Value = ReturnLine> {
    (quantity(most), amount(), amount(), 0..3_i32).prop_map(|(quantity, amount, value, gift_type)| {
        let amount = if quantity.is_zero() { Decimal::ZERO } else { amount };
        ReturnLine {
            refund_num: Some(quantity),
            refund_order_amount: Some(amount),
            total_amount: Some(value),
            gift_type,
            ..line("A", "1", "1")
        }
    })
}

/// A sound return, whose lines add up to whole cents.
fn sound(most: i64) -> impl Strategy<Value = Return> {
    prop::collection::vec(sound_line(most), 1..9).prop_map(|mut lines| {
        let sum: Decimal = lines.iter().filter_map(|line| line.refund_order_amount).sum();
        let odd = sum % Decimal::new(1, 2);
        if !odd.is_zero() {
            let rest = Decimal::new(1, 2) - odd;
            lines.push(ReturnLine { refund_order_amount: Some(rest), ..line("B", "1", "1") });
        }
        refund(lines)
    })
}

/// Any decimal there is: every sign, size and scale.
fn any_decimal() -> impl Strategy<Value = Decimal> {
    (any::<(u32, u32, u32, bool)>(), 0..=28_u32).prop_map(|((low, middle, high, negative), scale)| {
        Decimal::from_parts(low, middle, high, negative, scale)
    })
}

fn any_figure() -> impl Strategy<Value = Option<Decimal>> {
    prop_oneof![
        1 => Just(None),
        3 => amount().prop_map(Some),
        3 => quantity(100_000).prop_map(Some),
        2 => any_decimal().prop_map(Some),
    ]
}

fn any_return() -> impl Strategy<Value = Return> {
    let key = || prop_oneof![Just("S001".to_owned()), Just("WH01".to_owned()), ".{0,12}"];
    let any_line = (any_figure(), any_figure(), any_figure(), any_figure(), any::<i32>(), key()).prop_map(
        |(refund_num, stockin_num, refund_order_amount, total_amount, gift_type, spec_no)| ReturnLine {
            spec_no,
            refund_num,
            stockin_num,
            refund_order_amount,
            total_amount,
            gift_type,
            ..line("A", "1", "1")
        },
    );
    let head =
        (".{0,90}", 1..6_i32, key(), key(), any_figure(), any_figure(), any::<i64>(), any::<bool>(), ".*");
    (head, prop::collection::vec(any_line, 0..6)).prop_map(|(head, lines)| {
        let (refund_no, kind, shop_no, warehouse_no, goods_amount, refund_amount, mask, dated, tid) = head;
        Return {
            refund_no,
            kind,
            shop_no,
            warehouse_no,
            goods_amount,
            refund_amount,
            return_mask: mask,
            finish_time: dated.then(|| time("2026-11-20 10:31:07")),
            tid,
            lines,
            ..refund(vec![])
        }
    })
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let policies = (0..3_usize, 0..3_usize, 0..5_usize, any::<[bool; 4]>(), any::<u32>(), 0..11_u32);
    policies.prop_map(|(gap, tax, balance, [stockin, value, park, open], wild, scale)| {
        let policy = if park { FlagOrPark::Park } else { FlagOrPark::Flag };
        let balances = [
            BalanceAgainst::Auto,
            BalanceAgainst::RefundAmount,
            BalanceAgainst::ActualRefundAmount,
            BalanceAgainst::GoodsAmount,
            BalanceAgainst::None,
        ];
        Rules {
            quantity_from: if stockin { QuantityFrom::StockinNum } else { QuantityFrom::RefundNum },
            on_quantity_gap: [OnQuantityGap::Park, OnQuantityGap::Flag, OnQuantityGap::UseStockin][gap],
            amount_from: if value { AmountFrom::TotalAmount } else { AmountFrom::RefundOrderAmount },
            balance_against: balances[balance],
            on_imbalance: policy,
            on_no_refund: policy,
            price_scale: if wild % 8 == 0 { wild } else { scale },
            tax_rate: [
                TaxRate::Fixed(d("13")),
                TaxRate::Kingdee,
                TaxRate::ByMaterial(table("tax_rate", &[])),
            ][tax]
                .clone(),
            open_from: open.then(|| OpenFrom::Day(day("2026-12-01"))),
            ..rules()
        }
    })
}

fn entries_of(mapped: &Mapped, source: usize) -> Vec<&BillLine> {
    mapped.bill.lines.iter().filter(|entry| entry.source == source).collect()
}

/// Everything promised of a bill, whatever the return looked like.
fn holds(refund: &Return, rules: &Rules, mapped: &Mapped) -> Result<(), TestCaseError> {
    let sources: BTreeSet<_> = mapped.bill.lines.iter().map(|entry| entry.source).collect();
    prop_assert_eq!(sources.len() + mapped.left_out, refund.lines.len(), "lines in = lines kept + left out");
    prop_assert!(mapped.bill.lines.is_sorted_by_key(|entry| entry.source));
    let splits = mapped.flags.iter().filter(|flag| flag.kind() == "split_line").count();
    prop_assert_eq!(mapped.bill.lines.len(), sources.len() + splits);
    for entry in &mapped.bill.lines {
        let off = (entry.quantity * entry.tax_price - entry.amount).abs();
        prop_assert!(off < BOUND, "{entry:?} is {off} off");
        prop_assert!(entry.tax_price.scale() <= rules.price_scale && entry.amount.scale() == 2);
        prop_assert!(entry.quantity > Decimal::ZERO && entry.amount >= Decimal::ZERO);
        prop_assert_eq!(entry.free.is_some(), entry.amount.is_zero());
    }
    for (source, line) in refund.lines.iter().enumerate() {
        let entries = entries_of(mapped, source);
        let must: Decimal = entries.iter().map(|entry| entry.must_quantity).sum();
        if !entries.is_empty() {
            prop_assert_eq!(Some(must), line.refund_num);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_sound_return_becomes_a_bill_right_to_the_cent(refund in sound(5_000)) {
        let rules = rules();
        let mapped = match map(&refund, &rules, None) {
            Ok(mapped) => mapped,
            Err(refusals) => {
                let left_out = refund.lines.len();
                prop_assert_eq!(refusals, vec![Refusal::NothingLeft { left_out }]);
                return Ok(());
            }
        };
        holds(&refund, &rules, &mapped)?;
        prop_assert_eq!(Some(mapped.bill.amount()), refund.refund_amount, "the refunded total");
        prop_assert!(mapped.flags.iter().all(|flag| flag.kind() != "imbalance"));
        for (source, line) in refund.lines.iter().enumerate() {
            let entries = entries_of(&mapped, source);
            let quantity: Decimal = entries.iter().map(|entry| entry.quantity).sum();
            let amount: Decimal = entries.iter().map(|entry| entry.amount).sum();
            let asked = line.refund_order_amount.unwrap_or_default();
            prop_assert_eq!(Some(quantity), line.refund_num, "quantities are kept");
            prop_assert!((amount - asked).abs() < d("0.01"), "line {source}: {amount} for {asked}");
        }
    }

    #[test]
    fn few_decimals_and_many_pieces_split_or_park_but_never_lose_a_cent(
        refund in sound(2_000_000),
        price_scale in 2..=10_u32,
    ) {
        let rules = Rules { price_scale, ..rules() };
        match map(&refund, &rules, None) {
            Ok(mapped) => {
                holds(&refund, &rules, &mapped)?;
                prop_assert_eq!(Some(mapped.bill.amount()), refund.refund_amount);
            }
            Err(refusals) => {
                let known = |refusal: &Refusal| matches!(refusal.cause(), Cause::NoPrice | Cause::NothingLeft);
                prop_assert!(refusals.iter().all(known), "{refusals:?}");
            }
        }
    }

    #[test]
    fn any_return_under_any_rules_maps_or_is_refused_and_always_the_same(
        refund in any_return(),
        rules in any_rules(),
    ) {
        let answer = map(&refund, &rules, None);
        prop_assert_eq!(&answer, &map(&refund, &rules, None));
        match answer {
            Ok(mapped) => {
                holds(&refund, &rules, &mapped)?;
                let again = map(&refund, &rules, Some(mapped.original_date));
                prop_assert_eq!(again.as_ref(), Ok(&mapped), "the fixed date changes nothing");
                prop_assert!(mapped.bill.head_note.chars().count() <= 200);
                prop_assert!(!mapped.bill.head_note.contains(['\'', '"', '<', '>', ';']));
                prop_assert!(!mapped.bill.head_note.contains("--"));
                let text = serde_json::to_string(&mapped).unwrap();
                prop_assert_eq!(serde_json::from_str::<Mapped>(&text).unwrap(), mapped);
            }
            Err(refusals) => {
                prop_assert!(!refusals.is_empty());
                let text = serde_json::to_string(&refusals).unwrap();
                prop_assert_eq!(serde_json::from_str::<Vec<Refusal>>(&text).unwrap(), refusals);
            }
        }
    }

    #[test]
    fn a_touched_return_maps_to_the_same_bytes(refund in sound(100), seconds in 0..1_000_000_i64) {
        let mut touched = refund.clone();
        touched.modified = touched.modified.map(|modified| modified + chrono::TimeDelta::seconds(seconds));
        for line in &mut touched.lines {
            // The same figures, written with other scales.
            line.refund_num = line.refund_num.map(|quantity| quantity.normalize());
            line.refund_order_amount = line.refund_order_amount.map(|amount| amount.normalize());
        }
        let bytes = |refund| map(refund, &rules(), None).map(|mapped| serde_json::to_vec(&mapped.bill).unwrap());
        prop_assert_eq!(bytes(&touched), bytes(&refund));
    }

    #[test]
    fn every_cause_is_named_and_no_other(faults in prop::collection::btree_set(0..FAULTS.len(), 1..FAULTS.len())) {
        let mut refund = refund(vec![line("A", "1", "1.00")]);
        let mut expected = BTreeSet::new();
        for fault in faults {
            let (cause, inject) = FAULTS[fault];
            inject(&mut refund);
            expected.insert(cause);
        }
        // What a sum or its cents would tell cannot be told without them.
        if expected.contains("missing_amount") || expected.contains("amount_out_of_range") {
            for cause in ["imbalance", "no_price"] {
                expected.remove(cause);
            }
        }
        let rules = Rules {
            materials: table("materials", &[("A", "M"), ("B", "M")]),
            balance_against: BalanceAgainst::ActualRefundAmount,
            on_imbalance: FlagOrPark::Park,
            on_no_refund: FlagOrPark::Park,
            ..rules()
        };
        refund.actual_refund_amount = refund
            .actual_refund_amount
            .map(|_| refund.lines.iter().filter_map(|line| line.refund_order_amount).sum())
            .or(Some(d("7777.77")));
        let refusals = map(&refund, &rules, None).unwrap_err();
        let named: BTreeSet<_> = refusals.iter().map(|refusal| refusal.cause().as_str()).collect();
        prop_assert_eq!(named, expected);
    }

    #[test]
    fn dealt_cents_sum_to_the_total_and_each_is_within_a_cent(amounts in prop::collection::vec(amount(), 0..40)) {
        let sum: Decimal = amounts.iter().sum();
        let Some(cents) = deal(&amounts, sum) else {
            prop_assert!(!(sum * Decimal::ONE_HUNDRED).fract().is_zero(), "whole cents can always be dealt");
            return Ok(());
        };
        prop_assert_eq!(Decimal::new(cents.iter().sum(), 2), sum);
        for (amount, cents) in amounts.iter().zip(&cents) {
            let dealt = Decimal::new(*cents, 2);
            prop_assert!((dealt - amount).abs() < d("0.01"), "{dealt} for {amount}");
            prop_assert!(!amount.is_zero() || *cents == 0, "zero stays zero");
        }
    }

    #[test]
    fn where_no_price_is_found_none_exists(units in 1..3_000_000_i64, cents in 0..100_000_i64, scale in 2..5_u32) {
        let quantity = Decimal::new(units, 2);
        let fits = |price: i64| (quantity * Decimal::new(price, scale) - Decimal::new(cents, 2)).abs() < BOUND;
        let ten = 10_i64.pow(scale);
        let floor = cents * ten / units;
        match tax_price(quantity, cents, scale) {
            Some(price) => prop_assert!((quantity * price - Decimal::new(cents, 2)).abs() < BOUND),
            None => prop_assert!(!(floor.saturating_sub(2)..floor + 3).any(fits)),
        }
        for part in entries(quantity, cents, scale).into_iter().flatten() {
            prop_assert!((part.quantity * part.price - Decimal::new(part.cents, 2)).abs() < BOUND);
        }
    }
}

type Fault = (&'static str, fn(&mut Return));

/// Faults by cause; each comes with a line of its own where it needs one.
const FAULTS: &[Fault] = &[
    ("no_refund_no", |refund| refund.refund_no.clear()),
    ("no_date", |refund| refund.finish_time = None),
    ("unmapped", |refund| refund.shop_no = "S9".into()),
    ("no_key", |refund| refund.warehouse_no.clear()),
    ("unmapped", |refund| refund.lines.push(line("?", "1", "1.00"))),
    ("missing_quantity", |refund| {
        refund.lines.push(ReturnLine { refund_num: None, ..line("B", "1", "1.00") });
    }),
    ("bad_quantity", |refund| refund.lines.push(line("B", "-2", "1.00"))),
    ("quantity_gap", |refund| {
        refund.lines.push(ReturnLine { stockin_num: Some(d("0")), ..line("B", "2", "1.00") });
    }),
    ("quantity_zero_with_amount", |refund| refund.lines.push(line("B", "0", "1.00"))),
    ("negative_amount", |refund| {
        refund.lines.push(ReturnLine { total_amount: Some(d("-1")), ..line("B", "1", "1.00") });
    }),
    ("missing_amount", |refund| {
        refund.lines.push(ReturnLine { refund_order_amount: None, ..line("B", "1", "1.00") });
    }),
    ("amount_out_of_range", |refund| refund.lines.push(line("B", "1", "10000000000000"))),
    ("no_refund", |refund| {
        refund.lines.push(ReturnLine { total_amount: Some(d("5")), ..line("B", "1", "0") });
    }),
    ("no_price", |refund| refund.lines.push(line("B", "20000", "0.01"))),
    // The test gives the head a figure of its own where this one is gone.
    ("imbalance", |refund| refund.actual_refund_amount = None),
];
