//! Goods by their stock-ins: which warehouse, batch and quality, how a line is split, and that no cent or piece is lost.

use std::collections::BTreeMap;

use proptest::prelude::*;
use refund_sync::mapping::refusal::{LineRef, StockinGoods};
use refund_sync::mapping::rules::{DateField, OnQuantityGap, QuantityFrom, ShelfLife};
use refund_sync::mapping::table::Table;
use refund_sync::mapping::{Flag, Refusal, Rules, cents, map};
use refund_sync::model::{Arrival, Stockin};
use refund_sync::model::{Return, ReturnLine};
use rust_decimal::Decimal;

use super::sample::{causes, d, day, line, mapped, plain, refund, refused, row, rules, time};

/// The rules with stock-ins read: WH01, WH02 and WH03, of which the last has a place for 残品.
fn joining() -> Rules {
    let rows = [
        ("WH01", row("CK01", &[])),
        ("WH02", row("CK02", &[])),
        ("WH03", row("CK03", &[("defect_to", "CK03-D")])),
        ("WH09", row("CK09", &[("stock_org", "200")])),
    ];
    let rows = rows.into_iter().map(|(from, row)| (from.to_owned(), vec![row])).collect();
    Rules {
        joins_stockins: true,
        lots: true,
        warehouses: Table::Rows { name: "warehouses".into(), origin: "inline".into(), rows, default: None },
        ..rules()
    }
}

fn arrival(order_id: &str, num: &str) -> Arrival {
    Arrival {
        order_id: order_id.into(),
        oid: String::new(),
        spec_no: "TS-BLK-L".into(),
        num: Some(d(num)),
        batch_no: String::new(),
        ..Arrival::default()
    }
}

fn stockin(warehouse_no: &str, arrivals: Vec<Arrival>) -> Stockin {
    Stockin {
        stockin_no: format!("RK-{warehouse_no}"),
        warehouse_no: warehouse_no.into(),
        stockin_time: None,
        check_time: Some(time("2026-11-19 16:00:00")),
        faults: Vec::new(),
        arrivals,
        trimmed: Vec::new(),
    }
}

/// The plain return of two pieces with these stock-ins.
fn arrived(stockins: Vec<Stockin>) -> Return {
    Return { stockins, ..plain() }
}

fn at() -> LineRef {
    LineRef { index: 0, spec_no: "TS-BLK-L".into() }
}

#[test]
fn a_return_without_a_stock_in_is_refused_and_that_is_all_there_is_to_say() {
    let mut rules = joining();
    rules.date_from = vec![DateField::CheckTime];
    assert_eq!(refused(&plain(), &rules), [Refusal::NoStockin]);
}

#[test]
fn a_stock_in_that_cannot_be_read_is_named_with_its_faults() {
    let broken = Stockin { faults: vec!["num is \"x\"".into()], ..stockin("WH01", vec![]) };
    let refusals = refused(&arrived(vec![broken]), &joining());
    assert_eq!(refusals[0].cause(), "unreadable_stockin");
    assert!(refusals[0].to_string().contains("RK-WH01") && refusals[0].to_string().contains("num"));
}

#[test]
fn goods_that_are_on_no_line_are_refused_by_number_spec_and_quantity() {
    let other = stockin("WH01", vec![arrival("51001", "2"), arrival("59999", "3")]);
    let goods = vec![StockinGoods {
        stockin_no: "RK-WH01".into(),
        spec_no: "TS-BLK-L".into(),
        quantity: Some(d("3")),
    }];
    let unjoined = Refusal::UnjoinedStockin { goods };
    assert_eq!(refused(&arrived(vec![other]), &joining()), [unjoined]);
    let nothing = stockin("WH01", vec![arrival("51001", "2"), arrival("59999", "0")]);
    mapped(&arrived(vec![nothing]), &joining());
}

#[test]
fn a_detail_without_a_line_id_joins_by_its_sku_if_only_one_line_has_it() {
    let mut refund = arrived(vec![stockin("WH02", vec![arrival("", "2")])]);
    assert_eq!(mapped(&refund, &joining()).bill.lines[0].stock, "CK02");
    refund.lines.push(ReturnLine { order_id: "51002".into(), ..line("TS-BLK-L", "0", "0") });
    assert_eq!(causes(&refund, &joining())[0], "unjoined_stockin");
}

/// Three lines of two pieces, the first two of one oid.
fn three_lines(arrivals: Vec<Arrival>) -> Return {
    let sold = |order_id: &str, oid: &str, spec_no: &str| ReturnLine {
        order_id: order_id.into(),
        oid: oid.into(),
        ..line(spec_no, "2", "10.00")
    };
    let lines = vec![sold("1", "P1", "A"), sold("2", "P1", "B"), sold("3", "P2", "A")];
    Return { stockins: vec![stockin("WH02", arrivals)], ..refund(lines) }
}

/// Two pieces of `spec_no` for the line with `oid`.
fn by_oid(oid: &str, spec_no: &str) -> Arrival {
    Arrival { oid: oid.into(), spec_no: spec_no.into(), ..arrival("", "2") }
}

#[test]
fn a_detail_without_a_line_id_joins_by_its_oid_and_by_its_sku_where_lines_share_the_oid() {
    let refund = three_lines(vec![by_oid("P2", "A"), by_oid("P1", "B"), by_oid("P1", "A")]);
    let bill = mapped(&refund, &joining()).bill;
    assert!(bill.lines.iter().all(|line| line.stock == "CK02" && line.quantity == d("2")));
    // The oid alone, where it is one line's.
    let refund = three_lines(vec![by_oid("P2", ""), by_oid("P1", "B"), by_oid("P1", "A")]);
    mapped(&refund, &joining());
    // An oid of no line says nothing: the SKU has to.
    let refund = three_lines(vec![by_oid("P9", "B"), by_oid("P2", "A"), by_oid("P1", "A")]);
    mapped(&refund, &joining());
}

#[test]
fn goods_that_could_be_of_several_lines_are_one_reason_that_names_them_all() {
    let refund = three_lines(vec![by_oid("", "A"), by_oid("", "B"), by_oid("P1", ""), by_oid("", "A")]);
    let refusals = refused(&refund, &joining());
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    assert_eq!(refusals[0].cause(), "unjoined_stockin");
    for text in [refusals[0].to_string(), refusals[0].chinese()] {
        assert!(text.contains("RK-WH02") && text.matches('A').count() == 2, "{text}");
    }
}

#[test]
fn stock_ins_that_name_no_quantity_are_one_reason_and_not_one_for_each_line() {
    let uncounted = |order_id: &str| Arrival { num: None, ..arrival(order_id, "0") };
    let refund = three_lines(vec![uncounted("1"), uncounted("2"), uncounted("3")]);
    for from in [QuantityFrom::RefundNum, QuantityFrom::StockinNum] {
        let rules = Rules { quantity_from: from, ..joining() };
        let refusals = refused(&refund, &rules);
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert_eq!(refusals[0].cause(), "uncounted_stockin");
        assert!(refusals[0].to_string().contains("num") && refusals[0].to_string().contains("goods_count"));
    }
}

#[test]
fn blanks_that_were_cut_are_noted_with_their_fields() {
    let refund = Return { trimmed: vec!["refund_no".into(), "spec_no".into()], ..plain() };
    let note = Flag::Trimmed { fields: vec!["refund_no".into(), "spec_no".into()] };
    assert_eq!(mapped(&refund, &rules()).flags, [note]);
    let mut refund = arrived(vec![stockin("WH01", vec![arrival("51001", "2")])]);
    refund.stockins[0].trimmed = vec!["warehouse_no".into()];
    assert_eq!(mapped(&refund, &joining()).flags[0].kind(), "trimmed");
}

#[test]
fn fewer_or_more_pieces_than_asked_back_follow_the_rule_for_gaps() {
    for num in ["1", "3"] {
        let refund = arrived(vec![stockin("WH01", vec![arrival("51001", num)])]);
        let gap = Refusal::QuantityGap { line: at(), asked: d("2"), arrived: d(num) };
        assert_eq!(refused(&refund, &joining()), [gap]);
        for (from, policy) in [
            (QuantityFrom::RefundNum, OnQuantityGap::Flag),
            (QuantityFrom::RefundNum, OnQuantityGap::UseStockin),
            (QuantityFrom::StockinNum, OnQuantityGap::Flag),
        ] {
            let rules = Rules { quantity_from: from, on_quantity_gap: policy, ..joining() };
            let mapped = mapped(&refund, &rules);
            let entry = &mapped.bill.lines[0];
            assert_eq!((entry.quantity, entry.must_quantity), (d(num), d("2")), "what is there is written");
            assert_eq!(mapped.bill.amount(), d("119.80"), "the refund is the refund");
            assert_eq!(mapped.flags, [Flag::QuantityGap { line: at(), asked: d("2"), arrived: d(num) }]);
        }
    }
}

#[test]
fn a_bad_quantity_of_a_stock_in_is_named() {
    let negative = arrived(vec![stockin("WH01", vec![arrival("51001", "-2")])]);
    assert!(causes(&negative, &joining()).contains(&"bad_quantity"));
    let none = Arrival { num: None, ..arrival("51001", "0") };
    let missing = arrived(vec![stockin("WH01", vec![none])]);
    assert_eq!(causes(&missing, &joining()), ["uncounted_stockin"]);
}

#[test]
fn warehouses_of_several_organisations_make_no_bill() {
    let refund = arrived(vec![
        stockin("WH01", vec![arrival("51001", "1")]),
        stockin("WH09", vec![arrival("51001", "1")]),
    ]);
    let orgs = vec!["100".into(), "200".into()];
    assert_eq!(refused(&refund, &joining()), [Refusal::SeveralOrgs { orgs }]);
}

#[test]
fn the_actual_warehouse_decides_place_and_organisation_and_the_expected_one_is_not_asked() {
    let mut refund = arrived(vec![stockin("WH09", vec![arrival("51001", "2")])]);
    refund.warehouse_no = "WH-unknown".into();
    let bill = mapped(&refund, &joining()).bill;
    assert_eq!((bill.lines[0].stock.as_str(), bill.stock_org.as_str()), ("CK09", "200"));
}

#[test]
fn a_line_is_split_by_warehouse_batch_and_quality_and_its_cents_follow_its_pieces() {
    let batch = Arrival { batch_no: "B7".into(), ..arrival("51001", "1") };
    let broken = Arrival { defective: true, ..arrival("51001", "1") };
    let mut refund = refund(vec![line("TS-BLK-L", "6", "100.00")]);
    refund.stockins = vec![
        stockin("WH02", vec![arrival("51001", "1")]),
        stockin("WH03", vec![arrival("51001", "1"), batch, broken, arrival("51001", "2")]),
    ];
    let mapped = mapped(&refund, &joining());
    let parts: Vec<_> = mapped
        .bill
        .lines
        .iter()
        .map(|entry| {
            (entry.stock.as_str(), entry.lot.as_deref(), entry.quantity, entry.must_quantity, entry.amount)
        })
        .collect();
    let one = d("1");
    assert_eq!(
        parts,
        [
            ("CK02", None, one, one, d("16.67")),
            ("CK03", None, d("3"), d("3"), d("50.00")),
            ("CK03", Some("B7"), one, one, d("16.67")),
            ("CK03-D", None, one, one, d("16.66")),
        ]
    );
    assert_eq!(mapped.flags, []);
}

#[test]
fn without_lots_batches_stand_together() {
    let batch = |name: &str| Arrival { batch_no: name.into(), ..arrival("51001", "1") };
    let refund = arrived(vec![stockin("WH01", vec![batch("B1"), batch("B2")])]);
    let bill = mapped(&refund, &Rules { lots: false, ..joining() }).bill;
    assert_eq!((bill.lines.len(), bill.lines[0].lot.as_deref()), (1, None));
}

/// A batch with its days.
fn dated(batch: &str, num: &str, produced: &str, expires: &str) -> Arrival {
    let (produced, expires) = (Some(day(produced)), Some(day(expires)));
    Arrival { batch_no: batch.into(), produced, expires, ..arrival("51001", num) }
}

#[test]
fn days_go_with_the_lots_of_materials_that_are_managed_by_shelf_life_and_with_no_others() {
    let refund = arrived(vec![stockin("WH01", vec![dated("B1", "2", "2026-01-02", "2027-01-02")])]);
    let of = |shelf_life: ShelfLife, lots: bool| {
        let line = mapped(&refund, &Rules { shelf_life, lots, ..joining() }).bill.lines.remove(0);
        (line.produced, line.expires)
    };
    let learned = |material: &str| ShelfLife::Learned([material.to_owned()].into());
    let both = (Some(day("2026-01-02")), Some(day("2027-01-02")));
    assert_eq!(of(learned("TS-BLK-L"), true), both);
    assert_eq!(of(ShelfLife::All, true), both);
    for (shelf_life, lots) in [
        (learned("OTHER"), true),
        (ShelfLife::None, true),
        (learned("TS-BLK-L"), false),
        (ShelfLife::All, false),
    ] {
        assert_eq!(of(shelf_life, lots), (None, None));
    }
}

#[test]
fn pieces_of_other_days_stand_apart_only_where_the_days_are_written() {
    let old = dated("B1", "1", "2026-01-02", "2027-01-02");
    let new = dated("B1", "1", "2026-03-04", "2027-03-04");
    let refund = arrived(vec![stockin("WH01", vec![old, new])]);
    let entries = |shelf_life: ShelfLife| {
        let bill = mapped(&refund, &Rules { shelf_life, ..joining() }).bill;
        assert_eq!(bill.amount(), d("119.80"));
        bill.lines.iter().map(|line| (line.quantity, line.produced)).collect::<Vec<_>>()
    };
    assert_eq!(entries(ShelfLife::None), [(d("2"), None)]);
    assert_eq!(
        entries(ShelfLife::All),
        [(d("1"), Some(day("2026-01-02"))), (d("1"), Some(day("2026-03-04")))]
    );
}

#[test]
fn each_entry_has_the_serial_numbers_of_its_own_pieces_or_none() {
    let named = |num: &str, serials: &[&str]| Arrival {
        serials: serials.iter().map(|serial| (*serial).to_owned()).collect(),
        ..arrival("51001", num)
    };
    let serials = |arrivals: Vec<Arrival>, amount: &str| {
        let pieces: rust_decimal::Decimal = arrivals.iter().filter_map(|arrival| arrival.num).sum();
        let mut refund = refund(vec![line("TS-BLK-L", &pieces.to_string(), amount)]);
        refund.stockins = vec![stockin("WH01", arrivals)];
        let rules = Rules { serials_from: Some("sn_list".into()), price_scale: 2, ..joining() };
        let done = mapped(&refund, &rules);
        (done.bill.lines.iter().map(|line| line.serials.join(" ")).collect::<Vec<_>>(), done.notes)
    };
    // 10.00 for three pieces at two decimals: two entries, of two pieces and of one.
    let (dealt, notes) = serials(vec![named("1", &["S1"]), named("2", &["S2", "S3"])], "10.00");
    assert_eq!((dealt, notes.len()), (vec!["S1 S2".to_owned(), "S3".to_owned()], 0));
    let (dealt, notes) = serials(vec![named("2", &["S1"])], "10.00");
    assert_eq!(dealt, [""]);
    assert!(notes[0].contains("1 serial numbers for 2 pieces"), "{notes:?}");
    let without = Rules { serials_from: None, ..joining() };
    let refund = arrived(vec![stockin("WH01", vec![named("2", &["S1", "S2"])])]);
    assert!(mapped(&refund, &without).bill.lines[0].serials.is_empty());
}

#[test]
fn defective_goods_stand_where_and_how_defect_to_says() {
    let broken = || Arrival { defective: true, ..arrival("51001", "1") };
    for (defect_to, stock, status) in [
        ("CK01-D", "CK01-D", None),
        ("status:KCZT02_SYS", "CK01", Some("KCZT02_SYS")),
        ("CK01-D status:KCZT02_SYS", "CK01-D", Some("KCZT02_SYS")),
    ] {
        let row = row("CK01", &[("defect_to", defect_to)]);
        let warehouses = super::sample::table_of("warehouses", "WH01", row);
        let rules = Rules { warehouses, ..joining() };
        let done = mapped(&arrived(vec![stockin("WH01", vec![broken(), arrival("51001", "1")])]), &rules);
        let places: Vec<_> =
            done.bill.lines.iter().map(|line| (line.stock.as_str(), line.stock_status.as_deref())).collect();
        assert_eq!(places, [(stock, status), ("CK01", None)], "{defect_to}");
        assert_eq!(done.flags, []);
    }
}

#[test]
fn defective_goods_without_a_place_of_their_own_stand_with_the_others_and_are_flagged() {
    let broken = Arrival { defective: true, ..arrival("51001", "2") };
    let mapped = mapped(&arrived(vec![stockin("WH01", vec![broken])]), &joining());
    assert_eq!(mapped.bill.lines[0].stock, "CK01");
    assert_eq!(mapped.flags, [Flag::Defective { line: at(), quantity: d("2") }]);
}

#[test]
fn a_part_that_gets_no_cent_is_free_and_the_line_is_not() {
    let mut refund = refund(vec![line("TS-BLK-L", "2", "0.01")]);
    refund.stockins =
        vec![stockin("WH01", vec![arrival("51001", "1")]), stockin("WH02", vec![arrival("51001", "1")])];
    let bill = mapped(&refund, &joining()).bill;
    let free: Vec<_> = bill.lines.iter().map(|entry| (entry.amount, entry.free.is_some())).collect();
    assert_eq!(free, [(d("0.01"), false), (d("0.00"), true)]);
}

#[test]
fn the_last_stock_in_gives_the_date_where_the_return_has_no_check_time() {
    let first = stockin("WH01", vec![arrival("51001", "1")]);
    let last = Stockin {
        check_time: Some(time("2026-11-22 09:00:00")),
        ..stockin("WH02", vec![arrival("51001", "1")])
    };
    let mut refund = arrived(vec![last, first]);
    assert_eq!(mapped(&refund, &joining()).bill.date, day("2026-11-22"));
    refund.check_time = Some(time("2026-11-18 09:00:00"));
    assert_eq!(mapped(&refund, &joining()).bill.date, day("2026-11-18"));
}

#[test]
fn where_stock_ins_are_not_read_those_of_the_journal_change_nothing() {
    let refund = arrived(vec![stockin("WH02", vec![arrival("51001", "1")])]);
    assert_eq!(mapped(&refund, &rules()), mapped(&plain(), &rules()));
}

/// Lines of whole pieces, and where each piece went: warehouse, batch, quality.
fn scattered() -> impl Strategy<Value = Return> {
    let place = || (0..3_usize, 0..2_usize, any::<bool>());
    let one = (prop::collection::vec((place(), 1..40_i64), 1..6), 0..2_000_000_i64);
    prop::collection::vec(one, 1..6).prop_map(|lines| {
        let mut stockins = ["WH01", "WH02", "WH03"].map(|warehouse| stockin(warehouse, vec![]));
        let mut bare = Vec::new();
        for (index, (parts, amount)) in lines.into_iter().enumerate() {
            let order_id = format!("6{index:04}");
            let pieces: i64 = parts.iter().map(|(_, pieces)| pieces).sum();
            for ((warehouse, batch, defective), pieces) in parts {
                stockins[warehouse].arrivals.push(Arrival {
                    order_id: order_id.clone(),
                    batch_no: ["", "B1"][batch].into(),
                    defective,
                    num: Some(pieces.into()),
                    ..arrival("", "1")
                });
            }
            let amount = Decimal::new(amount, 2).to_string();
            bare.push(ReturnLine { order_id, ..line("TS-BLK-L", &pieces.to_string(), &amount) });
        }
        Return { stockins: stockins.into(), ..refund(bare) }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn no_piece_and_no_cent_is_lost_however_a_return_is_scattered(refund in scattered()) {
        let rules = joining();
        let mapped = match map(&refund, &rules, None) {
            Ok(mapped) => mapped,
            Err(refusals) => {
                prop_assert!(refusals.iter().all(|refusal| refusal.cause() == "no_price"), "{refusals:?}");
                return Ok(());
            }
        };
        prop_assert_eq!(Some(mapped.bill.amount()), refund.refund_amount);
        let mut expected: BTreeMap<(usize, &str, Option<&str>), Decimal> = BTreeMap::new();
        for stockin in &refund.stockins {
            for arrival in &stockin.arrivals {
                let source = refund.lines.iter().position(|line| line.order_id == arrival.order_id).unwrap();
                let stock = match (stockin.warehouse_no.as_str(), arrival.defective) {
                    ("WH01", _) => "CK01",
                    ("WH02", _) => "CK02",
                    (_, true) => "CK03-D",
                    (_, false) => "CK03",
                };
                let lot = Some(arrival.batch_no.as_str()).filter(|batch| !batch.is_empty());
                *expected.entry((source, stock, lot)).or_default() += arrival.num.unwrap();
            }
        }
        let mut written: BTreeMap<(usize, &str, Option<&str>), Decimal> = BTreeMap::new();
        for entry in &mapped.bill.lines {
            *written.entry((entry.source, &entry.stock, entry.lot.as_deref())).or_default() += entry.quantity;
            let off = (entry.quantity * entry.tax_price - entry.amount).abs();
            prop_assert!(off < d("0.004"), "{entry:?} is {off} off");
            prop_assert_eq!(entry.free.is_some(), entry.amount.is_zero());
        }
        prop_assert_eq!(written, expected);
        for (source, line) in refund.lines.iter().enumerate() {
            let entries = || mapped.bill.lines.iter().filter(|entry| entry.source == source);
            let must: Decimal = entries().map(|entry| entry.must_quantity).sum();
            let amount: Decimal = entries().map(|entry| entry.amount).sum();
            prop_assert_eq!((Some(must), Some(amount)), (line.refund_num, line.refund_order_amount));
        }
    }

    #[test]
    fn shared_cents_sum_exactly_and_each_is_within_a_cent_of_its_even_share(
        cents in 0..1_000_000_000_000_000_i64,
        units in prop::collection::vec((0..1_000_000_000_i64, 0..=10_u32), 1..20),
    ) {
        let quantities: Vec<_> = units.into_iter().map(|(units, scale)| Decimal::new(units, scale)).collect();
        let whole: Decimal = quantities.iter().sum();
        let Some(shares) = cents::share(cents, &quantities) else {
            prop_assert!(whole.is_zero());
            return Ok(());
        };
        prop_assert_eq!(shares.iter().sum::<i64>(), cents);
        for (share, quantity) in shares.into_iter().zip(quantities) {
            let even = Decimal::from(cents) / whole * quantity;
            prop_assert!((Decimal::from(share) - even).abs() < d("1.000001"), "{share} for {even}");
            prop_assert!(share >= 0 && (share == 0 || !quantity.is_zero()));
        }
    }
}
