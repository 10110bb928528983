//! What of a table's numbers is missing, for people and as JSON.

use chrono::NaiveDate;
use serde::Serialize;

use super::TableUse;
use crate::mapping::table::Table;

/// How much of what was asked for a table knows, as in `mapping coverage --json`.
#[derive(Debug, Clone, Serialize)]
pub struct TableReport {
    /// `customers`, …
    pub table: &'static str,
    /// Where it came from: a file, `inline` or `identity`.
    pub origin: String,
    /// The field of 旺店通 that is looked up.
    pub field: &'static str,
    /// Distinct numbers that the returns bring.
    pub numbers: u64,
    /// Those that are known on every day they were asked for.
    pub covered_numbers: u64,
    /// How often it was asked: once a return, or once a line where lines ask.
    pub asked: u64,
    /// How often it could answer.
    pub answered: u64,
    /// What it does not know, the most wanted first.
    pub missing: Vec<Missing>,
}

/// A number that a table does not know.
#[derive(Debug, Clone, Serialize)]
pub struct Missing {
    /// The number; empty where the return brings none.
    pub key: String,
    /// Why it is not found.
    pub why: Why,
    /// Returns that wait for it.
    pub returns: u64,
    /// Their lines, where lines ask.
    pub lines: u64,
    /// The first day it was missed.
    pub first: NaiveDate,
    /// The last day it was missed.
    pub last: NaiveDate,
    /// The nearest numbers that the table has.
    pub nearest: Vec<String>,
}

/// Why a number is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The table has no such row.
    Unknown,
    /// The row does not hold on these days.
    OutOfValidity,
    /// The return brings no number: no table can answer.
    NoNumber,
}

impl TableUse<'_> {
    /// What is missing.
    pub fn report(&self) -> TableReport {
        let mut missing: Vec<Missing> = self
            .keys
            .iter()
            .filter_map(|(key, used)| {
                let gap = used.gap?;
                let why = match (key.trim(), gap.out_of_validity) {
                    ("", _) => Why::NoNumber,
                    (_, true) => Why::OutOfValidity,
                    (_, false) => Why::Unknown,
                };
                let nearest = match why {
                    Why::Unknown => self.table.get(key, gap.last).err().map(|miss| miss.nearest),
                    Why::OutOfValidity | Why::NoNumber => None,
                };
                Some(Missing {
                    key: key.clone(),
                    why,
                    returns: gap.returns,
                    lines: gap.lines,
                    first: gap.first,
                    last: gap.last,
                    nearest: nearest.unwrap_or_default(),
                })
            })
            .collect();
        missing.sort_by(|a, b| b.returns.cmp(&a.returns).then_with(|| a.key.cmp(&b.key)));
        let count = |returns: u64, lines: u64| if self.by_line { lines } else { returns };
        let asked = self.keys.values().map(|used| count(used.returns, used.lines)).sum();
        let vain: u64 = missing.iter().map(|one| count(one.returns, one.lines)).sum();
        TableReport {
            table: self.name,
            origin: match self.table {
                Table::Identity => "identity".to_owned(),
                Table::Rows { origin, .. } => origin.clone(),
            },
            field: self.field,
            numbers: self.keys.len() as u64,
            covered_numbers: (self.keys.len() - missing.len()) as u64,
            asked,
            answered: asked - vain,
            missing,
        }
    }
}
