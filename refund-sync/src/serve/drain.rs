//! The wish that the tasks of a supervisor end, as each of them sees it.

use std::time::Duration;

use tokio::sync::watch;

/// A task's view of the wish that it end.
#[derive(Debug, Clone)]
pub(super) struct Drain(watch::Receiver<bool>);

impl Drain {
    pub(super) fn new(draining: &watch::Sender<bool>) -> Self {
        Self(draining.subscribe())
    }

    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns once it is asked.
    pub(super) async fn asked(&mut self) {
        // A supervisor that is gone ends its tasks anyway.
        let _ = self.0.wait_for(|asked| *asked).await;
    }

    /// Sleeps, unless it is asked.
    pub(super) async fn sleep(&mut self, time: Duration) {
        // Either is a reason to go on.
        let _ = tokio::time::timeout(time, self.asked()).await;
    }
}
