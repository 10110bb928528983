//! Compares a pipeline with 金蝶 by itself, once a firing of its `reconcile` schedule, beside the runs. Changes nothing.
//! How both sides are compared is `reconcile`'s; the runs are in `serve::scheduler`.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde_json::json;

use super::board::StatusBoard;
use super::drain::Drain;
use crate::clock::shanghai;
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

/// Compares whenever it is time, until it is to drain. Broken off, a comparison is begun anew after the next start.
pub(super) async fn run(post: PipelineContext, board: StatusBoard, mut drain: Drain) {
    let Some(schedule) = post.settings.reconcile.clone().map(Schedule::new) else { return };
    let mut asked = drain.clone();
    tokio::select! {
        biased;
        () = asked.asked() => {}
        () = async {
            loop {
                let rest = match step(&post, &board, &schedule).await {
                    Ok(()) => LOOK,
                    Err(error) => {
                        let pipeline = &post.settings.name;
                        tracing::warn!(pipeline, %error, "the reconciliation failed and is tried again 对账失败，稍后重试");
                        REST
                    }
                };
                drain.sleep(rest).await;
            }
        } => {}
    }
}

/// Compares if it is time.
async fn step(post: &PipelineContext, board: &StatusBoard, schedule: &Schedule) -> Result<(), ReaderError> {
    let store = post.store.as_ref();
    let (name, now) = (&post.settings.name, post.clock.now());
    let row = store.pipeline(name).await?;
    if board.views().get(name).is_some_and(|view| view.reconciled.is_none()) {
        let kept = ReconcileSummary::kept(store, row.id).await?;
        board.change(name, |view| view.reconciled = kept);
    }
    let Some(done) = fired(post, row.id, now).await? else { return Ok(()) };
    let Some(firing) = schedule.due(believed(done, now), now) else { return Ok(()) };
    let period = Period::daily(shanghai(now).date());
    let Some(period) = known(period, &row) else {
        return Ok(keep_fired(post, row.id, firing.at).await?);
    };
    if row.stopped.is_some() || row.paused_at.is_some() || !is_read(period, &row) {
        return Ok(());
    }
    let run = store.begin_run(row.id, RunTrigger::Reconcile.as_str(), now).await?;
    let compared = compare(post, period, row.id).await;
    let ended = post.clock.now();
    let outcome = match &compared {
        Ok(verdict) => json!({ "failures": [], "period": period, "differences": verdict.differences }),
        Err(error) => json!({ "failures": [error.to_string()], "period": period }),
    };
    store.end_run(run, ended, outcome.to_string()).await?;
    let verdict = compared?;
    verdict.keep(store, row.id).await?;
    keep_fired(post, row.id, firing.at).await?;
    let (due, equal) = (verdict.due, verdict.equal);
    tracing::info!(pipeline = name, run, due, equal, differences = ?verdict.differences, "reconciled 已对账");
    board.change(name, |view| view.reconciled = Some(verdict));
    Ok(())
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

async fn compare(
    post: &PipelineContext,
    period: Period,
    pipeline: i64,
) -> Result<ReconcileSummary, ReaderError> {
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
    let reconciled = reader.compare(period).await?;
    ReconcileSummary::of(reconciled, period, post.clock.now(), (store, pipeline)).await
}
