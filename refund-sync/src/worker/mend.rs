//! What a reconciliation found different is set right, as far as no person has to decide: what never became a bill is
//! put on its way, what was confirmed and is gone from 金蝶 or taken back there is parked. Finding it is `reconcile`'s.

use std::collections::BTreeMap;

use serde_json::json;

use super::retrying::may_be_tried;
use super::writer::{Blind, conflict, reached, setback};
use super::{Trouble, Worker};
use crate::journal::finish::{Status, since_confirmed};
use crate::journal::{Document, Event, FoundBills, Identity, State, identify};
use crate::model::MoveReason;

/// Numbers mended in one transaction.
const CHUNK: usize = 100;

impl Worker {
    /// Sets these numbers right. Says how many documents that moved.
    pub(super) async fn mend(&self, numbers: &[String]) -> Result<u64, Trouble> {
        let mut count = 0;
        for chunk in numbers.chunks(CHUNK) {
            let known = self.run.store.documents(self.run.row.id, chunk.to_vec()).await?;
            let mut known: BTreeMap<_, _> =
                known.into_iter().map(|document| (document.refund_no.clone(), document)).collect();
            let mut confirmed = Vec::new();
            let mut moves = Vec::new();
            for number in chunk {
                match known.remove(number) {
                    Some(document) if document.state == State::Confirmed => confirmed.push(document),
                    Some(mut document) if never_confirmed(&document) && !document.source.is_none() => {
                        let log = document.apply(Event::Requeued, json!({ "why": MoveReason::Missing }))?;
                        moves.push((document, vec![log]));
                    }
                    Some(document) if never_confirmed(&document) || document.state == State::Filtered => {
                        count += self.reader.read_again(number).await?;
                    }
                    // On its way, or for a person to decide.
                    Some(_) => {}
                    None => count += self.reader.read_again(number).await?,
                }
            }
            count += moves.len() as u64;
            self.writer.save(moves).await?;
            count += self.park_what_is_gone_or_taken_back(confirmed).await?;
        }
        Ok(count)
    }

    /// Looked up once more, straight before: nothing is parked on an older word.
    async fn park_what_is_gone_or_taken_back(&self, mut documents: Vec<Document>) -> Result<u64, Trouble> {
        if documents.is_empty() {
            return Ok(0);
        }
        let found = self.writer.find(&mut documents).await?;
        let found = FoundBills::of(&found);
        let blind = Blind::of(documents.iter().filter_map(Document::return_bill), &found);
        let mut moves = Vec::new();
        for document in documents {
            let kept = document.bill.clone();
            let Some(bill) = kept.get() else { continue };
            let identity = identify(bill, found.about(&bill.number, &bill.refund_no));
            if identity == Identity::Absent && blind.is_about(bill).is_some() {
                tracing::warn!(
                    pipeline = self.run.settings.name,
                    refund_no = document.refund_no,
                    message_zh = "同批单据在金蝶中一张也查不到：权限或数据范围所致，不当作已删除",
                    "not one of several bills can be seen in 金蝶: a right or a data scope hides them, nothing is parked as removed"
                );
                continue;
            }
            let parking = match &identity {
                Identity::Absent | Identity::Voided { .. } | Identity::Doubled { .. } => {
                    Some(conflict(&identity))
                }
                Identity::Ours { bill, .. } | Identity::Foreign { bill } => {
                    let (before, now) = [&document.bill_status, &bill.document_status]
                        .map(|letter| Status::of(letter.as_deref()))
                        .into();
                    since_confirmed(&before, &now).map(|why| {
                        let reached = reached(document.state, document.bill_status.as_deref());
                        setback(why, &reached, &now, Some(&bill.id))
                    })
                }
                Identity::Conflict { .. } | Identity::Illegible { .. } | Identity::Unseen { .. } => None,
            };
            if let Some(parking) = parking {
                moves.push(self.writer.parked(document, Event::Conflict, parking)?);
            }
        }
        let count = moves.len() as u64;
        self.writer.save(moves).await?;
        Ok(count)
    }
}

/// Parked, with no bill of it known to stand or to have stood in 金蝶.
fn never_confirmed(document: &Document) -> bool {
    document.state == State::Parked && !document.has_bill() && may_be_tried(document, false)
}
