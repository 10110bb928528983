//! One pipeline with everything that it works with: its settings, the journal, and the clients of both systems.

use std::sync::Arc;

use kingdee_k3cloud_sdk::Hold;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::Pipeline;
use crate::lang::Text;
use crate::sink::{self, Sink};
use crate::source::{self, Source};
use crate::store::{KINGDEE_HOLD, OpenJournal, Store, StoreError};

/// One pipeline with everything that it works with.
#[derive(Debug, Clone)]
pub struct PipelineContext {
    /// What the configuration says of it.
    pub settings: Pipeline,
    /// The journal; the right to write it is held by whoever made this.
    pub store: Arc<dyn Store>,
    /// 旺店通, with its limiter.
    pub source: Source,
    /// 金蝶, with its session.
    pub sink: Sink,
    /// Wall time.
    pub clock: Clock,
    /// When the journal's lock was taken.
    pub held_since: Instant,
    /// A person has just changed something: if the pipeline is stopped, it asks at once whether it may go on.
    pub is_mended: bool,
}

impl PipelineContext {
    /// The pipeline over the network, at the pace that the journal remembers.
    ///
    /// # Errors
    /// In words: the journal cannot be read, or a client refuses its settings.
    pub async fn open(pipeline: &Pipeline, desk: &OpenJournal) -> Result<Self, String> {
        let (store, clock) = (Arc::clone(&desk.store), desk.clock.clone());
        let pace = KeptPace::of(store.as_ref(), &pipeline.name, &clock).await;
        let (source, sink) = clients(pipeline, pace.map_err(|error| error.to_string())?, &clock)?;
        let held_since = desk.held_since;
        Ok(Self { settings: pipeline.clone(), store, source, sink, clock, held_since, is_mended: false })
    }

    /// Whether both clients accept what the configuration says.
    ///
    /// # Errors
    /// The setting that a client refuses, in words.
    pub fn check(pipeline: &Pipeline) -> Result<(), String> {
        clients(pipeline, KeptPace::default(), &Clock::system()).map(drop)
    }
}

/// What the journal remembers of the pace with both systems: what the limiter of 旺店通 has learned, and the pause that 金蝶
/// asked for.
#[derive(Debug, Clone, Default)]
pub struct KeptPace {
    limiter: Option<String>,
    hold: Option<Hold>,
}

impl KeptPace {
    /// That of a pipeline; nothing where it was never worked.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn of(store: &dyn Store, pipeline: &str, clock: &Clock) -> Result<Self, StoreError> {
        let Some(row) = store.known_pipeline(pipeline).await? else { return Ok(Self::default()) };
        let hold = kept_hold(store, row.id, clock).await?;
        Ok(Self { limiter: row.limiter, hold })
    }
}

/// Both systems for somebody who reads beside whoever works the journal: half of each quota is left to that one, and what
/// either system wants to be waited for is waited for.
///
/// # Errors
/// The setting that a client refuses, in words.
pub fn clients_beside(pipeline: &Pipeline, pace: KeptPace, clock: &Clock) -> Result<(Source, Sink), String> {
    let mut half = pipeline.clone();
    half.wdt.quota_per_minute = half.wdt.quota_per_minute.div_ceil(2);
    half.kingdee.quota_per_minute = half.kingdee.quota_per_minute.div_ceil(2);
    clients(&half, pace, clock)
}

/// The pause that 金蝶 asked for, as the journal remembers it, if it lasts.
pub(crate) async fn kept_hold(
    store: &dyn Store,
    pipeline: i64,
    clock: &Clock,
) -> Result<Option<Hold>, StoreError> {
    let kept = store.note(pipeline, KINGDEE_HOLD).await?;
    Ok(sink::kept_hold(kept.as_deref(), clock.now()))
}

fn clients(
    pipeline: &Pipeline,
    KeptPace { limiter, hold }: KeptPace,
    clock: &Clock,
) -> Result<(Source, Sink), String> {
    let mut builder = source::client(&pipeline.wdt, clock);
    if let Some(snapshot) = limiter.and_then(|text| serde_json::from_str(&text).ok()) {
        builder = builder.resume(snapshot);
    }
    let wdt = builder
        .build()
        .map_err(|error| format!("{} [pipeline.wdt]: {}", pipeline.name, Text::from(&error)))?;
    let kingdee = sink::client(&pipeline.kingdee, clock)
        .resume(hold)
        .build()
        .map_err(|error| format!("{} [pipeline.kingdee]: {}", pipeline.name, Text::from(&error)))?;
    Ok((Source::new(wdt, pipeline.wdt.clone()), Sink::new(kingdee).reading_back(&pipeline.mapping)))
}
