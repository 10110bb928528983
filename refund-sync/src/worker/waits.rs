//! Waits that guard a write, across a start: how much of each has really passed. What they are for is in
//! `writer::settling`; the clock that measures them is `clock::Clock::steady`.

use std::time::Duration;

use super::Worker;
use super::writer::LONGEST_PAUSE;
use crate::store::{Origin, SEND_WITHIN, StoreError, WAITS, resume};

impl Worker {
    /// Takes up the waits that the journal holds. Where nobody knows how much of them has passed (another machine, another
    /// start of this one), those of unanswered calls begin anew: they are never too short. What a clock that was wrong
    /// put off further than any wait goes is brought back.
    pub(super) async fn take_up_waits(&self) -> Result<(), StoreError> {
        let (store, pipeline) = (self.run.store.as_ref(), self.run.row.id);
        let goes_on = resume(store, pipeline, &self.run.clock).await?;
        let origin = Origin { at: self.run.clock.steady(), ..self.run.origin() };
        store.recover(origin).await?;
        let longest: Duration = SEND_WITHIN + self.run.settings.kingdee.timeout + LONGEST_PAUSE;
        let brought_back = store.restart_waits(origin, longest, !goes_on).await?;
        if brought_back > 0 {
            tracing::warn!(
                pipeline = self.run.settings.name,
                documents = brought_back,
                message_zh = "未应答的调用已等待多久无法得知，重新开始等待",
                "how long unanswered calls have been waited for is not known: the waits begin anew"
            );
        }
        // Only now: a start that ends before this one did begins them once more.
        match self.run.clock.mark() {
            Some(mark) if !goes_on => store.set_note(pipeline, WAITS, mark).await,
            _ => Ok(()),
        }
    }
}
