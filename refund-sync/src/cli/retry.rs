//! `retry`: puts parked returns back on their way. Beside a running holder it leaves a request and follows it;
//! without one it becomes the holder.

use std::sync::Arc;
use std::time::Duration;

use super::{Context, Exit, holder, open, run};
use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Request, Retry, Sqlite, Store, StoreError};
use crate::worker::Until;

/// How long a retry writes before it leaves the rest to the next run.
const WRITE: Duration = Duration::from_mins(15);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 退换单号 The refund numbers.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    refund_no: Vec<String>,
    /// 全部挂起的退换单。Everything that is parked.
    #[arg(long)]
    all: bool,
    /// 曾经完成、后在金蝶中被删除的也重写。Also writes again what was confirmed once and is gone from 金蝶.
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
    let path = open::database(context, &config)?;
    match open::to_work(&path, "retry") {
        Ok((_holder, store)) => work(args, context, &config, Arc::new(store)).await,
        Err(StoreError::Held { holder, .. }) => {
            let store = Sqlite::open(&path).map_err(|error| open::complain(context, &error))?;
            ask_holder(args, context, &config, &store, &holder).await
        }
        Err(error) => Err(open::complain(context, &error)),
    }
}

async fn work(
    args: &Args,
    context: &mut Context,
    config: &Config,
    store: Arc<dyn Store>,
) -> Result<Exit, Exit> {
    let mut exit = Exit::Done;
    let mut requeued = 0;
    for pipeline in &config.pipelines {
        let worker = open::worker(pipeline, Arc::clone(&store), "retry").await.map_err(|message| {
            context.out.error(&message);
            Exit::Failed
        })?;
        requeued +=
            worker.requeue_parked(&args.retry()).await.map_err(|error| open::complain(context, &error))?;
        let outcome = worker
            .run(Until::Drained { timeout: WRITE })
            .await
            .map_err(|error| open::complain(context, &error))?;
        exit = exit.max(run::exit_of(&outcome));
        run::print(context, &pipeline.name, &outcome);
    }
    if requeued == 0 {
        context.out.line("没有可重试的退换单。Nothing that is parked could be tried again.");
    }
    for refund_no in &args.refund_no {
        let lives = store.life(refund_no).await.map_err(|error| open::complain(context, &error))?;
        for life in &lives {
            context.out.line(format!("{refund_no} [{}]: {}", life.pipeline, life.state));
        }
        if lives.is_empty() {
            context.out.error(&format!("{refund_no} was never read 未读到过该退换单"));
            exit = exit.max(Exit::Failed);
        }
    }
    Ok(exit)
}

/// The one who holds the journal does it.
async fn ask_holder(
    args: &Args,
    context: &mut Context,
    config: &Config,
    store: &Sqlite,
    holder: &str,
) -> Result<Exit, Exit> {
    let mut requests = Vec::new();
    for pipeline in &config.pipelines {
        let row = store.pipeline(&pipeline.name).await.map_err(|error| open::complain(context, &error))?;
        let request = Request::Retry(args.retry());
        let request = store.leave_request(row.id, request, Clock::system().now()).await;
        requests.push(request.map_err(|error| open::complain(context, &error))?);
    }
    holder::follow(context, store, &requests, holder).await?;
    Ok(Exit::Done)
}
