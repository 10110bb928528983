//! The contract: how often a method may be called.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often a method may be called: the contract, never exceeded.
///
/// It serialises as the number of calls a minute.
///
/// ```
/// use wdt_qimen_sdk::Quota;
///
/// #[derive(serde::Deserialize)]
/// struct Config {
///     quota: Quota,
/// }
///
/// let config: Config = serde_json::from_str(r#"{"quota": 30}"#)?;
/// assert_eq!(config.quota.to_string(), "30 a minute");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub struct Quota {
    calls: u32,
}

impl Quota {
    /// At most `calls` a minute, at least one, spread evenly.
    ///
    /// The spacing is 61 s / `calls`, not 60: calls sent evenly within a minute arrive as one more in some minute
    /// as soon as the network trembles.
    pub const fn per_minute(calls: u32) -> Self {
        Self { calls: if calls == 0 { 1 } else { calls } }
    }

    /// The least time between two calls.
    ///
    /// ```
    /// # use wdt_qimen_sdk::Quota;
    /// assert_eq!(Quota::per_minute(61).interval().as_secs(), 1);
    /// ```
    pub fn interval(self) -> Duration {
        Duration::from_secs(61) / self.calls
    }

    pub(crate) fn spacing(self) -> Duration {
        self.interval()
    }
}

impl From<u32> for Quota {
    fn from(calls: u32) -> Self {
        Self::per_minute(calls)
    }
}

impl From<Quota> for u32 {
    fn from(quota: Quota) -> Self {
        quota.calls
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} a minute", self.calls)
    }
}

impl Default for Quota {
    /// 60 a minute: the native gateway's figure; Qimen's own is unknown.
    fn default() -> Self {
        Self::per_minute(60)
    }
}
