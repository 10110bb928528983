//! What shops and warehouses are called: asked of 旺店通 once a day at most, beside the work and never in its way.

use std::time::Duration;

use chrono::{DateTime, TimeDelta};

use super::Worker;
use crate::clock::rfc3339;
use crate::store::StoreError;

/// The note that says when they were asked for.
const ASKED: &str = "names_asked";
/// How often they are asked for.
const EVERY: TimeDelta = TimeDelta::days(1);
/// How long they are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

impl Worker {
    /// Asks for the names if a day has passed, and keeps them. What 旺店通 says against it is logged; the next day asks again.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn learn_names(&self) -> Result<(), StoreError> {
        let (store, pipeline, now) = (&self.run.store, self.run.row.id, self.run.clock.now());
        let asked = store.note(pipeline, ASKED).await?;
        let asked = asked.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        // Of a clock that was set back nothing is believed.
        let is_fresh = asked.is_some_and(|at| (TimeDelta::zero()..EVERY).contains(&(now - at.to_utc())));
        let is_held = self.reader.source.held_until().is_some_and(|until| until > now);
        if is_fresh || is_held || self.run.is_draining() {
            return Ok(());
        }
        // Before it is tried: what fails is no reason to ask at every run.
        store.set_note(pipeline, ASKED, rfc3339(now)).await?;
        match tokio::time::timeout(PATIENCE, self.reader.source.names()).await {
            Ok(Ok(names)) => store.learn_names(pipeline, names).await?,
            Ok(Err(error)) => self.not_named(&error.to_string()),
            Err(late) => self.not_named(&late.to_string()),
        }
        store.remember(pipeline, self.reader.offset_ms(), self.reader.source.limiter()).await
    }

    fn not_named(&self, error: &str) {
        tracing::warn!(
            pipeline = self.run.settings.name,
            error,
            message_zh = "没有查到店铺和仓库的名称，明天再查",
            "旺店通 did not say what shops and warehouses are called; it is asked again tomorrow"
        );
    }
}
