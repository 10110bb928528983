//! What a lane takes the server's limit to be, and how it makes sure: a pace that a limit explains, doubted by sprints,
//! narrowed down by trials, given up when chance explains as much. What refusals say is weighed in `evidence.rs`.

use super::evidence::{Evidence, Limit, whole};
use std::time::Duration;

/// How often the contract's spacing is tried although a lower limit is known.
pub(super) const SPRINT_EVERY: Duration = Duration::from_secs(10 * 60);
/// A sprint that was not refused for so long has shown that there is no limit.
const SPRINT: Duration = Duration::from_secs(60);
/// By how much better than chance, in nats, a limit must explain the refusals before it is believed, where holds cost
/// little time.
const BELIEVABLE: f64 = 3.5;
/// How much less where they cost nearly all of it.
const COSTLY: f64 = 5.0;
/// A hold of this length or more costs enough to believe sooner.
const LONG: Duration = Duration::from_secs(15);
/// Limits that explain as much within this are as good.
const AS_GOOD: f64 = 0.5;
/// A limit that explains no more than this is given up.
const REFUTED: f64 = -1.0;
/// By how much more than the known one, in nats, a faster limit must explain before it is tried.
const BETTER: f64 = 0.5;
/// How much more, in nats, after a trial that was refused.
const TRIED: f64 = 5.0;
/// How much more, in nats, for it to have another window than the known one.
const ANOTHER: f64 = 9.0;
/// Paces this close are the same.
const CLOSE: f64 = 1.03;
/// How close a pace that goes well and one that does not are brought.
const NARROW: f64 = 1.2;
/// A sprint has found a higher limit if it went this much further than the known one.
const NEWS: f64 = 1.1;

#[derive(Debug)]
pub(super) struct Belief {
    evidence: Evidence,
    /// Calls a second.
    contract: f64,
    learned: Option<Learned>,
    last: LastRefusal,
}

/// The pace that refusals have taught.
#[derive(Debug, Clone, Copy)]
pub(super) struct Learned {
    pub(super) limit: Limit,
    /// Calls a second.
    pub(super) pace: f64,
    /// Since when it is believed in.
    since: Duration,
    /// What went well before a trial, to go back to.
    good: Good,
    /// A pace that a trial has shown to be too fast.
    bad: Option<f64>,
    /// A trial was refused: the server lets a sprint go beyond the limit.
    loose: bool,
    /// How much more, in nats, a faster limit must explain since then; it wears off.
    tried: f64,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, Copy)]
struct Good {
    limit: Limit,
    pace: f64,
    since: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// At a pace that is thought to be kept.
    Settled { next_sprint: Duration },
    /// At the contract's spacing.
    Sprinting,
    /// At a faster pace than the one that went well.
    Trying,
}

/// What the last refusal cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastRefusal {
    pub(super) hold: Duration,
    /// How long calls were taken before it, as a share of that and the hold.
    pub(super) useful: f64,
    /// How many came one after another.
    pub(super) in_a_row: u32,
}

impl Belief {
    pub(super) fn new(contract: Duration) -> Self {
        let last = LastRefusal { hold: Duration::ZERO, useful: 1.0, in_a_row: 0 };
        Self { evidence: Evidence::default(), contract: contract.as_secs_f64().recip(), learned: None, last }
    }

    /// Takes up what an earlier lane knew.
    pub(super) fn resume(&mut self, limit: Limit, pace: f64, next_sprint: Duration) {
        let stage = Stage::Settled { next_sprint };
        let good = Good { limit, pace, since: Duration::ZERO };
        self.learned = Some(Learned { pace, good, stage, ..Learned::new(limit, Duration::ZERO) });
    }

    pub(super) fn evidence(&mut self) -> &mut Evidence {
        &mut self.evidence
    }

    pub(super) fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref()
    }

    /// Calls a second, at most.
    pub(super) fn pace(&self) -> f64 {
        let learned = self.learned.filter(|learned| learned.stage != Stage::Sprinting);
        learned.map_or(self.contract, |learned| learned.kept().min(self.contract))
    }

    /// Begins a sprint that is due.
    pub(super) fn sprint(&mut self, now: Duration) -> bool {
        let Some(learned) = &mut self.learned else { return false };
        let due = matches!(learned.stage, Stage::Settled { next_sprint } if next_sprint <= now);
        if due {
            learned.stage = Stage::Sprinting;
        }
        due
    }

    /// A call was taken, at a pace that was kept for `steady`; says whether the pace is another one now.
    pub(super) fn taken(&mut self, sent: Duration, steady: Duration) -> bool {
        self.evidence.taken(sent);
        self.last.in_a_row = 0;
        let hold = self.last.hold;
        let Some(learned) = &mut self.learned else { return false };
        match learned.stage {
            Stage::Settled { .. } => return false,
            Stage::Sprinting if steady < SPRINT.max(learned.limit.window * 5 / 4) => return false,
            Stage::Sprinting => {
                self.learned = None;
                self.evidence.forget();
            }
            Stage::Trying if steady < learned.proof(hold) => return false,
            Stage::Trying => {
                let kept = whole((learned.pace * learned.limit.kept().as_secs_f64()).floor());
                learned.limit.calls = learned.limit.calls.max(kept);
                learned.good = Good { limit: learned.limit, pace: learned.pace, since: learned.since };
                match learned.bad {
                    Some(bad) if bad > learned.pace * NARROW => learned.pace = (learned.pace * bad).sqrt(),
                    _ => {
                        let next = if hold < LONG { learned.doubted(hold) } else { every(hold) };
                        learned.stage = Stage::Settled { next_sprint: sent + next };
                    }
                }
            }
        }
        true
    }

    /// A call was refused; says whether the pace is another one now.
    pub(super) fn refused(&mut self, sent: Duration, last: LastRefusal) -> bool {
        self.last = last;
        self.evidence.refused(sent);
        let Some(learned) = self.learned else { return self.adopt(sent) };
        let later = Stage::Settled { next_sprint: sent + last.hold + every(last.hold) };
        let refuted = self.evidence.weight(learned.limit, Some(learned.since)) < REFUTED;
        match learned.stage {
            Stage::Trying => self.learned = Some(learned.back(self.contract, later)),
            Stage::Sprinting => {
                let here = self.evidence.count(learned.limit.window).unwrap_or(learned.limit.calls);
                if let Some(limit) = self.faster(&learned, here, refuted) {
                    let (stage, good, loose) = (Stage::Trying, learned.good, learned.loose);
                    self.learned = Some(Learned { good, loose, stage, ..Learned::new(limit, sent) });
                } else if refuted {
                    return self.adopt(sent);
                } else if f64::from(here) >= f64::from(learned.limit.calls) * 0.8 {
                    self.learned =
                        Some(Learned { stage: later, tried: (learned.tried - 1.0).max(0.0), ..learned });
                } else if let Some(limit) = self.believable(learned.pace) {
                    self.believe(limit, sent, learned.loose);
                }
            }
            Stage::Settled { .. } if refuted => return self.adopt(sent),
            Stage::Settled { next_sprint } => {
                if let Some(limit) = self.believable(learned.pace) {
                    self.believe(limit, sent, learned.loose);
                } else {
                    // It spares this refusal no more than the contract would: it is doubted sooner.
                    let next_sprint = next_sprint.saturating_sub(SPRINT_EVERY / 2);
                    self.learned = Some(Learned { stage: Stage::Settled { next_sprint }, ..learned });
                }
            }
        }
        true
    }

    /// The faster limit that a sprint has found, if it has, when it was refused with so many calls in the known window:
    /// so many in that window, if that is beyond what was known, or one that explains more.
    fn faster(&self, learned: &Learned, here: u32, refuted: bool) -> Option<Limit> {
        let beyond = f64::from(here) > learned.burst(self.contract)
            && (!refuted || self.believable(self.contract).is_some());
        let known = self.evidence.weight(learned.limit, None) + BETTER + learned.tried;
        let best = self.evidence.best(self.contract, known, 0.0);
        let best = best.filter(|(limit, _)| limit.pace() > learned.pace * CLOSE);
        if !beyond {
            return best.map(|(limit, _)| limit);
        }
        let more = Limit { calls: here, ..learned.limit };
        let another = self.evidence.weight(more, None) + ANOTHER;
        Some(best.filter(|(_, weight)| *weight > another).map_or(more, |(limit, _)| limit))
    }

    /// The limit below this pace that explains the refusals best, if it does so well enough.
    fn believable(&self, pace: f64) -> Option<Limit> {
        // Refused again and again without a call between: the window is long.
        let tie = if self.last.in_a_row < 3 { AS_GOOD } else { 0.0 };
        self.evidence.best(pace, self.least(), tie).map(|(limit, _)| limit)
    }

    /// By how much better than chance, in nats, a limit must explain the refusals: the more of the time holds take, the
    /// less does a pace cost that turns out to be too low.
    fn least(&self) -> f64 {
        let LastRefusal { hold, useful, .. } = self.last;
        let cost = (2.0 * useful.ln()).max(-COSTLY) * (hold.as_secs_f64() / LONG.as_secs_f64()).min(1.0);
        BELIEVABLE + cost
    }

    /// Believes in the limit that explains the refusals best, if one does well enough, else in none.
    fn adopt(&mut self, sent: Duration) -> bool {
        let loose = self.learned.take().is_some_and(|learned| learned.loose);
        if let Some(limit) = self.believable(self.contract) {
            self.believe(limit, sent, loose);
        }
        true
    }

    /// Keeps to this limit from now on.
    fn believe(&mut self, limit: Limit, sent: Duration, loose: bool) {
        let hold = self.last.hold;
        let learned = Learned { loose, ..Learned::new(limit, sent) };
        let next_sprint = sent + hold + limit.kept() + learned.doubted(hold);
        self.learned = Some(Learned { stage: Stage::Settled { next_sprint }, ..learned });
    }
}

/// How long after a hold of this length the next doubt comes: one that costs a minute comes later, but within twelve.
fn every(hold: Duration) -> Duration {
    SPRINT_EVERY + (hold.saturating_sub(Duration::from_secs(30)) * 2).min(Duration::from_secs(60))
}

impl Learned {
    fn new(limit: Limit, since: Duration) -> Self {
        let pace = limit.pace();
        let good = Good { limit, pace, since };
        Self { limit, pace, since, good, bad: None, loose: false, tried: 0.0, stage: Stage::Sprinting }
    }

    /// Calls a minute that the server was seen to take, rounded to be the same again after a restart.
    pub(super) fn ceiling(&self) -> f64 {
        let ceiling = 60.0 * self.pace * self.limit.kept().as_secs_f64() / self.limit.window.as_secs_f64();
        (ceiling * 1e6).round() / 1e6
    }

    /// Calls a second that keep this ceiling.
    fn kept(&self) -> f64 {
        self.ceiling() / 60.0 * self.limit.window.as_secs_f64() / self.limit.kept().as_secs_f64()
    }

    /// How long after a hold of this length what is new is doubted.
    fn doubted(&self, hold: Duration) -> Duration {
        let soon = if hold < LONG { self.limit.kept() } else { hold * 12 };
        if self.loose { every(hold) } else { soon.min(every(hold)) }
    }

    /// A trial was refused: back to what went well, or to a pace between if that is far off.
    fn back(self, contract: f64, later: Stage) -> Self {
        let Good { limit, pace: good, since } = self.good;
        let again = Self { limit, since, bad: Some(self.pace), loose: true, tried: TRIED, ..self };
        if self.pace > good * self.again(contract) * CLOSE {
            Self { pace: (good * self.pace).sqrt(), ..again }
        } else {
            Self { pace: good, stage: later, ..again }
        }
    }

    /// How many times as many calls as it counts a server lets a sprint have that counts by the clock's windows.
    fn again(&self, contract: f64) -> f64 {
        2.0 - self.good.pace / contract
    }

    /// A sprint that met no higher count than this has found nothing new.
    fn burst(&self, contract: f64) -> f64 {
        // Trials show whether the server looks back from each call.
        let again = if self.loose { self.again(contract) } else { NEWS };
        f64::from(self.limit.calls) * again + 0.5
    }

    /// How long a pace must go well before it is believed: two windows at least, and in proportion to the hold that
    /// finding out costs.
    fn proof(&self, hold: Duration) -> Duration {
        let four_calls = Duration::from_secs_f64(4.0 / self.pace.max(0.01));
        let windows = self.limit.kept() * 2;
        windows.max(hold * 2).max(four_calls).clamp(Duration::from_secs(2), Duration::from_secs(3 * 60))
    }
}
