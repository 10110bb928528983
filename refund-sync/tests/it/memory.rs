//! The most memory that a running command ever had.

use std::process::Child;
use std::time::Duration;

/// Waits for the child; its exit code, and the most memory that it ever had, in KiB.
pub(crate) async fn peak_of(mut child: Child) -> (i32, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let of = |name: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().trim_end_matches(" kB").parse().ok()
        };
        // The pages of the program's own file are not the work's: a debug build with everything in it has tens of MB of them.
        if let (Some(most), Some(file)) = (of("VmHWM:"), of("RssFile:")) {
            peak = peak.max(most.saturating_sub(file));
        }
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code().unwrap_or(-1), peak);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
