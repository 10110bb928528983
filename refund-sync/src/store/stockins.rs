//! Stock-ins as they are journalled: what they do to the documents of their returns, and how that counts. The same in
//! every store; how they are joined is `journal::join`.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;

use super::column::text;
use crate::clock::shanghai;
use crate::journal::{Document, Folded, Illegal, Log, State, join};
use crate::model::{Stockin, StockinRow};

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
    /// The ids of those that left `parked`.
    pub freed: Vec<i64>,
}

impl StockinCommit {
    /// A look-up that found nothing.
    pub fn looked_up(refund_no: &str, asked_at: DateTime<Utc>) -> Self {
        let now = shanghai(asked_at);
        Self { rows: Vec::new(), looked_up: Some(refund_no.to_owned()), asked_at, window: (now, now) }
    }
}

impl StockinOutcome {
    /// Joins all that is `known` of a return's goods to its document and counts it. Returns what is to be written, if
    /// anything.
    pub(super) fn take(
        &mut self,
        document: Document,
        known: Vec<Stockin>,
        commit: &StockinCommit,
    ) -> Result<Option<(Document, Log)>, Illegal> {
        let was_parked = document.parking.is_some();
        let Folded::Changed(document, mut entry) = join(document, known, commit.asked_at)? else {
            return Ok(None);
        };
        if let Some(detail) = entry.detail.as_object_mut() {
            detail.insert("window".into(), json!([text(commit.window.0), text(commit.window.1)]));
        }
        self.changed += 1;
        if document.state == State::Seen && was_parked {
            self.freed.push(document.id);
        }
        Ok(Some((document, entry)))
    }
}
