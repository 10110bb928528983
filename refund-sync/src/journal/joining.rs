//! How the stock-ins of a return change its document: the row that it stands on, or that waits, is read again with
//! them, by the rules of `fold`. Pure. Keeping stock-ins is `store`'s.

use chrono::{DateTime, TimeDelta, Utc};

use super::document::{Document, Version};
use super::fold::{Folded, Row, fold};
use super::state::Illegal;
use crate::model::Return;
use crate::model::Stockin;

/// What it does to `document` that `stockins` are all that is known of its goods. `asked_at` is when the request started
/// that brought the last of them.
pub fn join(document: Document, stockins: Vec<Stockin>, asked_at: DateTime<Utc>) -> Result<Folded, Illegal> {
    let Some(mut refund) = newest(&document).filter(|refund| refund.stockins != stockins) else {
        return Ok(Folded::Unchanged);
    };
    refund.stockins = stockins;
    let last = document.version;
    let version = Version { asked_at: asked_at.max(last.asked_at + TimeDelta::microseconds(1)), ..last };
    fold(Some(document), Row::Accepted(Box::new(refund)), version)
}

/// The return as it was last read; `None` while it does not pass the filter or cannot be read.
fn newest(document: &Document) -> Option<Return> {
    let Some(waiting) = &document.pending else {
        // A return that left the filter after its bill keeps the row of the bill.
        let refund = document.refund();
        return refund.filter(|refund| document.process_status == Some(refund.process_status)).cloned();
    };
    match serde_json::from_str(waiting).ok()? {
        Row::Accepted(refund) => Some(*refund),
        Row::Filtered { .. } | Row::Unreadable { .. } => None,
    }
}
