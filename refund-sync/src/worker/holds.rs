//! Pauses that 旺店通 and 金蝶 ask for: kept, sat out, and ended where a person asks. What is a pause, and for how long it is
//! believed, is the SDKs' matter.

use std::time::Duration;

use tokio::time::Instant;

use super::Worker;
use super::run::LOOK_AGAIN;
use crate::store::{Asked, Request, StoreError};

impl Worker {
    /// Sleeps, unless the run is to end or a person ends what is waited for.
    pub(super) async fn wait_out(&self, wait: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + wait;
        while Instant::now() < until && !self.run.is_draining() {
            self.run.pause(until.duration_since(Instant::now()).min(LOOK_AGAIN)).await;
            if Instant::now() < until && self.lift_where_asked().await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Ends the holds of both systems where a person left that request: before anything is read, or the hold would end the
    /// reading. Says whether there was one.
    pub(super) async fn lift_where_asked(&self) -> Result<bool, StoreError> {
        let mut is_asked = false;
        for Asked { id, request, .. } in self.run.store.open_requests(self.run.row.id).await? {
            if request == Request::Lift {
                let lifted = self.lift_holds();
                self.run.store.answer_request(id, lifted.to_string()).await?;
                is_asked = true;
            }
        }
        Ok(is_asked)
    }

    /// Ends every hold of 旺店通 and 金蝶, because a person asked; says how many there were.
    pub fn lift_holds(&self) -> u64 {
        let lifted = (self.reader.source.lift_holds() + self.writer.sink.lift_holds()) as u64;
        tracing::info!(
            pipeline = self.run.settings.name,
            lifted,
            message_zh = "人工解除了旺店通和金蝶的等待",
            "a person ended the holds of 旺店通 and 金蝶"
        );
        self.run.lifted.notify_waiters();
        lifted
    }
}
