//! Writing 金蝶 from the journal: map, write the intent, send, take the verdicts. Each step is its own transaction,
//! so a crash between any two is found again by `recover`. What is sent at all is in `writer::before_sending`, what
//! look-ups decide in `writer::settling`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use kingdee_k3cloud_sdk::{BillError, Class, Error, ErrorKind, Fate, Verdict};
use serde_json::json;
use tokio::time::Instant;

use super::look_up::Settled;
use super::moves::Move;
use super::park_reason::{RENUMBERED, no_bill, reasons, renumbered as renumbered_bill};
use super::{Trouble, Writer};
use crate::clock::shanghai;
use crate::journal::{Document, Event, Parking, State};
use crate::lang::{Text, both};
use crate::mapping;
use crate::mapping::rules::ClosedPeriod;
use crate::model::ReturnBill;
use crate::model::{Cause, FlagKind};
use crate::store::{SEND_WITHIN, Side};
use crate::worker::bill::make_bill;

/// Documents mapped in one transaction.
const MAP_CHUNK: usize = 500;
/// How often a document is put off for a passing reason before it is parked.
pub(super) const PATIENCE: u32 = 8;

/// How many bills in a row may be refused without a word about a row before it is taken to be no row's fault.
const MOST_REFUSED_ALONE: usize = 3;

/// The same of bills on which 金蝶 failed inside (`response_error:`): a plug-in may break on each of them for its own sake.
const MOST_FAILED_ALONE: usize = 20;

impl Writer {
    /// The questions of 金蝶 that are answered with yes, as they go on the wire.
    pub(super) fn yes(&self) -> String {
        self.run.settings.kingdee.interaction_flags.join(";")
    }

    /// Outside the write hours and in a freeze reading and looking up go on, sending waits.
    pub(in crate::worker) fn may_write(&self) -> bool {
        self.run.settings.kingdee.waits_until(shanghai(self.run.clock.now())).is_none()
    }

    /// Returns that were read before a rule named one of their fields: they are asked for again before they are mapped.
    pub(in crate::worker) async fn unread(&self) -> Result<Vec<String>, Trouble> {
        let further = &self.run.settings.mapping.further;
        if further.is_empty() {
            return Ok(Vec::new());
        }
        let (row, now) = (self.run.row.id, self.run.clock.steady());
        let seen = self.run.store.due(row, State::Seen, now, MAP_CHUNK).await?;
        let is_unread =
            |document: &Document| document.refund().is_some_and(|refund| further.unread(refund).is_some());
        Ok(seen.into_iter().filter(is_unread).map(|document| document.refund_no).collect())
    }

    /// Makes bills of what has none: what is tried again, and what the mapping refused when it was read.
    pub(in crate::worker) async fn map_seen(&self) -> Result<bool, Trouble> {
        let seen =
            self.run.store.due(self.run.row.id, State::Seen, self.run.clock.steady(), MAP_CHUNK).await?;
        if seen.is_empty() {
            return Ok(false);
        }
        let mut moves = Vec::with_capacity(seen.len());
        for document in seen {
            moves.push(self.map(document)?);
        }
        self.save(moves).await?;
        Ok(true)
    }

    fn map(&self, mut document: Document) -> Result<Move, Trouble> {
        let rules = &self.run.settings.mapping;
        let source = document.source.clone();
        let refusals = match source.get() {
            Some(refund) => match make_bill(&mut document, refund, rules)? {
                Ok(log) => {
                    self.run.tally().mapped += 1;
                    return Ok((document, vec![log]));
                }
                Err(refusals) => {
                    let day = document.date.or_else(|| rules.date(refund));
                    Parking::of(reasons(&refusals)).due_on(day)
                }
            },
            None => Parking::one(
                Cause::Unreadable,
                Text::new("同步台账中没有该退换单的内容", "the journal holds no return for this number"),
                Text::new("重试即重新读取。", "Read it again with `retry`."),
            ),
        };
        document.rules = Some(rules.version.clone());
        self.parked(document, Event::Refused, refusals)
    }

    /// Writes the intent, sends, and takes the verdicts.
    pub(super) fn send(&self, documents: Vec<Document>) -> BoxFuture<'_, Result<(), Trouble>> {
        Box::pin(async move {
            self.refuse_in_hold()?;
            let mut moves = Vec::with_capacity(documents.len());
            let mut unreadable = Vec::new();
            for mut document in documents {
                let kept = document.bill.clone();
                let (Some(bill), Some(mark)) = (kept.get(), document.mark.clone()) else {
                    document.sends = document.sends.max(1);
                    unreadable.push(self.parked(document, Event::Broken, no_bill())?);
                    continue;
                };
                let again = document.sends > 0;
                let looked_up = self.is_absent(&document);
                let log = document.apply(
                    Event::Intended,
                    json!({
                        "number": bill.number,
                        "mark": mark,
                        "amount": bill.amount(),
                        "again": again,
                        "looked_up": looked_up,
                    }),
                )?;
                if again {
                    self.run.tally().resent += 1;
                }
                moves.push((document, vec![log]));
            }
            let limit = self.run.settings.kingdee.timeout;
            let (began, origin) = (Instant::now(), self.run.origin());
            if !unreadable.is_empty() {
                self.save(unreadable).await?;
            }
            // A document that was changed meanwhile is not among them: it is mapped anew.
            let documents = self.run.store.intend(origin, limit, moves).await?;
            if documents.is_empty() {
                return Ok(());
            }
            let bills = documents.iter().filter_map(|one| Some((one.return_bill()?, one.mark.as_deref()?)));
            self.forget_absent(&documents);
            // A machine that slept shows it on the wall only.
            if began.elapsed().max((self.run.clock.now() - origin.at).to_std().unwrap_or_default())
                > SEND_WITHIN
            {
                // This process was paused: others may count on the call being over soon, so it never begins.
                return self.not_sent(documents, "its turn to be sent passed").await.map(drop);
            }
            let yes = self.yes();
            // Waits for a turn, retries and all: when the time is over, the call is.
            let answer = tokio::select! {
                biased;
                () = tokio::time::sleep_until(began + SEND_WITHIN + limit) => None,
                answer = self.sink.save(bills, &yes) => Some(answer),
            };
            let Some(answer) = answer else {
                self.run.tally().unanswered += 1;
                return self.fate_unknown(documents, "the call was not over in time").await;
            };
            match answer {
                Ok(verdicts) => {
                    self.refused_alone.store(0, Ordering::Relaxed);
                    self.grow_batch();
                    tracing::info!(
                        pipeline = self.run.settings.name,
                        bills = documents.len(),
                        message_zh = format!("向金蝶发送了 {} 张单据", documents.len()),
                        "sent {} bills to 金蝶",
                        documents.len()
                    );
                    self.take_verdicts(documents, verdicts).await
                }
                Err(error) => self.take_failure(documents, &error).await,
            }
        })
    }

    fn grow_batch(&self) {
        let size = self.batch_size.load(Ordering::Relaxed);
        self.batch_size.store((size * 2).min(self.run.settings.kingdee.batch_size), Ordering::Relaxed);
    }

    /// The call as a whole brought no verdicts.
    async fn take_failure(&self, documents: Vec<Document>, error: &Error) -> Result<(), Trouble> {
        if matches!(error.kind(), ErrorKind::Timeout { .. }) {
            let size = self.batch_size.load(Ordering::Relaxed);
            self.batch_size.store((size / 2).max(1), Ordering::Relaxed);
        }
        let objections = error.objections();
        if error.fate() == Fate::Unknown && !objections.is_empty() {
            return self.take_answered_failure(documents, error, objections).await;
        }
        if error.fate() == Fate::Unknown {
            tracing::warn!(
                pipeline = self.run.settings.name,
                bills = documents.len(),
                error = %error,
                message_zh = "金蝶没有应答：先逐单查询，再决定是否重发",
                "金蝶's answer did not come: every bill of the call is looked up before anything is sent again"
            );
            self.run.tally().unanswered += 1;
            return self.fate_unknown(documents, &error.to_string()).await;
        }
        if !error.is_permanent_for_all() && !error.is_transient() {
            return self.bisect(documents, error).await;
        }
        self.not_sent(documents, &error.to_string()).await?;
        Err(self.kingdee_trouble(error))
    }

    /// 金蝶 answered that it failed on the whole call, so the call is over: what is there all the same moves on. What
    /// passes is put off; of the rest the halves tell which bill it is, and that one is parked in 金蝶's own words.
    async fn take_answered_failure(
        &self,
        documents: Vec<Document>,
        error: &Error,
        objections: Vec<BillError>,
    ) -> Result<(), Trouble> {
        let is_passing = objections.iter().all(|one| one.class == Class::Transient);
        if is_passing || documents.len() == 1 {
            let doubtful = documents.into_iter().map(|document| (document, objections.clone())).collect();
            self.settle_answered(doubtful).await?;
            if !is_passing && self.refused_alone.fetch_add(1, Ordering::Relaxed) >= MOST_FAILED_ALONE {
                let reason = Text::from(error).before("金蝶接连出错：", "金蝶 fails on call after call: ");
                return Err(self.refused_by_kingdee(reason, error));
            }
            return Ok(());
        }
        let settled = match self.look_up(documents.clone()).await {
            Ok(settled) => settled,
            Err(trouble) => {
                self.fate_unknown(documents, &error.to_string()).await?;
                return Err(trouble);
            }
        };
        let (mut moves, mut absent) = (Vec::new(), Vec::new());
        for settled in settled {
            match settled {
                Settled::Moved(done) => moves.push(*done),
                Settled::Absent(document) => absent.push(*document),
            }
        }
        self.save(moves).await?;
        self.send_apart(absent, &error.to_string()).await
    }

    /// A call that was refused as a whole without naming a row: its halves tell which row it is. What is refused
    /// alone is parked; but when nothing at all gets through, it is no row's fault, and everything stops.
    async fn bisect(&self, documents: Vec<Document>, error: &Error) -> Result<(), Trouble> {
        let why = error.to_string();
        if let [_] = documents.as_slice() {
            if self.refused_alone.fetch_add(1, Ordering::Relaxed) >= MOST_REFUSED_ALONE {
                self.not_sent(documents, &why).await?;
                let reason = Text::from(error).before("金蝶接连拒绝：", "金蝶 refuses call after call: ");
                return Err(self.refused_by_kingdee(reason, error));
            }
            let parking = match error.kind() {
                ErrorKind::Refused { .. } => Parking::of(self.of_kingdee(&error.objections())),
                _ => Parking::one(Cause::Refused, Text::from(error), error.advice().into()),
            };
            let moves = documents
                .into_iter()
                .map(|document| self.parked(document, Event::Rejected, parking.clone()))
                .collect::<Result<Vec<_>, _>>()?;
            return self.save(moves).await;
        }
        self.send_apart(documents, &why).await
    }

    /// Sends the two halves of what a call carried in vain, each for itself.
    async fn send_apart(&self, documents: Vec<Document>, why: &str) -> Result<(), Trouble> {
        let mut left = self.not_sent(documents, why).await?;
        let right = left.split_off(left.len() / 2);
        for half in [left, right].into_iter().filter(|half| !half.is_empty()) {
            self.send(half).await?;
        }
        Ok(())
    }

    /// The call never left, or was refused before it ran: back to where they were.
    async fn not_sent(&self, documents: Vec<Document>, why: &str) -> Result<Vec<Document>, Trouble> {
        let mut moves = Vec::with_capacity(documents.len());
        for mut document in documents {
            let mut logs = vec![document.apply(Event::NotSent, json!({ "why": why }))?];
            logs.extend(crate::journal::fold_pending(&mut document)?);
            moves.push((document, logs));
        }
        self.save(moves.clone()).await?;
        let (documents, _): (Vec<_>, Vec<_>) = moves.into_iter().unzip();
        self.remember_absent(&documents);
        Ok(documents.into_iter().filter(|document| document.state == State::Mapped).collect())
    }

    /// The answer did not come; the call may still be running. Looked up at once, sent again much later if at all.
    pub(super) async fn fate_unknown(&self, documents: Vec<Document>, why: &str) -> Result<(), Trouble> {
        let now = self.run.clock.steady();
        let mut moves = Vec::with_capacity(documents.len());
        for mut document in documents {
            let log = document.apply(Event::FateUnknown, json!({ "why": why }))?;
            document.unknown_since = Some(now);
            document.due_at = None;
            moves.push((document, vec![log]));
        }
        self.save(moves).await
    }

    /// One verdict for each bill; they are taken one by one, never as a batch.
    async fn take_verdicts(&self, documents: Vec<Document>, verdicts: Vec<Verdict>) -> Result<(), Trouble> {
        let mut moves = Vec::with_capacity(documents.len());
        let mut doubtful = Vec::new();
        let mut renumbered = None;
        for (mut document, verdict) in documents.into_iter().zip(verdicts) {
            let kept = document.bill.clone();
            let Some(bill) = kept.get() else { continue };
            match verdict {
                Verdict::Saved { id, number } => {
                    document.fid = Some(id.clone());
                    document.unflag(FlagKind::Duplicate);
                    let log = document.apply(Event::Saved, json!({ "fid": id, "number": number }))?;
                    self.run.tally().saved += 1;
                    moves.push((document, vec![log]));
                }
                Verdict::Rejected { errors } => match Refused::of(&errors) {
                    Refused::LookUp => {
                        if errors.iter().any(|error| matches!(error.class, Class::Duplicate { .. })) {
                            document.flag(FlagKind::Duplicate, first_message(&errors));
                        }
                        doubtful.push((document, errors));
                    }
                    Refused::Later if document.attempts < PATIENCE => {
                        moves.push(self.put_off(document, &first_message(&errors))?);
                    }
                    Refused::ForGood if self.may_move(&document, bill, &errors) => {
                        moves.push(move_on(document, bill, &first_message(&errors))?);
                    }
                    Refused::Later | Refused::ForGood => {
                        moves.push(self.parked(
                            document,
                            Event::Rejected,
                            Parking::of(self.of_kingdee(&errors)),
                        )?);
                    }
                },
                Verdict::Renumbered { id, number } => {
                    document.fid = Some(id.clone());
                    renumbered = Some((bill.number.clone(), number.clone()));
                    let parking = renumbered_bill(&bill.number, &number, &id);
                    moves.push(self.parked(document, Event::Rejected, parking)?);
                }
                // Neither saved nor refused, or a kind of verdict that this version does not know.
                _ => doubtful.push((document, Vec::new())),
            }
        }
        self.save(moves).await?;
        self.settle_answered(doubtful).await?;
        if let Some((ours, theirs)) = renumbered {
            let reason = both!(
                "金蝶将 {ours} 存为 {theirs}：站点自行编号",
                "金蝶 saved {ours} as {theirs}: the site numbers bills itself"
            );
            // A look into 金蝶 would go well, and the next bill be renumbered like this one.
            return Err(self.run.stop_by_hand(Side::Kingdee, reason, RENUMBERED));
        }
        Ok(())
    }

    /// 金蝶 says that the period is closed although our rules say open: the policy holds for that too, once.
    fn may_move(&self, document: &Document, bill: &ReturnBill, errors: &[BillError]) -> bool {
        let today = shanghai(self.run.clock.now()).date();
        self.run.settings.mapping.closed_period == ClosedPeriod::Move
            && document.moved_to.is_none()
            && errors.iter().all(|error| error.class == Class::ClosedPeriod)
            && mapping::next_period(bill.date).is_some_and(|day| day <= today)
    }

    /// Back to `mapped`, with a pause that doubles.
    pub(super) fn put_off(&self, mut document: Document, why: &str) -> Result<Move, Trouble> {
        let attempts = document.attempts + 1;
        let log = document.apply(Event::NotSent, json!({ "why": why, "attempt": attempts }))?;
        document.attempts = attempts;
        document.due_at = Some(later(self.run.clock.steady(), attempts));
        let mut logs = vec![log];
        logs.extend(crate::journal::fold_pending(&mut document)?);
        Ok((document, logs))
    }
}

/// To be mapped anew, for the first day of the next period.
fn move_on(mut document: Document, bill: &ReturnBill, why: &str) -> Result<Move, Trouble> {
    let refused = document.apply(Event::NotSent, json!({ "why": why }))?;
    document.moved_to = mapping::next_period(bill.date);
    let moved = document.apply(Event::Requeued, json!({ "why": why, "moved_to": document.moved_to }))?;
    Ok((document, vec![refused, moved]))
}

/// The longest pause of [`later`].
pub(in crate::worker) const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// A pause that doubles from one second to about a minute.
pub(super) fn later(now: DateTime<Utc>, attempts: u32) -> DateTime<Utc> {
    now + TimeDelta::seconds(1 << attempts.saturating_sub(1).min(6))
}

/// What the errors of one bill ask for.
enum Refused {
    /// The number is in use, or the failure may have come after the effect: only a look-up tells.
    LookUp,
    /// Passes.
    Later,
    /// Lasts.
    ForGood,
}

impl Refused {
    fn of(errors: &[BillError]) -> Self {
        let in_doubt = |error: &BillError| {
            error.is_doubtful() || matches!(error.class, Class::Duplicate { .. } | Class::AlreadyDone)
        };
        if errors.iter().any(in_doubt) {
            Self::LookUp
        } else if errors.iter().all(|error| error.class == Class::Transient) {
            Self::Later
        } else {
            Self::ForGood
        }
    }
}

fn first_message(errors: &[BillError]) -> String {
    errors.first().map(|error| error.message.clone()).unwrap_or_default()
}
