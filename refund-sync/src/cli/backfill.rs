//! `backfill`: reads a span of the past. A plan first; then a request in the journal, which whoever works it reads day by
//! day beside the live feed, or this command becomes that one. Progress is read off the ledger, whoever does it.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use wdt_qimen_sdk::Span;

use super::context::{Context, Exit};
use super::progress::Progress;
use super::values::{day, duration};
use super::{open, run, signal};
use crate::clock::{Clock, shanghai};
use crate::config::{Config, Pipeline};
use crate::journal::Row;
use crate::lang::{Text, told};
use crate::model::RunTrigger;
use crate::store::{self, OpenJournal, Past, PipelineRow, Request, Store, StoreError, holder_text};
use crate::worker::backfill_plan::{Plan, Probe, days, gaps, probes};
use crate::worker::{KeptPace, Until, clients_beside};

/// How often progress is looked up.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 起始日期
    ///
    /// First day (Asia/Shanghai), by the time a return was last changed, say 2026-01-01.
    #[arg(long, value_parser = day, value_name = "DAY")]
    from: NaiveDate,
    /// 截止日期（含）
    ///
    /// Last day, included.
    #[arg(long, value_parser = day, value_name = "DAY")]
    to: NaiveDate,
    /// 只给出计划，不读取。
    ///
    /// Only the plan.
    #[arg(long)]
    plan: bool,
    /// 已读过的日期也重读。
    ///
    /// Also what was read before, say after a change of `types` or `shop_nos`.
    #[arg(long)]
    again: bool,
    /// 最长运行时间。
    ///
    /// When to give up: 30m, 6h, 2d. What was read by then is not read again.
    #[arg(long, default_value = "1d", value_parser = duration)]
    timeout: Duration,
    /// 以 JSON 输出计划。
    ///
    /// Writes the plan as JSON.
    #[arg(long, requires = "plan")]
    json: bool,
}

/// What one pipeline has to read.
struct Task<'a> {
    pipeline: &'a Pipeline,
    row: PipelineRow,
    span: Span,
    past: Past,
    days: Vec<Span>,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    backfill(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn backfill(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    if args.to < args.from {
        context.out.error(told!(
            "截止日期 {} 早于起始日期 {}",
            "--to {} is before --from {}",
            args.to,
            args.from
        ));
        return Err(Exit::Configuration);
    }
    let config = open::configuration(context)?;
    let (store, clock) = open::to_ask(context, &config, "backfill").await?;
    let pipelines: Vec<_> = config.pipelines.iter().collect();
    run::refuse_silent_start(context, &pipelines, store.as_ref()).await?;
    let now = clock.now();
    let mut tasks = Vec::new();
    for pipeline in &config.pipelines {
        let task = task(args, pipeline, store.as_ref(), now)
            .await
            .map_err(|error| open::complain(context, &error))?;
        tasks.extend(task.filter(|task| !task.days.is_empty()));
    }
    let mut plans = Vec::new();
    for task in &tasks {
        let plan = plan(task, store.as_ref(), &clock).await.map_err(|message| {
            context.out.error(&message);
            Exit::Failed
        })?;
        if !args.json {
            tell(context, task, &plan);
        }
        plans.push(serde_json::json!({ "pipeline": task.pipeline.name, "plan": plan }));
    }
    if args.json {
        context.out.json(&serde_json::json!({ "pipelines": plans }));
    } else if tasks.is_empty() {
        context.out.line(told!("这段时间都已读过。", "Nothing of these days is left to read."));
    }
    if args.plan || tasks.is_empty() {
        return Ok(Exit::Done);
    }
    read(args, context, &config, (store.as_ref(), now), tasks).await
}

/// What is left of the span in one pipeline; `None`: all of it is too young, the live feed reads that.
async fn task<'a>(
    args: &Args,
    pipeline: &'a Pipeline,
    store: &dyn Store,
    now: DateTime<Utc>,
) -> Result<Option<Task<'a>>, StoreError> {
    let row = store.pipeline(&pipeline.name).await?;
    let now_here = shanghai(now);
    let moving = TimeDelta::from_std(pipeline.wdt.lag + pipeline.wdt.overlap).unwrap_or(TimeDelta::MAX);
    let settled = now_here.with_nanosecond(0).unwrap_or(now_here) - moving;
    let midnight = |day: NaiveDate| -> NaiveDateTime { day.and_time(NaiveTime::MIN) };
    let (from, to) = (midnight(args.from), (midnight(args.to) + TimeDelta::days(1)).min(settled));
    let Ok(span) = Span::new(from, to) else { return Ok(None) };
    let past = Past { from, to, again: args.again };
    let walked = store.walked(row.id, (from, to)).await?;
    let days = gaps(span, &walked, past, now).into_iter().flat_map(days).collect();
    Ok(Some(Task { pipeline, row, span, past, days }))
}

/// Asks a few days for their totals.
async fn plan(task: &Task<'_>, store: &dyn Store, clock: &Clock) -> Result<Plan, String> {
    let kept = KeptPace::of(store, &task.pipeline.name, clock).await.map_err(|error| error.to_string())?;
    let (source, _) = clients_beside(task.pipeline, kept, clock)?;
    let source = source.asking_accepted();
    let mut asked = Vec::new();
    let now = shanghai(clock.now());
    for day in probes(task.days.len()) {
        let span = task.days[day];
        let mut probe = Probe { day, total: 0, sure: true, rows: 0, accepted: 0 };
        for list in [Some(source.clone()), source.history(span, now)].into_iter().flatten() {
            let page = list.page(span, 0).await.map_err(|error| {
                told!(
                    "{}：{}。{}",
                    "{}: {}. {}",
                    task.pipeline.name,
                    Text::from(&error),
                    Text::from(error.advice())
                )
            })?;
            let rows = page.rows.len() as u64;
            probe.total += page.total.unwrap_or(rows).max(rows);
            // A total that is just the length of a full page may be no more than that.
            let is_full = rows >= u64::from(list.page_size());
            probe.sure &= page.total.is_some_and(|total| total > rows || (total == rows && !is_full));
            probe.rows += rows;
            probe.accepted += page.rows.iter().filter(|row| matches!(row, Row::Accepted(_))).count() as u64;
        }
        asked.push(probe);
    }
    Ok(Plan::of(&task.days, &asked, task.pipeline.wdt.page_size, task.pipeline.wdt.quota_per_minute))
}

fn tell(context: &mut Context, task: &Task<'_>, plan: &Plan) {
    let about = if plan.exact { String::new() } else { told!("约 ", "about ") };
    context.out.line(told!(
        "{}：计划 {} … {} · 窗口 {} · 调用 {about}{} · 需时 {about}{} · 退换单 {about}{} · 单据 {about}{}", "{}: plan {} … {} · windows {} · calls {about}{} · time {about}{} · returns {about}{} · bills {about}{}",
        task.pipeline.name,
        plan.from.as_deref().unwrap_or("-"),
        plan.to.as_deref().unwrap_or("-"),
        plan.windows,
        plan.calls,
        time(plan.seconds),
        plan.returns,
        plan.bills
    ));
}

/// `2h 05m`, `3m 20s`.
fn time(seconds: u64) -> String {
    if seconds >= 3_600 {
        format!("{}h {:02}m", seconds / 3_600, seconds % 3_600 / 60)
    } else {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    }
}

/// Leaves the requests, then follows whoever works the journal, or becomes that one.
async fn read(
    args: &Args,
    context: &mut Context,
    config: &Config,
    (store, now): (&dyn Store, DateTime<Utc>),
    tasks: Vec<Task<'_>>,
) -> Result<Exit, Exit> {
    let mut requests = Vec::new();
    for task in &tasks {
        let request = Request::Backfill(task.past);
        let request = store.leave_request(task.row.id, request, now).await;
        requests.push((task, request.map_err(|error| open::complain(context, &error))?));
    }
    let mut exit = Exit::Done;
    for share in store::shares(config) {
        let mut mine = requests.iter().filter(|(task, _)| share.holds(task.pipeline)).peekable();
        if mine.peek().is_none() {
            continue;
        }
        match OpenJournal::acquire(&config.store.url, &share, "backfill").await {
            Ok(desk) => {
                for &(task, request) in mine {
                    exit = exit.max(Box::pin(work(args, context, task, &desk, request)).await?);
                }
            }
            Err(StoreError::Held { holder, .. }) => {
                context.out.line(told!("已交给正在运行的进程 {}", "Left to {}", holder_text(&holder)));
                for &(task, request) in mine {
                    // A holder that is idle most of the time takes it up at its next cycle.
                    let followed = tokio::time::timeout(args.timeout, follow(store, task, request)).await;
                    if let Ok(followed) = followed {
                        followed.map_err(|error| open::complain(context, &error))?;
                    } else {
                        exit = exit.max(unfinished(context));
                    }
                }
            }
            Err(error) => return Err(open::complain(context, &error)),
        }
    }
    Ok(exit)
}

async fn work(
    args: &Args,
    context: &mut Context,
    task: &Task<'_>,
    desk: &OpenJournal,
    request: i64,
) -> Result<Exit, Exit> {
    let name = &task.pipeline.name;
    let store = desk.store.as_ref();
    let worker = open::worker(task.pipeline, desk, RunTrigger::Backfill).await.map_err(|message| {
        context.out.error(&message);
        Exit::Failed
    })?;
    let outcome = {
        let mut run = Box::pin(signal::drive(&worker, Until::Past { timeout: args.timeout }));
        let following = follow(store, task, request);
        tokio::pin!(following);
        tokio::select! {
            biased;
            outcome = &mut run => outcome,
            // Read to the end: what is left is to write.
            _ = &mut following => run.await,
        }
    };
    let outcome = outcome.map_err(|message| open::failed(context, &message))?;
    run::print(context, name, &outcome);
    let answer = store.request_answer(request).await.map_err(|error| open::complain(context, &error))?;
    let exit = run::exit_of(&outcome);
    Ok(if answer.is_some() { exit } else { exit.max(unfinished(context)) })
}

fn unfinished(context: &mut Context) -> Exit {
    context.out.error(
        told!("尚未读完，请求已保留：之后的 run 每次读一部分，再执行同一命令可继续。",
        "Not read to the end. The request stays in the journal: each later run reads a part of it, and the same command goes on with it."),
    );
    Exit::Failed
}

/// Shows how far the past is read until the request is answered.
async fn follow(store: &dyn Store, task: &Task<'_>, request: i64) -> Result<(), StoreError> {
    let asked = store.open_requests(task.row.id).await?.into_iter().find(|asked| asked.id == request);
    let Some(asked_at) = asked.map(|asked| asked.at) else { return Ok(()) };
    let seconds = |spans: &[Span]| spans.iter().map(|span| span.length().num_seconds()).sum::<i64>();
    let whole = seconds(&task.days);
    let mut progress = Progress::new(&task.pipeline.name, whole);
    while store.request_answer(request).await?.is_none() {
        let walked = store.walked(task.row.id, (task.past.from, task.past.to)).await?;
        let left = gaps(task.span, &walked, task.past, asked_at);
        progress.show(whole - seconds(&left), left.first().map(Span::start));
        tokio::time::sleep(LOOK).await;
    }
    progress.finish(whole);
    Ok(())
}
