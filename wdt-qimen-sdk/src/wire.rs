//! What one JSON value of the gateway may look like, and how it is read: tolerant of shape, exact in value.
//! Rows are declared with [`row!`](crate::row); a value that cannot be read is noted, never raised.
//! Envelopes around the rows are read in `envelope.rs`.

mod decimal;
mod flexible;
pub mod mask;
mod row;
mod time;

pub use decimal::parse_decimal;
pub use flexible::{Scalar, Token};
pub use row::{Extra, Row, RowSeed, Written, read_row};
pub use time::{TIME_FORMAT, format_time, parse_time};

pub(crate) use flexible::OneOrMany;

use serde::de::MapAccess;
use serde::ser::Serializer;
use std::fmt;

/// A field of a row: how it is taken from the wire and written again.
///
/// Implemented for `String`, `Option<_>` of every [`Scalar`], `Vec<_>` of every [`Row`] and the open enums of
/// [`codes!`](crate::codes).
pub trait Wire: Sized + Default {
    /// Takes the value of the key that was just read. What cannot be read is noted under `key`, and the field
    /// stays empty; only broken JSON is an error.
    fn take<'de, A: MapAccess<'de>>(
        map: &mut A,
        key: &'static str,
        notes: &mut Notes,
    ) -> Result<Self, A::Error>;

    /// Whether there is nothing to write: the key is then left out.
    fn is_blank(&self) -> bool;

    /// Writes the value as the gateway would, exactly.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// One value of a row that is not what its field allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// Where it stands, as `refund_order_list[1].refund_num`; empty for the row itself.
    pub path: String,
    /// The JSON text that was found, cut at 80 characters.
    pub value: String,
    /// What is allowed there.
    pub expected: &'static str,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = mask::mask_text(&self.value);
        let field = self.path.rsplit('.').next().unwrap_or_default();
        let shown = if mask::is_private(field) { "***" } else { &value };
        let path = if self.path.is_empty() { "the row" } else { &self.path };
        write!(f, "{path} is {shown}, expected {}", self.expected)
    }
}

/// The faults found while a row is read, and where the reader stands.
#[derive(Debug, Default)]
pub struct Notes {
    faults: Vec<FieldFault>,
    inside: Vec<(&'static str, usize)>,
}

impl Notes {
    /// Notes that the value at `key` is not `expected`.
    pub fn fault(&mut self, key: &str, value: &str, expected: &'static str) {
        let lists = self.inside.iter().map(|(list, index)| format!("{list}[{index}]."));
        let path = lists.chain([key.to_owned()]).collect();
        self.faults.push(FieldFault { path, value: value.chars().take(80).collect(), expected });
    }

    /// Everything noted; an error if there is anything.
    pub fn finish(self) -> Result<(), Vec<FieldFault>> {
        if self.faults.is_empty() { Ok(()) } else { Err(self.faults) }
    }

    fn enter(&mut self, list: &'static str, index: usize) {
        self.inside.push((list, index));
    }

    fn leave(&mut self) {
        self.inside.pop();
    }
}
