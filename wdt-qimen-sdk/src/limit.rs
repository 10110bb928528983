//! The pace of calls: one lane for each method, a contracted quota, and holds that a ban asks for.
//! What a ban is, is `error/refusal.rs`; who waits here is `client.rs`.

mod lane;

pub(crate) use lane::Lane;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a method may be called: the contract, never exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub fn spacing(self) -> Duration {
        Duration::from_secs(61) / self.calls
    }
}

impl Default for Quota {
    /// 60 a minute: the native gateway's figure; Qimen's own is unknown.
    fn default() -> Self {
        Self::per_minute(60)
    }
}

/// What the limiter remembers of every method, to be kept across a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimiterSnapshot {
    /// By method name.
    #[serde(default)]
    pub lanes: BTreeMap<String, LaneSnapshot>,
}

/// What the limiter remembers of one method.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LaneSnapshot {
    /// When the last call was sent. Without it a new limiter starts one spacing ahead.
    #[serde(default)]
    pub last_call: Option<DateTime<Utc>>,
    /// Until when a ban holds.
    #[serde(default)]
    pub held_until: Option<DateTime<Utc>>,
}
