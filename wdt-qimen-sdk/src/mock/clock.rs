//! A wall clock that follows tokio's, so that paused time moves both.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// A wall clock that shows `start` now and goes on with tokio's clock: the same one for client and simulator
/// makes hours pass in no time under `tokio::time::pause`. Make it inside the runtime.
///
/// ```
/// use wdt_qimen_sdk::mock;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = mock::virtual_clock("2026-11-20T00:00:00Z".parse()?);
/// tokio::time::sleep(std::time::Duration::from_secs(60)).await;
/// assert_eq!(clock().to_rfc3339(), "2026-11-20T00:01:00+00:00");
/// # Ok(())
/// # }
/// ```
pub fn virtual_clock(start: DateTime<Utc>) -> impl Fn() -> DateTime<Utc> + Clone + Send + Sync + 'static {
    let origin = Instant::now();
    move || start + TimeDelta::from_std(origin.elapsed()).unwrap_or_default()
}
