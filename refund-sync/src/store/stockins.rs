//! What a store is handed of stock-ins, and what it says about them. The SQL is beside the other statements.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::clock::shanghai;
use crate::stockin::StockinRow;

/// Stock-ins to be journalled.
#[derive(Debug, Clone)]
pub struct StockinCommit {
    /// The rows; several of one return are fine.
    pub rows: Vec<StockinRow>,
    /// The return whose stock-ins were asked for by its number; it is not asked for again.
    pub looked_up: Option<String>,
    /// When the request started.
    pub asked_at: DateTime<Utc>,
    /// The window that asked, for `why`.
    pub window: (NaiveDateTime, NaiveDateTime),
}

/// What stock-ins brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StockinOutcome {
    /// Documents that they changed.
    pub changed: u64,
    /// Those of them that left `parked`, by its cause.
    pub freed: BTreeMap<String, u64>,
}

impl StockinCommit {
    /// A look-up that found nothing.
    pub fn looked_up(refund_no: &str, asked_at: DateTime<Utc>) -> Self {
        let now = shanghai(asked_at);
        Self { rows: Vec::new(), looked_up: Some(refund_no.to_owned()), asked_at, window: (now, now) }
    }
}
