//! What most commands begin with: the configuration, the journal, the two clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Context, Exit};
use crate::clock::Clock;
use crate::config::{self, Config, Loaded, Pipeline, StoreUrl};
use crate::sink::{self, Sink};
use crate::source::{self, Source};
use crate::store::lock::Holder;
use crate::store::{PipelineRow, Sqlite, Store, StoreError};
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

/// The journal's file.
pub(super) fn database(context: &mut Context, config: &Config) -> Result<PathBuf, Exit> {
    match &config.store.url {
        StoreUrl::Sqlite(path) => Ok(path.clone()),
        StoreUrl::Postgres(_) => Err(complain(
            context,
            &StoreError::Unsupported(
                "PostgreSQL is not in this version: write [store] url = \"sqlite:refund-sync.db\" 此版本尚不支持 PostgreSQL".into(),
            ),
        )),
    }
}

/// The journal, to be read. `None` when nothing was journalled yet.
pub(super) fn to_read(context: &mut Context) -> Result<Option<Sqlite>, Exit> {
    let config = loaded(context)?.config;
    let path = database(context, &config)?;
    if !path.exists() {
        return Ok(None);
    }
    Sqlite::open_read_only(&path).map(Some).map_err(|error| complain(context, &error))
}

/// The journal, to compare with and to leave requests in; made if there is none. Whoever works it goes on.
pub(super) fn to_ask(context: &mut Context, config: &Config) -> Result<Sqlite, Exit> {
    let path = database(context, config)?;
    Sqlite::open(&path).map_err(|error| complain(context, &error))
}

/// The right to work the journal, and the journal.
pub(super) fn to_work(path: &Path, command: &str) -> Result<(Holder, Sqlite), StoreError> {
    let holder = Holder::take(path, command)?;
    Ok((holder, Sqlite::open(path)?))
}

/// A worker of one pipeline, over the network.
pub(super) async fn worker(
    pipeline: &Pipeline,
    store: Arc<dyn Store>,
    command: &str,
) -> Result<Worker, String> {
    let clock = Clock::system();
    let row = store.pipeline(&pipeline.name).await.map_err(|error| error.to_string())?;
    let (source, sink) = clients(pipeline, &row, &clock)?;
    Worker::begin(pipeline.clone(), store, source, sink, clock, command)
        .await
        .map_err(|error| error.to_string())
}

/// Both systems for somebody who reads beside whoever works the journal: half of each quota is left to that one.
pub(super) fn beside(
    pipeline: &Pipeline,
    row: &PipelineRow,
    clock: &Clock,
) -> Result<(Source, Sink), String> {
    let mut half = pipeline.clone();
    half.wdt.quota_per_minute = half.wdt.quota_per_minute.div_ceil(2);
    half.kingdee.quota_per_minute = half.kingdee.quota_per_minute.div_ceil(2);
    clients(&half, row, clock)
}

fn clients(pipeline: &Pipeline, row: &PipelineRow, clock: &Clock) -> Result<(Source, Sink), String> {
    let mut builder = source::client(&pipeline.wdt, clock);
    if let Some(snapshot) = row.limiter.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
        builder = builder.resume(snapshot);
    }
    let wdt = builder.build().map_err(|error| format!("[pipeline.wdt] of {}: {error}", pipeline.name))?;
    let kingdee = sink::client(&pipeline.kingdee, clock)
        .build()
        .map_err(|error| format!("[pipeline.kingdee] of {}: {error}", pipeline.name))?;
    Ok((Source::new(wdt, pipeline.wdt.clone()), Sink::new(kingdee)))
}

/// Says what is wrong with the journal.
pub(super) fn complain(context: &mut Context, error: &StoreError) -> Exit {
    context.out.error(&error.to_string());
    Exit::Failed
}
