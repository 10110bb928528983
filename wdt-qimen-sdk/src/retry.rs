//! When a read is tried again, and how long it waits first. Delays come from backon; the budget is shared by all
//! clones of a client, so that an outage is not answered with a storm.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use serde::{Deserialize, Serialize};
use serde_with::{DurationMilliSeconds, serde_as};

/// How a client tries again.
///
/// ```
/// use std::time::Duration;
/// use wdt_qimen_sdk::RetryPolicy;
///
/// // For a job of the night: long waits, and bans of ten minutes sat out.
/// let nightly = RetryPolicy::default()
///     .attempts(8)
///     .delays(Duration::from_secs(1), Duration::from_secs(60))
///     .patience(Duration::from_secs(600));
/// assert_eq!(nightly.attempts, 8);
/// // As it stands in a configuration; what is left out is as usual:
/// let configured: RetryPolicy = serde_json::from_str(r#"{"attempts": 8, "patience_ms": 600000}"#)?;
/// assert_eq!((configured.patience, configured.budget), (nightly.patience, nightly.budget));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts a call, the first one included.
    pub attempts: u32,
    /// The first delay; each following one doubles, and each is lengthened by chance, at most to twice itself.
    #[serde_as(as = "DurationMilliSeconds<u64>")]
    #[serde(rename = "min_delay_ms")]
    pub min_delay: Duration,
    /// The longest delay.
    #[serde_as(as = "DurationMilliSeconds<u64>")]
    #[serde(rename = "max_delay_ms")]
    pub max_delay: Duration,
    /// The longest ban that a call sits out. A longer one ends it, with `retry_after` in the error.
    #[serde_as(as = "DurationMilliSeconds<u64>")]
    #[serde(rename = "patience_ms")]
    pub patience: Duration,
    /// How many retries may be owed: each takes one, each answer gives one back. With nothing left, calls fail at
    /// their first attempt.
    pub budget: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            patience: Duration::from_secs(2 * 60),
            budget: 100,
        }
    }
}

impl RetryPolicy {
    /// Every call is made once.
    ///
    /// ```
    /// # use wdt_qimen_sdk::RetryPolicy;
    /// assert_eq!(RetryPolicy::never().attempts, 1);
    /// ```
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// This many attempts, the first one included.
    #[must_use]
    pub fn attempts(self, attempts: u32) -> Self {
        Self { attempts: attempts.max(1), ..self }
    }

    /// First and longest delay.
    ///
    /// ```
    /// # use wdt_qimen_sdk::RetryPolicy;
    /// use std::time::Duration;
    ///
    /// let hasty = RetryPolicy::default().attempts(3).delays(Duration::from_millis(100), Duration::from_secs(2));
    /// assert_eq!((hasty.attempts, hasty.max_delay), (3, Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub fn delays(self, min_delay: Duration, max_delay: Duration) -> Self {
        Self { min_delay, max_delay, ..self }
    }

    /// The longest ban that a call sits out.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How many retries may be owed.
    #[must_use]
    pub fn budget(self, budget: u32) -> Self {
        Self { budget, ..self }
    }

    pub(crate) fn delays_of(&self, seed: u64) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }
}

/// What is left of the budget.
#[derive(Debug)]
pub(crate) struct Budget {
    left: AtomicU32,
    full: u32,
}

impl Budget {
    pub(crate) fn new(full: u32) -> Self {
        Self { left: AtomicU32::new(full), full }
    }

    /// Takes one retry, if there is one.
    pub(crate) fn spend(&self) -> bool {
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }

    /// Gives one back.
    pub(crate) fn refill(&self) {
        let one_more = |left: u32| (left < self.full).then_some(left + 1);
        let _full_already = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
    }
}
