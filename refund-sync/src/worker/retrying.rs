//! Trying parked documents again, because a person asked: here, or from another process by a request in the journal.

use serde_json::json;

use super::{Trouble, Worker};
use crate::journal::{Document, Event, Identity, identify};
use crate::model::{Cause, MoveReason};
use crate::source::is_nameless;
use crate::store::{Asked, Request, Retry, StoreError};

impl Worker {
    /// Requests that another process left, decisions apart. One that has to wait keeps no other from its turn.
    pub(super) async fn answer_requests(&self) -> Result<bool, Trouble> {
        let (mut did, mut put_off) = (false, None);
        for Asked { id, request, .. } in self.run.store.open_requests(self.run.row.id).await? {
            let moved = match request {
                Request::Retry(retry) => self.requeue(&retry).await,
                #[cfg(feature = "console")]
                Request::Mend { numbers } => self.mend(&numbers).await,
                Request::Lift => Ok(self.lift_holds()),
                // Whoever reads does the one, whoever begins runs the other.
                // Months are closed before a run, whose rules stay the same to its end.
                // What the thin program cannot do waits for one that can; whoever reads or begins a run does the rest.
                _ => continue,
            };
            let moved = match moved {
                Err(later @ Trouble::Later { .. }) => {
                    put_off.get_or_insert(later);
                    continue;
                }
                moved => moved?,
            };
            self.run.store.answer_request(id, moved.to_string()).await?;
            did = true;
        }
        put_off.map_or(Ok(did), Err)
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
        let parked = self.run.store.parked_documents(self.run.row.id, numbers).await?;
        let mut moves = Vec::new();
        let mut count = 0;
        let is_asked = |document: &Document| {
            let cause = document.parking.as_ref().map_or("unknown", |parking| parking.cause.as_str());
            retry.cause.as_deref().is_none_or(|asked| asked == cause)
        };
        for mut document in parked.into_iter().filter(is_asked) {
            if document.source.is_none() && is_nameless(&document.refund_no) {
                // Nobody can ask for it: its window is read again by itself.
            } else if document.source.is_none() {
                count += self.reader.read_again(&document.refund_no).await?;
            } else if cause(&document) == Some(Cause::NoStockin) {
                // As it is it would be parked again: its goods are asked for.
                count += self.reader.find_stockins_of(&document.refund_no).await?;
            } else if may_be_tried(&document, retry.again) || self.still_stands(&mut document).await? {
                let why = if retry.again { MoveReason::AskedAgain } else { MoveReason::Asked };
                let log = document.apply(Event::Requeued, json!({ "why": why }))?;
                // What is tried by itself from here on begins anew.
                document.retries = None;
                moves.push((document, vec![log]));
            }
        }
        count += moves.len() as u64;
        self.writer.save(moves).await?;
        Ok(count)
    }

    /// A bill that 金蝶 saved, under another number or out of sight, and still has: trying its return again only adopts it.
    async fn still_stands(&self, document: &mut Document) -> Result<bool, Trouble> {
        let found = self.writer.find([&mut *document]).await?;
        let Some(bill) = document.return_bill() else { return Ok(false) };
        Ok(matches!(identify(bill, &found), Identity::Ours { .. }))
    }
}

/// What was there, under whatever number, is sent again only when that is asked.
pub(super) fn may_be_tried(document: &Document, again: bool) -> bool {
    match cause(document) {
        Some(Cause::Renumbered | Cause::RemovedInKingdee) => again,
        // 金蝶 said that it saved it: that it cannot be seen is no reason to write it once more.
        Some(Cause::Hidden) if document.has_bill() => again,
        _ => true,
    }
}

pub(super) fn cause(document: &Document) -> Option<Cause> {
    document.parking.as_ref().and_then(|parking| Cause::parse(&parking.cause))
}
