//! Which numbers the returns bring, and which of them the mapping tables know: counted, so that what is missing can be
//! filled in first. Pure; the journal is read by `cli::mapping`. A table to be filled in is `coverage::export`'s.

mod export;
mod report;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use export::{Kind, Sheet};
pub use report::{Missing, TableReport, Why};

use crate::mapping::Rules;
use crate::mapping::rules::{CustomerFrom, MaterialFrom, TaxRate};
use crate::mapping::table::Table;
use crate::model::{Return, ReturnLine};

/// What the tables of one pipeline were asked for.
#[derive(Debug)]
pub struct Coverage<'a> {
    rules: &'a Rules,
    returns: u64,
    whole: u64,
    tables: Vec<TableUse<'a>>,
}

/// What one table was asked for.
#[derive(Debug)]
pub struct TableUse<'a> {
    /// The table's name and key: `customers`, …
    pub name: &'static str,
    /// The field of 旺店通 that is looked up in it.
    pub field: &'static str,
    table: &'a Table,
    keys: BTreeMap<String, Use>,
    /// Whether a line asks, and not the head.
    by_line: bool,
}

/// How often a number was asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    returns: u64,
    lines: u64,
    gap: Option<Gap>,
}

/// How often it was asked for in vain.
#[derive(Debug, Clone, Copy)]
struct Gap {
    returns: u64,
    lines: u64,
    first: NaiveDate,
    last: NaiveDate,
    /// The number is there, but not on these days.
    out_of_validity: bool,
}

impl<'a> Coverage<'a> {
    /// Nothing was asked for yet.
    pub fn new(rules: &'a Rules) -> Self {
        let customers = match rules.customer_from {
            CustomerFrom::ShopNo => "shop_no",
            CustomerFrom::CustomerNo => "customer_no",
        };
        let materials = match rules.material_from {
            MaterialFrom::SpecNo => "spec_no",
            MaterialFrom::GoodsNo => "goods_no",
        };
        let table =
            |name, field, table, by_line| TableUse { name, field, table, keys: BTreeMap::new(), by_line };
        let mut tables = vec![
            table("customers", customers, &rules.customers, false),
            table("warehouses", "warehouse_no", &rules.warehouses, false),
            table("materials", materials, &rules.materials, true),
        ];
        tables.extend(rules.orgs.as_ref().map(|orgs| table("orgs", "shop_no", orgs, false)));
        if let TaxRate::ByMaterial(rates) = &rules.tax_rate {
            tables.push(table("tax_rate", "物料 material", rates, true));
        }
        Self { rules, returns: 0, whole: 0, tables }
    }

    /// Counts what one return asks for. `fixed` is the accounting date that it was mapped with, if it was.
    pub fn take(&mut self, refund: &Return, fixed: Option<NaiveDate>) {
        let rules = self.rules;
        let day = fixed
            .or_else(|| rules.date(refund))
            .or_else(|| refund.modified.map(|time| time.date()))
            .unwrap_or(NaiveDate::MIN);
        let mut is_whole = true;
        for table in &mut self.tables {
            let mut asked: BTreeMap<&str, u64> = BTreeMap::new();
            for key in table.asked_by(refund, rules, day) {
                *asked.entry(key).or_default() += 1;
            }
            for (key, lines) in asked {
                is_whole &= table.count(key, lines, day);
            }
        }
        self.returns += 1;
        self.whole += u64::from(is_whole);
    }

    /// How many returns were counted.
    pub fn returns(&self) -> u64 {
        self.returns
    }

    /// Of how many every number is known.
    pub fn covered_returns(&self) -> u64 {
        self.whole
    }

    /// The tables, in the order of the configuration.
    pub fn tables(&self) -> &[TableUse<'a>] {
        &self.tables
    }
}

impl<'a> TableUse<'a> {
    /// The numbers that a return asks this table for, one an entry of the bill where lines ask.
    fn asked_by<'r>(&self, refund: &'r Return, rules: &'r Rules, day: NaiveDate) -> Vec<&'r str> {
        let material = |line: &'r ReturnLine| match rules.material_from {
            MaterialFrom::SpecNo => line.spec_no.as_str(),
            MaterialFrom::GoodsNo => line.goods_no.as_str(),
        };
        let lines = refund.lines.iter().filter(|line| !is_empty(line)).map(material);
        match self.name {
            "customers" if rules.customer_from == CustomerFrom::CustomerNo => vec![&refund.customer_no],
            "customers" | "orgs" => vec![&refund.shop_no],
            "warehouses" if rules.joins_stockins => {
                refund.stockins.iter().map(|stockin| stockin.warehouse_no.as_str()).collect()
            }
            "warehouses" => vec![&refund.warehouse_no],
            "materials" => lines.collect(),
            // A material that is not known has no rate to look for.
            _ => lines.filter_map(|key| rules.materials.get(key, day).ok()).map(|hit| hit.to).collect(),
        }
    }

    /// Counts one number; whether the table knows it on that day.
    fn count(&mut self, key: &str, lines: u64, day: NaiveDate) -> bool {
        let is_answered = !key.trim().is_empty() || self.table.default_to().is_some();
        let found = if is_answered { self.finds(key, day) } else { Some(false) };
        let lines = if self.by_line { lines } else { 0 };
        let used = self.keys.entry(key.to_owned()).or_default();
        used.returns += 1;
        used.lines += lines;
        let Some(out_of_validity) = found else { return true };
        let gap =
            used.gap.get_or_insert(Gap { returns: 0, lines: 0, first: day, last: day, out_of_validity });
        gap.returns += 1;
        gap.lines += lines;
        gap.first = gap.first.min(day);
        gap.last = gap.last.max(day);
        false
    }

    /// `None`: it is there; else whether it is there on other days. A shop without organisations of its own has the
    /// default ones.
    fn finds(&self, key: &str, day: NaiveDate) -> Option<bool> {
        let miss = self.table.get(key, day).err()?;
        let is_out = miss.gap.is_some();
        (is_out || self.name != "orgs").then_some(is_out)
    }

    fn rows(&self) -> Option<&'a BTreeMap<String, Vec<crate::mapping::table::TableRow>>> {
        match self.table {
            Table::Identity => None,
            Table::Rows { rows, .. } => Some(rows),
        }
    }
}

/// A line that the mapping leaves out: no pieces and no money.
fn is_empty(line: &ReturnLine) -> bool {
    let is_zero = |figure: Option<Decimal>| figure.is_none_or(|figure| figure.is_zero());
    is_zero(line.refund_num) && is_zero(line.stockin_num) && is_zero(line.refund_order_amount)
}
