//! Many worlds, on all cores: what `cargo xtask sim` and the ordinary test run. One world is `world`.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::climate::Climate;
#[cfg(feature = "postgres")]
use crate::oracle::Verdict;
use crate::plant::Plant;
use crate::world::{self, Report};

/// What came of many worlds.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    worlds: u64,
    due: usize,
    bills: usize,
    parked: usize,
    noticed: usize,
    closings: usize,
    broken: Vec<u64>,
}

/// Lives through the worlds of some seeds, each with `crowd` times its returns, and tells of each that breaks the promise.
pub(crate) fn run(seeds: Range<u64>, crowd: usize, plant: Option<Plant>) -> Harvest {
    let is_one = seeds.end - seeds.start == 1;
    on_all_cores(seeds, |climate| {
        let climate = climate.crowded(crowd);
        let climate = plant.map_or(climate.clone(), |plant| plant.weather(climate));
        let report = world::run(climate, plant);
        if !report.verdict.broken.is_empty() || is_one {
            tell(&report, crowd, plant);
        }
        report
    })
}

/// The same, each world twice: its log is the same to the byte.
pub(crate) fn replay(seeds: Range<u64>) -> Harvest {
    on_all_cores(seeds, |climate| {
        let mut report = world::run(climate.clone(), None);
        let again = world::run(climate, None).log;
        if report.log != again {
            let differs = report.log.lines().zip(again.lines()).find(|(first, second)| first != second);
            report.verdict.broken.push(format!("does not replay: {differs:?}"));
        }
        if !report.verdict.broken.is_empty() {
            tell(&report, 1, None);
        }
        report
    })
}

/// Worlds whose journal is moved into PostgreSQL and back, halfway; `None`, loudly, where that is not installed.
#[cfg(feature = "postgres")]
pub(crate) fn moved(seeds: Range<u64>) -> Option<Harvest> {
    crate::moved::cluster::Cluster::shared()?;
    Some(on_all_cores(seeds, |climate| {
        let moved = Some(climate.span / 2);
        let report = world::run(Climate { moved, ..climate }, None);
        let mut broken = report.verdict.broken.clone();
        if !report.log.contains(crate::moved::NOTE) {
            broken.push("its journal was never moved".to_owned());
        }
        let report = Report { verdict: Verdict { broken, ..report.verdict }, ..report };
        if !report.verdict.broken.is_empty() {
            tell(&report, 1, None);
        }
        report
    }))
}

fn on_all_cores(seeds: Range<u64>, live: impl Fn(Climate) -> Report + Sync) -> Harvest {
    let next = AtomicU64::new(seeds.start);
    let harvest = Mutex::new(Harvest::default());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let report = live(Climate::of(seed));
                    harvest.lock().unwrap().add(&report);
                }
            });
        }
    });
    harvest.into_inner().unwrap()
}

/// `SIM_SEEDS` worlds from `SIM_SEED` on, each with `SIM_CROWD` times its returns, and the bug `SIM_PLANT` in them.
pub(crate) fn by_environment() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let plant = std::env::var("SIM_PLANT").ok().map(|name| name.parse::<Plant>().unwrap());
    let first = number("SIM_SEED").unwrap_or_default();
    let count = number("SIM_SEEDS").unwrap_or(1);
    let crowd = number("SIM_CROWD").map_or(1, |times| usize::try_from(times).unwrap());
    let harvest = run(first..first + count, crowd, plant);
    println!(
        "{} worlds · {} returns due · {} bills · {} parked · {} changed or reversed and noticed · {} months closed or opened · {} broken",
        harvest.worlds,
        harvest.due,
        harvest.bills,
        harvest.parked,
        harvest.noticed,
        harvest.closings,
        harvest.broken.len()
    );
    harvest.assert_kept();
}

impl Harvest {
    fn add(&mut self, report: &Report) {
        self.worlds += 1;
        self.due += report.verdict.due;
        self.bills += report.verdict.bills;
        self.parked += report.verdict.parked;
        self.noticed += report.verdict.noticed;
        self.closings += report.verdict.closings;
        if !report.verdict.broken.is_empty() {
            self.broken.push(report.seed);
        }
    }

    /// The same of many worlds, a fifth of which lives over the end of a month: some of those were closed.
    pub(crate) fn assert_kept_over_closed_months(self) {
        assert!(self.closings >= 10, "{} months were closed or opened again", self.closings);
        self.assert_kept();
    }

    /// Fails if the promise was broken in any of them.
    pub(crate) fn assert_kept(mut self) {
        self.broken.sort_unstable();
        assert!(self.broken.is_empty(), "the promise is broken in the worlds {:?}", self.broken);
        assert!(self.bills > 0, "no world wrote a bill");
    }
}

/// Says what is wrong with a world and how to see it again; its log is kept in a file.
fn tell(report: &Report, crowd: usize, plant: Option<Plant>) {
    let seed = report.seed;
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sim-{seed}.log"));
    let kept = std::fs::write(&file, &report.log)
        .map_or_else(|error| error.to_string(), |()| file.display().to_string());
    let plant = plant.map_or_else(String::new, |plant| format!(" --plant {}", plant.name()));
    let crowd = if crowd == 1 { String::new() } else { format!(" --crowd {crowd}") };
    let most = report.verdict.broken.iter().take(5).fold(String::new(), |all, why| all + "\n  " + why);
    println!(
        "seed {seed}: {} broken{most}\n  log: {kept}\n  again: cargo xtask sim --seed {seed}{crowd}{plant}",
        report.verdict.broken.len()
    );
}
