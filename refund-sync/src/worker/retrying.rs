//! Trying parked documents again, because a person asked: here, or from another process by a request in the journal.

use serde_json::json;

use super::{Trouble, Worker};
use crate::journal::{Document, Event};
use crate::store::{Asked, Request, Retry, StoreError};

impl Worker {
    /// Requests that another process left.
    pub(super) async fn answer_requests(&self) -> Result<bool, Trouble> {
        let mut did = false;
        for Asked { id, request, .. } in self.store.open_requests(self.row.id).await? {
            let moved = match request {
                Request::Retry(retry) => self.requeue(&retry).await?,
                Request::Mend { numbers } => self.mend(&numbers).await?,
                // Whoever reads does that.
                Request::Backfill(_) => continue,
            };
            self.store.answer_request(id, moved.to_string()).await?;
            did = true;
        }
        Ok(did)
    }

    /// Puts parked documents back on their way, and says how many. Unreadable ones are asked for again.
    pub async fn requeue_parked(&self, retry: &Retry) -> Result<u64, StoreError> {
        match self.requeue(retry).await {
            Ok(count) => Ok(count),
            Err(Trouble::Store(error)) => Err(error),
            // The run that follows meets the same trouble and tells it.
            Err(Trouble::Stop(_) | Trouble::Later { .. }) => Ok(0),
        }
    }

    async fn requeue(&self, retry: &Retry) -> Result<u64, Trouble> {
        let numbers = (!retry.numbers.is_empty()).then_some(retry.numbers.as_slice());
        let parked = self.store.parked_documents(self.row.id, numbers).await?;
        let mut moves = Vec::new();
        let mut count = 0;
        for mut document in parked {
            if document.source.is_none() {
                count += self.read_again(&document.refund_no).await?;
            } else if lacks_stockin(&document) {
                count += self.find_stockins_of(&document.refund_no).await?;
            } else if may_be_tried(&document, retry.again) {
                let why =
                    if retry.again { "asked for by a person, with --again" } else { "asked for by a person" };
                let log = document.apply(Event::Requeued, json!({ "why": why }))?;
                moves.push((document, vec![log]));
            }
        }
        count += moves.len() as u64;
        self.store.save(self.origin(), moves).await?;
        Ok(count)
    }
}

/// Trying it again as it is would park it again: its goods are asked for.
fn lacks_stockin(document: &Document) -> bool {
    document.parking.as_ref().is_some_and(|parking| parking.cause == "no_stockin")
}

/// What stands in 金蝶 under another number is never sent again; what was there and is gone only when that is asked.
pub(super) fn may_be_tried(document: &Document, again: bool) -> bool {
    match document.parking.as_ref().map(|parking| parking.cause.as_str()) {
        Some("renumbered") => false,
        Some("removed_in_kingdee") => again,
        _ => true,
    }
}
