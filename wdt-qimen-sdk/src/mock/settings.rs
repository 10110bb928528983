//! Everything a simulated gateway is told, once. What each means to a test is said in `builder.rs`.

use chrono::TimeDelta;

use crate::clock::Clock;

/// The simulator's 卖家账号, unless told otherwise.
pub const SID: &str = "demo2";
/// The application that the simulator knows, unless told otherwise.
pub const APP_KEY: &str = "20000000";
/// That application's secret.
pub const APP_SECRET: &str = "demosecret";

/// The order in which the simulator lists rows. No order is promised by the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowOrder {
    /// By the time asked for, oldest first, equal times by number.
    TimeAsc,
    /// By the time asked for, newest first, equal times by number.
    TimeDesc,
    /// By the primary key, whatever the times.
    ById,
    /// By time, newest first, **equal times in another order at each call**: the nasty one.
    #[default]
    Shuffled,
}

pub(crate) struct Settings {
    pub(crate) sid: String,
    pub(crate) app_key: String,
    pub(crate) app_secret: String,
    pub(crate) target_app_key: String,
    pub(crate) now: Clock,
    pub(super) skew: TimeDelta,
    pub(super) order: RowOrder,
    pub(super) page_cap: Option<u32>,
}
