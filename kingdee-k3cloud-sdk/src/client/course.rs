//! The course of one call: its deadline, how often it was tried, how long it waited for its turn, and whether a request
//! is under way. What is done in it is in `core`.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::ErrorKind;
use crate::fate::Fate;

/// One call from its beginning on.
#[derive(Debug)]
pub(super) struct Course {
    started: Instant,
    deadline: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    attempts: u32,
    queued: Duration,
    /// What is known of the attempts that have failed.
    fate: Fate,
    is_under_way: bool,
    /// Whether the session was doubted before.
    has_doubted: bool,
}

impl Course {
    pub(super) fn new(deadline: Option<Duration>) -> Self {
        let state = State {
            attempts: 0,
            queued: Duration::ZERO,
            fate: Fate::NotSent,
            is_under_way: false,
            has_doubted: false,
        };
        Self { started: Instant::now(), deadline, state: Mutex::new(state) }
    }

    /// Runs the call until it is over or the deadline is.
    pub(super) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, (ErrorKind, Fate)>>,
    ) -> Result<T, (ErrorKind, Fate)> {
        let bound = self.deadline.and_then(|limit| Some((limit, self.started.checked_add(limit)?)));
        let Some((limit, until)) = bound else { return call.await };
        tokio::time::timeout_at(until, call).await.unwrap_or_else(|_| {
            let state = self.state();
            let fate = if state.is_under_way { Fate::Unknown } else { state.fate };
            Err((ErrorKind::Deadline { limit }, fate))
        })
    }

    /// Another attempt begins.
    pub(super) fn begin(&self) {
        self.state().attempts += 1;
    }

    /// The request of the call itself is let go, unless its time is up: then nothing more happens, and
    /// [`within`](Self::within) tells.
    pub(super) async fn sent(&self) {
        if !self.has(Duration::ZERO) {
            std::future::pending::<()>().await;
        }
        self.state().is_under_way = true;
    }

    /// Whatever came of it.
    pub(super) fn answered(&self) {
        self.state().is_under_way = false;
    }

    /// The session is doubted: whether for the first time in this call.
    pub(super) fn doubts_first(&self) -> bool {
        !std::mem::replace(&mut self.state().has_doubted, true)
    }

    /// An attempt failed: the worst that is known of any of them stays.
    pub(super) fn failed(&self, fate: Fate) {
        let mut state = self.state();
        state.fate = state.fate.max(fate);
    }

    /// Waits for something that is no work of the server's, and counts how long that takes, also if it comes to nothing.
    pub(super) async fn queue<T>(&self, waiting: impl Future<Output = T>) -> T {
        let _counting = Queueing { course: self, since: Instant::now() };
        waiting.await
    }

    /// Whether there is time for a pause and what follows it.
    pub(super) fn has(&self, pause: Duration) -> bool {
        self.left().is_none_or(|left| pause < left)
    }

    /// How much time is left, if it is bounded.
    pub(super) fn left(&self) -> Option<Duration> {
        Some(self.deadline?.saturating_sub(self.elapsed()))
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(super) fn attempts(&self) -> u32 {
        self.state().attempts
    }

    pub(super) fn queued(&self) -> Duration {
        self.state().queued
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds up a wait when it is over or given up.
struct Queueing<'a> {
    course: &'a Course,
    since: Instant,
}

impl Drop for Queueing<'_> {
    fn drop(&mut self) {
        self.course.state().queued += self.since.elapsed();
    }
}
