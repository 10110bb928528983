//! Compares a pipeline with 金蝶 by itself, once a firing of its `reconcile` schedule, beside the runs. Changes nothing.
//! How both sides are compared is `reconcile`'s; the runs are in `serve::scheduler`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde_json::json;
use tokio::sync::watch;

use super::board::{StatusBoard, View};
use super::drain::Drain;
use super::reconciliation::ReconcileFiles;
use crate::clock::shanghai;
use crate::lang::failures;
use crate::model::RunTrigger;
use crate::reconcile::{Period, Reader, ReaderError, ReconcileSummary};
use crate::schedule::{Schedule, believed};
use crate::store::{PipelineRow, StoreError};
use crate::worker::PipelineContext;

/// How often it looks whether it is time.
const LOOK: Duration = Duration::from_mins(1);
/// How long it rests after a comparison that could not be finished.
const REST: Duration = Duration::from_mins(30);
/// What the journal files the last firing under that is done.
const TOPIC: &str = "reconcile_fired";

/// Compares whenever it is time or a person asks for it, until it is to drain. Broken off, a comparison of the schedule is
/// begun anew after the next start.
pub(super) async fn run(post: PipelineContext, board: StatusBoard, mut drain: Drain) {
    let schedule = post.settings.reconcile.clone().map(Schedule::new);
    let name = &post.settings.name;
    let mut ended = drain.clone();
    tokio::select! {
        biased;
        () = ended.asked() => {}
        () = async {
            loop {
                let rest = match step(&post, &board, schedule.as_ref()).await {
                    Ok(()) => LOOK,
                    Err(error) => {
                        tracing::warn!(
                            pipeline = name,
                            %error,
                            message_zh = "对账失败，稍后重试",
                            "the reconciliation failed and is tried again"
                        );
                        REST
                    }
                };
                let mut changes = board.changes();
                tokio::select! {
                    biased;
                    Some((period, by)) = order(&mut changes, name) => answer(&post, &board, (period, &by)).await,
                    () = drain.sleep(rest) => {}
                }
            }
        } => {}
    }
}

/// Returns once a person asks for a comparison: of these days, and who it is.
async fn order(
    changes: &mut watch::Receiver<BTreeMap<String, View>>,
    name: &str,
) -> Option<(Period, String)> {
    let asked = |views: &BTreeMap<String, View>| {
        let asked = &views.get(name)?.reconciliation;
        Some((asked.asked?, asked.asked_by.clone()))
    };
    let views = changes.wait_for(|views| asked(views).is_some()).await.ok()?;
    asked(&views)
}

/// Does what a person ordered. What becomes of it is on the board; it is not tried again by itself.
async fn answer(post: &PipelineContext, board: &StatusBoard, (period, by): (Period, &str)) {
    let name = &post.settings.name;
    board.change(name, |view| {
        (view.reconciliation.asked, view.reconciliation.running) = (None, Some(period));
    });
    let done = async {
        let row = post.store.pipeline(name).await?;
        compare(post, board, (period, by), row.id).await
    };
    let done = done.await;
    let now = board.now();
    board.change(name, |view| {
        view.reconciliation.running = None;
        view.reconciliation.failed = done.as_ref().err().map(|error| (now, error.text()));
    });
    if let Err(error) = done {
        tracing::warn!(
            pipeline = name,
            %error,
            message_zh = "人工发起的对账失败",
            "the reconciliation that was asked for failed"
        );
    }
}

/// Compares if it is time.
async fn step(
    post: &PipelineContext,
    board: &StatusBoard,
    schedule: Option<&Schedule>,
) -> Result<(), ReaderError> {
    let store = post.store.as_ref();
    let (name, now) = (&post.settings.name, post.clock.now());
    let row = store.pipeline(name).await?;
    if board.views().get(name).is_some_and(|view| view.reconciled.is_none()) {
        let kept = ReconcileSummary::kept(store, row.id).await?;
        if kept.is_some() {
            board.change(name, |view| view.reconciled = kept);
        }
    }
    let Some(schedule) = schedule else { return Ok(()) };
    let Some(done) = fired(post, row.id, now).await? else { return Ok(()) };
    let Some(firing) = schedule.due(believed(done, now), now) else { return Ok(()) };
    let period = Period::daily(shanghai(now).date());
    let Some(period) = known(period, &row) else {
        return Ok(keep_fired(post, row.id, firing.at).await?);
    };
    if row.stopped.is_some() || row.paused_at.is_some() || !is_read(period, &row) {
        return Ok(());
    }
    compare(post, board, (period, "定时"), row.id).await?;
    Ok(keep_fired(post, row.id, firing.at).await?)
}

/// Up to where the firings are done. `None`: only from now on; the first start waits for the first firing.
async fn fired(
    post: &PipelineContext,
    pipeline: i64,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let kept = post.store.note(pipeline, TOPIC).await?;
    let done = kept.and_then(|text| Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc()));
    if done.is_none() {
        keep_fired(post, pipeline, now).await?;
    }
    Ok(done)
}

async fn keep_fired(post: &PipelineContext, pipeline: i64, done: DateTime<Utc>) -> Result<(), StoreError> {
    post.store.set_note(pipeline, TOPIC, done.to_rfc3339()).await
}

/// The days of the period that the journal can know of; `None` if there is none.
fn known(period: Period, row: &PipelineRow) -> Option<Period> {
    let began = row.began?;
    let first = if began.time() == NaiveTime::MIN { began.date() } else { began.date() + TimeDelta::days(1) };
    let from = period.from.max(first);
    (from <= period.to).then_some(Period { from, ..period })
}

/// Everything of the period was read: what was not would only seem to be missing.
fn is_read(period: Period, row: &PipelineRow) -> bool {
    let end: NaiveDateTime = (period.to + TimeDelta::days(1)).and_time(NaiveTime::MIN);
    row.cursor.is_some_and(|cursor| cursor >= end)
}

/// Compares, as a run of its own in the journal, and shows what came of it.
async fn compare(
    post: &PipelineContext,
    board: &StatusBoard,
    (period, by): (Period, &str),
    pipeline: i64,
) -> Result<(), ReaderError> {
    let (store, name) = (post.store.as_ref(), &post.settings.name);
    let run = store.begin_run(pipeline, RunTrigger::Reconcile.as_str(), post.clock.now()).await?;
    let compared = both_sides(post, (period, by), pipeline).await;
    let ended = post.clock.now();
    let (mut outcome, failure) = match &compared {
        Ok((verdict, _)) => (json!({ "period": period, "differences": verdict.differences }), None),
        Err(error) => (json!({ "period": period }), Some(error.text())),
    };
    failures::put(failure.as_slice(), &mut outcome);
    store.end_run(run, ended, outcome.to_string()).await?;
    let (verdict, files) = compared?;
    verdict.keep(store, pipeline).await?;
    let (due, equal) = (verdict.due, verdict.equal);
    tracing::info!(
        pipeline = name,
        run,
        due,
        equal,
        differences = ?verdict.differences,
        message_zh = "已对账",
        "reconciled"
    );
    board.change(name, |view| {
        view.reconciled = Some(verdict);
        view.reconciliation.files = files;
        view.reconciliation.failed = None;
    });
    Ok(())
}

async fn both_sides(
    post: &PipelineContext,
    (period, by): (Period, &str),
    pipeline: i64,
) -> Result<(ReconcileSummary, Option<Arc<ReconcileFiles>>), ReaderError> {
    let store = post.store.as_ref();
    let mut settings = post.settings.clone();
    crate::store::close_months(&mut settings, store, pipeline, post.clock.now()).await?;
    let reader = Reader {
        settings: &settings,
        store,
        source: post.source.asking_all(),
        sink: &post.sink,
        now: post.clock.now(),
    };
    let mut reconciled = reader.compare(period).await?;
    let (now, names) = (post.clock.now(), store.names(pipeline).await?);
    let files = ReconcileFiles::of(&reconciled, &post.settings, &names, (period, now, by));
    if let Err(error) = &files {
        tracing::warn!(
            pipeline = post.settings.name,
            %error,
            message_zh = "对账结果无法生成文件",
            "the reconciliation cannot be offered as files"
        );
    }
    let verdict = ReconcileSummary::of(&mut reconciled, period, now, (store, pipeline)).await?;
    Ok((verdict, files.ok().map(Arc::new)))
}
