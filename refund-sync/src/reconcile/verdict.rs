//! What the last reconciliation of a pipeline found, as the journal keeps it for the page and for alerts.
//! Comparing is in `reconcile::reader`; who compares by itself, and when, is in `serve::reconciler`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Finding, Period, ReaderError, Reconciled};
use crate::journal::{Document, State};
use crate::store::{Store, StoreError};

/// How many findings are kept; all of them are counted.
const MOST: usize = 200;
/// What the journal files it under.
const TOPIC: &str = "reconcile";
/// Numbers that are asked of the journal in one go.
const CHUNK: usize = 100;

/// What the last reconciliation found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileSummary {
    /// When it ended.
    #[serde(with = "crate::clock::told")]
    pub at: DateTime<Utc>,
    /// The accounting days that were compared.
    pub period: Period,
    /// Returns that are due a bill.
    pub due: u64,
    /// Those of them whose bill stands in 金蝶 as it should.
    pub equal: u64,
    /// Windows of 旺店通 that cannot be vouched for.
    pub unproven: u64,
    /// What differs, by kind.
    pub differences: BTreeMap<String, u64>,
    /// What differs although the journal neither has it parked nor is still moving it: that is news.
    pub unexplained: BTreeMap<String, u64>,
    /// By how many yuan both sides differ, return by return; zero in what an older version kept.
    #[serde(default, with = "crate::lang::yuan")]
    pub gap: Decimal,
    /// By how many yuan what is news differs; zero in what an older version kept.
    #[serde(default, with = "crate::lang::yuan")]
    pub unexplained_gap: Decimal,
    /// The first of what differs, and first of all what is news.
    pub findings: Vec<Finding>,
}

impl ReconcileSummary {
    /// Sums up a reconciliation.
    ///
    /// # Errors
    /// What the journal, or the temporary file, fails with.
    pub async fn of(
        // Not shared, since it is awaited between: the temporary file is for one alone.
        Reconciled { report, books, .. }: &mut Reconciled,
        period: Period,
        at: DateTime<Utc>,
        (store, pipeline): (&dyn Store, i64),
    ) -> Result<Self, ReaderError> {
        let mut all = Vec::new();
        books.findings(|finding| all.push(finding.refund_no))?;
        let mut waiting = BTreeSet::new();
        for some in all.chunks(CHUNK) {
            let numbers = some.to_vec();
            let known = store.documents(pipeline, numbers).await?;
            let waits = |document: &Document| document.state == State::Parked || document.state.is_pending();
            waiting.extend(known.into_iter().filter(waits).map(|document| document.refund_no));
        }
        let (mut gap, mut unexplained_gap, mut unexplained) =
            (Decimal::ZERO, Decimal::ZERO, BTreeMap::<String, u64>::new());
        let (mut findings, mut waits) = (Vec::new(), Vec::new());
        books.findings(|finding| {
            gap += finding.gap();
            let is_news = !waiting.contains(&finding.refund_no);
            if is_news {
                unexplained_gap += finding.gap();
                *unexplained.entry(finding.kind.as_str().to_owned()).or_default() += 1;
            }
            let some = if is_news { &mut findings } else { &mut waits };
            if some.len() < MOST {
                some.push(finding);
            }
        })?;
        findings.extend(waits);
        findings.truncate(MOST);
        let by_kind = report.differences.iter().map(|(kind, count)| ((*kind).to_owned(), *count));
        Ok(Self {
            at,
            period,
            due: report.due,
            equal: report.equal,
            unproven: u64::try_from(report.unproven.len()).unwrap_or(u64::MAX),
            differences: by_kind.collect(),
            unexplained,
            unexplained_gap,
            gap,
            findings,
        })
    }

    /// What the journal keeps of a pipeline.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn kept(store: &dyn Store, pipeline: i64) -> Result<Option<Self>, StoreError> {
        let text = store.note(pipeline, TOPIC).await?;
        // What a newer version wrote is no use to this one.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Keeps it in the journal.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn keep(&self, store: &dyn Store, pipeline: i64) -> Result<(), StoreError> {
        store.set_note(pipeline, TOPIC, serde_json::to_string(self).unwrap_or_default()).await
    }
}
