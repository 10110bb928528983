//! Where every pipeline stands.

use serde::Serialize;

use super::Inquiry;
use crate::clock::rfc3339;
use crate::source::kept_hold;
use crate::store::{HeldNote, PipelineStatus, StoreError};
use crate::worker;

#[derive(Debug, Serialize)]
pub(crate) struct StatusAnswer {
    pub(crate) pipelines: Vec<PipelineStatus>,
}

impl Inquiry<'_> {
    /// What the journal says of every pipeline, with what the configuration and both systems have it wait for.
    pub(crate) async fn status(&self) -> Result<StatusAnswer, StoreError> {
        let Some(store) = self.store else { return Ok(StatusAnswer { pipelines: Vec::new() }) };
        let mut pipelines = store.status().await?;
        for status in &mut pipelines {
            status.writing_waits_until = self.writing_waits(&status.pipeline);
            let Ok(Some(row)) = store.known_pipeline(&status.pipeline).await else { continue };
            let hold = kept_hold(row.limiter.as_deref(), self.clock.now());
            status.held = hold.map(|(until, said)| HeldNote { until: rfc3339(until), said });
            let hold = worker::kept_hold(store, row.id, &self.clock).await.ok().flatten();
            status.kingdee_held = hold.map(HeldNote::of);
        }
        Ok(StatusAnswer { pipelines })
    }
}
