//! The rows of a look-up as bills: one row an entry, gathered by FID. A cell that cannot be read takes nothing else with
//! it, and its column is named. What the bills prove is `journal::identify`'s.

use std::collections::{BTreeMap, BTreeSet};

use kingdee_k3cloud_sdk::{Cell, Row};
use rust_decimal::{Decimal, RoundingStrategy};

use super::columns::{AMOUNT, BASE_QUANTITY, Columns, MATERIAL, QUANTITY, UNIT};
use crate::journal::{FoundBill, FoundLine};

/// A row under its columns, and what of it could not be read.
struct Reading<'a> {
    row: &'a Row,
    columns: &'a Columns,
    unread: BTreeSet<String>,
}

impl Reading<'_> {
    fn cell(&self, key: &str) -> Option<&Cell> {
        self.row.by_key(key).filter(|cell| !cell.is_null() && !is_masked(cell))
    }

    /// What the cell says; `None` also where there is none.
    fn text(&self, key: &str) -> Option<String> {
        self.cell(key).map(|cell| cell.text().trim().to_owned())
    }

    /// A cell that every bill has: if it cannot be read, its column is named.
    fn read<T>(&mut self, key: &str, of: impl Fn(&Cell) -> Option<T>) -> Option<T> {
        let value = self.cell(key).and_then(of);
        if value.is_none() {
            self.unread.insert(name(key));
        }
        value
    }

    /// The same of an entry's column, which this site may not have.
    fn read_entry<T>(&mut self, column: &'static str, of: impl Fn(&Cell) -> Option<T>) -> Option<T> {
        if let Some(key) = self.columns.entry(column) {
            return self.read(&key, of);
        }
        self.unread.insert(name(column));
        None
    }

    /// An entry's column that a site need not fill: only what is masked counts as unread.
    fn read_unit<T>(&mut self, column: &'static str, of: impl Fn(&Cell) -> Option<T>) -> Option<T> {
        let key = self.columns.entry(column)?;
        if self.row.by_key(&key).is_some_and(is_masked) {
            self.unread.insert(name(column));
        }
        self.cell(&key).and_then(of)
    }

    fn line(&mut self) -> FoundLine {
        FoundLine {
            material: self.read_entry(MATERIAL, words),
            quantity: self.read_entry(QUANTITY, figure),
            amount: self.read_entry(AMOUNT, figure),
            unit: self.read_unit(UNIT, words),
            base_quantity: self.read_unit(BASE_QUANTITY, figure),
        }
    }

    fn head(&mut self) -> FoundBill {
        FoundBill {
            id: self.text("FID").unwrap_or_default(),
            number: self.text("FBillNo").unwrap_or_default(),
            document_status: self.read("FDocumentStatus", words),
            voided: self.read("FCancelStatus", words).as_deref() == Some("B"),
            third_bill_no: self.text("FThirdBillNo"),
            third_src_type: self.text("FThirdSrcType"),
            third_bill_id: self.text("FThirdBillId"),
            customer: self.read("FRetcustId.FNumber", words),
            date: self.read("FDate", |cell| cell.date().map(|time| time.date())),
            lines: None,
            unread: BTreeSet::new(),
        }
    }
}

/// The bills of some rows.
pub(super) fn bills(rows: &[Row], columns: &Columns) -> Vec<FoundBill> {
    let mut by_key: BTreeMap<(String, String), FoundBill> = BTreeMap::new();
    let mut order = Vec::new();
    for row in rows {
        let mut reading = Reading { row, columns, unread: BTreeSet::new() };
        let head = reading.head();
        // Where ids are masked, the number keeps bills apart.
        let key = (head.id.clone(), head.number.clone());
        let bill = by_key.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            head
        });
        bill.lines.get_or_insert_default().push(reading.line());
        bill.unread.append(&mut reading.unread);
    }
    order.into_iter().filter_map(|key| by_key.remove(&key)).collect()
}

/// Bills of the next page: its first may be the rest of the last one before.
pub(super) fn append(bills: &mut Vec<FoundBill>, mut next: Vec<FoundBill>) {
    if let (Some(last), Some(first)) = (bills.last_mut(), next.first_mut())
        && (&last.id, &last.number) == (&first.id, &first.number)
    {
        if let Some(lines) = first.lines.take() {
            last.lines.get_or_insert_default().extend(lines);
        }
        last.unread.append(&mut first.unread);
        next.remove(0);
    }
    bills.append(&mut next);
}

/// `***`: the user has no right to this field.
fn is_masked(cell: &Cell) -> bool {
    let text = cell.text().trim();
    !text.is_empty() && text.chars().all(|c| c == '*')
}

fn words(cell: &Cell) -> Option<String> {
    let text = cell.text().trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// 金蝶 answers with up to ten decimals, and some sites with the noise of a binary fraction behind them.
fn figure(cell: &Cell) -> Option<Decimal> {
    let value = cell.decimal()?;
    Some(value.round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero).normalize())
}

/// A column as people know it: `FEntity_FRealQty` is `FRealQty`, `FRetcustId.FNumber` is `FRetcustId`.
fn name(key: &str) -> String {
    let key = key.trim_start_matches("FEntity_");
    key.split_once('.').map_or(key, |(field, _)| field).to_owned()
}
