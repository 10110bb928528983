//! Is a journal whole? Its file, its documents and its ledger are looked through; nothing is changed. What is repaired at
//! the start of a run, and how, is in `audit`.

use serde::Serialize;

use super::audit::{Finding, Plan, SetAside, ever, judge};
use super::place::blocking;
use super::{Group, Sqlite, Store, StoreError, open_read_only};
use crate::clock::{Clock, shanghai};
use crate::config::{Config, StoreUrl};

/// How many documents that contradict themselves are named.
const MOST_BROKEN: usize = 20;

/// What was found in a journal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Health {
    /// How many documents there are, by state, of all pipelines.
    pub documents: u64,
    /// What is wrong with the file itself; empty for a sound one, and for PostgreSQL, which looks after its own.
    pub damage: Vec<String>,
    /// How many documents contradict themselves: a next run sets them aside as `broken`.
    pub broken: u64,
    /// Numbers of the first of them.
    pub broken_numbers: Vec<String>,
    /// What the ledger contradicts: a next run refuses to work, or reads again from where it is whole.
    pub contradictions: Vec<String>,
    /// Nothing wrong, but perhaps not what a person meant.
    pub notes: Vec<String>,
}

impl Health {
    /// Nothing is wrong with it.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.broken == 0 && self.contradictions.is_empty()
    }

    /// Looks through an open journal, for these pipelines.
    pub(super) async fn of(store: &dyn Store, group: Option<&Group<'_>>) -> Result<Self, StoreError> {
        let mut health = Self::default();
        let shown = store.shown(ever()).await?;
        for pipeline in &shown {
            let broken = store.broken(pipeline.id).await?;
            health.broken += u64::try_from(broken.len()).unwrap_or(u64::MAX);
            let room = MOST_BROKEN - health.broken_numbers.len().min(MOST_BROKEN);
            health
                .broken_numbers
                .extend(broken.into_iter().take(room).map(|SetAside { refund_no, .. }| refund_no));
        }
        for status in store.status().await? {
            health.documents += status.documents.values().sum::<u64>();
        }
        let Some(group) = group else { return Ok(health) };
        for finding in judge(&shown, &Plan::of(group), shanghai(Clock::system().now())) {
            match finding {
                Finding::Refuse(why) => health.contradictions.push(why.to_string()),
                Finding::SetBack { note, .. } => health.contradictions.push(note),
                Finding::Rename { note, .. } | Finding::Note(note) => health.notes.push(note),
                Finding::Accounts { .. } => {}
            }
        }
        Ok(health)
    }
}

/// Looks through the journal of a configuration. `None`: there is none yet.
///
/// # Errors
/// When it cannot be opened, or is of another schema than this program's.
pub async fn health(config: &Config) -> Result<Option<Health>, StoreError> {
    let Some(store) = open_read_only(&config.store.url).await? else { return Ok(None) };
    let group = Group::whole(&config.pipelines);
    let mut health = Health::of(store.as_ref(), group.as_ref()).await?;
    match &config.store.url {
        StoreUrl::Sqlite(path) => {
            let file = Sqlite::open_read_only(path)?;
            health.damage = blocking(move || file.damage()).await?;
        }
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(_) => {}
    }
    Ok(Some(health))
}
