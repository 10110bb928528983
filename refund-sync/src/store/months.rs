//! Which months of a pipeline persons have closed: kept in the journal, and in the rules of every run from then on.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};
use crate::clock::shanghai;
use crate::config::{self, Pipeline};
use crate::lang::both;
use crate::model::Month;

/// On this topic it is noted which months are closed, and who closed them.
pub(super) const MONTHS: &str = "months";

/// Which months of a pipeline a person has closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClosedMonths {
    /// Each with who closed it.
    #[serde(default)]
    pub closed: BTreeMap<Month, Closing>,
    /// Everything that was closed and reopened, oldest first.
    #[serde(default)]
    pub history: Vec<Closing>,
}

/// A month that a person closed, or opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The month.
    pub month: Month,
    /// It was opened again.
    #[serde(default)]
    pub reopened: bool,
    /// Who.
    pub by: String,
    /// When.
    #[serde(with = "crate::clock::told")]
    pub at: DateTime<Utc>,
    /// Why, in that person's words.
    #[serde(default)]
    pub note: String,
}

impl ClosedMonths {
    /// What the journal keeps of a pipeline.
    ///
    /// # Errors
    /// What the journal fails with; one that cannot be read is [`StoreError::Refuses`]: a closed month must not open unseen.
    pub async fn kept(store: &dyn Store, pipeline: i64) -> Result<Self, StoreError> {
        let Some(text) = store.note(pipeline, MONTHS).await? else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|error| {
            StoreError::Refuses(both!(
                "同步台账中的月结记录无法读取（{error}），请从备份恢复",
                "what the journal keeps of closed months cannot be read ({error}): restore it from a backup"
            ))
        })
    }

    /// The first day that is not closed; `None` where none was ever closed. A closed month closes all before it.
    pub fn before(&self) -> Option<NaiveDate> {
        self.closed.keys().max().map(|month| month.end())
    }
}

/// Closes in the rules of a pipeline what a person has closed in the journal, and what `close_day` closes by `now`.
///
/// # Errors
/// As [`ClosedMonths::kept`].
pub async fn close_months(
    settings: &mut Pipeline,
    store: &dyn Store,
    pipeline: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let before = ClosedMonths::kept(store, pipeline).await?.before();
    config::close_months(&mut settings.mapping, before, shanghai(now).date());
    Ok(())
}
