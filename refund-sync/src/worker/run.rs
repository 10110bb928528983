//! What reading and writing share in one run: the pipeline, its journal and clock, what was done so far, and the ways to
//! wake each other and to end early.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::tally::Tally;
use super::trouble::Trouble;
use crate::clock::{Clock, rfc3339};
use crate::config::Pipeline;
use crate::lang::Text;
use crate::store::{Origin, PipelineRow, Side, Stopped, Store};

/// How long the writer sleeps at most before it looks at the journal again: a second process may have asked.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The first pause after a passing failure, and the longest.
pub(super) const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Why a drained run is not complete.
pub(super) const ASKED_TO_END: Text =
    Text::new("收到停止请求，尚未全部完成", "asked to end before everything was done");

/// One run of a pipeline, as reader and writer see it.
#[derive(Debug)]
pub(super) struct Run {
    /// Row id.
    pub(super) id: i64,
    pub(super) settings: Pipeline,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Clock,
    /// The pipeline's row as it was when the run began.
    pub(super) row: PipelineRow,
    tally: Mutex<Tally>,
    /// Nothing more is read in this run.
    pub(super) reading_done: AtomicBool,
    /// Something was read that can be written.
    pub(super) news: Notify,
    /// A person ended what was waited for.
    pub(super) lifted: Notify,
    /// The run is to end, once what is under way is answered.
    draining: watch::Sender<bool>,
}

impl Run {
    pub(super) fn new(
        id: i64,
        settings: Pipeline,
        store: Arc<dyn Store>,
        clock: Clock,
        row: PipelineRow,
    ) -> Self {
        Self {
            id,
            settings,
            store,
            clock,
            row,
            tally: Mutex::default(),
            reading_done: AtomicBool::new(false),
            news: Notify::new(),
            lifted: Notify::new(),
            draining: watch::Sender::new(false),
        }
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { pipeline: self.row.id, run: self.id, at: self.clock.now() }
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stop(&self, side: Side, reason: impl Into<Text>, remedy: impl Into<Text>) -> Trouble {
        let (reason, remedy) = (reason.into(), remedy.into());
        tracing::error!(
            pipeline = self.settings.name,
            ?side,
            %reason,
            %remedy,
            message_zh = "已停止，需人工处理",
            "stopped: a person has to act"
        );
        let since = rfc3339(self.clock.now());
        let refused = rfc3339(self.clock.steady());
        Trouble::Stop(Box::new(Stopped { side, reason, remedy, since, refused, by_hand: false }))
    }

    /// Ends the run early: reading is broken off, a call to 金蝶 that is under way is waited for, nothing more is sent.
    pub(super) fn drain(&self) {
        self.draining.send_replace(true);
    }

    pub(super) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Returns once the run is to end.
    pub(super) async fn drained(&self) {
        // The sender lives as long as the run, so waiting cannot fail.
        let _ = self.draining.subscribe().wait_for(|draining| *draining).await;
    }

    /// Sleeps, unless the run is to end.
    pub(super) async fn pause(&self, wait: Duration) {
        // Either is a reason to go on.
        let _ = tokio::time::timeout(wait, self.drained()).await;
    }

    /// A stop that no read can lift.
    pub(super) fn stop_by_hand(&self, side: Side, reason: Text, remedy: impl Into<Text>) -> Trouble {
        match self.stop(side, reason, remedy) {
            Trouble::Stop(stopped) => Trouble::Stop(Box::new(Stopped { by_hand: true, ..*stopped })),
            other => other,
        }
    }
}
