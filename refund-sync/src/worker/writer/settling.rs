//! Bills whose answer was lost, that were not named in it, or whose number is in use: looked up, and sent again only when
//! their last call must be over. One number, one live call. What a look-up makes of a document is `worker::writer::look_up`'s.

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::{BillError, Class};
use serde_json::json;

use super::look_up::Settled;
use super::moves::Move;
use super::park_reason::{hidden, never_answered, no_verdict};
use super::sending::PATIENCE;
use super::{Trouble, Writer};
use crate::journal::{Document, Event, Parking};
use crate::model::FlagKind;
use crate::store::Unanswered;

/// Documents settled by one round of look-ups.
pub(super) const CHUNK: usize = 100;
/// The shortest and the longest pause between two look-ups of a number whose call may still be running.
const POLL: (TimeDelta, TimeDelta) = (TimeDelta::seconds(2), TimeDelta::seconds(60));

/// How many calls may go unanswered before a person has to look.
const MOST_SENDS: u32 = 5;

/// How often a bill is sent again of which the answer says nothing at all.
const MOST_SILENT: u32 = 2;

impl Writer {
    /// Documents without an answer: found ones move on; absent ones wait, and are sent again when their time has come.
    pub(in crate::worker) async fn settle_unanswered(&self) -> Result<bool, Trouble> {
        let unanswered = self.run.store.unanswered(self.run.row.id, self.run.clock.steady(), CHUNK).await?;
        if unanswered.is_empty() {
            return Ok(false);
        }
        let appeared: Vec<_> = unanswered.iter().map(|one| one.batch_appeared).collect();
        let documents = unanswered.into_iter().map(|Unanswered { document, .. }| document).collect();
        let settled = self.look_up(documents).await?;
        let now = self.run.clock.steady();
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
                    if document.is_flagged(FlagKind::Duplicate) && may_resend <= now {
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
        self.save(moves).await?;
        // While bills of a call still appear, the call is still running: nothing of it is sent again.
        resend.retain(|document| !document.batch.is_some_and(|batch| batches.contains(&batch)));
        self.run.store.batches_appeared(batches, now).await?;
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
        let wait = TimeDelta::from_std(self.run.settings.kingdee.resend_after).unwrap_or(TimeDelta::MAX);
        let given_up = document.unknown_since.unwrap_or_else(|| self.run.clock.steady());
        batch_appeared.map_or(given_up, |appeared| appeared.max(given_up)) + wait
    }

    /// 金蝶 answered the call, but not for these (no objections), or says that their number is in use, or failed on them:
    /// what is there all the same moves on, the rest goes by what 金蝶 said.
    pub(super) async fn settle_answered(
        &self,
        doubtful: Vec<(Document, Vec<BillError>)>,
    ) -> Result<(), Trouble> {
        if doubtful.is_empty() {
            return Ok(());
        }
        let (documents, objections): (Vec<_>, Vec<_>) = doubtful.into_iter().unzip();
        let settled = match self.look_up(documents.clone()).await {
            Ok(settled) => settled,
            Err(trouble) => {
                self.fate_unknown(documents, "金蝶 gave no verdict, and the look-up failed").await?;
                return Err(trouble);
            }
        };
        let mut moves = Vec::new();
        let mut unknown = Vec::new();
        for (settled, errors) in settled.into_iter().zip(objections) {
            match settled {
                Settled::Moved(done) => moves.push(*done),
                // Whatever uses the number may be a call that is still running: look again before deciding.
                Settled::Absent(document) if document.is_flagged(FlagKind::Duplicate) => {
                    unknown.push(*document);
                }
                // Not understood, and nothing is there: parked at once, in 金蝶's own words.
                Settled::Absent(document) if errors.iter().any(|error| error.class != Class::Transient) => {
                    moves.push(self.parked(
                        *document,
                        Event::Rejected,
                        Parking::of(self.of_kingdee(&errors)),
                    )?);
                }
                Settled::Absent(document)
                    if document.attempts < if errors.is_empty() { MOST_SILENT } else { PATIENCE } =>
                {
                    let why = errors.first().map_or_else(
                        || "金蝶 gave no verdict and does not have it".to_owned(),
                        |error| format!("{}; 金蝶 does not have it", error.message),
                    );
                    let mut put_off = self.put_off(*document, &why)?;
                    // Its call did reach 金蝶: it is looked up once more, straight before the next one.
                    put_off.0.sends = put_off.0.sends.max(1);
                    moves.push(put_off);
                }
                Settled::Absent(document) if errors.is_empty() => {
                    moves.push(self.parked(*document, Event::Rejected, no_verdict())?);
                }
                Settled::Absent(document) => {
                    moves.push(self.parked(
                        *document,
                        Event::Rejected,
                        Parking::of(self.of_kingdee(&errors)),
                    )?);
                }
            }
        }
        self.save(moves).await?;
        self.fate_unknown(unknown, "the number is in use, but nothing is found under it").await
    }
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
