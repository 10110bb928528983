//! What the last reconciliation of each pipeline found, as the journal keeps it.

use serde::Serialize;

use super::Inquiry;
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
    last: Option<ReconcileSummary>,
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
            pipelines.push(PipelineReconciliation { pipeline: pipeline.name.clone(), last });
        }
        Ok(ReconciliationAnswer { pipelines })
    }
}
