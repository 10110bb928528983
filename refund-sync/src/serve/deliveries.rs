//! How the receivers of alerts are doing: for metrics and the status page.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// How the receivers are doing, by name: for metrics and the status page.
#[derive(Debug, Clone, Default)]
pub struct Deliveries(Arc<Mutex<BTreeMap<String, Delivery>>>);

/// How one receiver is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Messages that it took.
    pub sent: u64,
    /// Messages that it did not.
    pub failed: u64,
    /// Why it did not take the last one, and since when; free of secrets.
    pub failing: Option<(DateTime<Utc>, String)>,
}

impl Deliveries {
    /// How every receiver is doing, by name.
    pub fn views(&self) -> BTreeMap<String, Delivery> {
        self.lock().clone()
    }

    /// Notes how a message fared. A failure is said once in the log: the same again is no news.
    pub(super) fn note(&self, name: &str, sent: Result<(), impl Display>, now: DateTime<Utc>) {
        let mut deliveries = self.lock();
        let delivery = deliveries.entry(name.to_owned()).or_default();
        let before = delivery.failing.take();
        match sent {
            Ok(()) => {
                delivery.sent += 1;
                if before.is_some() {
                    tracing::info!(receiver = name, message_zh = "报警已恢复送达", "alerts are taken again");
                }
            }
            Err(failure) => {
                delivery.failed += 1;
                if before.is_none() {
                    tracing::warn!(
                        receiver = name,
                        %failure,
                        message_zh = "报警未送达，稍后重试",
                        "an alert was not delivered; it is tried again"
                    );
                }
                let since = before.map_or(now, |(since, _)| since);
                delivery.failing = Some((since, failure.to_string()));
            }
        }
    }

    /// Keeps those of these receivers, and opens those that are not there.
    pub(super) fn keep<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut deliveries = self.lock();
        let mut before = std::mem::take(&mut *deliveries);
        deliveries.extend(names.map(|name| (name.to_owned(), before.remove(name).unwrap_or_default())));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Delivery>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
