//! What refusals say, window by window: how many calls stood in each when one was taken and when one was refused, and
//! whether a limit explains the difference better than chance. What is made of it is `belief.rs`'s.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The windows that a server may count by.
const WINDOWS: [Duration; 15] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(3),
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(7),
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(20),
    Duration::from_secs(30),
    Duration::from_secs(45),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
];
/// Those that are met in practice: of two that explain as much, one of these is the likelier.
const USUAL: [u64; 5] = [1, 2, 5, 10, 60];
/// By how much, in nats.
const UNUSUAL: f64 = -0.7;
/// How many calls the counts reach back over.
const LOG: usize = 4096;
/// What a refusal leaves of the weight of everything before it.
const FADE: f64 = 0.85;
/// How many calls taken in a row outweigh those before.
const MEMORY: f64 = 256.0;
/// A refusal that has faded below this is no candidate any more.
const FAINT: f64 = 0.3;
/// A limit this close to the contract holds nobody back.
const CONTRACT: f64 = 0.995;

/// How many calls stood in each window; none where the log does not reach back so far.
pub(super) type Counts = [Option<u32>; WINDOWS.len()];

#[derive(Debug)]
pub(super) struct Evidence {
    /// When the calls were sent that the server took, or may have taken.
    log: VecDeque<Duration>,
    /// By window, then by how many calls stood in it.
    tallies: [BTreeMap<u32, Tally>; WINDOWS.len()],
    /// What the next call taken weighs: it grows, instead of all others fading.
    scale: f64,
}

/// What became of the calls that met the same count.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    taken: f64,
    refused: f64,
}

/// So many calls in such a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    index: usize,
    pub(super) calls: u32,
}

impl Limit {
    /// The limit in the candidate window that is nearest to `window`.
    pub(super) fn of(window: Duration, calls: f64) -> Self {
        let index =
            (0..WINDOWS.len()).min_by_key(|index| WINDOWS[*index].abs_diff(window)).unwrap_or_default();
        Self { index, calls: whole(calls).max(1) }
    }

    pub(super) fn window(self) -> Duration {
        WINDOWS[self.index]
    }

    /// The window as it is kept: a little longer, since the network trembles.
    pub(super) fn kept(self) -> Duration {
        self.window() * 101 / 100 + Duration::from_millis(20)
    }

    /// Calls a second that keep it.
    pub(super) fn pace(self) -> f64 {
        f64::from(self.calls) / self.kept().as_secs_f64()
    }

    /// How many calls stood in its window.
    pub(super) fn count(self, counts: &Counts) -> Option<u32> {
        counts[self.index]
    }
}

impl Default for Evidence {
    fn default() -> Self {
        Self { log: VecDeque::new(), tallies: Default::default(), scale: 1.0 }
    }
}

impl Evidence {
    /// A call was sent that the server may have taken.
    pub(super) fn sent(&mut self, at: Duration) {
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(at);
    }

    /// When the calls were sent from the `room`th last on.
    pub(super) fn last(&self, room: usize) -> impl Iterator<Item = Duration> {
        self.log.iter().copied().skip(self.log.len().saturating_sub(room))
    }

    /// How many calls stand in each window at `now`.
    pub(super) fn counts(&self, now: Duration) -> Counts {
        WINDOWS.map(|window| {
            let older =
                now.checked_sub(window).map_or(0, |begin| self.log.partition_point(|at| *at <= begin));
            let known = older > 0 || self.log.len() < LOG;
            known.then(|| u32::try_from(self.log.len() - older).unwrap_or(u32::MAX))
        })
    }

    /// A call that met these counts was taken.
    pub(super) fn taken(&mut self, counts: &Counts) {
        self.scale *= 1.0 + MEMORY.recip();
        if self.scale > 1e9 {
            self.fade(1.0);
        }
        for (tallies, count) in self.tallies.iter_mut().zip(counts) {
            let Some(count) = count else { continue };
            tallies.entry(*count).or_default().taken += self.scale;
        }
    }

    /// A call that met these counts was refused.
    pub(super) fn refused(&mut self, counts: &Counts) {
        self.fade(FADE);
        for (tallies, count) in self.tallies.iter_mut().zip(counts) {
            let Some(count) = count else { continue };
            tallies.entry(*count).or_default().refused += 1.0;
        }
    }

    /// What was learned no longer holds.
    pub(super) fn forget(&mut self) {
        self.tallies = Default::default();
        self.scale = 1.0;
    }

    fn fade(&mut self, left: f64) {
        for tallies in &mut self.tallies {
            tallies.retain(|_, tally| {
                tally.taken *= left / self.scale;
                tally.refused *= left;
                tally.taken + tally.refused > 0.05
            });
        }
        self.scale = 1.0;
    }

    /// The limit below `contract` calls a second that explains best what was refused, if any does so by more than
    /// `least`; among those that do it as well within `tie`, the fastest.
    pub(super) fn best(&self, contract: f64, least: f64, tie: f64) -> Option<Limit> {
        let candidates = self.tallies.iter().enumerate().flat_map(|(index, tallies)| {
            let counts = tallies.iter().filter(|(calls, tally)| **calls > 0 && tally.refused > FAINT);
            counts.map(move |(calls, _)| Limit { index, calls: *calls })
        });
        let weighed: Vec<_> = candidates
            .filter(|limit| limit.pace() < contract * CONTRACT)
            .map(|limit| (limit, self.weight(limit)))
            .filter(|(_, weight)| *weight > least)
            .collect();
        let most = weighed.iter().map(|(_, weight)| *weight).fold(f64::MIN, f64::max);
        let as_good = weighed.into_iter().filter(|(_, weight)| *weight >= most - tie);
        as_good.map(|(limit, _)| limit).max_by(|one, other| one.pace().total_cmp(&other.pace()))
    }

    /// By how much better than chance a limit explains what was refused, in nats; what it costs to have chosen it
    /// from all the counts that were met is taken off.
    pub(super) fn weight(&self, limit: Limit) -> f64 {
        let tallies = &self.tallies[limit.index];
        let (mut below, mut all) = (Tally::default(), Tally::default());
        // A server that looks back from each call refuses whatever is above; one that counts by the clock's
        // windows may take up to as many again.
        let (mut looking_back, mut by_the_clock) = (0.0, 0.0);
        for (&count, &stored) in tallies {
            let tally = Tally { taken: stored.taken / self.scale, ..stored };
            all.add(tally);
            if count < limit.calls {
                below.add(tally);
                continue;
            }
            looking_back += tally.likelihood(0.95);
            let left = 2.0 * f64::from(limit.calls) - f64::from(count);
            by_the_clock += tally.likelihood(if count == limit.calls { 0.5 } else { left.max(1.1).recip() });
        }
        #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
        let choice = (tallies.len() as f64).ln();
        let usual = USUAL.map(Duration::from_secs).contains(&limit.window());
        let prior = if usual { 0.0 } else { UNUSUAL };
        below.by_chance() + f64::max(looking_back, by_the_clock) - all.by_chance() - choice + prior
    }

    /// The share of calls that were refused of late.
    pub(super) fn rate(&self, limit: Limit) -> f64 {
        let mut all = Tally::default();
        self.tallies[limit.index].values().for_each(|tally| all.add(*tally));
        all.refused / (all.refused + all.taken / self.scale).max(1.0)
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.refused += other.refused;
    }

    /// How likely it is, in nats, where so much of the calls is refused.
    fn likelihood(self, rate: f64) -> f64 {
        self.refused * rate.ln() + self.taken * (1.0 - rate).ln()
    }

    /// The same at the rate that was seen: what fell here fell here by chance.
    fn by_chance(self) -> f64 {
        self.likelihood((self.refused + 0.02) / (self.refused + self.taken + 0.5))
    }
}

/// A count that was calculated.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(super) fn whole(calls: f64) -> u32 {
    calls.round() as u32
}
