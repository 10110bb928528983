//! A count of what has passed that no setting of a clock changes: since the machine was started, where the system tells
//! that, else since this process was.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use chrono::TimeDelta;
use tokio::time::Instant;

/// On Linux: how long ago the machine was started, sleep included, and which start that was.
const UPTIME: &str = "/proc/uptime";
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Where processes begin to count, and what a count of this one is called.
static PROCESS: LazyLock<(std::time::Instant, Arc<str>)> = LazyLock::new(|| {
    #[allow(clippy::disallowed_methods, reason = "a beginning for tokio's clock to be measured from")]
    let begun = std::time::Instant::now();
    let name = format!("process {:016x}", RandomState::new().hash_one(std::process::id()));
    (begun, name.into())
});

/// A count with a name: two of one name count the same.
#[derive(Clone)]
pub(super) struct Count {
    name: Arc<str>,
    /// The last that the system told, in microseconds; `None`: tokio's clock is counted.
    uptime: Option<Arc<AtomicI64>>,
}

impl Count {
    /// Since the machine was started; since the process was, where the system does not tell.
    pub(super) fn machine() -> Self {
        let boot = std::fs::read_to_string(BOOT).ok().filter(|boot| !boot.trim().is_empty());
        match (boot, uptime()) {
            (Some(boot), Some(now)) => Self {
                name: format!("boot {}", boot.trim()).into(),
                uptime: Some(Arc::new(AtomicI64::new(now))),
            },
            _ => Self::process(),
        }
    }

    /// Since the process was started, by tokio's clock.
    pub(super) fn process() -> Self {
        Self { name: Arc::clone(&PROCESS.1), uptime: None }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How much it has counted. Never less than before.
    pub(super) fn elapsed(&self) -> TimeDelta {
        let Some(last) = &self.uptime else { return since(PROCESS.0, Instant::now().into_std()) };
        let now = uptime().unwrap_or(i64::MIN);
        TimeDelta::microseconds(last.fetch_max(now, Ordering::Relaxed).max(now))
    }
}

/// A paused clock may stand a little before the beginning of the process.
fn since(begun: std::time::Instant, now: std::time::Instant) -> TimeDelta {
    let ago = TimeDelta::from_std(now.saturating_duration_since(begun)).unwrap_or(TimeDelta::MAX);
    let ahead = TimeDelta::from_std(begun.saturating_duration_since(now)).unwrap_or(TimeDelta::MAX);
    ago - ahead
}

/// In microseconds. Says hundredths of a second: `12345.67 …`.
fn uptime() -> Option<i64> {
    let text = std::fs::read_to_string(UPTIME).ok()?;
    let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
    let hundredths: i64 = hundredths.get(..2)?.parse().ok()?;
    Some(seconds.parse::<i64>().ok()?.checked_mul(1_000_000)? + hundredths * 10_000)
}
