//! The most memory that a running command ever had.

use std::process::Child;
use std::time::Duration;

/// Waits for the child; its exit code, and the most memory that it ever had, in KiB.
pub(crate) async fn peak_of(mut child: Child) -> (i32, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let told = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(told.unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code().unwrap_or(-1), peak);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
