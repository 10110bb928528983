//! The gears of a lane: governor limiters at geometric fractions of the contract, built once over one shared
//! arrival time, so that a shift neither forgets what was sent nor grants a burst. Which gear is `pacer.rs`'s choice.

use super::Quota;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota as Cells, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Each gear's rate over the next higher one's.
const STEP: f64 = 0.99;
/// The lowest gear: a call in two minutes.
const LOWEST: f64 = 0.5;

type Gear = RateLimiter<NotKeyed, Arrival, Told, NoOpMiddleware<Nanos>>;

#[derive(Debug)]
pub(super) struct Gears {
    clock: Told,
    arrival: Arrival,
    /// From the contract down, each with its spacing.
    ladder: Vec<(Duration, Gear)>,
}

/// governor's clock: shows the time that it was told last.
#[derive(Debug, Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Clock for Told {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Ordering::Relaxed))
    }
}

/// When the next call may come, shared by all gears.
#[derive(Debug, Clone, Default)]
struct Arrival(Arc<InMemoryState>);

impl StateStore for Arrival {
    type Key = NotKeyed;

    fn measure_and_replace<T, F, E>(&self, key: &NotKeyed, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, decide)
    }
}

impl Gears {
    pub(super) fn new(contract: Quota) -> Self {
        let (clock, arrival) = (Told::default(), Arrival::default());
        let mut ladder = Vec::new();
        let mut spacing = contract.spacing();
        loop {
            let cells = Cells::with_period(spacing).unwrap_or(Cells::per_minute(NonZeroU32::MIN));
            ladder.push((spacing, RateLimiter::new(cells, arrival.clone(), clock.clone())));
            if rate(spacing) <= LOWEST {
                return Self { clock, arrival, ladder };
            }
            // A spacing of nanoseconds would round back to itself.
            spacing = spacing.div_f64(STEP).max(spacing + Duration::from_nanos(1));
        }
    }

    /// Lets a call pass in this gear, or says how long it must wait.
    pub(super) fn pass(&self, gear: usize, now: Duration) -> Result<(), Duration> {
        let now = Nanos::from(now);
        self.clock.0.store(now.as_u64(), Ordering::Relaxed);
        self.gear(gear).1.check().map_err(|early| early.wait_time_from(now))
    }

    /// When the next call may come, as the last one left it.
    pub(super) fn ready_at(&self) -> Duration {
        let read = |old: Option<Nanos>| Err::<((), Nanos), _>(old.map_or(Duration::ZERO, Duration::from));
        self.arrival.measure_and_replace(&NotKeyed::NonKey, read).err().unwrap_or_default()
    }

    /// Lets no call pass before `time`.
    pub(super) fn not_before(&self, time: Duration) {
        let time = Nanos::from(time);
        let later = |old: Option<Nanos>| if old < Some(time) { Ok(((), time)) } else { Err(()) };
        let _later_already = self.arrival.measure_and_replace(&NotKeyed::NonKey, later);
    }

    /// The highest gear that makes no more than `rate` calls a minute, or the lowest.
    pub(super) fn not_above(&self, rate_wanted: f64) -> usize {
        let faster = self.ladder.partition_point(|(spacing, _)| rate(*spacing) > rate_wanted);
        faster.min(self.ladder.len() - 1)
    }

    pub(super) fn spacing(&self, gear: usize) -> Duration {
        self.gear(gear).0
    }

    /// Calls a minute.
    pub(super) fn rate(&self, gear: usize) -> f64 {
        rate(self.spacing(gear))
    }

    fn gear(&self, gear: usize) -> &(Duration, Gear) {
        &self.ladder[gear.min(self.ladder.len() - 1)]
    }
}

fn rate(spacing: Duration) -> f64 {
    60.0 / spacing.as_secs_f64()
}
