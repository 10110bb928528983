//! What a process has cost, by Linux's /proc: read until it has ended, and once more before it is reaped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Linux counts the time of processes in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// How long the simulators may take to fill themselves.
const FILLED_WITHIN: Duration = Duration::from_mins(5);

/// What a process has cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    /// In user space and in the kernel, all threads.
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// The most memory that it ever had.
    pub(super) peak_kib: u64,
}

/// The exit code of a run that parked something: some of the simulated returns are made to be.
const NEEDS_A_PERSON: i32 = 3;

/// Waits for its end.
pub(super) fn watch(child: &mut Child) -> Result<Spent> {
    let began = now();
    let place = format!("/proc/{}", child.id());
    let mut spent = Spent::default();
    loop {
        let stat =
            fs::read_to_string(format!("{place}/stat")).context("CPU time is read from Linux's /proc")?;
        let (is_over, ticks) = parse(&stat).context("an unknown form of /proc/…/stat")?;
        if is_over {
            spent.cpu = TICK * ticks;
            break;
        }
        let status = fs::read_to_string(format!("{place}/status")).unwrap_or_default();
        spent.peak_kib = peak(&status).unwrap_or_default().max(spent.peak_kib);
        sleep(LOOK);
    }
    spent.wall = began.elapsed();
    let status = child.wait()?;
    ensure!(matches!(status.code(), Some(0 | NEEDS_A_PERSON)), "{status}");
    Ok(spent)
}

/// Whether it has ended, and its time in user space and in the kernel.
fn parse(stat: &str) -> Option<(bool, u32)> {
    // The name of the program may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| fields.get(place)?.parse::<u32>().ok();
    Some((*fields.first()? == "Z", ticks(11)? + ticks(12)?))
}

fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Waits until the simulators have written their configuration.
pub(crate) fn wait_for(simulators: &mut Child, config: &Path) -> Result<()> {
    let began = now();
    while !config.exists() {
        ensure!(simulators.try_wait()?.is_none(), "the simulators ended at once");
        ensure!(began.elapsed() < FILLED_WITHIN, "the simulators are not filled in time");
        sleep(LOOK);
    }
    Ok(())
}

/// Ends the simulators as Ctrl-C does; returns what they said.
pub(crate) fn interrupt(simulators: Child) -> Result<String> {
    let done = Command::new("kill").args(["-INT", &simulators.id().to_string()]).status()?;
    ensure!(done.success(), "the simulators could not be ended");
    Ok(String::from_utf8(simulators.wait_with_output()?.stdout)?)
}

#[expect(clippy::disallowed_methods, reason = "other processes run by the real time")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "other processes run by the real time")]
fn sleep(time: Duration) {
    std::thread::sleep(time);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let stat = "7 (a) b ) Z 1 7 7 0 -1 4194304 100 0 0 0 12 5 0 0 20 0 1 0 1 1 1";
        assert_eq!(parse(stat), Some((true, 17)));
        assert_eq!(parse(&stat.replace(" Z ", " S ")), Some((false, 17)));
        assert_eq!(parse("nothing"), None);
    }

    #[test]
    fn the_peak_is_the_high_water_mark() {
        assert_eq!(peak("Name:\tx\nVmHWM:\t   32768 kB\nVmRSS:\t 1 kB\n"), Some(32_768));
        assert_eq!(peak("Name:\tx\n"), None);
    }
}
