//! Whether the pipelines get on: each task gives a sign of life while it waits for work, and while its run brings something
//! or waits on purpose. A supervisor outside (systemd's watchdog) is told only as long as none has fallen silent.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A task that gives no sign for so long hangs: each of its waits is shorter.
const SILENT: Duration = Duration::from_mins(10);
/// A run that neither brings anything nor is held for so long hangs: each of its calls has a time limit.
const FRUITLESS: Duration = Duration::from_hours(2);

/// The last signs of life, by pipeline.
#[derive(Debug, Clone, Default)]
pub struct Pulses(Arc<Mutex<BTreeMap<String, Instant>>>);

/// What a run brought so far, and since when no more.
#[derive(Debug)]
pub(super) struct Progress<T> {
    brought: Option<T>,
    since: Instant,
}

impl Pulses {
    /// The pipeline's task is alive.
    pub(super) fn beat(&self, pipeline: &str) {
        self.lock().insert(pipeline.to_owned(), Instant::now());
    }

    /// Only these pipelines are worked.
    pub(super) fn keep(&self, is_kept: impl Fn(&str) -> bool) {
        self.lock().retain(|name, _| is_kept(name));
    }

    /// The pipeline whose task has been silent for too long, if one has.
    pub fn silent(&self) -> Option<String> {
        let pulses = self.lock();
        pulses.iter().find(|(_, last)| last.elapsed() >= SILENT).map(|(name, _)| name.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: PartialEq> Progress<T> {
    pub(super) fn new() -> Self {
        Self { brought: None, since: Instant::now() }
    }

    /// Whether the run gets on, having brought this by now. One that is held waits on purpose.
    pub(super) fn is_made(&mut self, brought: T, is_held: bool) -> bool {
        if is_held || self.brought.as_ref() != Some(&brought) {
            (self.brought, self.since) = (Some(brought), Instant::now());
        }
        self.since.elapsed() < FRUITLESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_falls_silent_is_named_and_the_others_do_not_speak_for_it() {
        let pulses = Pulses::default();
        pulses.beat("main");
        pulses.beat("other");
        for _ in 0..9 {
            tokio::time::advance(Duration::from_mins(1)).await;
            pulses.beat("other");
        }
        assert_eq!(pulses.silent(), None);
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(pulses.silent(), Some("main".to_owned()));
        pulses.keep(|name| name == "other");
        assert_eq!(pulses.silent(), None, "it is not worked here any more");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_brings_nothing_for_hours_is_no_sign_of_life_unless_it_is_held() {
        let mut progress = Progress::new();
        assert!(progress.is_made(1, false));
        tokio::time::advance(Duration::from_mins(119)).await;
        assert!(progress.is_made(1, false));
        assert!(progress.is_made(2, false));
        tokio::time::advance(Duration::from_hours(30)).await;
        assert!(progress.is_made(2, true), "a ban is sat out");
        tokio::time::advance(FRUITLESS).await;
        assert!(!progress.is_made(2, false));
    }
}
