//! The rows of a look-up as bills: one row an entry. A cell that cannot be read takes nothing else with it, and its column
//! is named. What the bills prove is `journal::identify`'s.

use std::collections::{BTreeMap, BTreeSet};

use kingdee_k3cloud_sdk::{BillRows, Cell, Row};
use rust_decimal::{Decimal, RoundingStrategy};

use super::columns::{AMOUNT, BASE_QUANTITY, Columns, MATERIAL, QUANTITY, UNIT, Without, entry_key};
use crate::journal::{FoundBill, FoundLine};

/// A row, and what of it could not be read.
struct Reading<'a> {
    row: &'a Row,
    columns: &'a Columns,
    unread: BTreeSet<String>,
    further_unread: BTreeSet<String>,
}

impl Reading<'_> {
    fn cell(&self, key: &str) -> Option<&Cell> {
        self.row.by_key(key).filter(|cell| !cell.is_null() && !cell.is_masked())
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
        if let Some(key) = entry_key(self.row, column) {
            return self.read(key, of);
        }
        self.unread.insert(name(column));
        None
    }

    /// An entry's column that a site need not fill: only what is masked counts as unread.
    fn read_unit<T>(&mut self, column: &'static str, of: impl Fn(&Cell) -> Option<T>) -> Option<T> {
        let key = entry_key(self.row, column)?;
        if self.row.by_key(key).is_some_and(is_hidden) {
            self.unread.insert(name(column));
        }
        self.cell(key).and_then(of)
    }

    /// The further fields of the head, or of an entry. A field that the form does not have is empty; what cannot be read is
    /// left out, and named.
    fn further(&mut self, of_line: bool) -> BTreeMap<String, String> {
        let mut told = BTreeMap::new();
        for (further, without) in self.columns.further(of_line) {
            let column = &further.column;
            let key = if of_line { entry_key(self.row, column) } else { Some(column.as_str()) };
            let cell = key.and_then(|key| self.row.by_key(key)).filter(|cell| !is_hidden(cell));
            let text = match (without, cell) {
                (Some(Without::Absent), _) => Some(String::new()),
                (Some(Without::Mute), _) | (None, None) => None,
                (None, Some(cell)) => Some(cell.text().trim().to_owned()),
            };
            match text.filter(|text| !(text.is_empty() && further.is_inferred)) {
                Some(text) => drop(told.insert(column.clone(), text)),
                None => drop(self.further_unread.insert(name(column))),
            }
        }
        told
    }

    fn line(&mut self) -> FoundLine {
        FoundLine {
            material: self.read_entry(MATERIAL, words),
            quantity: self.read_entry(QUANTITY, figure),
            amount: self.read_entry(AMOUNT, figure),
            unit: self.read_unit(UNIT, words),
            base_quantity: self.read_unit(BASE_QUANTITY, figure),
            further: self.further(true),
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
            mark_unread: ["FThirdBillNo", "FThirdSrcType"]
                .into_iter()
                .any(|key| self.row.by_key(key).is_some_and(is_hidden)),
            asked: BTreeSet::new(),
            further: self.further(false),
            further_unread: BTreeSet::new(),
        }
    }
}

/// A bill as its rows say: the head by the first of them, an entry by each.
pub(super) fn bill(found: &BillRows, columns: &Columns) -> FoundBill {
    let (unread, further_unread) = (BTreeSet::new(), BTreeSet::new());
    let mut reading = Reading { row: found.head(), columns, unread, further_unread };
    let head = reading.head();
    let lines = found.rows.iter().map(|row| {
        reading.row = row;
        reading.line()
    });
    let lines = Some(lines.collect());
    FoundBill { lines, unread: reading.unread, further_unread: reading.further_unread, ..head }
}

/// Masked, or not answered at all: `null` says that there is nothing, these say nothing.
fn is_hidden(cell: &Cell) -> bool {
    cell.is_masked() || cell.is_missing()
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
