//! A wall clock that follows tokio's, so that paused time moves both.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A wall clock that shows `start` now and goes on with tokio's clock: the same one for client and simulator
/// makes hours pass in no time under `tokio::time::pause`. Make it inside the runtime.
pub fn virtual_clock(start: DateTime<Utc>) -> impl Fn() -> DateTime<Utc> + Clone + Send + Sync + 'static {
    let origin = Instant::now();
    move || start + TimeDelta::from_std(origin.elapsed()).unwrap_or_default()
}
