//! How a lane runs, and why: what can be seen of the limiter.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::{DurationSecondsWithFrac, serde_as};

/// How a lane runs at present. Kept with serde, its window is in seconds.
#[serde_as]
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pace {
    /// Calls a minute, at most.
    pub per_minute: f64,
    /// What the contract's spacing allows, calls a minute.
    pub contract: f64,
    /// What the server was seen to take, calls a minute, where that is less than the contract.
    pub ceiling: Option<f64>,
    /// The window over which that is counted, as far as it is known.
    #[serde_as(as = "Option<DurationSecondsWithFrac<f64>>")]
    #[serde(rename = "window_seconds")]
    pub window: Option<Duration>,
    /// Why it runs so.
    pub reason: PaceReason,
    /// Until when nothing is sent: the end of a ban.
    pub held_until: Option<DateTime<Utc>>,
    /// When the contract's spacing is tried again.
    pub next_sprint: Option<DateTime<Utc>>,
}

/// A method to which nothing is sent for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hold {
    /// Until when. A person may end it sooner: [`Client::lift_holds`](crate::Client::lift_holds).
    pub until: DateTime<Utc>,
    /// What the server said; people and digit runs masked. Empty if nothing is known of it.
    pub said: String,
}

/// Why a lane runs at its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
