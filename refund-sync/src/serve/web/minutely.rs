//! What strangers do at the listener, for the log: counted, and told at most once a minute. They could write a line for
//! each try otherwise, as many as they like.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How often it is told.
const EVERY: Duration = Duration::from_mins(1);
/// How many addresses are told apart.
const MOST: usize = 1_000;

/// Counts what happened since it was told last.
#[derive(Debug, Default)]
pub(super) struct Minutely(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    told: Option<Instant>,
    count: u64,
    addresses: BTreeSet<IpAddr>,
    last: Option<IpAddr>,
}

/// What is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// How often it happened.
    pub(super) count: u64,
    /// From how many addresses.
    pub(super) addresses: usize,
    /// From where it came last.
    pub(super) last: IpAddr,
}

impl Minutely {
    /// It happened. Told at once where nothing was told for a minute.
    pub(super) fn count(&self, address: IpAddr) -> Option<Report> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.count += 1;
        counted.last = Some(address);
        if counted.addresses.len() < MOST {
            counted.addresses.insert(address);
        }
        counted.due()
    }

    /// What is still to be told, once it is time.
    pub(super) fn due(&self) -> Option<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).due()
    }
}

impl Counted {
    fn due(&mut self) -> Option<Report> {
        if self.told.is_some_and(|told| told.elapsed() < EVERY) {
            return None;
        }
        let report = Report { count: self.count, addresses: self.addresses.len(), last: self.last.take()? };
        *self = Self { told: Some(Instant::now()), ..Self::default() };
        Some(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_at_once_and_the_others_together_a_minute_later() {
        let (log, one, two) =
            (Minutely::default(), IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert_eq!(log.count(one), Some(Report { count: 1, addresses: 1, last: one }));
        for address in [one, two, two] {
            assert_eq!(log.count(address), None);
        }
        assert_eq!(log.due(), None);
        tokio::time::advance(EVERY).await;
        assert_eq!(log.due(), Some(Report { count: 3, addresses: 2, last: two }));
        tokio::time::advance(EVERY).await;
        assert_eq!(log.due(), None, "nothing happened");
    }
}
