//! The only place that orders effects: reading 旺店通 into the journal beside writing the journal into 金蝶.
//! What may follow what is `journal`'s; how rows are read is in `worker::reading`, how bills are written in
//! `worker::writing`, what look-ups lead to in `worker::settling`, later changes in `worker::late_changes`; how a run is ended
//! early, and how a stopped pipeline comes back, is in `worker::lifecycle`.

mod backfill;
pub mod backfill_plan;
mod before_sending;
mod clocks;
mod coming_back;
mod finishing;
mod holds;
mod hot;
mod late_changes;
mod ledger;
mod lifecycle;
mod list;
mod look_up;
mod moves;
mod park_reason;
mod pipeline;
mod preview;
mod reading;
mod repair;
mod retention;
mod retrying;
mod settling;
mod short;
mod stockins;
mod tally;
mod time;
mod waits;
mod writing;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::Instrument as _;
use wdt_qimen_sdk::Span;

pub(crate) use pipeline::kept_hold;
pub use pipeline::{PipelineContext, clients_beside};
pub use preview::{Forecast, Preview};
pub use tally::Tally;
#[cfg(feature = "serve")]
pub(crate) use time::CLOCK_TROUBLE;

use crate::clock::{Clock, rfc3339};
use crate::config::Pipeline;
use crate::lang::Text;
use crate::model::RunTrigger;
use crate::schedule::Firing;
use crate::sink::Sink;
use crate::source::Source;
use crate::store::short::SHORT_WINDOWS;
use crate::store::{Origin, Pending, PipelineRow, ShortRow, ShortWindow, Side, Stopped, Store, StoreError};
use crate::text::shown;

/// How long the writer sleeps at most before it looks at the journal again: a second process may have asked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The first pause after a passing failure, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// How long a single cycle goes on trying what fails for a passing reason.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long the call under way is waited for when a run is asked to end. A unit file or an orchestrator should give a
/// little more before it kills.
pub const DRAIN_WITHIN: Duration = Duration::from_mins(1);

/// Why a drained run is not complete.
const ASKED_TO_END: &str = "asked to end before everything was done 收到停止请求，尚未全部完成";

/// One pipeline at work.
#[derive(Debug)]
pub struct Worker {
    settings: Pipeline,
    store: Arc<dyn Store>,
    source: Source,
    sink: Sink,
    clock: Clock,
    row: PipelineRow,
    run: i64,
    tally: Mutex<Tally>,
    /// Windows that are not proven whole, as the journal has them.
    short: Mutex<Vec<ShortWindow>>,
    /// A window that was walked turned out to end where nothing may be settled yet.
    is_beyond: AtomicBool,
    /// How many answers were asked for only to hear the time.
    time_asked: AtomicU32,
    /// How many bills the next call carries: shrinks on time-outs, grows back.
    batch_size: AtomicUsize,
    /// Bills in a row that were refused alone and without a word about a row.
    refused_alone: AtomicUsize,
    /// Of each question that is asked of 金蝶 again, the number of the document that asks it.
    probes: Mutex<BTreeMap<String, String>>,
    /// Since when nobody else can have worked the journal.
    held_since: Instant,
    /// Documents that are not in 金蝶, and when that was seen; not sent since.
    absent: Mutex<BTreeMap<i64, Instant>>,
    reading_done: AtomicBool,
    news: Notify,
    /// A person ended what was waited for.
    lifted: Notify,
    /// The run is to end, once what is under way is answered.
    draining: watch::Sender<bool>,
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
    pub failures: Vec<String>,
    /// What only a person can mend.
    pub stopped: Option<Stopped>,
    /// Windows that are not proven whole; they are looked at again.
    pub short: Vec<ShortRow>,
}

/// What a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reads {
    Nothing,
    /// The live feed, and a little of the past that was asked for.
    Live,
    /// The past to its end, the live feed in between.
    AllThePast,
}

/// What ends a step early.
#[derive(Debug)]
enum Trouble {
    /// Concerns everything; only a person can mend it.
    Stop(Box<Stopped>),
    /// Passes; try again later.
    Later { message: String, after: Option<Duration> },
    /// The journal itself.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<crate::journal::Illegal> for Trouble {
    fn from(illegal: crate::journal::Illegal) -> Self {
        Self::Store(illegal.into())
    }
}

fn span(from: NaiveDateTime, to: NaiveDateTime) -> Result<Span, Trouble> {
    Span::new(from, to).map_err(|error| Trouble::Later { message: error.to_string(), after: None })
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
        settings: Pipeline,
        store: Arc<dyn Store>,
        source: Source,
        sink: Sink,
        clock: Clock,
        trigger: RunTrigger,
    ) -> Result<Self, StoreError> {
        let row = store.pipeline(&settings.name).await?;
        let short = ShortWindow::all(store.note(row.id, SHORT_WINDOWS).await?.as_deref());
        let run = store.begin_run(row.id, trigger.as_str(), clock.now()).await?;
        let worker = Self {
            is_beyond: AtomicBool::new(false),
            time_asked: AtomicU32::new(0),
            batch_size: AtomicUsize::new(settings.kingdee.batch_size),
            tally: Mutex::default(),
            short: Mutex::new(short),
            refused_alone: AtomicUsize::new(0),
            probes: Mutex::default(),
            held_since: Instant::now(),
            absent: Mutex::default(),
            reading_done: AtomicBool::new(false),
            news: Notify::new(),
            lifted: Notify::new(),
            draining: watch::Sender::new(false),
            firing: None,
            settings,
            store,
            source,
            sink,
            clock,
            row,
            run,
        };
        worker.set_broken_aside().await?;
        worker.take_up_waits().await?;
        worker.store.remap(worker.origin(), &worker.settings.mapping.version).await?;
        Ok(worker)
    }

    /// The journal's lock was taken before this run: what was made in 旺店通 since then needs no look into 金蝶 before it is
    /// sent. Without this word the run begins with its own start.
    #[must_use]
    pub fn held_since(mut self, taken: Instant) -> Self {
        self.held_since = taken;
        self
    }

    /// Works until `until`, and closes the run. What it logs carries the run's number.
    pub async fn run(&self, until: Until) -> Result<Outcome, StoreError> {
        let span = tracing::info_span!("run", pipeline = self.settings.name, run = self.run);
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
        let give_up = deadline.unwrap_or_else(|| Instant::now() + PATIENCE);
        self.lift_where_asked().await?;
        let may_begin = match self.refuse_impossible_clock().await {
            Ok(()) => self.probe().await,
            refused => refused,
        };
        let (read, written) = match may_begin {
            Ok(()) => {
                tokio::join!(self.read_in_time(reads, give_up, deadline), self.write_on(deadline, give_up))
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
        self.store.remember(self.row.id, self.offset_ms(), self.source.limiter()).await?;
        self.note_the_clock().await?;
        self.keep_kingdee_hold().await?;
        let left = self.store.pending(self.row.id, self.clock.steady()).await?;
        if deadline.is_some() && failures.is_empty() && left.documents > 0 {
            failures.push(format!("the time is over and {} documents can still move", left.documents));
        }
        // A stop that was lifted by a success is forgotten; a new one is remembered.
        self.store.set_stopped(self.row.id, stopped.clone()).await?;
        let short = self.short().iter().cloned().map(ShortRow::from).collect();
        let outcome = Outcome { tally: self.tally().clone(), left, failures, stopped, short };
        self.close(&outcome).await?;
        self.prune().await?;
        Ok(outcome)
    }

    /// Reading can be broken off at any moment: what was not settled is read again.
    async fn read_in_time(
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
        let broken_off = |why: &str| Err(Trouble::Later { message: why.to_owned(), after: None });
        let read = tokio::select! {
            biased;
            read = reading => read,
            () = self.drained() => broken_off(ASKED_TO_END),
            () = timeout => broken_off("the time is over before 旺店通 was read to the end 超时，旺店通未读完"),
        };
        self.reading_done.store(true, Ordering::Release);
        self.news.notify_one();
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
                        pipeline = self.settings.name,
                        error = message,
                        "reading 旺店通 failed, it is tried again"
                    );
                    let lifted = self.lifted.notified();
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

    /// Writes until nothing is left to write, or nothing more can be done in this run.
    async fn write_on(&self, deadline: Option<Instant>, give_up: Instant) -> Result<(), Trouble> {
        let mut pause = PAUSE.0;
        loop {
            if self.is_draining() {
                return Err(Trouble::Later { message: ASKED_TO_END.to_owned(), after: None });
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(());
            }
            // Asked before the pump, so that nothing read in between is overlooked.
            let reading_done = self.reading_done.load(Ordering::Acquire);
            let mut wait = LOOK_AGAIN;
            match self.pump().await {
                Ok(true) => {
                    pause = PAUSE.0;
                    continue;
                }
                Ok(false) => {}
                Err(Trouble::Later { message, after }) => {
                    wait = after.unwrap_or(pause);
                    if Instant::now() + wait >= give_up {
                        return Err(Trouble::Later { message, after });
                    }
                    tracing::warn!(
                        pipeline = self.settings.name,
                        error = message,
                        "writing 金蝶 failed, it is tried again"
                    );
                    self.keep_kingdee_hold().await?;
                    self.wait_out(wait).await?;
                    if after.is_none() {
                        pause = (pause * 2).min(PAUSE.1);
                    }
                    continue;
                }
                Err(trouble) => return Err(trouble),
            }
            if reading_done {
                let pending = self.store.pending(self.row.id, self.clock.steady()).await?;
                let Some(deadline) = deadline else { return Ok(()) };
                if pending.documents == 0 || Instant::now() >= deadline {
                    return Ok(());
                }
                if let Some(due) = pending.next_due {
                    wait = (due - self.clock.steady()).to_std().unwrap_or_default().min(LOOK_AGAIN);
                }
            }
            tokio::select! {
                biased;
                () = self.news.notified() => {}
                () = self.pause(wait) => {}
            }
        }
    }

    /// What the run has done by now.
    pub fn done_so_far(&self) -> Tally {
        self.tally().clone()
    }

    fn origin(&self) -> Origin {
        Origin { pipeline: self.row.id, run: self.run, at: self.clock.now() }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn short(&self) -> MutexGuard<'_, Vec<ShortWindow>> {
        self.short.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self, side: Side, reason: String, remedy: impl Into<Text>) -> Trouble {
        let remedy = remedy.into();
        tracing::error!(pipeline = self.settings.name, ?side, reason, %remedy, "stopped: a person has to act");
        let since = rfc3339(self.clock.now());
        let refused = rfc3339(self.clock.steady());
        Trouble::Stop(Box::new(Stopped { side, reason, remedy, since, refused, by_hand: false }))
    }

    /// What an error of 旺店通 means for the whole pipeline. Queries only read: what is no use to retry stops.
    fn wdt_trouble(&self, error: &wdt_qimen_sdk::Error) -> Trouble {
        if error.is_transient() {
            let words = match error.kind() {
                wdt_qimen_sdk::ErrorKind::Held { .. } => self.source.pace().said,
                _ => String::new(),
            };
            let said = if words.is_empty() { words } else { format!("; it said: {}", shown(&words)) };
            Trouble::Later { message: format!("旺店通: {error}{said}"), after: error.retry_after() }
        } else {
            self.stop(Side::Wdt, format!("旺店通: {error}"), error.advice())
        }
    }

    /// What an error of 金蝶 means for the whole pipeline. A read that was refused for no lasting reason is asked again.
    fn kingdee_trouble(&self, error: &kingdee_k3cloud_sdk::Error) -> Trouble {
        if error.is_permanent_for_all() {
            return self.refused_by_kingdee(format!("金蝶: {error}"), error);
        }
        let said = match (error.kind(), self.sink.hold()) {
            (kingdee_k3cloud_sdk::ErrorKind::Held { .. }, Some(hold)) => {
                format!("; it said: {}", shown(&hold.said))
            }
            _ => String::new(),
        };
        Trouble::Later { message: format!("金蝶: {error}{said}"), after: error.retry_after() }
    }

    /// Stops. Of a time that 金蝶 does not believe both are named.
    fn refused_by_kingdee(&self, reason: String, error: &kingdee_k3cloud_sdk::Error) -> Trouble {
        if !is_of_the_clock(&reason) {
            return self.stop(Side::Kingdee, reason, error.advice());
        }
        let now = rfc3339(self.clock.now());
        let reason = format!("{reason}; 签名所用时间 signed by a clock that shows {now}");
        self.stop(Side::Kingdee, reason, SET_THE_CLOCK)
    }
}

/// What to do about a clock that 金蝶 does not believe.
const SET_THE_CLOCK: Text = Text::new(
    "校准本机时钟（NTP）；使用 PostgreSQL 时为数据库服务器的时钟。",
    "Set this machine's clock (NTP); with PostgreSQL the database server's.",
);

/// Whether 金蝶 speaks of the time that a call was signed or logged in with: the gateway's 4006, or in words.
fn is_of_the_clock(message: &str) -> bool {
    let message = message.to_lowercase();
    ["with 4006", "timestamp", "时间戳", "系统时间", "时钟"].iter().any(|word| message.contains(word))
}
