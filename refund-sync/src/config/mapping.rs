//! `[pipeline.mapping]`: reads the mapping's rules. What they mean is `crate::mapping`'s.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::json;
use toml::de::DeValue;

use super::fields::{self, Around};
use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape};
use super::table_form::percent;
use super::tables::{self, CUSTOMERS, MATERIALS, ORGS, TAX_RATES, WAREHOUSES};
use super::{time, version};
use crate::lang::{Text, both};
use crate::mapping::Rules;
use crate::mapping::rules::{
    AmountFrom, BalanceAgainst, ClosedPeriod, CustomerFrom, DateField, FlagOrPark, MaterialFrom,
    OnQuantityGap, OpenFrom, QuantityFrom, ShelfLife, TaxRate,
};

const DATE_FIELDS: [(&str, DateField); 3] = [
    ("check_time", DateField::CheckTime),
    ("finish_time", DateField::FinishTime),
    ("modified", DateField::Modified),
];
const QUANTITIES: [(&str, QuantityFrom); 2] =
    [("refund_num", QuantityFrom::RefundNum), ("stockin_num", QuantityFrom::StockinNum)];
const QUANTITY_GAPS: [(&str, OnQuantityGap); 3] = [
    ("park", OnQuantityGap::Park),
    ("flag", OnQuantityGap::Flag),
    ("use_stockin", OnQuantityGap::UseStockin),
];
const AMOUNTS: [(&str, AmountFrom); 2] =
    [("refund_order_amount", AmountFrom::RefundOrderAmount), ("total_amount", AmountFrom::TotalAmount)];
const BALANCES: [(&str, BalanceAgainst); 5] = [
    ("auto", BalanceAgainst::Auto),
    ("refund_amount", BalanceAgainst::RefundAmount),
    ("actual_refund_amount", BalanceAgainst::ActualRefundAmount),
    ("goods_amount", BalanceAgainst::GoodsAmount),
    ("none", BalanceAgainst::None),
];
const FLAG_OR_PARK: [(&str, FlagOrPark); 2] = [("flag", FlagOrPark::Flag), ("park", FlagOrPark::Park)];
const MATERIAL_KEYS: [(&str, MaterialFrom); 2] =
    [("spec_no", MaterialFrom::SpecNo), ("goods_no", MaterialFrom::GoodsNo)];
const CUSTOMER_KEYS: [(&str, CustomerFrom); 2] =
    [("shop_no", CustomerFrom::ShopNo), ("customer_no", CustomerFrom::CustomerNo)];
const LOTS: [(&str, bool); 2] = [("none", false), ("batch_no", true)];
/// What makes a rule of a choice.
type Made<T> = fn() -> T;
const SHELF_LIVES: [(&str, Made<ShelfLife>); 3] = [
    ("learned", || ShelfLife::Learned(BTreeSet::new())),
    ("all", || ShelfLife::All),
    ("none", || ShelfLife::None),
];
const CLOSED_PERIODS: [(&str, ClosedPeriod); 2] =
    [("park", ClosedPeriod::Park), ("move", ClosedPeriod::Move)];

/// Required fields come last: their `?` ends the reading, and nothing may hide behind it.
///
/// What is joined to the returns is the source's to say.
pub(super) fn read(section: &Section<'_>, stockins: bool) -> Option<Rules> {
    section.describe("tax_rate", tables::rate_schema(&TAX_RATES));
    section.describe("unit", schema::code());
    section.describe("open_from", schema::days());
    section.describe(ORGS.name, tables::table_schema(&ORGS));
    let tax_rate = tax_rate(section);
    let customers = tables::required(section, &CUSTOMERS, "{ file = \"mapping/customers.csv\" }");
    let materials = tables::required(section, &MATERIALS, "\"identity\"   # 两边编码一致");
    let warehouses = tables::required(section, &WAREHOUSES, "{ file = \"mapping/warehouses.csv\" }");
    let lots = lots(section, stockins);
    let shelf_life = shelf_life(section, lots);
    let dates = lots && shelf_life != ShelfLife::None;
    let mut rules = Rules {
        joins_stockins: stockins,
        lots,
        shelf_life,
        serials_from: serials_from(section, stockins),
        bill_type: section.text("bill_type", "XSTHD01_SYS"),
        bill_no_prefix: bill_no_prefix(section),
        return_type: section.text("return_type", "THLX01_SYS"),
        sale_org: section.code("sale_org", "100"),
        settle_org: section.code("settle_org", "100"),
        stock_org: section.code("stock_org", "100"),
        currency: section.text("currency", "PRE001"),
        date_from: date_from(section),
        quantity_from: section.choice("quantity_from", &QUANTITIES),
        on_quantity_gap: section.choice("on_quantity_gap", &QUANTITY_GAPS),
        amount_from: section.choice("amount_from", &AMOUNTS),
        balance_against: section.choice("balance_against", &BALANCES),
        on_imbalance: section.choice("on_imbalance", &FLAG_OR_PARK),
        on_no_refund: section.choice("on_no_refund", &FLAG_OR_PARK),
        material_from: section.choice("material_from", &MATERIAL_KEYS),
        customer_from: section.choice("customer_from", &CUSTOMER_KEYS),
        price_scale: section.number("price_scale", &(2..=10), 6),
        unit: section.get("unit", Shape::Text).and_then(|unit| unit.code("\"Pcs\"")),
        open_from: section.get("open_from", Shape::Table).and_then(|open| open_from(&open)),
        closed_period: section.choice("closed_period", &CLOSED_PERIODS),
        close_day: close_day(section),
        closed_before: None,
        further: fields::read(section, &Around { stockins, lots, dates }),
        orgs: section.get(ORGS.name, Shape::Table).and_then(|orgs| tables::read(&orgs, &ORGS)),
        version: String::new(),
        tax_rate: tax_rate?,
        customers: customers?,
        materials: materials?,
        warehouses: warehouses?,
    };
    rules.version = version::of(&rules);
    Some(rules)
}

/// May be empty; what 金蝶's firewall refuses in texts may not stand in numbers either.
fn bill_no_prefix(section: &Section<'_>) -> String {
    let Some(setting) = section.get("bill_no_prefix", Shape::Text) else { return String::new() };
    if setting.value().as_str() == Some("") {
        return String::new();
    }
    let Some(prefix) = setting.text("\"\"") else { return String::new() };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if prefix.len() > 20 || !prefix.chars().all(fits) {
        setting.refuse(
            Text::new(
                "只能含英文字母、数字和 - _ .，最多 20 个",
                "may hold Latin letters, digits, - _ . only, at most 20",
            ),
            "\"WDT-\"",
        );
    }
    prefix.to_owned()
}

/// A batch is known by its stock-in alone.
fn lots(section: &Section<'_>, stockins: bool) -> bool {
    let lots = section.choice("lot_from", &LOTS);
    if let (true, false, Some(setting)) = (lots, stockins, section.get("lot_from", Shape::Text)) {
        setting.fault(
            Text::new(
                "退货明细没有批次，须读取入库单",
                "needs the stock-ins: a return's lines name no batch",
            ),
            "enrich = \"stockin\" in [pipeline.wdt]",
        );
    }
    lots
}

/// Dates go with lots alone.
fn shelf_life(section: &Section<'_>, lots: bool) -> ShelfLife {
    let shelf_life = section.choice("shelf_life", &SHELF_LIVES)();
    if lots {
        return shelf_life;
    }
    if let (ShelfLife::All, Some(setting)) = (shelf_life, section.get("shelf_life", Shape::Text)) {
        setting.fault(
            Text::new(
                "生产日期、有效期随批号，须先取批号",
                "needs the lots: dates of production and expiry are a lot's",
            ),
            "lot_from = \"batch_no\"",
        );
    }
    ShelfLife::None
}

/// The key of a stock-in's row under which its serial numbers stand; no documented one is known.
fn serials_from(section: &Section<'_>, stockins: bool) -> Option<String> {
    let setting = section.get("serials_from", Shape::Text)?;
    let key = setting.text("\"sn_list\"")?;
    if !stockins {
        setting.fault(
            Text::new(
                "退货明细没有序列号，须读取入库单",
                "needs the stock-ins: a return's lines name no serial number",
            ),
            "enrich = \"stockin\" in [pipeline.wdt]",
        );
    } else if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        setting.refuse(
            Text::new(
                "不是入库明细的字段名：请查看 details_list 的返回内容",
                "is no key of a stock-in's row: look at one of details_list",
            ),
            "\"sn_list\"",
        );
    } else {
        return Some(key.to_owned());
    }
    None
}

fn date_from(section: &Section<'_>) -> Vec<DateField> {
    const EXAMPLE: &str = r#"["check_time", "finish_time"]"#;
    section.describe("date_from", schema::list(&schema::choice(&DATE_FIELDS)));
    let default = || vec![DateField::CheckTime, DateField::FinishTime];
    let Some(setting) = section.get("date_from", Shape::List) else { return default() };
    let Some(fields) = setting.list(EXAMPLE, |item| item.choice(&DATE_FIELDS)) else { return default() };
    if fields.is_empty() {
        setting.refuse(Text::new("列表为空：单据将没有日期", "is empty: no bill would have a date"), EXAMPLE);
    }
    fields
}

fn tax_rate(section: &Section<'_>) -> Option<TaxRate> {
    let Some(setting) = section.get("tax_rate", Shape::Table) else {
        let rate = "tax_rate = \"13\"   #";
        let file = "{ file = \"mapping/tax_rates.csv\" }";
        section.fault(
            "tax_rate",
            Text::new(
                "必填：金蝶按税率拆分价税，无法猜测",
                "is required: 金蝶 splits each amount by it, and it cannot be guessed",
            ),
            both!("{rate} 百分数，{file} 或 \"kingdee\"", "{rate} a rate in percent, {file} or \"kingdee\""),
        );
        return None;
    };
    match setting.value() {
        DeValue::Table(_) => tables::read(&setting, &TAX_RATES).map(TaxRate::ByMaterial),
        DeValue::String(text) if text == "kingdee" => Some(TaxRate::Kingdee),
        _ => fixed_rate(&setting).map(TaxRate::Fixed),
    }
}

fn fixed_rate(setting: &Setting<'_>) -> Option<Decimal> {
    let rate = percent(&setting.code("\"13\"")?);
    match rate {
        None => setting
            .refuse(Text::new("不是 0 到 100 之间的百分数", "is not a rate in percent, 0 to 100"), "\"13\""),
        Some(rate) if rate > Decimal::ZERO && rate < Decimal::ONE => setting.warn(
            both!("表示百分之 {rate}", "is {rate} percent"),
            Text::new("13% 请写 13", "write 13 for 13 %"),
        ),
        Some(_) => {}
    }
    rate
}

/// A day that every month has.
fn close_day(section: &Section<'_>) -> Option<u32> {
    const DAYS: std::ops::RangeInclusive<u32> = 1..=28;
    section
        .describe("close_day", json!({ "type": "integer", "minimum": DAYS.start(), "maximum": DAYS.end() }));
    section.get("close_day", Shape::Number).and_then(|setting| setting.number(&DAYS, 3))
}

/// One day, or a table of days by organisation.
fn open_from(setting: &Setting<'_>) -> Option<OpenFrom> {
    let Some(entries) = setting.entries() else { return time::date(setting).map(OpenFrom::Day) };
    let days: Vec<_> = entries.iter().map(|(org, day)| Some(((*org).to_owned(), time::date(day)?))).collect();
    days.into_iter().collect::<Option<BTreeMap<_, _>>>().map(OpenFrom::ByOrg)
}
