//! A number of 旺店通 that a mapping table lacks: what parked returns are grouped by, so that it is filled in once.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A number that a mapping table lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MissingKey {
    /// The table's name: `customers`, `materials`, `warehouses`, …
    pub table: String,
    /// The number that was looked up.
    pub key: String,
    /// The table has it, but not for the accounting date.
    #[serde(default)]
    pub out_of_validity: bool,
}

/// How much waits for one missing number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingCount {
    /// The pipeline's name.
    pub pipeline: String,
    /// What is missing.
    pub missing: MissingKey,
    /// How many parked returns name it.
    pub returns: u64,
    /// Their money in yuan.
    pub yuan: Decimal,
    /// How many of them lack another number, too: those are in its count as well.
    pub shared: u64,
    /// One of them, to be looked at.
    pub example: String,
}
