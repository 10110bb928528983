//! What the simulator holds: returns as JSON objects, so that a test can put any shape there, also a broken one.

use crate::method::refund::Refund;
use crate::wire::{FieldFault, format_time, parse_time, read_row};
use chrono::NaiveDateTime;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One return as it will stand in an answer. Anything may be put in it.
#[derive(Debug, Clone, PartialEq)]
pub struct MockRefund(pub Map<String, Value>);

impl MockRefund {
    /// The text of a key; numbers as text, anything else as empty.
    pub fn text(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// Its `refund_no`, or empty.
    pub fn refund_no(&self) -> String {
        self.text("refund_no")
    }

    /// Its `modified`, if that is a time.
    pub fn modified(&self) -> Option<NaiveDateTime> {
        parse_time(&self.text("modified"))
    }

    /// Puts a value.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Moves its `modified`, as any change does.
    pub fn touch(&mut self, time: NaiveDateTime) {
        self.set("modified", format_time(time));
    }

    /// Its lines, if it has a list of them.
    pub fn lines(&mut self) -> Option<&mut Vec<Value>> {
        self.0.get_mut("refund_order_list")?.as_array_mut()
    }

    /// What a client reads of it.
    pub fn read(&self) -> Result<Refund, Vec<FieldFault>> {
        read_row(&serde_json::to_string(&self.0).unwrap_or_default())
    }
}

impl From<Value> for MockRefund {
    /// Any JSON; what is no object becomes an empty one.
    fn from(value: Value) -> Self {
        match value {
            Value::Object(fields) => Self(fields),
            _ => Self(Map::new()),
        }
    }
}

/// The rows of a simulator, shared by its clones. A test may change them while a client reads.
#[derive(Debug, Clone, Default)]
pub struct World {
    rows: Arc<Mutex<Vec<Stored>>>,
}

/// A row with the times that it is found by.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) row: MockRefund,
    pub(super) modified: Option<NaiveDateTime>,
    pub(super) settled: Option<NaiveDateTime>,
    /// Counted, never delivered.
    pub(super) ghost: bool,
}

impl Stored {
    fn of(row: MockRefund) -> Self {
        let (modified, settled) = (row.modified(), parse_time(&row.text("finish_time")));
        Self { row, modified, settled, ghost: false }
    }
}

impl World {
    /// Adds a row. One whose `modified` lies in the past appears late.
    pub fn push(&self, row: impl Into<MockRefund>) {
        self.rows().push(Stored::of(row.into()));
    }

    /// Adds many rows.
    pub fn extend(&self, rows: impl IntoIterator<Item = MockRefund>) {
        self.rows().extend(rows.into_iter().map(Stored::of));
    }

    /// Adds a row that totals count and no page ever shows.
    pub fn push_ghost(&self, row: impl Into<MockRefund>) {
        self.rows().push(Stored { ghost: true, ..Stored::of(row.into()) });
    }

    /// Changes the row with this number; false if there is none.
    pub fn edit(&self, refund_no: &str, change: impl FnOnce(&mut MockRefund)) -> bool {
        let mut rows = self.rows();
        let Some(stored) = rows.iter_mut().find(|stored| stored.row.refund_no() == refund_no) else {
            return false;
        };
        change(&mut stored.row);
        *stored = Stored { ghost: stored.ghost, ..Stored::of(stored.row.clone()) };
        true
    }

    /// Takes the row with this number away; false if there is none.
    pub fn remove(&self, refund_no: &str) -> bool {
        let mut rows = self.rows();
        let before = rows.len();
        rows.retain(|stored| stored.row.refund_no() != refund_no);
        rows.len() < before
    }

    /// All rows as they are now.
    pub fn refunds(&self) -> Vec<MockRefund> {
        self.rows().iter().map(|stored| stored.row.clone()).collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows().is_empty()
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Vec<Stored>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
