//! The task of one pipeline: waits for what calls for a run, and does one at a time.
//! When a schedule fires is `schedule`'s, what happens in a run is `worker`'s.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio::time::Instant;

use super::board::StatusBoard;
use super::board::{Ending, Running};
use super::drain::Drain;
use super::heartbeat::Progress;
use super::tables::TableWatch;
use crate::clock::rfc3339;
use crate::lang::{Text, both};
use crate::model::RunTrigger;
use crate::schedule::{Firing, Schedule, believed};
use crate::store::{Asked, PipelineRow, Request, Stopped, StoreError, resume};
use crate::worker::PipelineContext;
use crate::worker::{Outcome, Until, Worker};

/// How often the task looks whether something calls for a run: a second process may have asked.
const LOOK: Duration = Duration::from_secs(1);
/// How long it rests after the journal failed.
const REST: Duration = Duration::from_mins(1);
/// How long a run that only writes goes on before the schedule has its turn again.
const WRITE: Duration = Duration::from_mins(15);
/// When a cycle that failed is tried again, if its schedule does not come first.
const AGAIN: Duration = Duration::from_mins(5);
/// What waits for a time of its own is looked after at that time, but not more often than this.
const FOLLOW: Duration = Duration::from_mins(1);
/// A clock that goes back by less was only corrected.
const SET_BACK: TimeDelta = TimeDelta::seconds(5);

/// What calls for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// The schedule.
    Firing(Firing),
    /// A person, by a request of this number.
    Order(i64),
    /// Parked documents that a person wants to be tried again.
    Retry,
    /// What a person decided about returns, and nothing else.
    Decide,
    /// A span of the past that a person wants to be read.
    Past,
    /// A cycle that failed, or documents that waited for their time.
    Again(Until),
}

/// The task's memory. What must outlast it is in the journal.
struct Scheduler {
    post: PipelineContext,
    /// The pipeline's row id.
    pipeline: i64,
    board: StatusBoard,
    schedule: Schedule,
    tables: TableWatch,
    drain: Drain,
    /// Up to where the firings are done.
    done: DateTime<Utc>,
    /// The next firing.
    next: Option<DateTime<Utc>>,
    /// When to follow up the last run, and how.
    again: Option<(Instant, Until)>,
    /// The newest request that was tried, and when those that are still open are tried again.
    asked: (i64, Instant),
    /// What the clock showed at the last look.
    seen: DateTime<Utc>,
}

/// Takes care of the pipeline until it is to drain.
pub(super) async fn run(post: PipelineContext, board: StatusBoard, drain: Drain) {
    let Some(mut scheduler) = Scheduler::begin(post, board, drain).await else { return };
    while !scheduler.drain.is_asked() {
        scheduler.board.pulses().beat(scheduler.name());
        match scheduler.step().await {
            Ok(true) => {}
            Ok(false) => scheduler.drain.sleep(LOOK).await,
            Err(error) => {
                tracing::error!(
                    pipeline = scheduler.name(),
                    %error,
                    message_zh = "同步台账出错，一分钟后重试",
                    "the journal failed; tried again in a minute"
                );
                scheduler.board.change(scheduler.name(), |view| view.running = None);
                scheduler.drain.sleep(REST).await;
            }
        }
    }
}

/// The pipeline's row id, and up to where its firings are done. The first start waits for the first firing.
async fn place(post: &PipelineContext) -> Result<(i64, DateTime<Utc>), StoreError> {
    let row = post.store.pipeline(&post.settings.name).await?;
    resume(post.store.as_ref(), row.id, &post.clock).await?;
    if let Some(done) = row.fired_at {
        return Ok((row.id, done));
    }
    let now = post.clock.now();
    post.store.fired(row.id, now).await?;
    Ok((row.id, now))
}

impl Scheduler {
    /// Finds out from the journal up to where the firings are done. `None` when it is to drain before that is known.
    async fn begin(post: PipelineContext, board: StatusBoard, mut drain: Drain) -> Option<Self> {
        let name = post.settings.name.clone();
        let (pipeline, done) = loop {
            match place(&post).await {
                Ok(place) => break place,
                Err(error) => {
                    tracing::error!(
                        pipeline = name,
                        %error,
                        message_zh = "同步台账无法读取",
                        "the journal cannot be read"
                    );
                }
            }
            board.pulses().beat(&name);
            drain.sleep(REST).await;
            if drain.is_asked() {
                return None;
            }
        };
        let now = post.clock.now();
        let schedule = Schedule::new(post.settings.schedule.clone());
        let tables = TableWatch::new(&post.settings.tables);
        let asked = (0, Instant::now());
        let (next, again, seen) = (None, None, now);
        let mut scheduler =
            Self { post, pipeline, board, schedule, tables, drain, done, next, again, asked, seen };
        scheduler.fired(scheduler.done);
        // What the journal holds is shown before the first run. A journal that fails now is told by the run.
        let _ = scheduler.board.refresh(scheduler.post.store.as_ref()).await;
        let due_by = scheduler.schedule.next_after(now);
        scheduler.board.change(&name, |view| view.due_by = view.due_by.or(due_by));
        Some(scheduler)
    }

    fn name(&self) -> &str {
        &self.post.settings.name
    }

    fn now(&self) -> DateTime<Utc> {
        self.post.clock.now()
    }

    /// Firings are done up to here.
    fn fired(&mut self, done: DateTime<Utc>) {
        self.done = done;
        self.next = self.schedule.next_after(done);
        self.board.change(self.name(), |view| view.next = self.next);
    }

    /// Does what is called for, if anything is. Says whether something was.
    async fn step(&mut self) -> Result<bool, StoreError> {
        // Before anything is called for: whoever has added a row and orders a run wants it run with that row.
        if self.tables.is_awaited(self.board.reread()).await {
            return Ok(false);
        }
        let Some((call, by_person)) = self.call().await? else { return Ok(false) };
        let row = self.post.store.pipeline(self.name()).await?;
        match (call, self.reason_to_skip(&row, by_person)) {
            (call, None) => self.run(call).await?,
            (Call::Firing(firing), Some(why)) => self.skip(&row, firing, &why).await?,
            // Open requests stay in the journal; they have their next try in a minute.
            (Call::Order(_) | Call::Retry | Call::Decide | Call::Past, Some(_)) => {}
            (Call::Again(_), Some(_)) => self.again = None,
        }
        Ok(true)
    }

    /// What calls for a run, and whether a person does.
    async fn call(&mut self) -> Result<Option<(Call, bool)>, StoreError> {
        let now = self.now();
        self.look_at_the_clock(now);
        let open = self.post.store.open_requests(self.pipeline).await?;
        let newest = open.iter().map(|asked| asked.id).max().unwrap_or_default();
        if newest > self.asked.0 {
            self.asked = (newest, Instant::now() + FOLLOW);
            return Ok(Call::of(&open).map(|call| (call, true)));
        }
        let done = believed(self.done, now);
        if done != self.done {
            self.fired(done);
        }
        // Before requests that were tried already: one that takes days must not starve the schedule.
        if self.next.is_some_and(|next| next <= now)
            && let Some(firing) = self.schedule.due(self.done, now)
        {
            return Ok(Some((Call::Firing(firing), false)));
        }
        if !open.is_empty() && self.asked.1 <= Instant::now() {
            self.asked.1 = Instant::now() + FOLLOW;
            return Ok(Call::of(&open).map(|call| (call, false)));
        }
        let again = self.again.filter(|(at, _)| *at <= Instant::now());
        Ok(again.map(|(_, until)| (Call::Again(until), false)))
    }

    /// A clock that was set back goes through its firings a second time. They are done, and stay done; reading goes on all
    /// the same, and a cycle is not the less overdue.
    fn look_at_the_clock(&mut self, now: DateTime<Utc>) {
        let seen = std::mem::replace(&mut self.seen, now);
        if seen - now <= SET_BACK {
            return;
        }
        let seconds = (seen - now).num_seconds();
        tracing::warn!(
            pipeline = self.name(),
            seconds,
            message_zh = "本机时钟被调回",
            "this machine's clock was set back"
        );
        let latest = self.schedule.next_after(now);
        self.board.change(self.name(), |view| view.due_by = view.due_by.min(latest).or(view.due_by));
        self.again = Some((Instant::now(), Until::Once));
    }

    /// Why nothing is done although a run is called for. What a person orders is done.
    fn reason_to_skip(&mut self, row: &PipelineRow, by_person: bool) -> Option<Text> {
        // Only the first run after it is one of the person's.
        let is_mended = std::mem::take(&mut self.post.is_mended);
        if by_person {
            return None;
        }
        if let Some(since) = row.paused_at {
            let since = rfc3339(since);
            return Some(both!("自 {since} 起已人工暂停", "paused by a person since {since}"));
        }
        let stopped = row.stopped.as_ref().filter(|_| !is_mended)?;
        // By the journal's word, so that a program that is started again and again does not knock again and again.
        let refused = DateTime::parse_from_rfc3339(&stopped.refused).ok();
        let waits = stopped.by_hand
            || refused.is_some_and(|last| {
                let ago = self.post.clock.steady() - last.to_utc();
                ago >= TimeDelta::zero() && ago < stopped.probe_every(&self.post.settings.kingdee)
            });
        let Stopped { since, reason, .. } = stopped;
        waits.then(|| reason.before(&format!("自 {since} 起已停止："), &format!("stopped since {since}: ")))
    }

    /// A firing that calls no run leaves a row all the same.
    async fn skip(&mut self, row: &PipelineRow, firing: Firing, why: &Text) -> Result<(), StoreError> {
        let now = self.now();
        let run = self.post.store.begin_run(row.id, Call::Firing(firing).trigger().as_str(), now).await?;
        let outcome = json!({ "skipped": why.en, "skipped_zh": why.zh, "firing": firing });
        self.post.store.end_firing(run, firing.at, now, outcome.to_string()).await?;
        tracing::info!(
            pipeline = self.name(),
            run,
            why = %why.en,
            message_zh = "跳过一次定时运行",
            "firing skipped"
        );
        self.fired(firing.at);
        self.board.change(self.name(), |view| {
            *view.endings.entry(Ending::Skipped).or_default() += 1;
            view.missed += firing.missed;
            view.late = firing.late;
        });
        Ok(())
    }

    async fn run(&mut self, call: Call) -> Result<(), StoreError> {
        self.again = None;
        let PipelineContext { settings, store, source, sink, clock, held_since, .. } = self.post.clone();
        let began = clock.now();
        let mut worker =
            Worker::begin(settings, store, source, sink, clock, call.trigger()).await?.held_since(held_since);
        if let Call::Firing(firing) = call {
            worker = worker.for_firing(firing);
            self.board.change(self.name(), |view| {
                view.missed += firing.missed;
                view.late = firing.late;
            });
        }
        let running = Running { run: worker.run_id(), command: call.trigger().as_str(), since: began };
        self.board.change(self.name(), |view| view.running = Some(running));
        let outcome = self.drive(&worker, call.until()).await?;
        self.take(call, began, &outcome);
        if call.reads() && outcome.is_complete() && !self.drain.is_asked() {
            worker.learn_names().await?;
        }
        if let Call::Order(request) = call {
            self.post.store.answer_request(request, worker.run_id().to_string()).await?;
        }
        self.board.refresh(self.post.store.as_ref()).await
    }

    /// Runs to the end, or to the end of the call that is under way when the task is to drain.
    async fn drive(&self, worker: &Worker, until: Until) -> Result<Outcome, StoreError> {
        let run = worker.run(until);
        tokio::pin!(run);
        let mut drain = self.drain.clone();
        let mut is_drained = false;
        let mut progress = Progress::new();
        loop {
            let kingdee_hold = self.post.sink.hold();
            let held = kingdee_hold.is_some()
                || self.post.source.pace().held_until.is_some_and(|until| until > self.now());
            if progress.is_made(worker.done_so_far(), held) {
                self.board.pulses().beat(self.name());
            }
            self.board.show_pace(self.name(), self.post.source.pace(), kingdee_hold);
            tokio::select! {
                biased;
                outcome = &mut run => return outcome,
                () = drain.asked(), if !is_drained => {
                    worker.drain();
                    is_drained = true;
                }
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn take(&mut self, call: Call, began: DateTime<Utc>, outcome: &Outcome) {
        let now = self.now();
        let ending = match outcome {
            outcome if outcome.is_complete() => Ending::Complete,
            outcome if outcome.stopped.is_some() => Ending::Stopped,
            _ if self.drain.is_asked() => Ending::Drained,
            _ => Ending::Failed,
        };
        if let (Call::Firing(firing), false) = (call, ending == Ending::Drained) {
            self.fired(firing.at);
        }
        let soon = Instant::now();
        self.again = match ending {
            Ending::Failed => Some((soon + AGAIN, call.until())),
            // Until the clock that was set back has come so far again, no firing calls.
            Ending::Complete if now < self.done => Some((soon + AGAIN, Until::Once)),
            Ending::Complete => outcome.left.next_due.map(|due| {
                let wait = (due - self.post.clock.steady()).to_std().unwrap_or_default();
                (soon + wait.max(FOLLOW), DRAINED)
            }),
            _ => None,
        };
        let due_by = self.schedule.next_after(began);
        let (pace, kingdee_hold) = (self.post.source.pace(), self.post.sink.hold());
        self.board.change(self.name(), |view| {
            view.take(outcome, ending, now);
            (view.pace, view.kingdee_hold) = (pace, kingdee_hold);
            if ending == Ending::Complete && call.reads() {
                view.succeeded = Some(now);
                view.due_by = due_by;
            }
        });
        if ending == Ending::Failed {
            let failures = outcome.failures.iter().map(Text::to_string).collect::<Vec<_>>().join("; ");
            tracing::warn!(
                pipeline = self.name(),
                failures,
                message_zh = "运行失败，稍后重试",
                "the run failed and is tried again"
            );
        }
    }
}

/// Writes only, for a while.
const DRAINED: Until = Until::Drained { timeout: WRITE };

impl Call {
    /// What these requests call for. An order comes first, and serves the others too; the past is read last.
    fn of(open: &[Asked]) -> Option<Self> {
        let order =
            open.iter().find(|asked| asked.request == Request::Run).map(|asked| Self::Order(asked.id));
        let is_past = |asked: &Asked| matches!(asked.request, Request::Backfill(_));
        let is_decision = |asked: &Asked| matches!(asked.request, Request::Decide(_));
        let others = match open {
            open if open.iter().all(is_past) => Self::Past,
            open if open.iter().all(is_decision) => Self::Decide,
            _ => Self::Retry,
        };
        order.or((!open.is_empty()).then_some(others))
    }

    /// What the journal calls it.
    fn trigger(self) -> RunTrigger {
        match self {
            Self::Firing(_) => RunTrigger::Firing,
            Self::Order(_) => RunTrigger::Order,
            Self::Retry => RunTrigger::RetryAsked,
            Self::Decide => RunTrigger::DecideAsked,
            Self::Past => RunTrigger::BackfillAsked,
            Self::Again(_) => RunTrigger::Again,
        }
    }

    fn until(self) -> Until {
        match self {
            Self::Firing(_) | Self::Order(_) | Self::Past => Until::Once,
            Self::Retry | Self::Decide => DRAINED,
            Self::Again(until) => until,
        }
    }

    /// It is a cycle: 旺店通 is read.
    fn reads(self) -> bool {
        self.until() == Until::Once
    }
}
