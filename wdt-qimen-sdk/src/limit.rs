//! The pace of calls: one lane for each method of a seller, never above the contract, and lower where the server
//! shows that it takes less. What a ban is, is `error/refusal.rs`; who waits here is `client.rs`.

mod belief;
mod evidence;
mod gears;
mod lane;
pub(crate) mod limiter;
pub(crate) mod pace;
mod pacer;
pub(crate) mod quota;
pub(crate) mod snapshot;

pub(crate) use lane::Lane;
pub(crate) use limiter::Limiter;
pub(crate) use pace::{Hold, Pace, PaceReason};
pub use pacer::{Answer, Pacer};
pub(crate) use quota::Quota;
pub(crate) use snapshot::{LaneSnapshot, LimiterSnapshot};
