//! Wall time, injected: what requests are dated with. Waits do not live here; they follow tokio's clock.

use std::sync::Arc;

use chrono::{DateTime, Utc};

/// Tells the time of day.
pub(crate) type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The system's clock, the default everywhere.
pub(crate) fn system() -> Clock {
    Arc::new(|| {
        #[allow(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock; tests inject theirs"
        )]
        Utc::now()
    })
}
