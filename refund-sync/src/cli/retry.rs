//! `retry`: puts parked returns back on their way. Beside a running holder it leaves a request and follows it;
//! without one it becomes the holder.

use std::time::Duration;

use super::context::{Context, Exit};
use super::{holder, open, run, signal};
use crate::config::Config;
use crate::journal::State;
use crate::lang::told;
use crate::model::RunTrigger;
use crate::store::{self, Group, OpenJournal, Request, Retry, StoreError};
use crate::worker::Until;

/// How long it is watched what whoever holds the journal makes of it.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(200);
/// How long a retry writes before it leaves the rest to the next run.
const WRITE: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号
    ///
    /// The refund numbers.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    refund_no: Vec<String>,
    /// 全部待处理的退换单。
    ///
    /// Everything that is parked.
    #[arg(long)]
    all: bool,
    /// 曾经完成、后在金蝶中被删除的也重写。
    ///
    /// Also writes again what was confirmed once and is gone from 金蝶.
    #[arg(long)]
    again: bool,
}

impl Args {
    fn retry(&self) -> Retry {
        Retry { numbers: self.refund_no.clone(), again: self.again, ..Retry::default() }
    }
}

pub(super) async fn run(args: Args, context: &mut Context) -> Exit {
    retry(&args, context).await.unwrap_or_else(|exit| exit)
}

async fn retry(args: &Args, context: &mut Context) -> Result<Exit, Exit> {
    let config = open::configuration(context)?;
    let mut exit = Exit::Done;
    let mut worked = None;
    let mut left_to_others = 0;
    for share in store::shares(&config) {
        match OpenJournal::acquire(&config.store.url, &share, "retry").await {
            Ok(desk) => {
                let (done, requeued) = work(args, context, &share, &desk).await?;
                exit = exit.max(done);
                worked = Some(worked.unwrap_or(0) + requeued);
            }
            Err(StoreError::Held { holder, .. }) => {
                left_to_others += ask_holder(args, context, &config, &share, &holder).await?;
            }
            Err(error) => return Err(open::complain(context, &error)),
        }
    }
    if worked == Some(0) {
        context.out.line(told!("没有可重试的退换单。", "Nothing that is parked could be tried again."));
    }
    Ok(exit.max(outcome(args, context, left_to_others > 0).await?))
}

/// Where each of the numbers stands. What was left to whoever holds the journal is watched until it stands still, or that
/// takes too long.
async fn outcome(args: &Args, context: &mut Context, is_left_to_others: bool) -> Result<Exit, Exit> {
    let Some(store) = open::to_read(context).await? else { return Ok(Exit::Done) };
    let mut exit = Exit::Done;
    let give_up = tokio::time::Instant::now() + if is_left_to_others { PATIENCE } else { Duration::ZERO };
    for refund_no in &args.refund_no {
        let lives = loop {
            let lives = store.life(refund_no).await.map_err(|error| open::complain(context, &error))?;
            let moves = lives.iter().any(|life| life.state.is_pending());
            if !moves || tokio::time::Instant::now() >= give_up {
                break lives;
            }
            tokio::time::sleep(LOOK).await;
        };
        for life in &lives {
            context.out.line(format!("{refund_no} [{}]: {}", life.pipeline, life.state.title()));
            if is_left_to_others && life.state == State::Parked {
                exit = exit.max(Exit::NeedsPerson);
            }
        }
        if lives.is_empty() {
            context.out.error(told!("没有读到过 {refund_no}", "{refund_no} was never read"));
            exit = exit.max(Exit::Failed);
        }
    }
    Ok(exit)
}

/// Does it here. Says how many were put back on their way.
async fn work(
    args: &Args,
    context: &mut Context,
    share: &Group<'_>,
    desk: &OpenJournal,
) -> Result<(Exit, u64), Exit> {
    let mut exit = Exit::Done;
    let mut requeued = 0;
    for pipeline in &share.pipelines {
        let worker = open::worker(pipeline, desk, RunTrigger::Retry).await.map_err(|message| {
            context.out.error(&message);
            Exit::Failed
        })?;
        requeued +=
            worker.requeue_parked(&args.retry()).await.map_err(|error| open::complain(context, &error))?;
        let outcome = signal::drive(&worker, Until::Drained { timeout: WRITE }).await;
        let outcome = outcome.map_err(|message| open::failed(context, &message))?;
        exit = exit.max(run::exit_of(&outcome));
        run::print(context, &pipeline.name, &outcome);
    }
    Ok((exit, requeued))
}

/// The one who holds the journal does it.
async fn ask_holder(
    args: &Args,
    context: &mut Context,
    config: &Config,
    share: &Group<'_>,
    holder: &str,
) -> Result<u64, Exit> {
    let (store, clock) = open::to_ask(context, config, "retry").await?;
    let mut requests = Vec::new();
    for pipeline in &share.pipelines {
        let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
        let request = Request::Retry(args.retry());
        let request = store.leave_request(row.id, request, clock.now()).await;
        requests.push(request.map_err(|error| open::complain(context, &error))?);
    }
    holder::follow(context, store.as_ref(), &requests, holder).await
}
