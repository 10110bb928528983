//! The reader: 旺店通 into the journal. How one cycle goes is in `reader::cycle`; by which clock, in `reader::clocks` and
//! `reader::time`. Writing is `worker::writer`'s; the two meet only in the journal.

#[cfg(feature = "console")]
mod backfill;
mod clocks;
mod cycle;
mod hot;
mod ledger;
mod list;
mod short;
mod stockins;
mod time;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDateTime;
use tokio::time::Instant;
use wdt_qimen_sdk::Span;

#[cfg(feature = "serve")]
pub(crate) use time::CLOCK_TROUBLE;

use super::run::{ASKED_TO_END, LOOK_AGAIN, PAUSE, Run};
use super::trouble::Trouble;
use crate::lang::Text;
use crate::source::Source;
use crate::store::{PageCommit, ShortWindow, Side};
use crate::text::shown;

/// Why a run was broken off whose time was over.
const TIME_IS_OVER: Text =
    Text::new("超时，旺店通未读完", "the time is over before 旺店通 was read to the end");

/// What a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    Nothing,
    /// The live feed, and a little of the past that was asked for.
    Live,
    /// The past to its end, the live feed in between.
    AllThePast,
}

/// Reads 旺店通 for one run.
#[derive(Debug)]
pub(super) struct Reader {
    run: Arc<Run>,
    pub(super) source: Source,
    /// Windows that are not proven whole, as the journal has them.
    short: Mutex<Vec<ShortWindow>>,
    /// A window that was walked turned out to end where nothing may be settled yet.
    is_beyond: AtomicBool,
    /// How many answers were asked for only to hear the time.
    time_asked: AtomicU32,
}

fn span(from: NaiveDateTime, to: NaiveDateTime) -> Result<Span, Trouble> {
    Span::new(from, to)
        .map_err(|error| Trouble::Later { message: Text::same(error.to_string()), after: None })
}

impl Reader {
    pub(super) fn new(run: Arc<Run>, source: Source, short: Vec<ShortWindow>) -> Self {
        Self {
            run,
            source,
            short: Mutex::new(short),
            is_beyond: AtomicBool::new(false),
            time_asked: AtomicU32::new(0),
        }
    }

    /// Reading can be broken off at any moment: what was not settled is read again.
    pub(super) async fn read_in_time(
        &self,
        reads: Reads,
        give_up: Instant,
        deadline: Option<Instant>,
    ) -> Result<(), Trouble> {
        let reading = self.read_on(reads, give_up);
        let timeout = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let broken_off = |why: Text| Err(Trouble::Later { message: why, after: None });
        let read = tokio::select! {
            biased;
            read = reading => read,
            () = self.run.drained() => broken_off(ASKED_TO_END),
            () = timeout => broken_off(TIME_IS_OVER),
        };
        self.run.reading_done.store(true, Ordering::Release);
        self.run.news.notify_one();
        read
    }

    /// Reads until one cycle succeeds.
    async fn read_on(&self, reads: Reads, give_up: Instant) -> Result<(), Trouble> {
        let mut pause = PAUSE.0;
        if reads == Reads::Nothing {
            return Ok(());
        }
        loop {
            match self.keeping_holds(Box::pin(self.read_round(reads))).await {
                Err(Trouble::Later { message, after }) => {
                    let wait = after.unwrap_or(pause);
                    if Instant::now() + wait >= give_up {
                        return Err(Trouble::Later { message, after });
                    }
                    tracing::warn!(
                        pipeline = self.run.settings.name,
                        error = %message,
                        message_zh = "读取旺店通失败，稍后重试",
                        "reading 旺店通 failed, it is tried again"
                    );
                    let lifted = self.run.lifted.notified();
                    // Either is a reason to ask again.
                    let _ = tokio::time::timeout(wait, lifted).await;
                    if after.is_none() {
                        pause = (pause * 2).min(PAUSE.1);
                    }
                }
                done => return done,
            }
        }
    }

    /// The live feed: the past is read where people can ask for it.
    #[cfg(not(feature = "console"))]
    async fn read_round(&self, _: Reads) -> Result<(), Trouble> {
        self.read_cycle().await
    }

    /// A ban is kept while it is sat out: whoever starts after a crash sits out the rest of it.
    pub(super) async fn keeping_holds<T>(
        &self,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        tokio::pin!(work);
        let mut kept = self.source.held_until();
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            let held = self.source.held_until();
            if held > kept {
                self.run.store.remember(self.run.row.id, self.offset_ms(), self.source.limiter()).await?;
                kept = held;
            }
        }
    }

    /// Asks 旺店通 for one number and journals its row. Says how many documents that moved.
    pub(super) async fn read_again(&self, refund_no: &str) -> Result<u64, Trouble> {
        if self.source.stockins().is_some() {
            self.find_stockins_of(refund_no).await?;
        }
        let page = self.source.one(refund_no).await.map_err(|error| self.wdt_trouble(&error))?;
        let now = crate::clock::shanghai(page.asked_at);
        let asked_at = self.steadily(page.asked_at);
        let commit = PageCommit { rows: page.rows, asked_at, window: (now, now) };
        let outcome = self.run.store.commit_page(self.run.origin(), commit).await?;
        self.run.tally().rows += outcome;
        Ok(outcome.accepted + outcome.filtered)
    }

    pub(super) fn short(&self) -> MutexGuard<'_, Vec<ShortWindow>> {
        self.short.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an error of 旺店通 means for the whole pipeline. Queries only read: what is no use to retry stops.
    pub(super) fn wdt_trouble(&self, error: &wdt_qimen_sdk::Error) -> Trouble {
        if error.is_transient() {
            let words = match error.kind() {
                wdt_qimen_sdk::ErrorKind::Held { .. } => self.source.pace().said,
                _ => String::new(),
            };
            let mut message = Text::from(error);
            if !words.is_empty() {
                let words = shown(&words);
                message = message.and(&format!("；原文：{words}"), &format!("; it said: {words}"));
            }
            Trouble::Later { message, after: error.retry_after() }
        } else {
            self.run.stop(Side::Wdt, error, error.advice())
        }
    }
}
