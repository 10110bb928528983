//! What the pipelines show while they work: read by metrics, alerts, health checks and the status page.
//! Only what lasts as long as the process; what outlasts it, and what people want done, is the journal's.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kingdee_k3cloud_sdk::Hold;
use tokio::sync::watch;

use super::deliveries::Deliveries;
use super::filling::Filling;
use super::heartbeat::Pulses;
use super::reconciliation::Reconciliation;
use super::tables::Rereading;
use crate::clock::Clock;
use crate::config::{Pipeline, WebUrl};
use crate::reconcile::ReconcileSummary;
use crate::source::Pace;
use crate::store::{List, ListGroup, ListQuery, PipelineStatus, Stopped, Store, StoreError};
use crate::worker::{Outcome, PipelineContext, Tally};

/// A run that takes longer than this is no excuse any more for a cycle that does not end.
const LONGEST_RUN: TimeDelta = TimeDelta::hours(6);

/// The tasks of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Sync,
    Reconcile,
}

/// One view a pipeline, by name.
#[derive(Debug, Clone)]
pub struct StatusBoard {
    clock: Clock,
    views: Arc<watch::Sender<BTreeMap<String, View>>>,
    deliveries: Deliveries,
    pulses: Pulses,
    reread: Rereading,
}

/// What one pipeline shows.
#[derive(Debug, Clone)]
pub struct View {
    /// Since when this process takes care of it.
    pub since: DateTime<Utc>,
    /// What the configuration says of it.
    pub settings: Arc<Pipeline>,
    /// Its schedule, a cron expression in Asia/Shanghai.
    pub schedule: String,
    /// Its next firing.
    pub next: Option<DateTime<Utc>>,
    /// The run that goes on at present.
    pub running: Option<Running>,
    /// Why nothing is sent.
    pub stopped: Option<Stopped>,
    /// How many runs ended how.
    pub endings: BTreeMap<Ending, u64>,
    /// How long all runs took together, in seconds.
    pub run_seconds: f64,
    /// How often a task of it broke by a fault of the program.
    pub panics: u64,
    /// How often since the last complete cycle.
    pub panics_in_a_row: u32,
    /// How late the last firing was taken up.
    pub late: TimeDelta,
    /// Firings that nobody was there for.
    pub missed: u64,
    /// When the last complete cycle ended.
    pub succeeded: Option<DateTime<Utc>>,
    /// By when the next complete cycle is to begin.
    pub due_by: Option<DateTime<Utc>>,
    /// When a return was last accepted, or since when one is waited for.
    pub accepted: DateTime<Utc>,
    /// How many returns of other types or states came since then.
    pub filtered_since: u64,
    /// How fast 旺店通 may be asked, and until when not at all.
    pub pace: Pace,
    /// The pause that 金蝶 asked for.
    pub kingdee_hold: Option<Hold>,
    /// What all runs did together.
    pub totals: Tally,
    /// What the last reconciliation found.
    pub reconciled: Option<ReconcileSummary>,
    /// The reconciliations that persons order.
    pub reconciliation: Reconciliation,
    /// Where a person opens a bill in 金蝶.
    pub web_url: Option<WebUrl>,
    /// What its tables are filled in with.
    pub filling: Option<Filling>,
    /// What the journal says, as of the last look.
    pub status: Option<PipelineStatus>,
    /// What waits for a person, by cause and shop, as of the same look.
    pub parked: Vec<ListGroup>,
    /// What shops are called, by number, as of the same look.
    pub shops: Arc<BTreeMap<String, String>>,
}

/// A run that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its row in the journal.
    pub run: i64,
    /// What called it.
    pub command: &'static str,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// How a run, or a firing that called none, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// It got to its end.
    Complete,
    /// It did not, for a reason that passes.
    Failed,
    /// It did not, for a reason that a person has to mend.
    Stopped,
    /// It was asked to end early.
    Drained,
    /// The firing called no run.
    Skipped,
}

impl Ending {
    /// Every ending.
    pub const ALL: [Self; 5] = [Self::Complete, Self::Failed, Self::Stopped, Self::Drained, Self::Skipped];

    /// The stable word of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Drained => "drained",
            Self::Skipped => "skipped",
        }
    }
}

/// The same pause, although its end is told anew each time.
fn is_same(one: Option<&Hold>, other: Option<&Hold>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.said == other.said && (one.until - other.until).abs() < TimeDelta::seconds(1)
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl View {
    /// A pipeline of which nothing is known yet.
    fn new(post: &PipelineContext, now: DateTime<Utc>) -> Self {
        Self {
            since: now,
            settings: Arc::new(post.settings.clone()),
            schedule: String::new(),
            next: None,
            running: None,
            stopped: None,
            endings: BTreeMap::new(),
            run_seconds: 0.0,
            panics: 0,
            panics_in_a_row: 0,
            late: TimeDelta::zero(),
            missed: 0,
            succeeded: None,
            due_by: None,
            accepted: now,
            filtered_since: 0,
            pace: post.source.pace(),
            kingdee_hold: post.sink.hold(),
            totals: Tally::default(),
            reconciled: None,
            reconciliation: Reconciliation::default(),
            web_url: None,
            filling: None,
            status: None,
            parked: Vec::new(),
            shops: Arc::default(),
        }
    }

    /// How long a complete cycle is overdue; zero when none is. A run that goes on may still become one.
    pub fn overdue(&self, now: DateTime<Utc>) -> TimeDelta {
        let excused = self.running.as_ref().is_some_and(|run| now - run.since < LONGEST_RUN);
        match self.due_by {
            Some(due_by) if !excused => (now - due_by).max(TimeDelta::zero()),
            _ => TimeDelta::zero(),
        }
    }

    /// Takes what a run brought.
    pub(super) fn take(&mut self, outcome: &Outcome, ending: Ending, now: DateTime<Utc>) {
        if let Some(run) = self.running.take() {
            self.run_seconds += (now - run.since).as_seconds_f64().max(0.0);
        }
        *self.endings.entry(ending).or_default() += 1;
        if ending == Ending::Complete {
            self.panics_in_a_row = 0;
        }
        self.stopped.clone_from(&outcome.stopped);
        let rows = outcome.tally.rows;
        if rows.accepted + rows.waiting > 0 {
            (self.accepted, self.filtered_since) = (now, 0);
        } else {
            self.filtered_since += rows.filtered;
        }
        self.totals += &outcome.tally;
    }
}

impl StatusBoard {
    /// An empty board.
    pub fn new(clock: Clock) -> Self {
        let (views, deliveries, pulses) = (Arc::default(), Deliveries::default(), Pulses::default());
        Self { clock, views, deliveries, pulses, reread: Rereading::default() }
    }

    /// The clock that its times are of.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// How the receivers of alerts are doing.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// A table was written or edited: whoever works the pipelines is to read the configuration again.
    pub fn reread(&self) -> &Rereading {
        &self.reread
    }

    /// Whether the pipelines get on.
    pub fn pulses(&self) -> &Pulses {
        &self.pulses
    }

    /// A task of the pipeline broke. Says how often one did since a cycle was complete.
    pub(super) fn broke(&self, name: &str, task: Task) -> u32 {
        let mut in_a_row = 1;
        self.change(name, |view| {
            if task == Task::Sync {
                view.running = None;
            }
            view.panics += 1;
            view.panics_in_a_row = view.panics_in_a_row.saturating_add(1);
            in_a_row = view.panics_in_a_row;
        });
        in_a_row
    }

    /// What every pipeline shows, by name.
    pub fn views(&self) -> BTreeMap<String, View> {
        self.views.borrow().clone()
    }

    /// Wakes whoever waits for it whenever something on the board changes.
    pub fn changes(&self) -> watch::Receiver<BTreeMap<String, View>> {
        self.views.subscribe()
    }

    /// Takes in what the journal says.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn refresh(&self, store: &dyn Store) -> Result<(), StoreError> {
        let statuses = store.status().await?;
        let parked = store.list(ListQuery { limit: 0, ..ListQuery::of(List::Parked) }).await?.groups;
        let mut shops = BTreeMap::new();
        for status in &statuses {
            if let Some(row) = store.known_pipeline(&status.pipeline).await? {
                shops.insert(status.pipeline.clone(), store.names(row.id).await?.shops);
            }
        }
        self.views.send_modify(|views| {
            for status in statuses {
                if let Some(view) = views.get_mut(&status.pipeline) {
                    view.stopped.clone_from(&status.stopped);
                    view.parked =
                        parked.iter().filter(|group| group.pipeline == status.pipeline).cloned().collect();
                    view.shops = Arc::new(shops.remove(&status.pipeline).unwrap_or_default());
                    view.status = Some(status);
                }
            }
        });
        Ok(())
    }

    /// Keeps the views of these pipelines only.
    pub fn keep(&self, is_kept: impl Fn(&str) -> bool) {
        self.views.send_modify(|views| views.retain(|name, _| is_kept(name)));
        self.pulses.keep(is_kept);
    }

    /// Opens the views of these pipelines; those that are there keep all that they show.
    pub(super) fn open(&self, posts: &[PipelineContext]) {
        let now = self.now();
        self.views.send_modify(|views| {
            for post in posts {
                let name = &post.settings.name;
                let view = views.remove(name).unwrap_or_else(|| View::new(post, now));
                let schedule = post.settings.schedule.to_string();
                let settings = Arc::new(post.settings.clone());
                let web_url = post.settings.kingdee.web_url.clone();
                let filling = Some(Filling::of(post));
                views.insert(
                    name.clone(),
                    View { running: None, schedule, settings, web_url, filling, ..view },
                );
            }
        });
    }

    /// Changes the view of a pipeline, if it is there.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut View)) {
        self.views.send_if_modified(|views| views.get_mut(name).map(change).is_some());
    }

    /// Shows how fast 旺店通 may be asked and whether 金蝶 may, if that is something new.
    pub(super) fn show_pace(&self, name: &str, pace: Pace, kingdee_hold: Option<Hold>) {
        self.views.send_if_modified(|views| match views.get_mut(name) {
            Some(view)
                if view.pace != pace || !is_same(view.kingdee_hold.as_ref(), kingdee_hold.as_ref()) =>
            {
                (view.pace, view.kingdee_hold) = (pace, kingdee_hold);
                true
            }
            _ => false,
        });
    }
}
