//! What every handler of the page works with, and what of the journal all open pages share.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, Semaphore};

use super::offers::Offers;
use super::orders::Orders;
use super::plot::{self, Span};
use super::searches::Searches;
use super::session::SessionSigner;
use crate::answer::Differences;
use crate::model::{MissingCount, Names};
use crate::serve::web::AppState;
use crate::store::{Hour, List, ListQuery, PipelineStatus, StoreError, Sum};

/// How many pages can be open at once.
const MOST_OPEN: usize = 64;

/// What every handler of the page works with.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) house: AppState,
    /// `None`: there is no token, and nobody acts.
    pub(super) seal: Option<Arc<SessionSigner>>,
    /// One for each stream of `live`.
    pub(super) places: Arc<Semaphore>,
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) shown: Arc<Mutex<Shown>>,
    pub(super) orders: Arc<Orders>,
    pub(super) searches: Arc<Mutex<Searches>>,
    /// Lists that were shown to be decided about.
    pub(super) offers: Arc<Mutex<Offers>>,
    /// Held by whoever writes a table.
    pub(super) filling: Arc<Mutex<()>>,
}

/// What there was to see, and when that was looked up.
type Seen = Option<(DateTime<Utc>, String)>;

/// What the journal said when there was last something new, for whoever asks until there is something newer.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    pub(super) seen: String,
    pub(super) hour: DateTime<Utc>,
    pub(super) statuses: Arc<Vec<PipelineStatus>>,
    pub(super) hours: Arc<Vec<Hour>>,
    pub(super) missing: Arc<Vec<MissingCount>>,
    /// What shops and warehouses are called, by pipeline.
    names: Arc<BTreeMap<String, Names>>,
    /// What the last reconciliation found, and what became of it since, by pipeline.
    differences: Arc<BTreeMap<String, Differences>>,
    /// How many documents are on these lists, and how much money.
    pub(super) sums: Arc<Vec<(List, Sum)>>,
}

/// The lists whose money stands on the overview.
const SUMMED: [List; 3] = [List::Parked, List::InProgress, List::Flagged];
/// How long one look at the journal serves all open pages.
const FRESH: TimeDelta = TimeDelta::milliseconds(500);
/// How far the plot reaches back.
const PLOTTED: TimeDelta = TimeDelta::hours(23);

impl Page {
    pub(super) fn new(house: AppState) -> Self {
        Self {
            seal: house.access.seal().map(|tokens| Arc::new(SessionSigner::new(&tokens))),
            house,
            places: Arc::new(Semaphore::new(MOST_OPEN)),
            seen: Arc::default(),
            shown: Arc::default(),
            orders: Arc::default(),
            searches: Arc::default(),
            offers: Arc::default(),
            filling: Arc::default(),
        }
    }

    /// A word that is another one whenever there is something new to see.
    pub(super) async fn seen(&self) -> Result<String, StoreError> {
        let now = self.house.board.now();
        let mut seen = self.seen.lock().await;
        if let Some((at, word)) = &*seen
            && (TimeDelta::zero()..FRESH).contains(&(now - *at))
        {
            return Ok(word.clone());
        }
        let mut digest = Sha256::new_with_prefix(self.house.journal.store()?.revision().await?);
        for (name, view) in self.house.board.views() {
            let held_until = view.pace.held_until.filter(|until| *until > now);
            let paused = view.kingdee_hold.map(|hold| hold.until).filter(|until| *until > now);
            let reconciled = view.reconciled.map(|verdict| verdict.at);
            let asked = view.reconciliation;
            let compares = (asked.asked, asked.running, asked.failed);
            let shown = (
                name,
                view.schedule,
                view.next,
                view.running,
                view.stopped,
                held_until,
                reconciled,
                compares,
            );
            digest.update(format!("{shown:?} {:?}", paused.map(|until| until.timestamp())));
        }
        for (name, delivery) in self.house.board.deliveries().views() {
            digest.update(format!("{name:?} {:?}", delivery.failing));
        }
        let word = base16ct::lower::encode_string(&digest.finalize()[..8]);
        *seen = Some((now, word.clone()));
        Ok(word)
    }

    /// What the journal says, read anew when there is something new.
    pub(super) async fn shown(&self) -> Result<Shown, StoreError> {
        let seen = self.seen().await?;
        let hour = plot::hour(self.house.board.now());
        let mut shown = self.shown.lock().await;
        if shown.seen != seen || shown.hour != hour {
            let store = self.house.journal.store()?;
            let statuses = Arc::new(store.status().await?);
            let hours = Arc::new(store.hours(hour - PLOTTED).await?);
            let missing = Arc::new(store.missing().await?);
            let mut sums = Vec::new();
            for list in SUMMED {
                let page = store.list(ListQuery { limit: 0, ..ListQuery::of(list) }).await?;
                sums.push((list, page.total()));
            }
            let (mut names, mut differences) = (BTreeMap::new(), BTreeMap::new());
            for (name, view) in self.house.board.views() {
                let Some(row) = store.known_pipeline(&name).await? else { continue };
                names.insert(name.clone(), store.names(row.id).await?);
                if let Some(verdict) = &view.reconciled {
                    differences.insert(name, Differences::read(store.as_ref(), row.id, verdict).await?);
                }
            }
            let (names, differences) = (Arc::new(names), Arc::new(differences));
            *shown = Shown { seen, hour, statuses, hours, missing, names, differences, sums: Arc::new(sums) };
        }
        Ok(shown.clone())
    }
}

impl Page {
    /// The hours of a span. Those of a day are at hand.
    pub(super) async fn hours(&self, shown: &Shown, span: Span) -> Result<Arc<Vec<Hour>>, StoreError> {
        if span == Span::Day {
            return Ok(Arc::clone(&shown.hours));
        }
        Ok(Arc::new(self.house.journal.store()?.hours(span.since(self.house.board.now())).await?))
    }
}

impl Shown {
    /// How much is on a list.
    pub(super) fn sum(&self, list: List) -> Sum {
        self.sums.iter().find(|(one, _)| *one == list).map(|(_, sum)| *sum).unwrap_or_default()
    }

    /// What the shops and warehouses of a pipeline are called.
    pub(super) fn names(&self, pipeline: &str) -> Option<&Names> {
        self.names.get(pipeline)
    }

    /// What the last reconciliation of a pipeline found.
    pub(super) fn differences(&self, pipeline: &str) -> Option<&Differences> {
        self.differences.get(pipeline)
    }

    /// What differs from 金蝶 and is neither waiting nor decided nor written since.
    pub(super) fn open_differences(&self) -> Sum {
        self.differences.values().map(|differences| differences.open).sum()
    }

    /// How many documents wait for a person.
    pub(super) fn parked(&self) -> u64 {
        self.statuses.iter().flat_map(|status| status.parked.values()).sum()
    }
}
