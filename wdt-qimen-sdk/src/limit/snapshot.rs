//! What the limiter remembers across a restart.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the limiter remembers of every method, to be kept across a restart.
///
/// ```
/// use wdt_qimen_sdk::LimiterSnapshot;
///
/// # fn f(client: &wdt_qimen_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let kept = serde_json::to_string(&client.snapshot())?;
/// // The next process; what a later version of this crate has added is left out, and what is missing is not known.
/// let snapshot: LimiterSnapshot = serde_json::from_str(&kept)?;
/// let banned = snapshot.lanes.values().filter(|lane| lane.held_until.is_some()).count();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimiterSnapshot {
    /// By method name: one of its names, the plain one as far as it is known.
    #[serde(default)]
    pub lanes: BTreeMap<String, LaneSnapshot>,
}

/// What the limiter remembers of one method.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LaneSnapshot {
    /// When the next call may be sent. Without it a new limiter starts one spacing ahead.
    #[serde(default)]
    pub next_call: Option<DateTime<Utc>>,
    /// Until when a ban holds.
    #[serde(default)]
    pub held_until: Option<DateTime<Utc>>,
    /// In which words the server asked for it.
    #[serde(default)]
    pub said: Option<String>,
    /// What the server was seen to take, calls a minute, where that is less than the contract.
    #[serde(default)]
    pub ceiling: Option<f64>,
    /// The window over which that is counted, in seconds; a minute if it is not told.
    #[serde(default)]
    pub window_seconds: Option<f64>,
    /// When that is doubted; at once if it is not told.
    #[serde(default)]
    pub next_sprint: Option<DateTime<Utc>>,
}
