//! What most commands begin with: the configuration, the journal, the two clients.

use std::sync::Arc;

use super::{Context, Exit};
use crate::clock::Clock;
use crate::config::{self, Config, Loaded, Pipeline};
use crate::sink::{self, Sink};
use crate::source::{self, Source};
use crate::store::{self, Store, StoreError};
use crate::worker::Worker;

/// The configuration, or every fault of it.
pub(super) fn configuration(context: &mut Context) -> Result<Config, Exit> {
    let loaded = loaded(context)?;
    for warning in &loaded.warnings {
        context.out.error(&format!("warning 注意: {warning}"));
    }
    Ok(loaded.config)
}

fn loaded(context: &mut Context) -> Result<Loaded, Exit> {
    match config::load(&context.config, environment()) {
        Ok(loaded) => Ok(loaded),
        Err(faults) => {
            context.out.error(&faults.to_string());
            Err(Exit::Configuration)
        }
    }
}

/// The environment, without what is no text: no setting of ours can be there.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
}

/// The journal, to be read. `None` when nothing was journalled yet.
pub(super) async fn to_read(context: &mut Context) -> Result<Option<Arc<dyn Store>>, Exit> {
    let config = loaded(context)?.config;
    store::read(&config.store.url).await.map_err(|error| complain(context, &error))
}

/// A worker of one pipeline, over the network.
pub(super) async fn worker(
    pipeline: &Pipeline,
    store: Arc<dyn Store>,
    clock: Clock,
    command: &str,
) -> Result<Worker, String> {
    let row = store.pipeline(&pipeline.name).await.map_err(|error| error.to_string())?;
    let mut builder = source::client(&pipeline.wdt, &clock);
    if let Some(snapshot) = row.limiter.and_then(|text| serde_json::from_str(&text).ok()) {
        builder = builder.resume(snapshot);
    }
    let wdt = builder.build().map_err(|error| format!("[pipeline.wdt] of {}: {error}", pipeline.name))?;
    let kingdee = sink::client(&pipeline.kingdee, &clock)
        .build()
        .map_err(|error| format!("[pipeline.kingdee] of {}: {error}", pipeline.name))?;
    let source = Source::new(wdt, pipeline.wdt.clone());
    Worker::begin(pipeline.clone(), store, source, Sink::new(kingdee), clock, command)
        .await
        .map_err(|error| error.to_string())
}

/// Says what is wrong with the journal.
pub(super) fn complain(context: &mut Context, error: &StoreError) -> Exit {
    context.out.error(&error.to_string());
    Exit::Failed
}
