//! The head of the bill: number, dates, organisations, customer, note.

use std::collections::BTreeMap;

use refund_sync::mapping::rules::{ClosedPeriod, CustomerFrom, DateField, OpenFrom};
use refund_sync::mapping::table::Table;
use refund_sync::mapping::{Flag, Rules, map};

use super::sample::{causes, d, day, line, mapped, plain, refund, row, rules, table_of, time};

#[test]
fn a_plain_return_becomes_a_bill() {
    let mapped = mapped(&plain(), &rules());
    let bill = &mapped.bill;
    assert_eq!((bill.number.as_str(), bill.refund_no.as_str()), ("TK2611200031", "TK2611200031"));
    assert_eq!((bill.bill_type.as_str(), bill.return_type.as_str()), ("XSTHD01_SYS", "THLX01_SYS"));
    assert_eq!((bill.date, bill.moved_from), (day("2026-11-20"), None));
    assert_eq!((bill.customer.as_str(), bill.currency.as_str()), ("C001", "PRE001"));
    assert_eq!([&bill.sale_org, &bill.settle_org, &bill.stock_org, &bill.owner_org], ["100"; 4]);
    assert_eq!(bill.head_note, "2611200001234567 9081726354 JY202611180031");
    assert_eq!(bill.amount(), d("119.80"));
    assert_eq!((mapped.flags, mapped.left_out), (vec![], 0));
    assert_eq!(mapped.original_date, day("2026-11-20"));
}

#[test]
fn the_prefix_stands_before_the_number_and_the_refund_number_stays_bare() {
    let rules = Rules { bill_no_prefix: "WDT-".into(), ..rules() };
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.number.as_str(), bill.refund_no.as_str()), ("WDT-TK2611200031", "TK2611200031"));
}

#[test]
fn the_first_time_present_gives_the_date() {
    let mut refund = plain();
    refund.check_time = Some(time("2026-11-19 23:59:59"));
    assert_eq!(mapped(&refund, &rules()).bill.date, day("2026-11-19"));
}

#[test]
fn modified_gives_the_date_only_where_it_is_named() {
    let mut refund = plain();
    refund.finish_time = None;
    assert_eq!(causes(&refund, &rules()), ["no_date"]);
    let mut rules = rules();
    rules.date_from.push(DateField::Modified);
    assert_eq!(mapped(&refund, &rules).bill.date, day("2026-11-21"));
}

#[test]
fn a_fixed_date_is_not_asked_again() {
    let mut refund = plain();
    refund.finish_time = Some(time("2026-12-31 00:00:00"));
    let mapped = map(&refund, &rules(), Some(day("2026-11-20"))).unwrap();
    assert_eq!((mapped.bill.date, mapped.original_date), (day("2026-11-20"), day("2026-11-20")));
}

#[test]
fn a_closed_date_moves_to_the_first_open_day_and_the_note_keeps_it() {
    let mut rules = rules();
    rules.open_from = Some(OpenFrom::Day(day("2026-12-01")));
    rules.closed_period = ClosedPeriod::Move;
    let mapped = mapped(&plain(), &rules);
    assert_eq!(mapped.bill.date, day("2026-12-01"));
    assert_eq!(mapped.bill.moved_from, Some(day("2026-11-20")));
    assert_eq!(mapped.original_date, day("2026-11-20"));
    assert!(
        mapped.bill.head_note.starts_with("原日期 2026-11-20 2611200001234567"),
        "{}",
        mapped.bill.head_note
    );
    assert_eq!(mapped.flags, [Flag::MovedDate { from: day("2026-11-20"), to: day("2026-12-01") }]);
    let again = map(&plain(), &rules, Some(mapped.original_date)).unwrap();
    assert_eq!(again, mapped, "the fixed date gives the same bill");
}

#[test]
fn the_first_open_day_itself_is_open() {
    let mut rules = rules();
    rules.open_from = Some(OpenFrom::Day(day("2026-11-20")));
    assert_eq!(mapped(&plain(), &rules).bill.date, day("2026-11-20"));
}

#[test]
fn periods_close_by_the_warehouse_s_organisation() {
    let mut rules = rules();
    rules.open_from = Some(OpenFrom::ByOrg(BTreeMap::from([("101.2".into(), day("2026-12-01"))])));
    assert_eq!(mapped(&plain(), &rules).bill.date, day("2026-11-20"), "100 has no row and is open");
    rules.warehouses = table_of("warehouses", "WH01", row("CK01", &[("stock_org", "101.2")]));
    assert_eq!(causes(&plain(), &rules), ["closed_period"]);
}

#[test]
fn the_warehouse_decides_stock_and_owner_organisation() {
    let mut rules = rules();
    rules.warehouses = table_of("warehouses", "WH01", row("CK01", &[("stock_org", "101.2")]));
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.stock_org.as_str(), bill.owner_org.as_str()), ("101.2", "101.2"));
    rules.warehouses =
        table_of("warehouses", "WH01", row("CK01", &[("stock_org", "101.2"), ("owner_org", "001")]));
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.stock_org.as_str(), bill.owner_org.as_str()), ("101.2", "001"));
    assert_eq!((bill.sale_org.as_str(), bill.lines[0].stock.as_str()), ("100", "CK01"));
}

#[test]
fn the_shop_decides_sale_and_settle_organisation_and_a_shop_without_a_row_has_the_defaults() {
    let mut rules = rules();
    rules.orgs = Some(table_of("orgs", "S001", row("", &[("sale_org", "102"), ("settle_org", "")])));
    let bill = mapped(&plain(), &rules).bill;
    assert_eq!((bill.sale_org.as_str(), bill.settle_org.as_str()), ("102", "100"));
    rules.orgs = Some(table_of("orgs", "S999", row("", &[("sale_org", "102")])));
    assert_eq!(mapped(&plain(), &rules).bill.sale_org, "100");
}

#[test]
fn a_shop_whose_organisation_rows_leave_a_gap_on_that_day_is_refused() {
    let mut rules = rules();
    let mut later = row("", &[("sale_org", "102")]);
    later.valid_from = Some(day("2026-12-01"));
    rules.orgs = Some(table_of("orgs", "S001", later));
    assert_eq!(causes(&plain(), &rules), ["unmapped"]);
}

#[test]
fn the_customer_may_be_looked_up_by_customer_number() {
    let mut rules = rules();
    rules.customer_from = CustomerFrom::CustomerNo;
    rules.customers = Table::Identity;
    assert_eq!(mapped(&plain(), &rules).bill.customer, "KH0001");
}

#[test]
fn a_table_is_asked_as_it_stood_on_the_accounting_date() {
    let mut rules = rules();
    let mut until = row("C-OLD", &[]);
    until.valid_to = Some(day("2026-11-20"));
    let mut from = row("C-NEW", &[]);
    from.valid_from = Some(day("2026-11-21"));
    rules.customers = Table::Rows {
        name: "customers".into(),
        default: None,
        origin: "inline".into(),
        rows: BTreeMap::from([("S001".into(), vec![until, from])]),
    };
    assert_eq!(mapped(&plain(), &rules).bill.customer, "C-OLD");
    let mut later = plain();
    later.finish_time = Some(time("2026-11-21 00:00:00"));
    assert_eq!(mapped(&later, &rules).bill.customer, "C-NEW");
}

#[test]
fn the_note_names_each_number_once_and_nothing_the_firewall_refuses() {
    let mut refund = plain();
    refund.tid = "A1,B2;A1，<b>C'3--4---5\"</b>".into();
    refund.src_no = "B2".into();
    refund.sales_tid = "\u{7}JY1".into();
    assert_eq!(mapped(&refund, &rules()).bill.head_note, "A1 B2 bC3-4-5/b JY1");
}

#[test]
fn the_note_ends_at_200_characters_with_a_whole_number() {
    let mut refund = plain();
    refund.tid = (0..40).map(|index| format!("单{index:08}")).collect::<Vec<_>>().join(",");
    let note = mapped(&refund, &rules()).bill.head_note;
    assert_eq!(note.chars().count(), 199, "20 numbers of 9 characters and 19 spaces: {note}");
    assert!(note.ends_with("单00000019"), "{note}");
    refund.tid = "单".repeat(200);
    assert_eq!(mapped(&refund, &rules()).bill.head_note, refund.tid, "characters, not bytes");
}

#[test]
fn refund_minus_goods_is_a_figure_and_no_fault() {
    let mut refund = plain();
    refund.goods_amount = Some(d("109.80"));
    let mapped = mapped(&refund, &rules());
    assert_eq!((mapped.refund_minus_goods, mapped.flags), (Some(d("10")), vec![]));
}

#[test]
fn an_unconfirmed_amount_is_flagged() {
    let mut refund = refund(vec![line("TS", "1", "1.00")]);
    refund.return_mask = 4 | 16;
    assert_eq!(mapped(&refund, &rules()).flags, [Flag::AmountUnconfirmed]);
}
