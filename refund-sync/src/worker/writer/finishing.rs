//! From a bill that was saved to one that is done: read back, submitted and audited as far as the configuration asks.
//! The status that was just read decides (`journal::finish`); a call's own word decides nothing that can be read again.

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use kingdee_k3cloud_sdk::{BillError, Class, Error, Verdict};
use serde_json::json;

use super::look_up::{columns, flag_fields, seen};
use super::moves::Move;
use super::park_reason::{
    altered_bill, blind, conflict, no_bill, no_verdict, reached, setback as set_back, unverified,
};
use super::sending::{PATIENCE, later};
use super::{Trouble, Writer};
use crate::config::{Finish, OnUnverified, Verify};
use crate::journal::finish::{Goal, Refusal, Status, Step, after_refusal, next};
use crate::journal::{Document, Event, FoundBills, Identity, Parking, State, identify};
use crate::model::ReturnBill;

/// Documents finished in one round.
const CHUNK: usize = 100;
/// How often a bill is looked at that should have got further, before a person has to look.
const LOOKS: u32 = 4;

/// A document with its bill's status.
type Standing = (Document, Status);
/// A document that 金蝶 would not submit or audit, with every objection; none where the answer did not name it.
type Refused = (Document, Vec<BillError>);

impl Writer {
    /// Takes what was saved as far as the configuration asks.
    pub(in crate::worker) async fn finish_saved(&self, more_to_come: bool) -> Result<bool, Trouble> {
        let now = self.run.clock.steady();
        let saved = self.run.store.due(self.run.row.id, State::Saved, now, CHUNK).await?;
        if more_to_come && saved.len() < CHUNK {
            return Ok(false);
        }
        let submitted = self.run.store.due(self.run.row.id, State::Submitted, now, CHUNK).await?;
        let audited = self.run.store.due(self.run.row.id, State::Audited, now, CHUNK).await?;
        let goal = self.goal();
        if goal != Goal::Saved && !self.may_write() {
            return Ok(false);
        }
        let documents: Vec<_> = saved.into_iter().chain(submitted).chain(audited).collect();
        if documents.is_empty() {
            return Ok(false);
        }
        let (mut done, mut submit, mut audit, mut moves) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (document, status) in self.look_at(documents).await? {
            match next(document.state, &status, goal) {
                Step::Confirm => done.push(document),
                Step::Submit => submit.push(document),
                Step::Audit => audit.push(document),
                Step::LookAgain(_) if document.attempts < LOOKS => moves.push(look_again(document, now)),
                Step::LookAgain(why) | Step::Park(why) => {
                    let parking =
                        set_back(why, &reached(document.state, None), &status, document.fid.as_deref());
                    moves.push(self.parked(document, Event::Conflict, parking)?);
                }
            }
        }
        self.save(moves).await?;
        self.confirm(done).await?;
        let submitted = self.advance(submit, Event::Submitted).await?;
        if goal == Goal::Audited {
            audit.extend(submitted);
        }
        self.advance(audit, Event::Audited).await?;
        Ok(true)
    }

    fn goal(&self) -> Goal {
        match self.run.settings.kingdee.finish {
            Finish::Save => Goal::Saved,
            Finish::Submit => Goal::Submitted,
            Finish::Audit => Goal::Audited,
        }
    }

    /// Compares what stands in 金蝶 with what was sent. Returns those that may go on, each with its status.
    async fn look_at(&self, documents: Vec<Document>) -> Result<Vec<Standing>, Trouble> {
        let mut moves = Vec::new();
        let mut readable = Vec::new();
        for document in documents {
            if document.return_bill().is_some() {
                readable.push(document);
            } else {
                moves.push(self.parked(document, Event::Broken, no_bill())?);
            }
        }
        if self.run.settings.kingdee.verify == Verify::None {
            self.save(moves).await?;
            return Ok(readable.into_iter().map(|document| (document, Status::Unread)).collect());
        }
        let found = self.find(&mut readable).await?;
        let found = FoundBills::of(&found);
        let blind = Blind::of(readable.iter().filter_map(Document::return_bill), &found);
        let mut standing = Vec::new();
        for document in readable {
            let bill = document.bill.clone();
            let Some(bill) = bill.get() else { continue };
            match self.look_at_one(document, bill, &found, &blind)? {
                Ok(one) => standing.push(one),
                Err(one) => moves.push(one),
            }
        }
        self.save(moves).await?;
        Ok(standing)
    }

    fn look_at_one(
        &self,
        mut document: Document,
        ours: &ReturnBill,
        found: &FoundBills<'_>,
        blind: &Blind,
    ) -> Result<Result<Standing, Move>, Trouble> {
        let identity = identify(ours, found.about(&ours.number, &ours.refund_no));
        let (bill, altered, fields) = match identity {
            Identity::Ours { bill, altered, fields } => (bill, altered, fields),
            Identity::Foreign { bill } => (bill, Vec::new(), Vec::new()),
            // Whatever of it cannot be seen: 金蝶 gave this id for the bill that was sent.
            Identity::Unseen { bill, .. } if document.fid.as_deref() == Some(bill.id.as_str()) => {
                (bill, Vec::new(), Vec::new())
            }
            other => return self.not_standing(document, ours, &other, blind).map(Err),
        };
        document.fid = Some(bill.id.clone());
        if bill.document_status.is_some() {
            document.bill_status.clone_from(&bill.document_status);
        }
        self.flag_altered(&mut document, &altered);
        flag_fields(&mut document, &fields, &bill);
        self.flag_unverified(&mut document, &bill);
        let status = Status::of(bill.document_status.as_deref());
        let goal = self.goal();
        if !altered.is_empty() && goal != Goal::Saved {
            return self.parked(document, Event::Conflict, altered_bill(&bill.id, &altered)).map(Err);
        }
        let unseen = !bill.unread.is_empty() && self.run.settings.kingdee.on_unverified == OnUnverified::Park;
        if unseen && goal == Goal::Audited && next(document.state, &status, goal) != Step::Confirm {
            return self.parked(document, Event::Conflict, unverified(&bill.id, &columns(&bill))).map(Err);
        }
        Ok(Ok((document, status)))
    }

    /// No bill that is ours was found for one that 金蝶 said it saved.
    fn not_standing(
        &self,
        document: Document,
        ours: &ReturnBill,
        identity: &Identity,
        blind: &Blind,
    ) -> Result<Move, Trouble> {
        let unseen = blind.is_about(ours);
        match identity {
            Identity::Absent if document.attempts < if unseen.is_some() { LOOKS } else { PATIENCE } => {
                Ok(look_again(document, self.run.clock.steady()))
            }
            Identity::Absent if unseen.is_some() => {
                self.parked(document, Event::Conflict, blind_parking(unseen))
            }
            other => self.parked(document, Event::Conflict, conflict(other)),
        }
    }

    /// Submits or audits by number. Returns those that got there.
    fn advance(
        &self,
        documents: Vec<Document>,
        event: Event,
    ) -> BoxFuture<'_, Result<Vec<Document>, Trouble>> {
        Box::pin(async move {
            if documents.is_empty() {
                return Ok(documents);
            }
            let numbers: Vec<String> = documents
                .iter()
                .map(|one| one.return_bill().map(|bill| bill.number.clone()).unwrap_or_default())
                .collect();
            let answer = if event == Event::Submitted {
                self.sink.submit(&numbers).await
            } else {
                self.sink.audit(&numbers, &self.yes()).await
            };
            let verdicts = match answer {
                Ok(verdicts) => verdicts,
                Err(error) => return self.advance_apart(documents, event, &error).await,
            };
            let (mut moves, mut advanced, mut refused) = (Vec::new(), Vec::new(), Vec::new());
            for (mut document, verdict) in documents.into_iter().zip(verdicts) {
                if verdict.is_done() {
                    let log = document.apply(event, json!({ "fid": document.fid }))?;
                    moves.push((document.clone(), vec![log]));
                    advanced.push(document);
                } else if let Verdict::Rejected { errors } = verdict {
                    refused.push((document, errors));
                } else {
                    refused.push((document, Vec::new()));
                }
            }
            self.save(moves).await?;
            advanced.extend(self.take_refused(refused, event).await?);
            Ok(advanced)
        })
    }

    /// The call as a whole was answered with a no: its halves tell which bill it is. Anything else is asked again, after
    /// the next look.
    async fn advance_apart(
        &self,
        mut documents: Vec<Document>,
        event: Event,
        error: &Error,
    ) -> Result<Vec<Document>, Trouble> {
        let objections = error.objections();
        // `all` holds of none too: no answer of 金蝶 came.
        if error.is_permanent_for_all() || objections.iter().all(|one| one.class == Class::Transient) {
            return Err(self.kingdee_trouble(error));
        }
        if let [_] = documents.as_slice() {
            let refused = documents.into_iter().map(|document| (document, objections.clone())).collect();
            return self.take_refused(refused, event).await;
        }
        let right = documents.split_off(documents.len() / 2);
        let mut advanced = self.advance(documents, event).await?;
        advanced.extend(self.advance(right, event).await?);
        Ok(advanced)
    }

    /// What 金蝶 would not submit or audit is read again before anything is judged: somebody may have been faster, an
    /// answer may have been lost. Returns those that are there.
    async fn take_refused(&self, mut refused: Vec<Refused>, event: Event) -> Result<Vec<Document>, Trouble> {
        if refused.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.find(refused.iter_mut().map(|(document, _)| document)).await?;
        let found = FoundBills::of(&found);
        let wanted = refused.iter().filter_map(|(document, _)| document.return_bill());
        let blind = Blind::of(wanted, &found);
        let asked = if event == Event::Submitted { State::Submitted } else { State::Audited };
        let now = self.run.clock.steady();
        let (mut moves, mut advanced) = (Vec::new(), Vec::new());
        for (mut document, errors) in refused {
            let kept = document.bill.clone();
            let Some(ours) = kept.get() else { continue };
            let bill = match identify(ours, found.about(&ours.number, &ours.refund_no)) {
                Identity::Ours { bill, .. } | Identity::Foreign { bill } => bill,
                Identity::Unseen { bill, .. } if document.fid.as_deref() == Some(bill.id.as_str()) => bill,
                other => {
                    moves.push(self.not_standing(document, ours, &other, &blind)?);
                    continue;
                }
            };
            let status = Status::of(bill.document_status.as_deref());
            let objections: Vec<_> = errors.iter().map(|error| error.class.clone()).collect();
            let taken = match after_refusal(asked, &status, &objections) {
                Refusal::Done => {
                    let log = document
                        .apply(event, json!({ "fid": bill.id, "already": true, "seen": seen(&bill) }))?;
                    advanced.push(document.clone());
                    (document, vec![log])
                }
                Refusal::Later if document.attempts < PATIENCE => look_again(document, now),
                Refusal::Back(why) => {
                    let parking = set_back(why, &reached(asked, None), &status, Some(&bill.id));
                    self.parked(document, Event::Conflict, parking)?
                }
                Refusal::Later if errors.is_empty() => {
                    self.parked(document, Event::Rejected, no_verdict())?
                }
                Refusal::Later | Refusal::ForGood => {
                    let parking = Parking::of(self.of_kingdee(&errors)).seen(&status.text());
                    self.parked(document, Event::Rejected, parking)?
                }
            };
            moves.push(taken);
        }
        self.save(moves).await?;
        Ok(advanced)
    }

    async fn confirm(&self, documents: Vec<Document>) -> Result<(), Trouble> {
        let mut moves = Vec::with_capacity(documents.len());
        for mut document in documents {
            let status = document.bill_status.as_deref().map(|letter| Status::of(Some(letter)).to_string());
            let log = document.apply(Event::Confirmed, json!({ "fid": document.fid, "status": status }))?;
            self.run.tally().confirmed += 1;
            moves.push((document, vec![log]));
        }
        self.save(moves).await
    }
}

/// Organisations of which nothing at all was found, though several of their bills were asked for: what hides one bill
/// may be a clerk, what hides all of them is a right or a data scope.
pub(in crate::worker) struct Blind {
    orgs: Vec<((String, String), usize)>,
}

impl Blind {
    pub(in crate::worker) fn of<'b>(
        wanted: impl IntoIterator<Item = &'b ReturnBill>,
        found: &FoundBills<'_>,
    ) -> Self {
        let mut orgs: Vec<((String, String), usize, bool)> = Vec::new();
        for bill in wanted {
            let near = found.about(&bill.number, &bill.refund_no);
            let is_found = near.iter().any(|found| found.stands_for(&bill.number, &bill.refund_no));
            let org = (bill.sale_org.clone(), bill.stock_org.clone());
            match orgs.iter_mut().find(|(known, ..)| *known == org) {
                Some((_, count, any)) => {
                    *count += 1;
                    *any |= is_found;
                }
                None => orgs.push((org, 1, is_found)),
            }
        }
        let unseen = orgs.into_iter().filter(|(_, count, any)| *count > 1 && !any);
        Self { orgs: unseen.map(|(org, count, _)| (org, count)).collect() }
    }

    /// How many bills of the organisations of this one were asked for in vain; `None` if some were found.
    pub(in crate::worker) fn is_about(&self, bill: &ReturnBill) -> Option<usize> {
        let same = |(sale, stock): &(String, String)| *sale == bill.sale_org && *stock == bill.stock_org;
        self.orgs.iter().find(|(org, _)| same(org)).map(|(_, count)| *count)
    }
}

fn blind_parking(count: Option<usize>) -> Parking {
    blind(count.unwrap_or_default())
}

/// It is looked at again a little later.
fn look_again(mut document: Document, now: DateTime<Utc>) -> Move {
    document.attempts += 1;
    document.due_at = Some(later(now, document.attempts));
    (document, Vec::new())
}
