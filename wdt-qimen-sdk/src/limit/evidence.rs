//! What refusals say: whether a limit over some window explains them better than chance does, and since when. What is
//! made of it is `belief.rs`'s.

use std::fmt;
use std::time::Duration;

/// The windows that a server may count by, in milliseconds.
const WINDOWS: [u64; 23] = [
    500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 10_000, 12_000, 15_000, 20_000,
    25_000, 30_000, 40_000, 45_000, 60_000, 90_000, 120_000, 180_000, 300_000,
];
/// Those that are met in practice: of two that explain as much, one of these is the likelier.
const USUAL: [u64; 5] = [1_000, 2_000, 5_000, 10_000, 60_000];
/// By how much, in nats.
const UNUSUAL: f64 = -1.0;
/// How many calls the counts reach back over, at least.
const LOG: usize = 4096;
/// How many of them are weighed.
const WEIGHED: usize = 2048;
/// And how many refusals among them.
const REFUSALS: usize = 32;
/// A limit is looked for at the counts that so many refusals met, the last ones.
const CANDIDATES: usize = 16;
/// How much of what is beyond a limit is refused by a server that looks back from each call.
const STRICT: f64 = 0.95;
/// What it costs, in nats, to say that the server is less strict: it counts by the windows of the clock, by a bucket, or
/// together with the calls of others.
const LOOSE: f64 = 1.0;
/// A limit that explains so much less, in nats, with the calls before some moment did not hold before it.
const BEGUN: f64 = 12.0;
/// A limit this close to a pace does not hold it back.
const SLOWER: f64 = 0.997;

/// What became of the calls of late.
#[derive(Default)]
pub(super) struct Evidence {
    log: Vec<Call>,
    /// Calls before the log's first were dropped.
    cut: bool,
    /// What calls were told before says nothing any more.
    begun: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Call {
    at: Duration,
    /// How many calls the server had taken, or may have taken, before.
    earlier: u64,
    said: Said,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Taken,
    Refused,
    /// Nobody knows; it counts as taken.
    Nothing,
}

/// So many calls in such a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub(super) window: Duration,
    pub(super) calls: u32,
}

impl Limit {
    /// The window as it is kept: a little longer, since the network trembles.
    pub(super) fn kept(self) -> Duration {
        self.window * 251 / 250 + Duration::from_millis(20)
    }

    /// Calls a second that keep it.
    pub(super) fn pace(self) -> f64 {
        f64::from(self.calls) / self.kept().as_secs_f64()
    }
}

impl Evidence {
    /// A call was sent, and nobody knows whether the server took it.
    pub(super) fn sent(&mut self, at: Duration) {
        self.push(at, Said::Nothing);
    }

    pub(super) fn taken(&mut self, at: Duration) {
        self.push(at, Said::Taken);
    }

    pub(super) fn refused(&mut self, at: Duration) {
        self.push(at, Said::Refused);
    }

    /// What calls were told so far says nothing any more; that they were sent still counts.
    pub(super) fn forget(&mut self) {
        self.begun = self.log.last().map_or(Duration::ZERO, |last| last.at);
    }

    fn push(&mut self, at: Duration, said: Said) {
        let earlier = self.log.last().map_or(0, |last| last.earlier + u64::from(last.said != Said::Refused));
        if self.log.len() >= 2 * LOG {
            self.log.drain(..LOG);
            self.cut = true;
        }
        self.log.push(Call { at, earlier, said });
    }

    /// When the last `room` calls were sent that the server may have taken.
    pub(super) fn last(&self, room: usize) -> Vec<Duration> {
        let taken = self.log.iter().rev().filter(|call| call.said != Said::Refused);
        let mut last: Vec<_> = taken.take(room).map(|call| call.at).collect();
        last.reverse();
        last
    }

    /// How many calls stood in the window when the last one was sent, as far as the log reaches back.
    pub(super) fn count(&self, window: Duration) -> Option<u32> {
        self.counts(window, 1).first().map(|(count, _)| *count)
    }

    /// How many calls stood in the window when each was sent, from the last one back, and whether it was refused.
    fn counts(&self, window: Duration, most: usize) -> Vec<(u32, bool)> {
        let (mut counts, mut first, mut refusals) = (Vec::with_capacity(most), self.log.len(), 0);
        for (index, call) in self.log.iter().enumerate().rev() {
            first = first.min(index);
            while first > 0 && self.log[first - 1].at + window > call.at {
                first -= 1;
            }
            let enough = counts.len() == most || refusals == REFUSALS;
            if enough || call.at < self.begun || (first == 0 && self.cut) {
                break;
            }
            if call.said != Said::Nothing {
                let count = call.earlier - self.log[first].earlier;
                refusals += usize::from(call.said == Said::Refused);
                counts.push((u32::try_from(count).unwrap_or(u32::MAX), call.said == Said::Refused));
            }
        }
        counts
    }

    /// The limit below `pace` calls a second that explains best what was refused, the last call too, if any does so by
    /// more than `least`; among those that do it as well within `tie`, the fastest. And by how much it does.
    pub(super) fn best(&self, pace: f64, least: f64, tie: f64) -> Option<(Limit, f64)> {
        let mut weighed = Vec::new();
        for window in WINDOWS.map(Duration::from_millis) {
            let counts = self.counts(window, WEIGHED);
            let here = counts.first().map_or(0, |(count, _)| *count);
            let refused = counts.iter().filter(|(_, refused)| *refused).map(|(count, _)| *count);
            let mut candidates: Vec<_> = refused.take(CANDIDATES).collect();
            candidates.sort_unstable();
            candidates.dedup();
            let explaining = candidates.into_iter().filter(|calls| (1..=here).contains(calls));
            let limits = explaining.map(|calls| Limit { window, calls });
            let slower = limits.filter(|limit| limit.pace() < pace * SLOWER);
            weighed.extend(slower.map(|limit| (limit, weight(limit, &counts, 0))));
        }
        weighed.retain(|(_, weight)| *weight > least);
        let most = weighed.iter().map(|(_, weight)| *weight).fold(f64::MIN, f64::max);
        let as_good = weighed.into_iter().filter(|(_, weight)| *weight >= most - tie);
        as_good.max_by(|(one, _), (other, _)| one.pace().total_cmp(&other.pace()))
    }

    /// By how much better than chance, in nats, a limit explains what was refused, all since then if any is told.
    pub(super) fn weight(&self, limit: Limit, since: Option<Duration>) -> f64 {
        let told = self.log.iter().rev().filter(|call| call.said != Said::Nothing);
        let asked = since.map_or(0, |since| told.take_while(|call| call.at >= since).count());
        weight(limit, &self.counts(limit.window, WEIGHED), asked)
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evidence").field("calls", &self.log.len()).finish_non_exhaustive()
    }
}

/// By how much better than chance a limit explains what was refused, if it held since the moment from which on it does
/// so best, and chance before. Taken off is what it costs to have chosen the limit from all the counts that were met, the
/// moment from all there were, and that some refusals must have been by chance anyway. The last `asked` calls are
/// weighed in any case.
fn weight(limit: Limit, counts: &[(u32, bool)], asked: usize) -> f64 {
    let (mut before, mut below, mut above) = (Tally::default(), Tally::default(), Tally::default());
    for (_, refused) in counts {
        before.count(*refused, 1.0);
    }
    let chance = before.by_chance();
    let usual = USUAL.map(Duration::from_millis).contains(&limit.window);
    let prior = if usual { 0.0 } else { UNUSUAL };
    #[allow(clippy::cast_precision_loss, reason = "a few thousand")]
    let moments = (counts.len() as f64).ln();
    let (mut least, mut most, mut refusals, mut best) = (u32::MAX, 0, 0_usize, f64::MIN);
    for (index, &(count, refused)) in counts.iter().enumerate() {
        before.count(refused, -1.0);
        (if count < limit.calls { &mut below } else { &mut above }).count(refused, 1.0);
        (least, most) = (least.min(count), most.max(count));
        refusals += usize::from(refused);
        let next = counts.get(index + 1);
        // A moment is just before or just after a refusal; the further back, the fewer are looked at.
        let moment = (refused && near(refusals)) || next.is_none_or(|(_, next)| *next && near(refusals + 1));
        if !moment || index + 1 < asked.min(counts.len()) {
            continue;
        }
        let loose = if above.rate() > below.rate() { above.by_chance() - LOOSE } else { f64::MIN };
        let explained = before.by_chance() + below.by_chance() + loose.max(above.at_rate(STRICT)) - chance;
        let choice = f64::from(most - least + 1).ln() + if next.is_some() { moments } else { 0.0 };
        let anyway = (1.0 + before.refused + below.refused).ln();
        let weight = explained - choice - anyway + prior;
        best = best.max(weight);
        if weight < best - BEGUN {
            break;
        }
    }
    best
}

/// One of the first four, or a power of two.
fn near(refusals: usize) -> bool {
    refusals <= 4 || refusals.is_power_of_two()
}

/// How many calls were taken and refused.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    taken: f64,
    refused: f64,
}

impl Tally {
    fn count(&mut self, refused: bool, calls: f64) {
        *(if refused { &mut self.refused } else { &mut self.taken }) += calls;
    }

    fn rate(self) -> f64 {
        (self.refused + 0.02) / (self.refused + self.taken + 0.5)
    }

    /// How likely it is, in nats, where each call is refused at the rate that was seen.
    fn by_chance(self) -> f64 {
        self.at_rate(self.rate())
    }

    fn at_rate(self, rate: f64) -> f64 {
        self.refused * rate.ln() + self.taken * (1.0 - rate).ln()
    }
}

/// A count that was calculated.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
pub(super) fn whole(calls: f64) -> u32 {
    calls.round() as u32
}
