//! ExecuteBillQuery and BillQuery at the simulated site: bills and base data by field keys, one row per line as
//! soon as a line's field is asked for. Conditions are parsed in `filter`.

use std::cmp::Ordering;

use bytes::Bytes;
use chrono::NaiveDateTime;
use http::Response;
use rust_decimal::Decimal;

use super::bill::StoredBill;
use super::builder::{Known, Settings};
use super::filter::Condition;
use super::line::StoredLine;
use super::reply;
use super::request::Call;
use super::world::World;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    /// A whole number, such as an internal id.
    Whole(u64),
    Number(Decimal),
    Text(String),
    Date(NaiveDateTime),
}

impl Value {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Date(moment) => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
        }
    }

    fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            // .NET writes a decimal with at least one digit behind the point.
            Self::Number(number) if number.fract().is_zero() => format!("{}.0", number.trunc()),
            Self::Number(number) => number.normalize().to_string(),
            Self::Flag(_) | Self::Whole(_) => self.text(),
            Self::Text(_) | Self::Date(_) => serde_json::Value::from(self.text()).to_string(),
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(own), Self::Whole(other)) => own.cmp(other),
            (Self::Number(own), Self::Number(other)) => own.cmp(other),
            (own, other) => own.text().cmp(&other.text()),
        }
    }
}

/// What one row is made of.
#[derive(Clone, Copy)]
enum Source<'a> {
    Bill(&'a StoredBill, Option<&'a StoredLine>),
    Base(Base<'a>),
}

/// One number of base data.
#[derive(Clone, Copy)]
struct Base<'a> {
    settings: &'a Settings,
    form: &'a str,
    number: &'a str,
    position: usize,
}

impl Source<'_> {
    /// The value of a field; `None` if there is no such field.
    fn value(self, key: &str) -> Option<Value> {
        match self {
            Self::Bill(bill, line) => head_value(bill, key).or_else(|| {
                let empty = StoredLine::default();
                let value = line_value(line.unwrap_or(&empty), key)?;
                Some(if line.is_some() { value } else { Value::Null })
            }),
            Self::Base(base) => base.value(key),
        }
    }
}

/// Answers a query.
pub(super) fn answer(settings: &Settings, world: &World, call: &Call) -> Response<Bytes> {
    let data = &call.data;
    let form = data.text("FormId");
    let keys: Vec<String> = data.text("FieldKeys").split(',').map(|key| key.trim().to_owned()).collect();
    let condition = match Condition::parse(&data.text("FilterString")) {
        Ok(condition) => condition,
        Err(why) => return reply::refused(call, 8, &format!("过滤条件不正确：{why}")),
    };
    let order = data.text("OrderString");
    let order: Vec<(&str, bool)> = order
        .split(',')
        .filter_map(|term| {
            let mut words = term.split_whitespace();
            Some((words.next()?, words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"))))
        })
        .collect();
    let Some(probe) = probe(settings, world, &form) else {
        return reply::refused(call, 5, &format!("业务对象{form}不存在"));
    };
    let asked =
        || keys.iter().map(String::as_str).chain(condition.keys()).chain(order.iter().map(|(key, _)| *key));
    let empty = StoredBill::default();
    let probe = probe.unwrap_or(Source::Bill(&empty, None));
    if let Some(unknown) = asked().find(|key| probe.value(key).is_none()) {
        return reply::refused(call, 9, &format!("元数据中标识为{unknown}的字段不存在"));
    }
    let by_line = asked().any(|key| head_value(&empty, key).is_none());
    let mut rows = match base(settings, &form) {
        Some(known) => {
            let mut numbers = known.among(condition.values_of("FNumber").unwrap_or_default());
            numbers.sort_unstable();
            numbers.dedup();
            let row = |(position, number)| Source::Base(Base { settings, form: &form, number, position });
            numbers.into_iter().enumerate().map(row).collect()
        }
        None => bills(world, &form, &condition, by_line),
    };
    rows.retain(|row| condition.holds(&|key| row.value(key).unwrap_or(Value::Null)));
    if settings.shuffle && !order.is_empty() && !rows.is_empty() {
        // What the order does not tell apart comes in another order at each call.
        let calls = usize::try_from(world.counts.arrivals).unwrap_or(0);
        let by = calls % rows.len();
        rows.rotate_left(by);
    }
    rows.sort_by(|a, b| {
        let by = |(key, descending): &(&str, bool)| {
            let value = |row: &Source<'_>| row.value(key).unwrap_or(Value::Null);
            let ordering = value(a).order(&value(b));
            if *descending { ordering.reverse() } else { ordering }
        };
        order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    let at = |key: &str| data.text(key).parse::<usize>().unwrap_or(0);
    let limit = match at("Limit") {
        0 => 2000,
        asked => asked.min(10_000),
    };
    let limit = limit.min(settings.page_cap.unwrap_or(limit));
    let by_name = call.service == "BillQuery";
    let write = |row: Source<'_>| {
        let named = |key: &String| {
            let value = row.value(key).unwrap_or(Value::Null).json();
            if by_name { format!("\"{key}\":{value}") } else { value }
        };
        let cells = keys.iter().map(named).collect::<Vec<_>>().join(",");
        if by_name { format!("{{{cells}}}") } else { format!("[{cells}]") }
    };
    let rows: Vec<String> = rows.into_iter().skip(at("StartRow")).take(limit).map(write).collect();
    reply::ok(format!("[{}]", rows.join(",")))
}

fn bills<'a>(world: &'a World, form: &str, condition: &Condition, by_line: bool) -> Vec<Source<'a>> {
    let mut found: Vec<&StoredBill> = match condition.numbers() {
        Some(mut numbers) => {
            numbers.sort_unstable();
            numbers.dedup();
            numbers.into_iter().flat_map(|number| world.bills.numbered(number)).collect()
        }
        None => world.bills.iter().collect(),
    };
    found.retain(|bill| bill.form_id == form);
    found.sort_by_key(|bill| bill.id);
    if by_line {
        let lines = |bill: &'a StoredBill| bill.lines.iter().map(move |line| Source::Bill(bill, Some(line)));
        found.into_iter().flat_map(lines).collect()
    } else {
        found.into_iter().map(|bill| Source::Bill(bill, None)).collect()
    }
}

/// Something to ask whether a key exists: a base data row, `None` for a bill; nothing for an
/// unknown form.
#[allow(clippy::option_option, reason = "unknown, bill and base data are three cases")]
fn probe<'a>(settings: &'a Settings, world: &World, form: &'a str) -> Option<Option<Source<'a>>> {
    match form {
        "SAL_RETURNSTOCK" => Some(None),
        _ if settings.forms.contains(form) || world.bills.iter().any(|bill| bill.form_id == form) => {
            Some(None)
        }
        "BD_Customer" | "BD_MATERIAL" | "BD_STOCK" | "ORG_Organizations" => {
            Some(Some(Source::Base(Base { settings, form, number: "", position: 0 })))
        }
        _ => None,
    }
}

fn base<'a>(settings: &'a Settings, form: &str) -> Option<&'a Known> {
    match form {
        "BD_Customer" => Some(&settings.customers),
        "BD_MATERIAL" => Some(&settings.materials),
        "BD_STOCK" => Some(&settings.stocks),
        "ORG_Organizations" => Some(&settings.orgs),
        _ => None,
    }
}

fn head_value(bill: &StoredBill, key: &str) -> Option<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    Some(match key.trim_start_matches("SubHeadEntity_") {
        "FID" => Value::Whole(bill.id),
        "FBillNo" => text(&bill.number),
        "FDate" => Value::Date(bill.date.into()),
        "FDocumentStatus" => Value::Text(bill.document_status.to_string()),
        "FCancelStatus" => text(if bill.cancelled { "B" } else { "A" }),
        "FRetcustId.FNumber" => text(&bill.customer),
        "FSaleOrgId.FNumber" => text(&bill.sale_org),
        "FStockOrgId.FNumber" => text(&bill.stock_org),
        "FHeadNote" => text(&bill.note),
        "FThirdBillNo" => text(&bill.third_bill_no),
        "FThirdSrcType" => text(&bill.third_src_type),
        "FThirdBillId" => text(&bill.third_bill_id),
        "FBillAllAmount" => Value::Number(bill.all_amount),
        _ => return None,
    })
}

fn line_value(line: &StoredLine, key: &str) -> Option<Value> {
    Some(match key.trim_start_matches("FEntity_") {
        "FEntryID" => Value::Whole(line.id),
        "FMaterialId.FNumber" => Value::Text(line.material.clone()),
        "FStockId.FNumber" => Value::Text(line.stock.clone()),
        "FRealQty" => Value::Number(line.qty),
        "FPrice" => Value::Number(line.price),
        "FTaxPrice" => Value::Number(line.tax_price),
        "FEntryTaxRate" => line.tax_rate.map_or(Value::Null, Value::Number),
        "FAllAmount" => Value::Number(line.all_amount),
        "FIsFree" => Value::Flag(line.is_free),
        _ => return None,
    })
}

impl Base<'_> {
    fn value(self, key: &str) -> Option<Value> {
        if self.settings.absent_fields.contains(key) {
            return None;
        }
        let usual = self.usual(key)?;
        let place = (self.form.to_owned(), self.number.to_owned(), key.to_owned());
        Some(match (self.settings.base_fields.get(&place), &usual) {
            (None, _) => usual,
            (Some(text), Value::Flag(_)) => Value::Flag(text == "true"),
            (Some(text), _) => Value::Text(text.clone()),
        })
    }

    /// Audited, in use, of organisation `100`, without lots and serial numbers.
    fn usual(self, key: &str) -> Option<Value> {
        Some(match (self.form, key) {
            (_, "FNumber") => Value::Text(self.number.to_owned()),
            (_, "FName") => Value::Text(format!("名称{}", self.number)),
            (_, "FDocumentStatus") => Value::Text("C".to_owned()),
            (_, "FForbidStatus") => Value::Text("A".to_owned()),
            ("BD_Customer" | "BD_MATERIAL" | "BD_STOCK", "FUseOrgId.FNumber" | "FCreateOrgId.FNumber") => {
                Value::Text("100".to_owned())
            }
            ("BD_MATERIAL", "FBaseUnitId.FNumber" | "FStoreUnitID.FNumber" | "FSaleUnitId.FNumber") => {
                Value::Text("Pcs".to_owned())
            }
            ("BD_MATERIAL", "FIsBatchManage" | "FIsKFPeriod" | "FIsSNManage") => Value::Flag(false),
            ("BD_Customer", "FCUSTID")
            | ("BD_MATERIAL", "FMATERIALID")
            | ("BD_STOCK", "FStockId")
            | ("ORG_Organizations", "FOrgID") => Value::Whole(1000 + self.position as u64),
            _ => return None,
        })
    }
}
