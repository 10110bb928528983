//! What only a change in 金蝶 can lift is tried again by itself: one document for each question first, the others that are
//! parked in the same words when it passes. When is `journal::retries`'s to say.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use serde_json::json;

use super::moves::Move;
use super::{Trouble, Writer};
use crate::clock::rfc3339;
use crate::config::RetryParked;
use crate::journal::{Document, Event, Identity, Retries, State, identify, question};
use crate::model::MoveReason;

/// Documents looked at in one round.
const CHUNK: usize = 500;

impl Writer {
    /// Tries what is due, unless nothing may be written now: outside the write hours, in a freeze, in a ban.
    pub(in crate::worker) async fn try_parked(&self) -> Result<bool, Trouble> {
        let is_off = self.run.settings.kingdee.retry_parked == RetryParked::Off;
        if is_off || self.sink.hold().is_some() || !self.may_write() {
            return Ok(false);
        }
        let mut did = self.judge_probes().await?;
        let due = self.run.store.parked_due(self.run.row.id, self.run.clock.steady(), CHUNK).await?;
        let mut probes = Vec::new();
        for document in due {
            let Some(question) = question(&document) else { continue };
            if let Entry::Vacant(free) = self.probes().entry(question) {
                free.insert(document.refund_no.clone());
                probes.push(document);
            }
        }
        did |= !probes.is_empty();
        self.put_on_their_way(probes, MoveReason::ByItself).await?;
        Ok(did)
    }

    /// What became of the documents that were sent ahead.
    async fn judge_probes(&self) -> Result<bool, Trouble> {
        let probes = self.probes().clone();
        if probes.is_empty() {
            return Ok(false);
        }
        let numbers = probes.values().cloned().collect();
        let known: BTreeMap<String, Document> = self
            .run
            .store
            .documents(self.run.row.id, numbers)
            .await?
            .into_iter()
            .map(|document| (document.refund_no.clone(), document))
            .collect();
        let (mut passed, mut failed) = (BTreeSet::new(), BTreeMap::new());
        for (asked, refund_no) in probes {
            match known.get(&refund_no) {
                Some(document) if document.state.is_pending() => continue,
                Some(document)
                    if document.state == State::Parked && question(document).as_ref() == Some(&asked) =>
                {
                    failed.insert(asked.clone(), document.clone());
                }
                _ => drop(passed.insert(asked.clone())),
            }
            self.probes().remove(&asked);
        }
        if passed.is_empty() && failed.is_empty() {
            return Ok(false);
        }
        let (mut moves, mut freed) = (Vec::new(), Vec::new());
        for mut document in self.run.store.parked_documents(self.run.row.id, None).await? {
            let (Some(asked), Some(_)) = (question(&document), document.retries) else { continue };
            if passed.contains(&asked) {
                freed.push(document);
            } else if let Some(probe) = failed.get(&asked).filter(|probe| probe.due_at > document.due_at) {
                // The answer holds for it too: its turn is the probe's next.
                document.due_at = probe.due_at;
                document.retries = probe.retries;
                moves.push((document, Vec::new()));
            }
        }
        self.save(moves).await?;
        let did = !freed.is_empty();
        self.put_on_their_way(freed, MoveReason::PassedForAnother).await?;
        Ok(did)
    }

    /// Requeues documents. One whose bill stood in 金蝶 is looked at first: if that is not there any more it is never
    /// written again by itself.
    async fn put_on_their_way(&self, mut documents: Vec<Document>, why: MoveReason) -> Result<(), Trouble> {
        if documents.is_empty() {
            return Ok(());
        }
        let found = self.find(documents.iter_mut().filter(|one| one.has_bill())).await?;
        let bills: Vec<_> = documents.iter().map(|one| one.bill.clone()).collect();
        let mut moves = Vec::with_capacity(documents.len());
        for (document, bill) in documents.into_iter().zip(bills) {
            let bill = bill.get().filter(|_| document.has_bill());
            let stands = bill.map(|bill| {
                matches!(identify(bill, &found), Identity::Ours { .. } | Identity::Foreign { .. })
            });
            moves.push(if stands.unwrap_or(!document.has_bill()) {
                requeued(document, why)?
            } else {
                self.still_hidden(document)
            });
        }
        self.save(moves).await
    }

    /// Its bill was not found: it stays as it is until the next time.
    fn still_hidden(&self, mut document: Document) -> Move {
        let now = self.run.clock.steady();
        let before = Retries::going_on(document.retries, now);
        let retries = Retries { tries: before.tries + 1, ..before };
        document.due_at = retries.next(now);
        document.retries = Some(retries);
        tracing::info!(
            pipeline = self.run.settings.name,
            refund_no = document.refund_no,
            next_try = document.due_at.map(rfc3339),
            message_zh = "金蝶中查不到该单，不会自动重写",
            "its bill is not found in 金蝶: it is not written again by itself"
        );
        (document, Vec::new())
    }

    /// Of each question that is asked now, the number of the document that asks it.
    fn probes(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn requeued(mut document: Document, why: MoveReason) -> Result<Move, Trouble> {
    let tries = document.retries.map_or(0, |retries| retries.tries) + 1;
    document.retries = document.retries.map(|retries| Retries { tries, ..retries });
    let log = document.apply(Event::Requeued, json!({ "why": why, "try": tries }))?;
    Ok((document, vec![log]))
}
