//! The entries: quantities, materials, tax, free goods, what is left out.

use refund_sync::mapping::Flag;
use refund_sync::mapping::refusal::LineRef;
use refund_sync::mapping::rules::{
    AmountFrom, BalanceAgainst, MaterialFrom, OnQuantityGap, QuantityFrom, TaxRate,
};
use refund_sync::mapping::table::Table;
use refund_sync::model::Free;

use super::sample::{causes, d, line, mapped, plain, refund, rules, table};

fn at(index: usize, spec_no: &str) -> LineRef {
    LineRef { index, spec_no: spec_no.into() }
}

#[test]
fn an_entry_has_its_line_s_material_quantity_price_tax_and_warehouse() {
    let bill = mapped(&plain(), &rules()).bill;
    let [entry] = bill.lines.as_slice() else { panic!("one line, one entry: {:?}", bill.lines) };
    assert_eq!((entry.source, entry.material.as_str(), entry.stock.as_str()), (0, "TS-BLK-L", "CK01"));
    assert_eq!((entry.quantity, entry.must_quantity), (d("2"), d("2")));
    assert_eq!((entry.tax_price, entry.amount), (d("59.9"), d("119.80")));
    assert_eq!((entry.free, entry.tax_rate, entry.unit.as_deref()), (None, Some(d("13")), None));
    assert_eq!(entry.amount.to_string(), "119.80", "two decimals, always");
    assert_eq!(entry.quantity.to_string(), "2", "no trailing zeros: equal returns give equal bytes");
}

#[test]
fn lines_keep_their_order() {
    let refund = refund(vec![line("B", "1", "1"), line("A", "1", "2"), line("B", "1", "3")]);
    let bill = mapped(&refund, &rules()).bill;
    let order: Vec<_> = bill.lines.iter().map(|entry| (entry.source, entry.material.as_str())).collect();
    assert_eq!(order, [(0, "B"), (1, "A"), (2, "B")]);
}

#[test]
fn the_material_may_be_the_goods_number_and_the_unit_may_be_named() {
    let mut rules = rules();
    rules.material_from = MaterialFrom::GoodsNo;
    rules.unit = Some("Pcs".into());
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.lines[0].material.as_str(), bill.lines[0].unit.as_deref()), ("TS", Some("Pcs")));
}

#[test]
fn the_tax_rate_may_come_from_the_material_or_be_left_to_kingdee() {
    let mut rules = rules();
    rules.tax_rate = TaxRate::ByMaterial(table("tax_rate", &[("TS-BLK-L", "9.00")]));
    assert_eq!(mapped(&plain(), &rules).bill.lines[0].tax_rate, Some(d("9")));
    rules.tax_rate = TaxRate::Kingdee;
    assert_eq!(mapped(&plain(), &rules).bill.lines[0].tax_rate, None);
}

#[test]
fn a_line_of_nothing_is_left_out_and_counted_even_without_a_known_material() {
    let mut rules = rules();
    rules.materials = table("materials", &[("A", "M-A")]);
    let mapped = mapped(&refund(vec![line("?", "0", "0.00"), line("A", "1", "5")]), &rules);
    assert_eq!((mapped.left_out, mapped.bill.lines.len(), mapped.bill.lines[0].source), (1, 1, 1));
}

#[test]
fn a_quantity_gap_may_be_flagged_and_both_figures_are_kept() {
    let mut refund = plain();
    refund.lines[0].stockin_num = Some(d("0"));
    let mut rules = rules();
    rules.on_quantity_gap = OnQuantityGap::Flag;
    let mapped = mapped(&refund, &rules);
    let gap = Flag::QuantityGap { line: at(0, "TS-BLK-L"), asked: d("2"), arrived: d("0") };
    assert_eq!(mapped.flags, [gap]);
    assert_eq!(mapped.bill.lines[0].quantity, d("2"));
}

#[test]
fn an_equal_stock_in_is_no_gap_whatever_its_scale() {
    let mut refund = plain();
    refund.lines[0].stockin_num = Some(d("2.00"));
    assert_eq!(mapped(&refund, &rules()).flags, []);
}

#[test]
fn use_stockin_writes_what_arrived_for_all_of_the_money() {
    let mut refund = plain();
    refund.lines[0].stockin_num = Some(d("1"));
    let mut rules = rules();
    rules.on_quantity_gap = OnQuantityGap::UseStockin;
    let bill = mapped(&refund, &rules).bill;
    let entry = &bill.lines[0];
    assert_eq!((entry.quantity, entry.must_quantity, entry.amount), (d("1"), d("2"), d("119.80")));
}

#[test]
fn quantity_from_stockin_writes_what_arrived() {
    let mut refund = plain();
    refund.lines[0].stockin_num = Some(d("3"));
    let mut rules = rules();
    rules.quantity_from = QuantityFrom::StockinNum;
    rules.on_quantity_gap = OnQuantityGap::Flag;
    let bill = mapped(&refund, &rules).bill;
    assert_eq!((bill.lines[0].quantity, bill.lines[0].must_quantity), (d("3"), d("2")));
}

#[test]
fn a_gift_is_free_and_no_fault() {
    let mut gift = line("GIFT", "1", "0");
    gift.gift_type = 1;
    gift.total_amount = Some(d("9.90"));
    let mapped = mapped(&refund(vec![line("A", "1", "5"), gift]), &rules());
    assert_eq!((mapped.bill.lines[0].free, mapped.bill.lines[1].free), (None, Some(Free::Gift)));
    assert_eq!((mapped.bill.lines[1].tax_price, mapped.flags), (d("0"), vec![]));
}

#[test]
fn goods_of_value_without_money_are_free_and_flagged() {
    let mut unpaid = line("A", "1", "0");
    unpaid.total_amount = Some(d("9.90"));
    let mapped = mapped(&refund(vec![unpaid]), &rules());
    assert_eq!(mapped.bill.lines[0].free, Some(Free::NoRefund));
    assert_eq!(mapped.flags, [Flag::NoRefund { line: at(0, "A"), value: d("9.90") }]);
}

#[test]
fn a_line_without_money_value_or_gift_mark_counts_as_a_gift() {
    let mapped = mapped(&refund(vec![line("A", "1", "0")]), &rules());
    assert_eq!((mapped.bill.lines[0].free, mapped.flags), (Some(Free::Gift), vec![]));
}

#[test]
fn a_gift_that_was_paid_for_is_a_paid_line() {
    let mut gift = line("A", "1", "3.00");
    gift.gift_type = 2;
    assert_eq!(mapped(&refund(vec![gift]), &rules()).bill.lines[0].free, None);
}

#[test]
fn an_exchange_takes_the_goods_value_and_balances_with_it() {
    let mut exchange = plain();
    exchange.kind = 3;
    exchange.lines[0].refund_order_amount = Some(d("0"));
    exchange.refund_amount = Some(d("0"));
    let mapped = mapped(&exchange, &rules());
    assert_eq!((mapped.bill.amount(), mapped.flags), (d("119.80"), vec![]));
    exchange.goods_amount = Some(d("100"));
    let flags = super::sample::mapped(&exchange, &rules()).flags;
    let imbalance = Flag::Imbalance { against: "goods_amount".into(), head: d("100"), lines: d("119.80") };
    assert_eq!(flags, [imbalance]);
}

#[test]
fn the_goods_value_may_be_written_for_every_type() {
    let mut refund = plain();
    refund.lines[0].total_amount = Some(d("120"));
    refund.goods_amount = Some(d("120"));
    let mut rules = rules();
    rules.amount_from = AmountFrom::TotalAmount;
    let mapped = mapped(&refund, &rules);
    assert_eq!((mapped.bill.amount(), mapped.flags), (d("120.00"), vec![]));
}

#[test]
fn an_imbalance_is_flagged_and_the_bill_has_the_lines_sum() {
    let mut refund = plain();
    refund.refund_amount = Some(d("129.80"));
    let mapped = mapped(&refund, &rules());
    assert_eq!(mapped.bill.amount(), d("119.80"));
    let imbalance =
        Flag::Imbalance { against: "refund_amount".into(), head: d("129.80"), lines: d("119.80") };
    assert_eq!(mapped.flags, [imbalance]);
}

#[test]
fn the_balance_may_ask_another_figure_or_none() {
    let mut refund = plain();
    refund.refund_amount = Some(d("1"));
    let mut rules = rules();
    rules.balance_against = BalanceAgainst::ActualRefundAmount;
    assert_eq!(mapped(&refund, &rules).flags, []);
    rules.balance_against = BalanceAgainst::GoodsAmount;
    assert_eq!(mapped(&refund, &rules).flags, []);
    rules.balance_against = BalanceAgainst::None;
    refund.actual_refund_amount = Some(d("-1"));
    assert_eq!(mapped(&refund, &rules).flags, []);
}

#[test]
fn a_head_without_the_figure_is_flagged_as_unchecked() {
    let mut refund = plain();
    refund.refund_amount = None;
    let mapped = mapped(&refund, &rules());
    assert_eq!(mapped.flags, [Flag::Unbalanced { against: "refund_amount".into() }]);
    assert_eq!(mapped.refund_minus_goods, None);
}

#[test]
fn identity_does_not_map_an_empty_number() {
    let mut rules = rules();
    rules.materials = Table::Identity;
    assert_eq!(causes(&refund(vec![line("", "1", "1")]), &rules), ["no_key"]);
}

#[test]
fn flags_survive_the_journal() {
    let mut refund = plain();
    refund.return_mask = 16;
    refund.refund_amount = Some(d("0.07"));
    refund.lines[0].stockin_num = Some(d("1.5"));
    let mut rules = rules();
    rules.on_quantity_gap = OnQuantityGap::Flag;
    let flags = mapped(&refund, &rules).flags;
    let text = serde_json::to_string(&flags).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Flag>>(&text).unwrap(), flags);
    for flag in &flags {
        assert!(text.contains(&format!(r#""kind":"{}""#, flag.kind())), "{text}");
        assert!(!flag.to_string().is_empty() && !flag.chinese().is_empty());
    }
    assert_eq!(flags.len(), 3);
}
