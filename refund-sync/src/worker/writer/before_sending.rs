//! Between the map and the intent: what may stand in 金蝶 already is looked up, and only what is not there is sent.
//! The rule is `journal::needs_look_up`; how a call is made is in `writer::sending`.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::look_up::Settled;
use super::settling::CHUNK;
use super::{Trouble, Writer};
use crate::clock::shanghai;
use crate::journal::{Document, State, needs_look_up};
use crate::store::BEHIND;

/// How long a look is believed: people type in 金蝶 too.
const FRESH: Duration = Duration::from_mins(1);

impl Writer {
    /// Sends what is mapped, in as many batches at a time as the configuration allows.
    pub(in crate::worker) async fn send_mapped(&self, server_now: DateTime<Utc>) -> Result<bool, Trouble> {
        let size = self.batch_size.load(Ordering::Relaxed);
        let limit = size * self.run.settings.kingdee.concurrency;
        // One look-up asks for as many as it can, however few of them go with the next call.
        let mapped = self
            .run
            .store
            .due(self.run.row.id, State::Mapped, self.run.clock.steady(), limit.max(CHUNK))
            .await?;
        if mapped.is_empty() {
            return Ok(false);
        }
        let mut ready = self.look_up_before_sending(mapped, limit, self.alone_since(server_now)).await?;
        let mut batches = Vec::new();
        while !ready.is_empty() {
            let rest = ready.split_off(size.min(ready.len()));
            batches.push(std::mem::replace(&mut ready, rest));
        }
        for result in join_all(batches.into_iter().map(|batch| self.send(batch))).await {
            result?;
        }
        Ok(true)
    }

    /// Looks up whatever may stand in 金蝶 already: what is there moves on, of the others at most `limit` are returned.
    /// What was found absent a moment ago is not asked for again.
    async fn look_up_before_sending(
        &self,
        mut documents: Vec<Document>,
        limit: usize,
        alone_since: NaiveDateTime,
    ) -> Result<Vec<Document>, Trouble> {
        // What a call carried before is looked up straight before the next one, whatever was seen earlier.
        let is_doubtful = |document: &Document| {
            needs_look_up(document, alone_since) && (document.sends > 0 || !self.is_absent(document))
        };
        if !documents.iter().take(limit).any(is_doubtful) {
            documents.truncate(limit);
            return Ok(documents);
        }
        if !self.let_earlier_calls_end().await? {
            return Ok(Vec::new());
        }
        let (doubtful, mut ready): (Vec<_>, Vec<_>) = documents.into_iter().partition(is_doubtful);
        let mut moves = Vec::new();
        for settled in self.look_up(doubtful).await? {
            match settled {
                Settled::Moved(done) => moves.push(*done),
                Settled::Absent(document) => ready.push(*document),
            }
        }
        self.save(moves).await?;
        self.remember_absent(&ready);
        ready.truncate(limit);
        Ok(ready)
    }

    /// A journal that was put back, or that is new where another was worked, may know nothing of a call that outlived its
    /// sender: what it writes is not found yet, so that no look is believed before it must be over. Says whether it is; not
    /// where the run is to end meanwhile.
    async fn let_earlier_calls_end(&self) -> Result<bool, Trouble> {
        let (store, row) = (self.run.store.as_ref(), self.run.row.id);
        if self.earlier_calls_ended.load(Ordering::Relaxed) {
            return Ok(true);
        }
        if store.note(row, BEHIND).await?.is_some_and(|note| !note.is_empty()) {
            let wait = self.run.settings.kingdee.resend_after;
            tracing::info!(
                pipeline = self.run.settings.name,
                seconds = wait.as_secs(),
                message_zh = "台账早于此处已做的工作：先等可能仍在进行的调用结束",
                "the journal is older than the work here: calls that may be under way still are waited for"
            );
            self.run.pause(wait).await;
            if self.run.is_draining() {
                return Ok(false);
            }
            store.set_note(row, BEHIND, String::new()).await?;
        }
        self.earlier_calls_ended.store(true, Ordering::Relaxed);
        Ok(true)
    }

    /// These have no bill in 金蝶: they were looked up, or their call did nothing.
    pub(super) fn remember_absent(&self, documents: &[Document]) {
        let now = Instant::now();
        self.absent().extend(documents.iter().map(|document| (document.id, now)));
    }

    /// From here on a call may carry these: what was seen before it proves nothing any more.
    pub(super) fn forget_absent(&self, documents: &[Document]) {
        let mut absent = self.absent();
        for document in documents {
            absent.remove(&document.id);
        }
    }

    /// It was looked up a moment ago, and not sent since.
    pub(super) fn is_absent(&self, document: &Document) -> bool {
        self.absent().get(&document.id).is_some_and(|seen| seen.elapsed() <= FRESH)
    }

    fn absent(&self) -> MutexGuard<'_, BTreeMap<i64, Instant>> {
        self.absent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When this process took the journal's lock, by whichever clock is ahead: counted back from now, so that a clock
    /// which is set in between does not move it.
    fn alone_since(&self, server_now: DateTime<Utc>) -> NaiveDateTime {
        let held = TimeDelta::from_std(self.held_since.elapsed()).unwrap_or_default();
        shanghai(self.run.clock.now().max(server_now) - held)
    }
}
