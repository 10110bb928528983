//! `decide`: what a person decides about one return that waits for one. Beside a running holder it leaves a request and
//! follows it; without one it becomes the holder. What may be decided is `journal::decision`'s.

use std::time::Duration;

use serde_json::json;

use super::context::{Context, Exit};
use super::{holder, open, run, signal};
use crate::config::{Config, Pipeline};
use crate::journal::{DecisionKind, State, Wish};
use crate::lang::told;
use crate::model::RunTrigger;
use crate::store::{self, Choice, Decide, Life, Made, MadeKind, OpenJournal, Request, Store, StoreError};
use crate::worker::Until;

/// How long what was decided is written before the rest is left to the next run.
const WRITE: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号 The refund number.
    refund_no: String,
    /// 决定 arrived 按实收数量入账；asked 按申请数量入账；open-day 记到第一个可记账日；booked 已手工入账（--bill）；ignored 不入账（--note）；undo 撤销。What is decided.
    #[arg(long = "as", value_name = "DECISION", value_parser = ["arrived", "asked", "open-day", "booked", "ignored", "undo"])]
    kind: String,
    /// 手工入账的金蝶单据编号，先与金蝶核对。The number of the bill that was booked by hand: compared first.
    #[arg(long, value_name = "NO")]
    bill: Option<String>,
    /// 原因 Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
    /// 决定人，默认为当前系统用户。Who decides; the user of this system unless said.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// 查看时的 seen（见 why --json）：单据在此之后有变化则不生效。The `seen` of `why --json`: refused once the return stands otherwise.
    #[arg(long, value_name = "WORD")]
    seen: Option<String>,
    /// 同一退换单在多个同步方案中时指明。Which pipeline, where several know the return.
    #[arg(long, value_name = "NAME")]
    pipeline: Option<String>,
    /// 输出 JSON。Writes JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    decide(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn decide(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let (life, pipeline) = find(args, context, &config).await?;
    let kind = DecisionKind::parse(&args.kind).ok_or(Exit::Configuration)?;
    let by = args.by.clone().filter(|by| !by.trim().is_empty()).unwrap_or_else(user);
    let wish = Wish { kind, bill: args.bill.clone(), note: args.note.clone(), by };
    let seen = args.seen.clone().unwrap_or(life.seen);
    let decide = Decide { wish, returns: vec![Choice { refund_no: args.refund_no.clone(), seen }] };
    for share in store::shares(&config) {
        if !share.pipelines.iter().any(|one| one.name == pipeline.name) {
            continue;
        }
        let made = match OpenJournal::acquire(&config.store.url, &share, "decide").await {
            Ok(desk) => here(context, &decide, pipeline, &desk).await?,
            Err(StoreError::Held { holder, .. }) => {
                let made = ask_holder(context, &config, &decide, pipeline, &holder).await?;
                (made, Exit::Done)
            }
            Err(error) => return Err(open::complain(context, &error)),
        };
        return tell(args, context, made).await;
    }
    Ok(Exit::Failed)
}

/// The return as it stands, and the pipeline that has it.
async fn find<'a>(
    args: &Args,
    context: &mut Context,
    config: &'a Config,
) -> Result<(Life, &'a Pipeline), Exit> {
    let lives = match open::to_read(context).await? {
        None => Vec::new(),
        Some(store) => store.life(&args.refund_no).await.map_err(|error| open::complain(context, &error))?,
    };
    let known = |life: &Life| config.pipelines.iter().find(|pipeline| pipeline.name == life.pipeline);
    let is_meant = |life: &Life| args.pipeline.as_ref().is_none_or(|name| *name == life.pipeline);
    let lives = lives.into_iter().filter(is_meant);
    let mut found: Vec<_> = lives.filter_map(|life| known(&life).map(|pipeline| (life, pipeline))).collect();
    if found.len() > 1 {
        // Where only one of them can be meant there is nothing to ask.
        let can_be = |(life, _): &(Life, _)| matches!(life.state, State::Parked | State::Decided);
        if found.iter().filter(|one| can_be(one)).count() == 1 {
            found.retain(can_be);
        }
    }
    if found.len() > 1 {
        let names: Vec<_> = found.iter().map(|(life, _)| life.pipeline.as_str()).collect();
        context.out.error(told!(
            "多个同步方案都有 {}，请用 --pipeline 指明：{}",
            "{} is known to several pipelines: say which by --pipeline: {}",
            args.refund_no,
            names.join(", ")
        ));
        return Err(Exit::Configuration);
    }
    found.pop().ok_or_else(|| {
        context.out.error(told!("没有读到过 {}", "{} was never read", args.refund_no));
        Exit::Failed
    })
}

/// Who is at this terminal.
pub(super) fn user() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.trim().is_empty()))
        .unwrap_or_else(|| told!("命令行", "command line"))
}

/// Decides it here; what is on its way again is written.
async fn here(
    context: &mut Context,
    decide: &Decide,
    pipeline: &Pipeline,
    desk: &OpenJournal,
) -> Result<(Vec<Made>, Exit), Exit> {
    let worker = open::worker(pipeline, desk, RunTrigger::Decide).await;
    let worker = worker.map_err(|message| open::failed(context, &message))?;
    let made = worker.decide_now(decide).await.map_err(|message| open::failed(context, &message))?;
    let is_done = made.iter().any(|one| one.outcome == MadeKind::Done);
    if !is_done || decide.wish.kind.closes() {
        worker.end().await.map_err(|error| open::complain(context, &error))?;
        return Ok((made, Exit::Done));
    }
    let outcome = signal::drive(&worker, Until::Drained { timeout: WRITE }).await;
    let outcome = outcome.map_err(|message| open::failed(context, &message))?;
    Ok((made, run::exit_of(&outcome)))
}

/// The one who holds the journal decides it.
async fn ask_holder(
    context: &mut Context,
    config: &Config,
    decide: &Decide,
    pipeline: &Pipeline,
    holder: &str,
) -> Result<Vec<Made>, Exit> {
    let (store, clock) = open::to_ask(context, config, "decide").await?;
    let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
    let request = store.leave_request(row.id, Request::Decide(decide.clone()), clock.now()).await;
    let request = request.map_err(|error| open::complain(context, &error))?;
    let answer = holder::answer(context, store.as_ref(), request, holder).await?;
    serde_json::from_str(&answer).map_err(|error| {
        open::failed(
            context,
            told!("无法识别 {holder} 的答复：{error}", "the answer of {holder} cannot be read: {error}"),
        )
    })
}

async fn tell(args: &Args, context: &mut Context, (made, exit): (Vec<Made>, Exit)) -> Result<Exit, Exit> {
    let store = open::to_read(context).await?;
    let mut told = Vec::new();
    let mut exit = exit;
    for one in &made {
        let life = match &store {
            Some(store) => life_of(context, store.as_ref(), &one.refund_no).await?,
            None => None,
        };
        if one.outcome != MadeKind::Done {
            exit = exit.max(Exit::NeedsPerson);
        }
        if args.json {
            let mut json = json!(one);
            json["state"] = json!(life.as_ref().map(|life| life.state));
            json["seen"] = json!(life.as_ref().map(|life| &life.seen));
            json["decision"] = json!(life.as_ref().and_then(|life| life.decision.as_ref()));
            told.push(json);
            continue;
        }
        let state = life.map(|life| life.state.title()).unwrap_or_default();
        let (number, title, message) = (&one.refund_no, one.outcome.title(), &one.message);
        let text = told!("{number}：{title}。{message}（{state}）", "{number}: {title}. {message} ({state})");
        if one.outcome == MadeKind::Done {
            context.out.line(text);
        } else {
            context.out.error(text);
        }
    }
    if args.json {
        context.out.json(&json!({ "decisions": told }));
    }
    Ok(exit)
}

async fn life_of(context: &mut Context, store: &dyn Store, refund_no: &str) -> Result<Option<Life>, Exit> {
    let lives = store.life(refund_no).await.map_err(|error| open::complain(context, &error))?;
    Ok(lives.into_iter().next())
}
