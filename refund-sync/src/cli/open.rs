//! What most commands begin with: the configuration, the journal, the two clients.

use std::fmt::Display;
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
use std::io;
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
use std::path::Path;
use std::sync::Arc;

use super::context::{Context, Exit};
use crate::answer::Inquiry;
use crate::clock::Clock;
use crate::config::{self, Config, Loaded, Pipeline};
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
use crate::lang::why;
use crate::lang::{Text, told};
use crate::model::RunTrigger;
use crate::store::{self, OpenJournal, Store, StoreError};
use crate::worker::{PipelineContext, Worker};

/// The configuration, or every fault of it.
pub(super) fn configuration(context: &mut Context) -> Result<Config, Exit> {
    loaded(context).map(|loaded| loaded.config)
}

/// The same, with what weakens a promise and which examples nobody changed: whoever calls names them.
pub(super) fn loaded(context: &mut Context) -> Result<Loaded, Exit> {
    let loaded = config::load(&context.config, environment()).map_err(|faults| {
        context.out.errors(faults);
        Exit::Configuration
    })?;
    for warning in &loaded.warnings {
        context.out.errors(told!("注意：{warning}", "warning: {warning}"));
    }
    Ok(loaded)
}

/// The environment, without what is no text: no setting of ours can be there.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
}

/// The journal, to be read. `None` when nothing was journalled yet.
pub(super) async fn to_read(context: &mut Context) -> Result<Option<Arc<dyn Store>>, Exit> {
    Ok(to_read_with(context).await?.0)
}

/// The same with the configuration that names it, in which the secrets of other systems may be missing.
pub(super) async fn to_read_with(context: &mut Context) -> Result<(Option<Arc<dyn Store>>, Config), Exit> {
    let config = to_read_alone(context)?;
    let store = store::open_read_only(&config.store.url).await.map_err(|error| complain(context, &error))?;
    Ok((store, config))
}

/// That configuration alone, for what asks neither system.
pub(super) fn to_read_alone(context: &mut Context) -> Result<Config, Exit> {
    let loaded = config::load_to_read(&context.config, environment());
    loaded.map(|loaded| loaded.config).map_err(|faults| {
        context.out.errors(faults);
        Exit::Configuration
    })
}

/// Refuses a name that no pipeline has, and says which there are.
#[cfg(feature = "console")]
pub(super) fn refuse_unknown_pipeline(
    context: &mut Context,
    config: &Config,
    name: Option<&str>,
) -> Result<(), Exit> {
    let names: Vec<_> = config.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
    let Some(name) = name.filter(|name| !names.contains(name)) else { return Ok(()) };
    let names = names.join(", ");
    context.out.error(told!(
        "没有同步方案 {name}，配置中有：{names}",
        "no pipeline is called {name}; there are: {names}"
    ));
    Err(Exit::Configuration)
}

/// What questions about the work are answered from.
pub(super) fn inquiry<'a>(store: Option<&'a dyn Store>, config: &'a Config) -> Inquiry<'a> {
    Inquiry::new(store, &config.pipelines, Clock::system())
}

/// The journal, to compare with and to leave requests in, and the time there; made if there is none. Whoever works it
/// goes on.
pub(super) async fn to_ask(
    context: &mut Context,
    config: &Config,
    command: &str,
) -> Result<(Arc<dyn Store>, Clock), Exit> {
    store::open_for_requests(&config.store.url, command).await.map_err(|error| complain(context, &error))
}

/// A worker of one pipeline, over the network.
pub(super) async fn worker(
    pipeline: &Pipeline,
    desk: &OpenJournal,
    trigger: RunTrigger,
) -> Result<Worker, Text> {
    let PipelineContext { settings, store, source, sink, clock, held_since, .. } =
        PipelineContext::open(pipeline, desk).await.map_err(Text::from)?;
    let worker = Worker::begin(settings, store, source, sink, clock, trigger).await;
    worker.map(|worker| worker.held_since(held_since)).map_err(|error| error.text())
}

/// Says what is wrong with the journal.
pub(super) fn complain(context: &mut Context, error: &StoreError) -> Exit {
    context.out.error(error);
    Exit::Failed
}

/// Says why a file cannot be written.
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
pub(super) fn not_written(context: &mut Context, path: &Path, error: &io::Error) -> Exit {
    let path = path.display();
    context.out.error(told!("无法写入文件 {path}：{}", "cannot write {path}: {}", why(error)));
    Exit::Failed
}

/// Says that a file is written.
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
pub(super) fn written(context: &mut Context, path: &Path) {
    let path = path.display();
    context.out.line(told!("已写入 {path}", "written: {path}"));
}

/// Says what is wrong with what was asked.
#[cfg(feature = "console")]
pub(super) fn refused(context: &mut Context, message: impl Display) -> Exit {
    context.out.error(message);
    Exit::Configuration
}

/// Says why a command failed.
pub(super) fn failed(context: &mut Context, message: impl Display) -> Exit {
    context.out.error(message);
    Exit::Failed
}
