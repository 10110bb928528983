//! The spacing of a lane: a governor limiter of burst 1, made anew for each pace over one shared arrival time, so that
//! another pace neither forgets what was sent nor grants a burst. Which pace is `pacer.rs`'s choice.

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

/// No pace makes a call wait longer.
const LONGEST: Duration = Duration::from_secs(2 * 60);

type Gear = RateLimiter<NotKeyed, Arrival, Told, NoOpMiddleware<Nanos>>;

#[derive(Debug)]
pub(super) struct Gears {
    clock: Told,
    arrival: Arrival,
    contract: Duration,
    spacing: Duration,
    gear: Gear,
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
        let contract = contract.spacing();
        let gear = RateLimiter::new(cells(contract), arrival.clone(), clock.clone());
        Self { clock, arrival, contract, spacing: contract, gear }
    }

    /// Spaces calls for so many a second from now on, but never closer than the contract.
    pub(super) fn shift(&mut self, pace: f64) {
        let wanted = Duration::try_from_secs_f64(pace.recip()).unwrap_or(LONGEST);
        self.spacing = wanted.min(LONGEST).max(self.contract);
        // A governor counts from when it was made: all of them from the same moment.
        self.clock.0.store(0, Ordering::Relaxed);
        self.gear = RateLimiter::new(cells(self.spacing), self.arrival.clone(), self.clock.clone());
    }

    /// Lets a call pass, or says how long it must wait.
    pub(super) fn pass(&self, now: Duration) -> Result<(), Duration> {
        let now = Nanos::from(now);
        self.clock.0.store(now.as_u64(), Ordering::Relaxed);
        self.gear.check().map_err(|early| early.wait_time_from(now))
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

    /// The least time between two calls at this pace.
    pub(super) fn spacing(&self) -> Duration {
        self.spacing
    }

    /// The least time between two calls at all.
    pub(super) fn contract(&self) -> Duration {
        self.contract
    }
}

fn cells(spacing: Duration) -> Cells {
    Cells::with_period(spacing).unwrap_or(Cells::per_minute(NonZeroU32::MIN))
}
