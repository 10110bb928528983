//! Rows of methods that this crate has no type for, as raw JSON text.

use std::fmt;

use serde_json::value::RawValue;

use crate::row_key::RowKey;
use crate::wire::{FieldFault, Row, mask, read_row};

/// A row as its JSON text, exactly as it came. `Debug` shows it without its people.
#[derive(Clone)]
pub struct RawRow(Box<RawValue>);

impl RawRow {
    pub(crate) fn of(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Reads it as a row declared with [`row!`](crate::row); every fault is named.
    pub fn read<R: Row>(&self) -> Result<R, Vec<FieldFault>> {
        read_row(self.text())
    }

    pub(crate) fn key(&self) -> RowKey {
        RowKey::of("", None, || self.text().to_owned())
    }
}

impl PartialEq for RawRow {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for RawRow {}

impl fmt::Debug for RawRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawRow").field(&mask::mask_json(self.text())).finish()
    }
}
