//! What the last reconciliation of each pipeline found, as the journal keeps it.

use serde::ser::Error as _;
use serde::{Serialize, Serializer};

use super::Inquiry;
use crate::clock::rfc3339;
use crate::reconcile::ReconcileSummary;
use crate::store::StoreError;

#[derive(Debug, Serialize)]
pub(crate) struct ReconciliationAnswer {
    pipelines: Vec<PipelineReconciliation>,
}

#[derive(Debug, Serialize)]
struct PipelineReconciliation {
    pipeline: String,
    /// Null: none was made yet.
    last: Option<Last>,
}

/// A summary with its moment as every other one is told: +08:00.
#[derive(Debug)]
struct Last(ReconcileSummary);

impl Serialize for Last {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serde_json::to_value(&self.0).map_err(S::Error::custom)?;
        json["at"] = rfc3339(self.0.at).into();
        json.serialize(serializer)
    }
}

impl Inquiry<'_> {
    /// The last reconciliation of every pipeline.
    pub(crate) async fn reconciliation(&self) -> Result<ReconciliationAnswer, StoreError> {
        let mut pipelines = Vec::new();
        for pipeline in &self.pipelines {
            let row = match self.store {
                Some(store) => store.known_pipeline(&pipeline.name).await?.map(|row| (store, row)),
                None => None,
            };
            let last = match row {
                Some((store, row)) => ReconcileSummary::kept(store, row.id).await?,
                None => None,
            };
            pipelines.push(PipelineReconciliation { pipeline: pipeline.name.clone(), last: last.map(Last) });
        }
        Ok(ReconciliationAnswer { pipelines })
    }
}
