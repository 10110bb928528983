//! Pauses that 旺店通 and 金蝶 ask for: kept, sat out, and ended where a person asks. What is a pause, and for how long it is
//! believed, is the SDKs' matter.

use std::time::Duration;

use kingdee_k3cloud_sdk::HoldKind;
use tokio::time::Instant;

use super::{LOOK_AGAIN, Trouble, Worker};
use crate::clock::rfc3339;
use crate::store::{Asked, KINGDEE_HOLD, Request, StoreError};
use crate::text::shown;

impl Worker {
    /// A ban is kept while it is sat out: whoever starts after a crash sits out the rest of it.
    pub(super) async fn keeping_holds<T>(
        &self,
        work: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        tokio::pin!(work);
        let mut kept = self.source.held_until();
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
            let held = self.source.held_until();
            if held > kept {
                self.store.remember(self.row.id, self.offset_ms(), self.source.limiter()).await?;
                kept = held;
            }
        }
    }

    /// Sleeps, unless the run is to end or a person ends what is waited for.
    pub(super) async fn wait_out(&self, wait: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + wait;
        while Instant::now() < until && !self.is_draining() {
            self.pause(until.duration_since(Instant::now()).min(LOOK_AGAIN)).await;
            if Instant::now() < until && self.lift_where_asked().await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What 金蝶 asked for is kept: whoever starts after a crash sits out the rest of it.
    pub(super) async fn keep_kingdee_hold(&self) -> Result<(), StoreError> {
        let hold = self.sink.hold_to_keep();
        let kept = self.store.note(self.row.id, KINGDEE_HOLD).await?.unwrap_or_default();
        if kept == hold { Ok(()) } else { self.store.set_note(self.row.id, KINGDEE_HOLD, hold).await }
    }

    /// Nothing is begun that 金蝶 would not be asked for before its pause is over.
    pub(super) fn refuse_in_hold(&self) -> Result<(), Trouble> {
        let Some(hold) = self.sink.hold().filter(|hold| hold.kind == HoldKind::Calls) else { return Ok(()) };
        let (until, said) = (rfc3339(hold.until), shown(&hold.said));
        let message = format!("金蝶 asks to wait until {until} 金蝶要求等待至该时间; it said: {said}");
        let left = (hold.until - self.clock.now()).to_std().unwrap_or_default();
        Err(Trouble::Later { message, after: Some(left) })
    }

    /// Ends the holds of both systems where a person left that request: before anything is read, or the hold would end the
    /// reading. Says whether there was one.
    pub(super) async fn lift_where_asked(&self) -> Result<bool, StoreError> {
        let mut is_asked = false;
        for Asked { id, request, .. } in self.store.open_requests(self.row.id).await? {
            if request == Request::Lift {
                let lifted = self.lift_holds();
                self.store.answer_request(id, lifted.to_string()).await?;
                is_asked = true;
            }
        }
        Ok(is_asked)
    }

    /// Ends every hold of 旺店通 and 金蝶, because a person asked; says how many there were.
    pub fn lift_holds(&self) -> u64 {
        let lifted = (self.source.lift_holds() + self.sink.lift_holds()) as u64;
        tracing::info!(pipeline = self.settings.name, lifted, "a person ended the holds of 旺店通 and 金蝶");
        self.lifted.notify_waiters();
        lifted
    }
}
