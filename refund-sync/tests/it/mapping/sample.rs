//! A plain return and plain rules, to be changed by each test in the one point it is about.
#![allow(clippy::unwrap_used, reason = "test helpers")]

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use refund_sync::mapping::fields::FieldRules;
use refund_sync::mapping::rules::{
    AmountFrom, BalanceAgainst, ClosedPeriod, CustomerFrom, DateField, FlagOrPark, MaterialFrom,
    OnQuantityGap, QuantityFrom, ShelfLife, TaxRate,
};
use refund_sync::mapping::table::{Table, TableRow};
use refund_sync::mapping::{Mapped, Refusal, Rules, map};
use refund_sync::model::{Further, Return, ReturnLine};
use rust_decimal::Decimal;

pub(crate) fn d(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn time(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

/// The defaults of the configuration, with 13 % tax and shop S001, warehouse WH01 mapped.
pub(crate) fn rules() -> Rules {
    Rules {
        joins_stockins: false,
        lots: false,
        shelf_life: ShelfLife::None,
        serials_from: None,
        bill_type: "XSTHD01_SYS".into(),
        bill_no_prefix: String::new(),
        return_type: "THLX01_SYS".into(),
        sale_org: "100".into(),
        settle_org: "100".into(),
        stock_org: "100".into(),
        currency: "PRE001".into(),
        date_from: vec![DateField::CheckTime, DateField::FinishTime],
        quantity_from: QuantityFrom::RefundNum,
        on_quantity_gap: OnQuantityGap::Park,
        amount_from: AmountFrom::RefundOrderAmount,
        balance_against: BalanceAgainst::Auto,
        on_imbalance: FlagOrPark::Flag,
        on_no_refund: FlagOrPark::Flag,
        material_from: MaterialFrom::SpecNo,
        customer_from: CustomerFrom::ShopNo,
        price_scale: 6,
        tax_rate: TaxRate::Fixed(d("13")),
        unit: None,
        open_from: None,
        closed_period: ClosedPeriod::Park,
        close_day: None,
        closed_before: None,
        customers: table("customers", &[("S001", "C001")]),
        materials: Table::Identity,
        warehouses: table("warehouses", &[("WH01", "CK01")]),
        orgs: None,
        further: FieldRules::default(),
        version: "0123456789abcdef".into(),
    }
}

pub(crate) fn table(name: &'static str, rows: &[(&str, &str)]) -> Table {
    let rows = rows.iter().map(|(from, to)| ((*from).to_owned(), vec![row(to, &[])])).collect();
    Table::Rows { name: name.into(), origin: "inline".into(), rows, default: None }
}

/// A table of one key with one row.
pub(crate) fn table_of(name: &'static str, key: &str, row: TableRow) -> Table {
    Table::Rows {
        name: name.into(),
        default: None,
        origin: format!("mapping/{name}.csv"),
        rows: BTreeMap::from([(key.into(), vec![row])]),
    }
}

pub(crate) fn row(to: &str, columns: &[(&str, &str)]) -> TableRow {
    let columns = columns.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect();
    TableRow { to: to.into(), valid_from: None, valid_to: None, columns }
}

/// `quantity` pieces back for `amount` yuan.
pub(crate) fn line(spec_no: &str, quantity: &str, amount: &str) -> ReturnLine {
    ReturnLine {
        order_id: "51001".into(),
        oid: String::new(),
        spec_no: spec_no.into(),
        goods_no: "TS".into(),
        refund_num: Some(d(quantity)),
        stockin_num: None,
        refund_order_amount: Some(d(amount)),
        total_amount: Some(d(amount)),
        gift_type: 0,
        further: Further::new(),
    }
}

/// A finished 退货 whose head agrees with its lines.
pub(crate) fn refund(lines: Vec<ReturnLine>) -> Return {
    let refunded = lines.iter().filter_map(|line| line.refund_order_amount).sum();
    let goods = lines.iter().filter_map(|line| line.total_amount).sum();
    Return {
        refund_no: "TK2611200031".into(),
        kind: 2,
        process_status: 90,
        shop_no: "S001".into(),
        customer_no: "KH0001".into(),
        warehouse_no: "WH01".into(),
        created: None,
        modified: Some(time("2026-11-21 08:00:00")),
        finish_time: Some(time("2026-11-20 10:31:07")),
        check_time: None,
        goods_amount: Some(goods),
        refund_amount: Some(refunded),
        actual_refund_amount: Some(refunded),
        tid: "2611200001234567".into(),
        src_no: "9081726354".into(),
        sales_tid: "JY202611180031".into(),
        return_mask: 0,
        lines,
        stockins: Vec::new(),
        trimmed: Vec::new(),
        further: None,
    }
}

/// Two pieces for 119.80.
pub(crate) fn plain() -> Return {
    refund(vec![line("TS-BLK-L", "2.0000", "119.8000")])
}

pub(crate) fn mapped(refund: &Return, rules: &Rules) -> Mapped {
    map(refund, rules, None).unwrap()
}

pub(crate) fn refused(refund: &Return, rules: &Rules) -> Vec<Refusal> {
    map(refund, rules, None).unwrap_err()
}

/// The causes of the refusals, as they would be grouped.
pub(crate) fn causes(refund: &Return, rules: &Rules) -> Vec<&'static str> {
    refused(refund, rules).iter().map(|refusal| refusal.cause().as_str()).collect()
}
