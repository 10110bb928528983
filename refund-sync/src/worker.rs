//! The only place that orders effects: a [`Worker`] is one run of one pipeline, in which a reader brings 旺店通 into the
//! journal beside a writer that brings the journal into 金蝶. What they share is in `worker::run`; what may follow what is
//! `journal`'s.
//
// A run begins by setting aside what the journal contradicts itself on and by taking up the waits of unanswered calls; a
// stopped pipeline asks once whether it may go on. Then the reader goes from the cursor to `now − lag`, stock-ins before
// returns, each page on disk before the next is asked for. Beside it the writer takes from the journal whatever is due, in
// this order: requests of people, parked documents whose time has come, bills to make, newer rows, calls without an
// answer, bills to send (looked up first where one may stand, the intent on disk before the call), bills to read back,
// submit and audit. The run ends when nothing is left that can move or its time is over; what the limiter and the clocks
// taught and the run's own row are written last.

#[cfg(feature = "console")]
pub mod backfill_plan;
mod bill;
#[cfg(feature = "console")]
mod closing;
#[cfg(feature = "console")]
mod deciding;
mod holds;
mod lifecycle;
#[cfg(feature = "console")]
mod mend;
#[cfg(feature = "serve")]
mod naming;
mod pipeline;
#[cfg(feature = "xlsx")]
mod plan;
mod preview;
mod reader;
#[cfg(feature = "console")]
mod retention;
mod retrying;
mod run;
mod tally;
mod totals;
mod trouble;
mod waits;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;
use tracing::Instrument as _;

#[cfg(feature = "console")]
pub use closing::close_month;
pub(crate) use pipeline::kept_hold;
pub use pipeline::{KeptPace, PipelineContext, clients_beside};
#[cfg(feature = "xlsx")]
pub use plan::write_plan;
pub use preview::{Forecast, Preview};
#[cfg(feature = "serve")]
pub(crate) use reader::CLOCK_TROUBLE;
pub use tally::Tally;
pub use totals::{Part, Plan, Total};

use self::reader::{Reader, Reads};
use self::run::{ASKED_TO_END, LOOK_AGAIN, PAUSE, Run};
use self::trouble::Trouble;
use self::writer::Writer;
use crate::clock::Clock;
use crate::config::{Pipeline, learn};
use crate::lang::{Text, both};
use crate::model::Firing;
use crate::model::RunTrigger;
use crate::sink::Sink;
use crate::source::Source;
use crate::store::short::SHORT_WINDOWS;
use crate::store::{self, Pending, ShortRow, ShortWindow, Stopped, Store, StoreError, shelf_lives};

/// How long a single cycle goes on trying what fails for a passing reason.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long the call under way is waited for when a run is asked to end. A unit file or an orchestrator should give a
/// little more before it kills.
pub const DRAIN_WITHIN: Duration = Duration::from_mins(1);

/// One run of one pipeline.
#[derive(Debug)]
pub struct Worker {
    run: Arc<Run>,
    reader: Reader,
    writer: Writer,
    /// What the run is for, when a schedule called it.
    firing: Option<Firing>,
}

/// How long a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// One cycle: read once, write what is due.
    Once,
    /// Until everything is read up to the start and nothing that can move is left, or the time is over.
    Settled {
        /// When to give up.
        timeout: Duration,
    },
    /// The live feed and every span of the past that was asked for, until everything is read and nothing that can move
    /// is left, or the time is over.
    Past {
        /// When to give up.
        timeout: Duration,
    },
    /// Write only, until nothing that can move is left, or the time is over.
    Drained {
        /// When to give up.
        timeout: Duration,
    },
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What happened.
    pub tally: Tally,
    /// What is left to move.
    pub left: Pending,
    /// Why it did not get to its end; empty when it did.
    pub failures: Vec<Text>,
    /// What only a person can mend.
    pub stopped: Option<Stopped>,
    /// Windows that are not proven whole; they are looked at again.
    pub short: Vec<ShortRow>,
}

impl Outcome {
    /// Something was parked, found different or is not proven whole: exit code 3.
    pub fn needs_a_person(&self) -> bool {
        self.tally.needs_a_person() || !self.short.is_empty()
    }

    /// It got to its end.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.stopped.is_none()
    }
}

impl Worker {
    /// Opens a run of `settings` on `store`.
    pub async fn begin(
        mut settings: Pipeline,
        store: Arc<dyn Store>,
        source: Source,
        sink: Sink,
        clock: Clock,
        trigger: RunTrigger,
    ) -> Result<Self, StoreError> {
        let row = store.pipeline(&settings.name).await?;
        let now = clock.now();
        // A rehearsal works on a copy: what persons asked for is not its to do.
        #[cfg(feature = "console")]
        if trigger != RunTrigger::DryRun {
            closing::close_where_asked(store.as_ref(), row.id, &settings, now).await?;
        }
        if settings.mapping.lots {
            learn(&mut settings.mapping, shelf_lives(store.as_ref(), row.id).await?);
        }
        // After what was learned: the version of closed months goes on from that of the rules.
        store::close_months(&mut settings, store.as_ref(), row.id, now).await?;
        let sink = sink.reading_back(&settings.mapping);
        let short = ShortWindow::all(store.note(row.id, SHORT_WINDOWS).await?.as_deref());
        let id = store.begin_run(row.id, trigger.as_str(), clock.now()).await?;
        let run = Arc::new(Run::new(id, settings, store, clock, row));
        let worker = Self {
            reader: Reader::new(Arc::clone(&run), source, short),
            writer: Writer::new(Arc::clone(&run), sink),
            run,
            firing: None,
        };
        worker.set_broken_aside().await?;
        worker.take_up_waits().await?;
        worker.run.store.remap(worker.run.origin(), &worker.run.settings.mapping.version).await?;
        Ok(worker)
    }

    /// The journal's lock was taken before this run: what was made in 旺店通 since then needs no look into 金蝶 before it is
    /// sent. Without this word the run begins with its own start.
    #[must_use]
    pub fn held_since(mut self, taken: Instant) -> Self {
        self.writer.held_since = taken;
        self
    }

    /// Works until `until`, and closes the run. What it logs carries the run's number.
    pub async fn run(&self, until: Until) -> Result<Outcome, StoreError> {
        let span = tracing::info_span!("run", pipeline = self.run.settings.name, run = self.run.id);
        self.work(until).instrument(span).await
    }

    async fn work(&self, until: Until) -> Result<Outcome, StoreError> {
        let deadline = match until {
            Until::Once => None,
            Until::Settled { timeout } | Until::Past { timeout } | Until::Drained { timeout } => {
                Some(Instant::now() + timeout)
            }
        };
        let reads = match until {
            Until::Drained { .. } => Reads::Nothing,
            Until::Once | Until::Settled { .. } => Reads::Live,
            Until::Past { .. } => Reads::AllThePast,
        };
        // Who waits for everything waits to the end of that time; the next cycle, or the one that was put off by this run, has
        // its turn soon.
        let patience = matches!(until, Until::Once | Until::Drained { .. }).then_some(PATIENCE);
        let give_up = deadline.unwrap_or_else(|| Instant::now() + PATIENCE);
        self.lift_where_asked().await?;
        #[cfg(feature = "console")]
        self.decide_where_asked().await?;
        let may_begin = match self.reader.refuse_impossible_clock().await {
            Ok(()) => self.probe().await,
            refused => refused,
        };
        let (read, written) = match may_begin {
            Ok(()) => {
                tokio::join!(
                    self.reader.read_in_time(reads, give_up, deadline),
                    self.write_on(deadline, patience)
                )
            }
            Err(trouble) => (Err(trouble), Ok(())),
        };
        let mut failures = Vec::new();
        let mut stopped = None;
        for trouble in [read, written].into_iter().filter_map(Result::err) {
            match trouble {
                Trouble::Stop(stop) => {
                    failures.push(stop.reason.clone());
                    stopped = Some(*stop);
                }
                Trouble::Later { message, .. } => failures.push(message),
                Trouble::Store(error) => return Err(error),
            }
        }
        // Also when reading failed: a ban is sat out to its end, whoever asks next.
        self.run
            .store
            .remember(self.run.row.id, self.reader.offset_ms(), self.reader.source.limiter())
            .await?;
        self.reader.note_the_clock().await?;
        self.writer.keep_kingdee_hold().await?;
        let left = self.run.store.pending(self.run.row.id, self.run.clock.steady()).await?;
        if deadline.is_some() && failures.is_empty() && left.documents > 0 {
            failures.push(both!(
                "时间已到，尚有 {} 张可推进",
                "the time is over and {} documents can still move",
                left.documents
            ));
        }
        // A stop that was lifted by a success is forgotten; a new one is remembered.
        self.run.store.set_stopped(self.run.row.id, stopped.clone()).await?;
        let short = self.reader.short().iter().cloned().map(ShortRow::from).collect();
        let outcome = Outcome { tally: self.run.tally().clone(), left, failures, stopped, short };
        self.close(&outcome).await?;
        #[cfg(feature = "console")]
        self.prune().await?;
        Ok(outcome)
    }

    /// Writes until nothing is left to write, or nothing more can be done in this run.
    /// Trouble that passes ends it when nothing was done for as long as its `patience`.
    async fn write_on(&self, deadline: Option<Instant>, patience: Option<Duration>) -> Result<(), Trouble> {
        let ends = || patience.map(|patience| Instant::now() + patience).into_iter().chain(deadline).min();
        let mut give_up = ends();
        let mut pause = PAUSE.0;
        // What needs 旺店通 as well is tried in every round, and after it failed only once the rest has nothing to do or time
        // has passed.
        let mut asks_from = Instant::now();
        let mut is_idle = true;
        loop {
            if self.run.is_draining() {
                return Err(Trouble::Later { message: ASKED_TO_END, after: None });
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(());
            }
            // Asked before the pump, so that nothing read in between is overlooked.
            let reading_done = self.run.reading_done.load(Ordering::Acquire);
            let mut wait = LOOK_AGAIN;
            let asks = is_idle || asks_from <= Instant::now();
            let pumped = self.pump(asks).await;
            is_idle = !matches!(pumped, Ok((true, _)));
            match pumped {
                Ok((true, trouble)) => {
                    if trouble.is_some() {
                        asks_from = Instant::now() + PAUSE.1;
                    }
                    (pause, give_up) = (PAUSE.0, ends());
                    continue;
                }
                // The rest is done: what was put off has its turn.
                Ok((false, None)) if !asks => continue,
                Ok((false, None)) => {}
                Ok((false, Some(Trouble::Later { message, after })))
                | Err(Trouble::Later { message, after }) => {
                    wait = after.unwrap_or(pause);
                    if give_up.is_some_and(|give_up| Instant::now() + wait >= give_up) {
                        return Err(Trouble::Later { message, after });
                    }
                    tracing::warn!(
                        pipeline = self.run.settings.name,
                        error = %message,
                        message_zh = "写入金蝶失败，稍后重试",
                        "writing 金蝶 failed, it is tried again"
                    );
                    self.writer.keep_kingdee_hold().await?;
                    self.wait_out(wait).await?;
                    if after.is_none() {
                        pause = (pause * 2).min(PAUSE.1);
                    }
                    continue;
                }
                Ok((false, Some(trouble))) | Err(trouble) => return Err(trouble),
            }
            if reading_done {
                let pending = self.run.store.pending(self.run.row.id, self.run.clock.steady()).await?;
                let Some(deadline) = deadline else { return Ok(()) };
                if pending.documents == 0 || Instant::now() >= deadline {
                    return Ok(());
                }
                if let Some(due) = pending.next_due {
                    wait = (due - self.run.clock.steady()).to_std().unwrap_or_default().min(LOOK_AGAIN);
                }
            }
            tokio::select! {
                biased;
                () = self.run.news.notified() => {}
                () = self.run.pause(wait) => {}
            }
        }
    }

    /// Does everything that is due, once, what may need 旺店通 only where it `asks`. Says whether anything was done, and what
    /// kept 旺店通's part from being done: the rest does not wait for it.
    async fn pump(&self, asks: bool) -> Result<(bool, Option<Trouble>), Trouble> {
        let mut put_off = None;
        #[cfg(feature = "console")]
        let mut did = self.decide_where_asked().await?;
        #[cfg(not(feature = "console"))]
        let mut did = false;
        if asks {
            did |= or_later(self.answer_requests().await, &mut put_off)?;
        }
        let is_banned = self.reader.source.held_until().is_some_and(|until| until > self.run.clock.now());
        did |= !is_banned && self.writer.try_parked().await?;
        if asks {
            did |= or_later(self.map_seen().await, &mut put_off)?;
        }
        did |= self.writer.take_newer_rows().await?;
        did |= self.writer.settle_unanswered().await?;
        let sent = self.writer.may_write() && self.writer.send_mapped(self.reader.server_now()).await?;
        // One look-up reads back more bills than one call saves: while there is more to send, they gather.
        did |= self.writer.finish_saved(sent).await?;
        Ok((did || sent, put_off))
    }

    /// Makes bills of what was read. What lacks a field that a rule has named since is read again first, once.
    async fn map_seen(&self) -> Result<bool, Trouble> {
        for refund_no in self.writer.unread().await? {
            self.reader.read_again(&refund_no).await?;
        }
        self.writer.map_seen().await
    }

    /// What the run has done by now.
    pub fn done_so_far(&self) -> Tally {
        self.run.tally().clone()
    }
}

/// A step whose passing trouble does not keep the next from its turn.
fn or_later(step: Result<bool, Trouble>, trouble: &mut Option<Trouble>) -> Result<bool, Trouble> {
    match step {
        Err(later @ Trouble::Later { .. }) => {
            trouble.get_or_insert(later);
            Ok(false)
        }
        step => step,
    }
}
