//! When to try again: delays and bounds. Whether a call may be tried again at all is decided by
//! its operation (`service`) and by the fate of the failed attempt (`error`).

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// Bounds on repeating a call: exponential delays with jitter, a number of attempts, a budget.
///
/// Reads are repeated after anything transient. Writes are repeated only when the failed attempt
/// certainly never reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// The first delay; each one doubles.
    pub min_delay: Duration,
    /// No delay is longer; a server that asks for more gets an error back to the caller.
    pub max_delay: Duration,
}

impl RetryPolicy {
    /// One attempt only.
    pub const NEVER: Self = Self { attempts: 1, min_delay: Duration::ZERO, max_delay: Duration::ZERO };

    /// The delays between attempts, jittered from the seed.
    pub(crate) fn delays(&self, seed: u64) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::new()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(self.attempts.saturating_sub(1) as usize)
            .with_jitter()
            .with_jitter_seed(seed)
            .build()
    }
}

impl Default for RetryPolicy {
    /// Four attempts, half a second doubling up to 30 seconds.
    fn default() -> Self {
        Self { attempts: 4, min_delay: Duration::from_millis(500), max_delay: Duration::from_secs(30) }
    }
}
