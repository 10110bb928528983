//! Refusals that nobody's pace explains, and what a client makes of them: how long its calls waited for each other,
//! beside how long one waits that keeps the contract and sits out each hold.

use std::time::Duration;

use kingdee_k3cloud_sdk::mock as books;
use wdt_qimen_sdk::mock as shop;

use crate::record::Record;
use crate::rng::Rng;

/// The contract with 旺店通: a call a second.
const SPACING: Duration = Duration::from_secs(1);
/// Waits for each other's calls that are too few to tell a pace by.
const FEW: Duration = Duration::from_mins(1);

/// What refuses calls at random in a world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusals {
    /// How often 旺店通 names a ban of a second.
    pub(crate) limited: f64,
    /// How often it answers with status 503.
    pub(crate) unavailable: f64,
    /// For how long such an answer asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// How often 金蝶 says that it is too busy.
    pub(crate) books: f64,
    /// Nothing else fails.
    pub(crate) alone: bool,
}

impl Refusals {
    /// In a fifth of the worlds.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let mut rng = Rng::of(seed, "refusals");
        let refusals = Self {
            limited: rng.pick(&[0.01, 0.01, 0.06, 0.20]),
            unavailable: rng.pick(&[0.0, 0.01, 0.05]),
            retry_after: rng.pick(&[
                None,
                Some(Duration::from_secs(1)),
                Some(Duration::from_secs(30)),
                // Ten years: somebody wrote a time in milliseconds, or none that was meant.
                Some(Duration::from_hours(24 * 3_650)),
            ]),
            books: rng.pick(&[0.0, 0.01, 0.06, 0.20]),
            alone: rng.chance(500),
        };
        rng.chance(200).then_some(refusals)
    }

    /// These beside whatever else fails at 旺店通.
    pub(crate) fn beside(&self, others: &shop::Faults) -> shop::Faults {
        let others = if self.alone {
            shop::Faults { latency: others.latency, delay: others.delay, ..shop::Faults::none() }
        } else {
            others.clone()
        };
        shop::Faults {
            limited: self.limited,
            status: others.status + self.unavailable,
            retry_after: self.retry_after,
            ..others
        }
    }

    /// These beside whatever else fails at 金蝶.
    pub(crate) fn beside_in_books(&self, others: &books::Faults) -> books::Faults {
        let others = if self.alone { books::Faults::none() } else { others.clone() };
        let each = self.books / 3.0;
        [books::Fault::TooManyRequests, books::Fault::Throttle, books::Fault::UnavailableBefore]
            .into_iter()
            .fold(others, |faults, fault| faults.with(fault, each))
    }
}

/// How the calls of the cycles followed each other.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// When the last call of this cycle left, and when the next one may at the earliest.
    last: Option<(Duration, Duration)>,
    /// How long calls waited for each other, and how long they had to.
    waited: Duration,
    due: Duration,
}

impl Pace {
    /// A call leaves.
    pub(crate) fn leaves(&mut self, at: Duration) {
        if let Some((last, next)) = self.last.replace((at, at + SPACING)) {
            self.waited += at - last;
            self.due += next - last;
        }
    }

    /// Its answer arrives, and asks for so much silence.
    pub(crate) fn arrives(&mut self, at: Duration, hold: Duration) {
        if let Some((_, next)) = &mut self.last {
            *next = (*next).max(at + hold);
        }
    }

    /// Between two cycles nobody wants to call.
    pub(crate) fn rests(&mut self) {
        self.last = None;
    }

    /// Told as an offence if calls came less than half as fast as they might have.
    pub(crate) fn judge(&self, record: &Record) {
        let Self { waited, due, .. } = self;
        record.note(format_args!("calls to 旺店通 waited {waited:?} for each other, {due:?} were due"));
        if *due > FEW && *waited > *due * 2 {
            record.offence(format!("too slow: calls waited {waited:?} for each other, {due:?} were due"));
        }
    }
}
