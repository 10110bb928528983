//! A mapping table: number there, number here, from when to when.
//! Pure look-ups; `config::tables` reads them from CSV or TOML.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::lang::{Text, both};

/// A mapping table, or "the numbers are the same on both sides".
#[derive(Debug, Clone)]
pub enum Table {
    /// The key is the value.
    Identity,
    /// Rows by key; a key may have several rows with validity spans that do not overlap.
    Rows {
        /// What the table is called in messages: `customers`, …
        name: Cow<'static, str>,
        /// Where it came from: a file's path or "inline".
        origin: String,
        /// The rows by their `from` column.
        rows: BTreeMap<String, Vec<TableRow>>,
        /// What a key without rows comes to.
        default: Option<String>,
    },
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The number on the other side.
    pub to: String,
    /// First day it holds; `None`: since ever.
    pub valid_from: Option<NaiveDate>,
    /// Last day it holds; `None`: for ever.
    pub valid_to: Option<NaiveDate>,
    /// Further columns by name.
    pub columns: BTreeMap<String, String>,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'a> {
    /// The number on the other side.
    pub to: &'a str,
    /// No row has the key: it is the table's default.
    pub is_default: bool,
    row: Option<&'a TableRow>,
}

impl<'a> Hit<'a> {
    /// The cell of a column, `to` if none is named; the default stands in every one.
    pub fn cell(&self, column: Option<&str>) -> &'a str {
        match column {
            Some(column) if !self.is_default => self.column(column).unwrap_or_default(),
            _ => self.to,
        }
    }

    /// A further column, if the table has it and the cell is not empty.
    pub fn column(&self, name: &str) -> Option<&'a str> {
        self.row?.columns.get(name).map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

/// A day on which no row of a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The day.
    pub day: NaiveDate,
    /// The last day before it on which one did.
    pub until: Option<NaiveDate>,
    /// The first day after it on which one does.
    pub from: Option<NaiveDate>,
}

/// A key that the table does not know on that day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The table's name.
    pub table: Cow<'static, str>,
    /// Where the table came from.
    pub origin: String,
    /// The key that was looked up.
    pub key: String,
    /// The key is there, but not on that day.
    pub gap: Option<Gap>,
    /// The nearest keys, best first, at most three.
    pub nearest: Vec<String>,
}

impl Table {
    /// What a key without rows comes to, if anything.
    pub fn default_to(&self) -> Option<&str> {
        match self {
            Self::Identity => None,
            Self::Rows { default, .. } => default.as_deref(),
        }
    }

    /// Looks `key` up as it stood on `day`. A key that has rows, and none for that day, has no default either: a gap is
    /// more likely a mistake than a wish.
    pub fn get<'a>(&'a self, key: &'a str, day: NaiveDate) -> Result<Hit<'a>, Miss> {
        let Self::Rows { name, origin, rows, default } = self else {
            return Ok(Hit { to: key, is_default: false, row: None });
        };
        let known = rows.get(key).map(Vec::as_slice).unwrap_or_default();
        if let Some(row) = known.iter().find(|row| row.holds_on(day)) {
            return Ok(Hit { to: &row.to, is_default: false, row: Some(row) });
        }
        if let (Some(to), true) = (default, known.is_empty()) {
            return Ok(Hit { to, is_default: true, row: None });
        }
        Err(Miss {
            table: name.clone(),
            origin: origin.clone(),
            key: key.to_owned(),
            gap: (!known.is_empty()).then(|| Gap::of(known, day)),
            nearest: nearest(key, rows.keys()),
        })
    }
}

impl Gap {
    fn of(rows: &[TableRow], day: NaiveDate) -> Self {
        Self {
            day,
            until: rows.iter().filter_map(|row| row.valid_to).filter(|last| *last < day).max(),
            from: rows.iter().filter_map(|row| row.valid_from).filter(|first| *first > day).min(),
        }
    }

    /// Until when one held, and from when on one does.
    pub fn text(&self) -> Text {
        match (self.until, self.from) {
            (Some(until), Some(from)) => {
                both!("有效至 {until}，{from} 起又有效", "until {until}, and again from {from} on")
            }
            (Some(until), None) => both!("有效至 {until}", "until {until}"),
            (None, Some(from)) => both!("{from} 起有效", "from {from} on"),
            (None, None) => Text::new("没有有效的日期", "on no day at all"),
        }
    }
}

impl TableRow {
    fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|first| first <= day) && self.valid_to.is_none_or(|last| day <= last)
    }
}

/// The three keys nearest to `key` by Damerau–Levenshtein distance; ties in key order.
fn nearest<'a>(key: &str, keys: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut ranked: Vec<(usize, &String)> = keys
        .filter(|other| *other != key)
        .map(|other| (strsim::damerau_levenshtein(key, other), other))
        .collect();
    ranked.sort();
    ranked.into_iter().take(3).map(|(_, other)| other.clone()).collect()
}
