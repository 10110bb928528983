//! The ends of a run that are not its own: asked to end, closed in the journal, and the one read by which a stopped
//! pipeline finds out whether it may go on.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Outcome, Trouble, Worker};
use crate::clock::rfc3339;
use crate::config::{Credentials, Kingdee};
use crate::lang::failures;
use crate::model::Firing;
use crate::store::{Side, Stopped, StoreError};

/// How often a stopped pipeline asks whether it may go on; by password more rarely, because refused logins lock the
/// account.
const PROBE: (TimeDelta, TimeDelta) = (TimeDelta::minutes(10), TimeDelta::minutes(60));

impl Stopped {
    /// How often it is asked, unless a person orders it, whether the pipeline may go on.
    pub(crate) fn probe_every(&self, kingdee: &Kingdee) -> TimeDelta {
        if self.by_login(kingdee) { PROBE.1 } else { PROBE.0 }
    }

    /// When the next login may be tried without locking the account; `None` where asking is no login.
    pub(crate) fn no_login_before(&self, kingdee: &Kingdee) -> Option<DateTime<Utc>> {
        let refused = DateTime::parse_from_rfc3339(&self.refused).ok()?.to_utc();
        (self.by_login(kingdee) && !self.by_hand).then_some(refused + PROBE.1)
    }

    fn by_login(&self, kingdee: &Kingdee) -> bool {
        self.side == Side::Kingdee && matches!(kingdee.credentials, Credentials::Password { .. })
    }
}

impl Worker {
    /// The run is for a firing of the pipeline's schedule: the journal takes the firing as done when the run ends.
    #[must_use]
    pub fn for_firing(mut self, firing: Firing) -> Self {
        self.firing = Some(firing);
        self
    }

    /// The run's row in the journal.
    pub fn run_id(&self) -> i64 {
        self.run.id
    }

    /// Parks what the journal contradicts itself on, before anything is decided on it.
    pub(super) async fn set_broken_aside(&self) -> Result<(), StoreError> {
        for document in self.run.store.set_aside(self.run.origin()).await? {
            tracing::warn!(
                pipeline = self.run.settings.name,
                refund_no = document.refund_no,
                message_zh = format!("待处理 {}：同步台账与它自相矛盾", document.refund_no),
                "parked {}: the journal contradicts itself on it (it was `{}`)",
                document.refund_no,
                document.state
            );
            self.run.tally().park(document.id, "broken");
        }
        Ok(())
    }

    /// Closes a run that only had something decided.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn end(&self) -> Result<(), StoreError> {
        let left = self.run.store.pending(self.run.row.id, self.run.clock.steady()).await?;
        let tally = self.run.tally().clone();
        let outcome = Outcome { tally, left, failures: Vec::new(), stopped: None, short: Vec::new() };
        self.close(&outcome).await
    }

    /// Ends the run early: reading is broken off, a call to 金蝶 that is under way is waited for, nothing more is sent.
    pub fn drain(&self) {
        self.run.drain();
    }

    /// A pipeline that is stopped reads once, from the side that refused; what it hears is why it goes on or does not.
    pub(super) async fn probe(&self) -> Result<(), Trouble> {
        let Some(stopped) = &self.run.row.stopped else { return Ok(()) };
        let heard = match stopped.side {
            Side::Wdt => self.reader.source.ping().await.map_err(|error| self.reader.wdt_trouble(&error)),
            Side::Kingdee => {
                self.writer.sink.ping().await.map_err(|error| self.writer.kingdee_trouble(&error))
            }
        };
        match heard {
            Ok(()) => {
                tracing::info!(
                    side = ?stopped.side,
                    message_zh = "对方已恢复应答，继续同步",
                    "it answers again, the pipeline goes on"
                );
                // Not everything that stops a pipeline shows in a read: the first bill goes alone.
                self.writer.batch_size.store(1, Ordering::Relaxed);
                Ok(())
            }
            Err(Trouble::Stop(again)) => {
                let since = stopped.since.clone();
                Err(Trouble::Stop(Box::new(Stopped { since, by_hand: stopped.by_hand, ..*again })))
            }
            Err(Trouble::Later { message, .. }) => {
                tracing::warn!(
                    error = %message,
                    message_zh = "仍停止：试探没有应答",
                    "still stopped: no answer to the probe"
                );
                let refused = rfc3339(self.run.clock.steady());
                Err(Trouble::Stop(Box::new(Stopped { refused, ..stopped.clone() })))
            }
            Err(store) => Err(store),
        }
    }

    /// Writes the run's row. A firing whose run was broken off stays due.
    pub(super) async fn close(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.run.clock.now();
        let mut text = json!({
            "tally": outcome.tally,
            "left": outcome.left.documents,
        });
        failures::put(&outcome.failures, &mut text);
        let Some(firing) = self.firing else {
            return self.run.store.end_run(self.run.id, now, text.to_string()).await;
        };
        text["firing"] = json!(firing);
        if self.run.is_draining() && !outcome.failures.is_empty() {
            return self.run.store.end_run(self.run.id, now, text.to_string()).await;
        }
        self.run.store.end_firing(self.run.id, firing.at, now, text.to_string()).await
    }
}
