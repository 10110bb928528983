//! What a lane takes the server's limit to be, and how it makes sure: a pace that a limit explains, doubted by sprints,
//! narrowed down by trials, given up when it spares no refusals. What refusals say is weighed in `evidence.rs`.

use super::evidence::{Counts, Evidence, Limit, whole};
use std::time::Duration;

/// How often the contract's spacing is tried although a lower limit is known.
pub(super) const SPRINT_EVERY: Duration = Duration::from_secs(615);
/// A sprint that was not refused for so long has shown that there is no limit.
const SPRINT: Duration = Duration::from_mins(1);
/// By how much better than chance, in nats, a limit must explain the refusals before it is believed, where holds cost
/// little time.
const BELIEVABLE: f64 = 3.0;
/// The same for a limit that takes another one's place, and by how much it must be better than that one.
const STRONG: f64 = 5.0;
/// Limits that explain as much within this are as good.
const AS_GOOD: f64 = 1.0;
/// A limit that explains the refusals so much worse than chance is none.
const REFUTED: f64 = -20.0;
/// A hold of this length or more costs enough to believe sooner.
const COSTLY: Duration = Duration::from_secs(15);
/// From this length on a hold costs more than knowing sooner what a trial has shown.
const LONG: Duration = Duration::from_secs(10);
/// The least that is taken off for a refusal at a pace that was thought to be kept.
const STEP: f64 = 0.97;
/// Where more is taken off than this, the pace in between is tried.
const WIDE: f64 = 0.9;
/// How close a pace that goes well and one that does not are brought.
const NARROW: f64 = 1.12;
/// A sprint has found a higher limit if it went this much further than the known one.
const NEWS: f64 = 1.2;
/// How many refusals at counts that the known limit allows are nobody's within one sprint.
const BY_CHANCE: u32 = 3;

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
    /// A pace that went well.
    good: f64,
    /// A pace that was refused.
    bad: Option<f64>,
    /// A sprint that met no higher count than this has found nothing new.
    burst: f64,
    /// The share of calls that was refused before.
    before: f64,
    /// Refusals at this pace that calls taken at it have not made up for: with 1.5 the pace spares none.
    debt: f64,
    /// Refusals within this sprint that the limit does not explain.
    by_chance: u32,
    pub(super) stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// At a pace that is thought to be kept.
    Settled { next_sprint: Duration },
    /// At the contract's spacing.
    Sprinting,
    /// At a pace between one that went well and one that was refused.
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
        self.learned = Some(Learned { stage, debt: 0.0, ..Learned::new(limit, pace, 0.0) });
    }

    pub(super) fn evidence(&mut self) -> &mut Evidence {
        &mut self.evidence
    }

    pub(super) fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref()
    }

    /// Calls a second, at most; none for the contract's.
    pub(super) fn pace(&self) -> Option<f64> {
        let learned = self.learned.filter(|learned| learned.stage != Stage::Sprinting)?;
        Some(learned.pace).filter(|pace| *pace < self.contract)
    }

    /// Begins a sprint that is due.
    pub(super) fn sprint(&mut self, now: Duration) -> bool {
        let Some(learned) = &mut self.learned else { return false };
        let due = matches!(learned.stage, Stage::Settled { next_sprint } if next_sprint <= now);
        if due {
            (learned.stage, learned.by_chance) = (Stage::Sprinting, 0);
        }
        due
    }

    /// A call was taken, at a pace that was kept for `steady`; says whether the pace is another one now.
    pub(super) fn taken(&mut self, sent: Duration, counts: &Counts, steady: Duration) -> bool {
        self.evidence.taken(counts);
        self.last.in_a_row = 0;
        let hold = self.last.hold;
        let Some(learned) = &mut self.learned else { return false };
        let proof = learned.proof(hold);
        if learned.stage != Stage::Sprinting {
            learned.debt = (learned.debt - learned.before / 2.0).max(0.0);
        }
        match learned.stage {
            Stage::Settled { .. } => return false,
            Stage::Sprinting if steady < SPRINT.max(learned.limit.window() * 2) => return false,
            Stage::Sprinting => {
                self.learned = None;
                self.evidence.forget();
            }
            Stage::Trying if steady < proof => return false,
            Stage::Trying => {
                learned.good = learned.pace;
                match learned.bad {
                    Some(bad) if bad > learned.good * NARROW => learned.pace = (learned.good * bad).sqrt(),
                    None if hold < LONG => learned.stage = Stage::Settled { next_sprint: sent + proof },
                    _ => learned.stage = Stage::Settled { next_sprint: sent + SPRINT_EVERY },
                }
                let kept = whole((learned.good * learned.limit.kept().as_secs_f64()).floor());
                learned.limit.calls = learned.limit.calls.max(kept);
            }
        }
        true
    }

    /// A call was refused; says whether the pace is another one now.
    pub(super) fn refused(&mut self, sent: Duration, counts: &Counts, last: LastRefusal) -> bool {
        self.last = last;
        self.evidence.refused(counts);
        let Some(learned) = self.learned else { return self.adopt(sent) };
        if self.better(&learned, counts) {
            return self.adopt(sent);
        }
        if self.refuted(&learned) {
            let faster = self.evidence.best(self.contract, 0.0, AS_GOOD);
            if faster.is_some_and(|limit| limit.pace() > learned.pace * NEWS) {
                return self.adopt(sent);
            }
            // Something between what went well and the contract.
            let pace = (learned.pace * self.contract).sqrt();
            let (good, bad, stage) = (learned.pace, Some(self.contract), Stage::Trying);
            self.learned = Some(Learned { pace, good, bad, stage, ..learned });
            return true;
        }
        let learned = learned.refused(sent, counts, last.useful.sqrt().max(0.5));
        if learned.debt >= 1.5 {
            return self.adopt(sent);
        }
        self.learned = Some(learned);
        true
    }

    /// Whether another limit explains the refusals, this one included, by so much more that it takes the place.
    fn better(&self, learned: &Learned, counts: &Counts) -> bool {
        let Some(limit) = self.evidence.best(self.contract, STRONG, AS_GOOD) else { return false };
        limit.count(counts).is_some_and(|count| count >= limit.calls)
            && self.evidence.weight(limit) > self.evidence.weight(learned.limit) + STRONG
            && (limit.pace() / learned.pace - 1.0).abs() > 0.03
            && learned.bad.is_none_or(|bad| limit.pace() < bad * 0.99)
    }

    /// Whether a sprint went on far beyond the limit.
    fn refuted(&self, learned: &Learned) -> bool {
        learned.stage == Stage::Sprinting && self.evidence.weight(learned.limit) < REFUTED
    }

    /// Believes in the limit that explains the refusals best, if one does well enough, else in none.
    fn adopt(&mut self, sent: Duration) -> bool {
        let LastRefusal { hold, useful, in_a_row } = self.last;
        // The more of the time holds take, the less does a pace cost that turns out to be too low.
        let cost = useful.ln() * (hold.as_secs_f64() / COSTLY.as_secs_f64()).min(1.0);
        let least = (BELIEVABLE + 2.0 * cost).max(-2.0);
        // Refused again and again without a call between: the window is long.
        let tie = if in_a_row < 3 { AS_GOOD } else { 0.0 };
        let limit = self.evidence.best(self.contract, least, tie);
        self.learned = limit.map(|limit| {
            let learned = Learned::new(limit, limit.pace(), self.evidence.rate(limit));
            let doubted = learned.proof(hold).max(if hold < LONG { Duration::ZERO } else { hold * 10 });
            let next_sprint = sent + hold + limit.kept() + doubted.min(SPRINT_EVERY);
            Learned { stage: Stage::Settled { next_sprint }, ..learned }
        });
        true
    }
}

impl Learned {
    fn new(limit: Limit, pace: f64, before: f64) -> Self {
        let burst = f64::from(limit.calls) * NEWS + 0.5;
        let stage = Stage::Sprinting;
        Self { limit, pace, good: pace, bad: None, burst, before, debt: 1.0, by_chance: 0, stage }
    }

    /// How long a pace must go well before it is believed: the window at least, and in proportion to the hold that
    /// finding out costs.
    fn proof(&self, hold: Duration) -> Duration {
        let four_calls = Duration::from_secs_f64(4.0 / self.pace.max(0.01));
        self.limit.kept().max(hold * 2).max(four_calls).clamp(Duration::from_secs(2), Duration::from_secs(61))
    }

    fn refused(self, sent: Duration, counts: &Counts, cut: f64) -> Self {
        let settled = Stage::Settled { next_sprint: sent + SPRINT_EVERY };
        let (here, known) = (self.limit.count(counts).map_or(0.0, f64::from), f64::from(self.limit.calls));
        match self.stage {
            Stage::Sprinting if here < known * 0.8 && self.by_chance < BY_CHANCE => {
                Self { by_chance: self.by_chance + 1, ..self }
            }
            Stage::Sprinting if here > self.burst => {
                let pace = here / self.limit.kept().as_secs_f64();
                Self { pace, burst: here * 1.05, bad: None, stage: Stage::Trying, ..self }
            }
            Stage::Sprinting => {
                let pace = (self.pace / STEP).min(self.limit.pace()).max(self.pace);
                let burst = (self.burst * 0.95).max(known * NEWS + 0.5);
                Self { pace, burst, stage: settled, ..self }
            }
            Stage::Trying if self.pace > self.good * 1.001 => {
                let bad = Some(self.pace);
                if self.pace > self.good * NARROW * NARROW {
                    return Self { bad, pace: (self.good * self.pace).sqrt(), ..self };
                }
                // A server that counts by the clock's windows lets a sprint have as many again.
                Self {
                    bad,
                    pace: self.good,
                    burst: self.burst.max(2.0 * known + 1.0),
                    stage: settled,
                    ..self
                }
            }
            Stage::Settled { .. } | Stage::Trying => {
                let pace = self.pace * cut.min(STEP);
                let slower = Self { pace, good: self.good.min(pace), debt: self.debt + 1.0, ..self };
                if cut < WIDE {
                    Self { bad: Some(self.pace), stage: Stage::Trying, ..slower }
                } else {
                    slower
                }
            }
        }
    }
}
