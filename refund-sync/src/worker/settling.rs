//! Look-ups and what they decide: bills whose answer was lost, numbers that are in use, bills to be read back,
//! submitted and audited. One number, one live call: nothing is sent again before its last call must be over.

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::Verdict;
use serde_json::json;

use super::parkings::{altered_bill, conflict, hidden, join, never_answered, no_bill, of_kingdee};
use super::writing::{Move, PATIENCE, later};
use super::{Trouble, Worker};
use crate::config::{Finish, Verify};
use crate::journal::{Difference, Document, Event, FoundBill, Identity, Parking, State, identify};
use crate::store::Unanswered;

/// Documents settled by one round of look-ups.
pub(super) const CHUNK: usize = 100;
/// The shortest and the longest pause between two look-ups of a number whose call may still be running.
const POLL: (TimeDelta, TimeDelta) = (TimeDelta::seconds(2), TimeDelta::seconds(60));

/// How many calls may go unanswered before a person has to look.
const MOST_SENDS: u32 = 5;

/// What a look-up made of a document that is not in 金蝶 for sure.
pub(super) enum Settled {
    /// It moved.
    Moved(Box<Move>),
    /// Nothing stands under its number.
    Absent(Box<Document>),
}

impl Worker {
    /// Documents without an answer: found ones move on; absent ones wait, and are sent again when their time has come.
    pub(super) async fn settle_unanswered(&self) -> Result<bool, Trouble> {
        let unanswered = self.store.unanswered(self.row.id, self.clock.steady(), CHUNK).await?;
        if unanswered.is_empty() {
            return Ok(false);
        }
        let appeared: Vec<_> = unanswered.iter().map(|one| one.batch_appeared).collect();
        let documents = unanswered.into_iter().map(|Unanswered { document, .. }| document).collect();
        let settled = self.look_up(documents).await?;
        let now = self.clock.steady();
        let mut moves = Vec::new();
        let mut batches = Vec::new();
        let mut resend = Vec::new();
        for (settled, appeared) in settled.into_iter().zip(appeared) {
            match settled {
                Settled::Moved(done) => {
                    batches.extend(done.0.batch);
                    moves.push(*done);
                }
                Settled::Absent(document) => {
                    let may_resend = self.may_resend_at(&document, appeared);
                    if document.is_flagged("duplicate") && may_resend <= now {
                        moves.push(self.parked(*document, Event::Conflict, hidden())?);
                    } else if document.sends >= MOST_SENDS && may_resend <= now {
                        let parking = never_answered(document.sends);
                        moves.push(self.parked(*document, Event::Rejected, parking)?);
                    } else if may_resend <= now && self.may_write() {
                        resend.push(*document);
                    } else {
                        let until = if self.may_write() { may_resend } else { may_resend.max(now + POLL.1) };
                        moves.push(wait_for(*document, now, until)?);
                    }
                }
            }
        }
        batches.sort_unstable();
        batches.dedup();
        self.store.save(self.origin(), moves).await?;
        // While bills of a call still appear, the call is still running: nothing of it is sent again.
        resend.retain(|document| !document.batch.is_some_and(|batch| batches.contains(&batch)));
        self.store.batches_appeared(batches, now).await?;
        // Whatever went unanswered twice goes alone: one bill that the server chokes on must not hold up the others.
        let (alone, together): (Vec<_>, Vec<_>) = resend.into_iter().partition(|document| document.sends > 1);
        if !together.is_empty() {
            self.send(together).await?;
        }
        for document in alone {
            self.send(vec![document]).await?;
        }
        Ok(true)
    }

    /// When the last call of this number must be over.
    fn may_resend_at(&self, document: &Document, batch_appeared: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let wait = TimeDelta::from_std(self.settings.kingdee.resend_after).unwrap_or(TimeDelta::MAX);
        let given_up = document.unknown_since.unwrap_or_else(|| self.clock.steady());
        batch_appeared.map_or(given_up, |appeared| appeared.max(given_up)) + wait
    }

    /// 金蝶 answered the call, but not for these, or says that their number is in use.
    pub(super) async fn settle_answered(&self, documents: Vec<Document>) -> Result<(), Trouble> {
        if documents.is_empty() {
            return Ok(());
        }
        let settled = match self.look_up(documents.clone()).await {
            Ok(settled) => settled,
            Err(trouble) => {
                self.fate_unknown(documents, "金蝶 gave no verdict, and the look-up failed").await?;
                return Err(trouble);
            }
        };
        let mut moves = Vec::new();
        let mut unknown = Vec::new();
        for settled in settled {
            match settled {
                Settled::Moved(done) => moves.push(*done),
                // Whatever uses the number may be a call that is still running: look again before deciding.
                Settled::Absent(document) if document.is_flagged("duplicate") => unknown.push(*document),
                Settled::Absent(document) if document.attempts < PATIENCE => {
                    moves.push(self.put_off(*document, "金蝶 gave no verdict and does not have it")?);
                }
                Settled::Absent(document) => {
                    let parking = Parking::one(
                        "no_verdict",
                        "金蝶 answers without a verdict for this bill, again and again",
                        "金蝶多次应答均未给出该单的结果",
                        "在金蝶中查看该单后 retry。See what 金蝶 makes of it by hand, then `retry`.",
                    );
                    moves.push(self.parked(*document, Event::Rejected, parking)?);
                }
            }
        }
        self.store.save(self.origin(), moves).await?;
        self.fate_unknown(unknown, "the number is in use, but nothing is found under it").await
    }

    /// Looks documents up and judges what was found, in the order given.
    pub(super) async fn look_up(&self, documents: Vec<Document>) -> Result<Vec<Settled>, Trouble> {
        let bills: Vec<_> = documents.iter().map(Document::return_bill).collect();
        let wanted: Vec<_> = bills.iter().flatten().collect();
        let found = self.sink.look_up(&wanted).await.map_err(|error| self.kingdee_trouble(&error))?;
        documents
            .into_iter()
            .zip(bills)
            .map(|(document, bill)| match bill {
                None => Ok(Settled::Absent(Box::new(document))),
                Some(bill) => self.judge(document, identify(&bill, &found)),
            })
            .collect()
    }

    fn judge(&self, mut document: Document, identity: Identity) -> Result<Settled, Trouble> {
        let moved = match identity {
            Identity::Absent => return Ok(Settled::Absent(Box::new(document))),
            Identity::Ours { bill, altered } => {
                document.fid = Some(bill.id.clone());
                document.unflag("duplicate");
                self.flag_altered(&mut document, &altered);
                take_number(&mut document, &bill.number);
                self.tally().adopted += 1;
                let log =
                    document.apply(Event::Adopted, json!({ "fid": bill.id, "mark": bill.third_bill_id }))?;
                (document, vec![log])
            }
            Identity::Foreign { bill } => {
                document.fid = Some(bill.id.clone());
                document.unflag("duplicate");
                if document.flag(
                    "foreign",
                    format!("FID {} carries no mark of ours; customer and lines are the same", bill.id),
                ) {
                    self.tally().foreign += 1;
                }
                self.tally().adopted += 1;
                let log = document.apply(Event::Adopted, json!({ "fid": bill.id, "foreign": true }))?;
                (document, vec![log])
            }
            other => {
                // What stands there was ours once: a newer row must not make the document forget it.
                match &other {
                    Identity::Voided { id } => document.fid = Some(id.clone()),
                    Identity::Doubled { ids } => document.fid = ids.first().cloned(),
                    _ => {}
                }
                self.parked(document, Event::Conflict, conflict(&other))?
            }
        };
        Ok(Settled::Moved(Box::new(moved)))
    }

    fn flag_altered(&self, document: &mut Document, altered: &[Difference]) {
        if altered.is_empty() {
            document.unflag("altered");
        } else if document.flag("altered", join(altered)) {
            self.tally().altered += 1;
        }
    }

    /// Reads back what was saved, submits and audits as far as the configuration asks.
    pub(super) async fn finish_saved(&self, more_to_come: bool) -> Result<bool, Trouble> {
        let now = self.clock.steady();
        let finish = self.settings.kingdee.finish;
        let saved = self.store.due(self.row.id, State::Saved, now, CHUNK).await?;
        if more_to_come && saved.len() < CHUNK {
            return Ok(false);
        }
        let submitted = self.store.due(self.row.id, State::Submitted, now, CHUNK).await?;
        let audited = self.store.due(self.row.id, State::Audited, now, CHUNK).await?;
        if finish != Finish::Save && !self.may_write() {
            return Ok(false);
        }
        let did = !(saved.is_empty() && submitted.is_empty() && audited.is_empty());
        let saved = self.read_back(saved).await?;
        if finish == Finish::Save {
            self.confirm(saved.into_iter().chain(submitted).chain(audited).collect()).await?;
            return Ok(did);
        }
        let mut submitted: Vec<_> =
            submitted.into_iter().chain(self.advance(saved, Event::Submitted).await?).collect();
        let mut done = audited;
        if finish == Finish::Audit {
            done.extend(self.advance(submitted, Event::Audited).await?);
        } else {
            done.append(&mut submitted);
        }
        self.confirm(done).await?;
        Ok(did)
    }

    /// Compares what stands in 金蝶 with what was sent. Returns the documents that may go on.
    async fn read_back(&self, documents: Vec<Document>) -> Result<Vec<Document>, Trouble> {
        let (documents, broken): (Vec<_>, Vec<_>) =
            documents.into_iter().partition(|document| document.return_bill().is_some());
        if !broken.is_empty() {
            let moves = broken.into_iter().map(|document| self.parked(document, Event::Broken, no_bill()));
            self.store.save(self.origin(), moves.collect::<Result<_, _>>()?).await?;
        }
        if self.settings.kingdee.verify == Verify::None || documents.is_empty() {
            return Ok(documents);
        }
        let bills: Vec<_> = documents.iter().map(Document::return_bill).collect();
        let wanted: Vec<_> = bills.iter().flatten().collect();
        let found = self.sink.look_up(&wanted).await.map_err(|error| self.kingdee_trouble(&error))?;
        let mut moves = Vec::new();
        let mut passed = Vec::new();
        for (mut document, bill) in documents.into_iter().zip(bills) {
            let identity = bill.as_ref().map_or(Identity::Absent, |bill| identify(bill, &found));
            match identity {
                Identity::Ours { bill, altered } => {
                    self.flag_altered(&mut document, &altered);
                    if altered.is_empty() || self.settings.kingdee.finish == Finish::Save {
                        passed.push(standing(document, &bill));
                    } else {
                        moves.push(self.parked(
                            document,
                            Event::Conflict,
                            altered_bill(&bill.id, &altered),
                        )?);
                    }
                }
                Identity::Foreign { bill } => passed.push(standing(document, &bill)),
                Identity::Absent if document.attempts < PATIENCE => {
                    document.attempts += 1;
                    document.due_at = Some(later(self.clock.steady(), document.attempts));
                    moves.push((document, Vec::new()));
                }
                other => moves.push(self.parked(document, Event::Conflict, conflict(&other))?),
            }
        }
        self.store.save(self.origin(), moves).await?;
        Ok(passed)
    }

    /// Submits or audits by number; what is done already is done.
    async fn advance(&self, documents: Vec<Document>, event: Event) -> Result<Vec<Document>, Trouble> {
        if documents.is_empty() {
            return Ok(documents);
        }
        let numbers: Vec<String> = documents
            .iter()
            .map(|one| one.return_bill().map(|bill| bill.number).unwrap_or_default())
            .collect();
        let answer = if event == Event::Submitted {
            self.sink.submit(&numbers).await
        } else {
            self.sink.audit(&numbers).await
        };
        // Repeating either is harmless, so a lost answer is simply asked for again.
        let verdicts = answer.map_err(|error| self.kingdee_trouble(&error))?;
        let mut moves = Vec::new();
        let mut advanced = Vec::new();
        let mut refused = Vec::new();
        for (mut document, verdict) in documents.into_iter().zip(verdicts) {
            if verdict.is_done() {
                let log = document.apply(event, json!({ "fid": document.fid }))?;
                moves.push((document.clone(), vec![log]));
                advanced.push(document);
                continue;
            }
            let passing = match &verdict {
                Verdict::Rejected { errors } => {
                    errors.iter().all(|error| error.class == kingdee_k3cloud_sdk::Class::Transient)
                }
                _ => true,
            };
            if passing && document.attempts < PATIENCE {
                document.attempts += 1;
                document.due_at = Some(later(self.clock.steady(), document.attempts));
                moves.push((document, Vec::new()));
                continue;
            }
            let reasons = match &verdict {
                Verdict::Rejected { errors } => of_kingdee(errors),
                _ => Vec::new(),
            };
            refused.push((document, Parking::of(reasons)));
        }
        let (parked, done) = self.take_refused(refused, event).await?;
        moves.extend(parked);
        advanced.extend(done);
        self.store.save(self.origin(), moves).await?;
        Ok(advanced)
    }

    /// What 金蝶 will not submit or audit: its status is read again, and if it is where it should be, somebody was
    /// faster. Otherwise it waits for a person; a bill that is gone, voided or doubled by then is called by that name.
    async fn take_refused(
        &self,
        refused: Vec<(Document, Parking)>,
        event: Event,
    ) -> Result<(Vec<Move>, Vec<Document>), Trouble> {
        let bills: Vec<_> = refused.iter().filter_map(|(document, _)| document.return_bill()).collect();
        let wanted: Vec<_> = bills.iter().collect();
        let found = self.sink.look_up(&wanted).await.map_err(|error| self.kingdee_trouble(&error))?;
        let (mut moves, mut done) = (Vec::with_capacity(refused.len()), Vec::new());
        for (mut document, parking) in refused {
            let bill = document.return_bill();
            let identity = bill.map_or(Identity::Absent, |bill| identify(&bill, &found));
            moves.push(match identity {
                Identity::Absent | Identity::Voided { .. } | Identity::Doubled { .. } => {
                    self.parked(document, Event::Conflict, conflict(&identity))?
                }
                Identity::Ours { bill, .. } | Identity::Foreign { bill } if has_reached(&bill, event) => {
                    let log =
                        document.apply(event, json!({ "fid": bill.id, "status": bill.document_status }))?;
                    done.push(document.clone());
                    (document, vec![log])
                }
                _ => self.parked(document, Event::Rejected, parking)?,
            });
        }
        Ok((moves, done))
    }

    async fn confirm(&self, documents: Vec<Document>) -> Result<(), Trouble> {
        let mut moves = Vec::with_capacity(documents.len());
        for mut document in documents {
            let log = document.apply(Event::Confirmed, json!({ "fid": document.fid }))?;
            self.tally().confirmed += 1;
            moves.push((document, vec![log]));
        }
        Ok(self.store.save(self.origin(), moves).await?)
    }
}

/// A site that renumbers bills: from here on the bill goes by the number that it has.
fn take_number(document: &mut Document, number: &str) {
    let Some(mut bill) = document.return_bill().filter(|bill| bill.number != number) else { return };
    document.flag("renumbered", format!("sent as {}, stands in 金蝶 as {number}", bill.number));
    number.clone_into(&mut bill.number);
    document.bill = serde_json::to_string(&bill).ok();
}

/// Whether the bill is where submitting or auditing would bring it.
fn has_reached(bill: &FoundBill, event: Event) -> bool {
    match event {
        Event::Submitted => bill.is_submitted(),
        Event::Audited => bill.is_audited(),
        _ => false,
    }
}

/// The document as it stands in 金蝶: somebody may have submitted or audited it by hand.
fn standing(mut document: Document, bill: &FoundBill) -> Document {
    document.fid = Some(bill.id.clone());
    document
}

/// Absent, and its call may still be running: looked up again, at growing pauses, until it may be sent again.
fn wait_for(mut document: Document, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Move, Trouble> {
    let waited = document.unknown_since.map_or(TimeDelta::zero(), |since| now - since);
    let due = (now + (waited / 2).clamp(POLL.0, POLL.1)).min(until.max(now + TimeDelta::milliseconds(100)));
    let first = document.due_at.is_none();
    let log = document.apply(Event::Absent, json!({ "next_look": due, "not_sent_again_before": until }))?;
    document.due_at = Some(due);
    // Every look would make the life of a document unreadable; the first tells the story.
    Ok((document, if first { vec![log] } else { Vec::new() }))
}
