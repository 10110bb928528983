//! The pace of calls: one lane for each method of a seller, never above the contract, and lower where the server
//! shows that it takes less. What a ban is, is `error/refusal.rs`; who waits here is `client.rs`.

mod belief;
mod evidence;
mod gears;
mod lane;
mod limiter;
mod pacer;

pub(crate) use lane::Lane;
pub use limiter::Limiter;
pub use pacer::{Answer, Pacer};

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

/// How a lane runs at present.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// Calls a minute, at most.
    pub per_minute: f64,
    /// What the contract's spacing allows, calls a minute.
    pub contract: f64,
    /// What the server was seen to take, calls a minute, where that is less than the contract.
    pub ceiling: Option<f64>,
    /// The window over which that is counted, as far as it is known.
    pub window: Option<Duration>,
    /// Why it runs so.
    pub reason: PaceReason,
    /// Until when nothing is sent: the end of a ban.
    pub held_until: Option<DateTime<Utc>>,
    /// When the contract's spacing is tried again.
    pub next_sprint: Option<DateTime<Utc>>,
}

/// A method to which nothing is sent for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// Until when. A person may end it sooner: [`Client::lift_holds`](crate::Client::lift_holds).
    pub until: DateTime<Utc>,
    /// What the server said; people and digit runs masked. Empty if nothing is known of it.
    pub said: String,
}

/// Why a lane runs at its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PaceReason {
    /// The server has taken all that the contract allows.
    Contract,
    /// A limit lies between a pace that went well and one that was refused: one in between is tried.
    Climbing,
    /// A limit explains the refusals, and is kept.
    Settled,
    /// The contract's spacing is tried although a limit is known.
    Sprinting,
}

/// What the limiter remembers of every method, to be kept across a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LimiterSnapshot {
    /// By method name.
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
