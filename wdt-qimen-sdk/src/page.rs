//! One page of an answer: its rows, those that could not be read, and what the server said around them.
//! How pages follow each other is `window.rs`; how a page is asked for is `client.rs`.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_with::serde_as;

use crate::method::definition::Method;
use crate::repair::seen_text;
use crate::row_key::{RowAt, RowKey};
use crate::wire::{FieldFault, Loose, mask, parse_time};

/// Which page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageAsk {
    /// Counted from 0.
    pub page_no: u32,
    /// Rows a page, within the method's [`PageRule`](crate::PageRule).
    pub page_size: u32,
}

/// One page.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Page<R> {
    /// The rows in the server's order; one that could not be read does not lose the others.
    pub rows: Vec<Result<R, RowError>>,
    /// `total_count`. Promised on page 0 only.
    pub total: Option<u64>,
    /// How many rows were asked for.
    pub page_size: u32,
    /// The answer's `Date` header: the server's idea of now.
    pub server_time: Option<DateTime<Utc>>,
    /// The client's clock when the answered request was sent.
    pub asked_at: DateTime<Utc>,
    /// How many attempts this page took, at least 1.
    pub calls: u32,
}

impl<R> Page<R> {
    /// The keys of all rows, unreadable ones included.
    pub fn keys<M: Method<Row = R>>(&self) -> impl Iterator<Item = RowKey> {
        self.rows.iter().map(|row| match row {
            Ok(row) => M::key(row),
            Err(error) => error.key.clone(),
        })
    }

    /// All rows as [`Walk::answer`](crate::window::Walk::answer) takes them, unreadable ones included.
    pub fn rows_at<M: Method<Row = R>>(&self) -> impl Iterator<Item = RowAt> {
        self.rows.iter().map(|row| match row {
            Ok(row) => RowAt { key: M::key(row), time: M::time(row) },
            Err(error) => RowAt { key: error.key.clone(), time: error.modified },
        })
    }

    /// Whether this one page is all there is, if no number comes twice: its total is its rows, and it is not full.
    /// A full page always asks for the next one, and a total below the rows is none.
    pub fn is_whole(&self) -> bool {
        let rows = self.rows.len() as u64;
        self.total == Some(rows) && rows < u64::from(self.page_size)
    }
}

/// A row that could not be read, with what could be read of it.
///
/// `raw` is the row exactly as it came, personal data included, and `Debug` does not show it: keep or log
/// [`masked`](Self::masked) instead.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowError {
    /// What the row counts by.
    pub key: RowKey,
    /// `refund_no`, where it can be read.
    pub refund_no: Option<String>,
    /// `modified`, where it can be read.
    pub modified: Option<NaiveDateTime>,
    /// `type`, where it can be read.
    pub kind: Option<i32>,
    /// `process_status`, where it can be read.
    pub process_status: Option<i32>,
    /// Every value that is not what its field allows; never empty.
    pub faults: Vec<FieldFault>,
    /// The row's text: exactly as it came, or cleaned where it is no JSON.
    pub raw: String,
}

impl RowError {
    /// Gathers what a broken row still tells.
    pub(crate) fn of(raw: &str, faults: Vec<FieldFault>) -> Self {
        let Ok(glimpse) = serde_json::from_str::<Glimpse>(raw) else {
            return Self { faults, ..Self::broken(raw) };
        };
        Self {
            key: RowKey::of(&glimpse.refund_no, glimpse.refund_id, || raw.to_owned()),
            modified: glimpse.modified,
            kind: glimpse.kind,
            process_status: glimpse.process_status,
            refund_no: Some(glimpse.refund_no).filter(|number| !number.is_empty()),
            faults,
            raw: raw.to_owned(),
        }
    }

    /// What is left of a row that is no JSON: counts by the number that can be seen in it, else by its text. Its type
    /// and status are not looked for: what stands within it may be taken for them.
    pub(crate) fn broken(raw: &str) -> Self {
        let seen = |key| seen_text(raw, key).filter(|text| !text.is_empty());
        let refund_no = seen("refund_no").map(str::to_owned);
        let id = seen("refund_id").and_then(|id| id.parse().ok());
        Self {
            key: RowKey::of(refund_no.as_deref().unwrap_or_default(), id, || raw.to_owned()),
            modified: seen("modified").and_then(|text| parse_time(text).ok()),
            kind: None,
            process_status: None,
            refund_no,
            faults: vec![FieldFault {
                path: String::new(),
                value: "broken text".to_owned(),
                expected: "a JSON object",
            }],
            raw: raw.to_owned(),
        }
    }

    /// The row's text without its people: values of [`PRIVATE_KEYS`](mask::PRIVATE_KEYS) and digit runs of seven
    /// or more are masked, `refund_no` is kept.
    pub fn masked(&self) -> String {
        mask::mask_json(&self.raw)
    }
}

impl fmt::Debug for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowError")
            .field("key", &self.key)
            .field("raw", &self.masked())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} cannot be read: ", self.key)?;
        for (index, fault) in self.faults.iter().enumerate() {
            let comma = if index == 0 { "" } else { "; " };
            write!(f, "{comma}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RowError {}

/// The few keys that tell what a broken row was about.
#[serde_as]
#[derive(Deserialize)]
struct Glimpse {
    #[serde_as(as = "Loose")]
    #[serde(default)]
    refund_no: String,
    #[serde_as(as = "Loose")]
    #[serde(default)]
    refund_id: Option<i64>,
    #[serde_as(as = "Loose")]
    #[serde(default)]
    modified: Option<NaiveDateTime>,
    #[serde_as(as = "Loose")]
    #[serde(default, rename = "type")]
    kind: Option<i32>,
    #[serde_as(as = "Loose")]
    #[serde(default)]
    process_status: Option<i32>,
}
