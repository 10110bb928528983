//! Letting go of the past: once a day, a little at a time. What may go is `store`'s.

use chrono::TimeDelta;

use super::Worker;
use crate::store::StoreError;

/// How many parts go at the end of one run: what is left waits for the next run.
const PARTS: usize = 20;
/// How often the past is looked through.
const EVERY: TimeDelta = TimeDelta::days(1);

impl Worker {
    /// Takes out of the journal what is older than it is to be kept.
    pub(super) async fn prune(&self) -> Result<(), StoreError> {
        let Some(keep) = self.run.settings.keep else { return Ok(()) };
        let now = self.run.clock.now();
        // A last time that is yet to come is that of a clock that was wrong.
        if self.run.row.pruned_at.is_some_and(|last| (TimeDelta::zero()..EVERY).contains(&(now - last))) {
            return Ok(());
        }
        let mut after = (0, 0);
        for _ in 0..PARTS {
            match self.run.store.prune(self.run.origin(), now - keep, after).await? {
                Some(last) if !self.run.is_draining() => after = last,
                _ => break,
            }
        }
        Ok(())
    }
}
