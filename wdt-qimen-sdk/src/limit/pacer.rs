//! The limiter without a clock: told what is sent, answered and when, it says when the next call may leave.
//! Pure, so that any history can be replayed. Spacing is `gears.rs`'s, waiting is `lane.rs`'s.

use super::gears::Gears;
use super::{LaneSnapshot, Pace, PaceReason, Quota};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::time::Duration;

/// What limits are counted over.
const MINUTE: Duration = Duration::from_mins(1);
/// A minute, and how much the network may tremble.
const OVER_A_MINUTE: Duration = Duration::from_secs(61);
/// How often the contract's spacing is tried although a lower limit is known.
const SPRINT_EVERY: Duration = Duration::from_mins(10);
/// The same after a sprint has found a higher limit, so that the news is put to use before it is doubted.
const SPRINT_AFTER_NEWS: Duration = Duration::from_mins(15);
/// How much of a known limit is used.
const SHARE: f64 = 0.99;
/// What is left of a known limit that was refused although it was kept.
const CUT: f64 = 0.96;
/// How fast a limit that nothing has confirmed is left behind.
const CLIMB: f64 = 1.5;
/// A sprint has found a higher limit if it went this much further: a bucket or a window's turn gives a few calls
/// more without being one.
const NEWS: f64 = 1.2;
/// No pace makes a call wait longer.
const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// A hold beyond this is a misread number.
const LONGEST_HOLD: Duration = Duration::from_hours(7 * 24);

/// The pace of one lane: at most the contract, less where the server has shown that it takes less.
///
/// A refusal is a measurement: the calls that were taken in the minute before it are the new ceiling, and the lane
/// runs just below that. Until a second refusal confirms the ceiling it climbs by half after each full minute; a
/// confirmed one is doubted every ten minutes by a *sprint* at the contract's spacing, which ends at the next
/// refusal or, after a full minute without one, with the ceiling's end. Minutes count only while calls follow each
/// other as fast as the lane lets them.
///
/// One call at a time: [`send`](Self::send), then [`answered`](Self::answered). All times are counted from the
/// pacer's making, by a clock that never runs backwards.
///
/// ```
/// use std::time::Duration;
/// use wdt_qimen_sdk::Quota;
/// use wdt_qimen_sdk::limit::{Answer, Pacer};
/// let mut pacer = Pacer::new(Quota::per_minute(61));
/// let wait = pacer.send(Duration::ZERO).unwrap_err();
/// assert_eq!(wait, Duration::from_secs(1), "a call may have been made just before we began");
/// assert!(pacer.send(wait).is_ok());
/// pacer.answered(wait, Answer::Refused { hold: Duration::from_secs(30) });
/// assert_eq!(pacer.send(wait), Err(Duration::from_secs(30)));
/// ```
#[derive(Debug)]
pub struct Pacer {
    gears: Gears,
    gear: usize,
    learned: Option<Learned>,
    /// When the calls of the last minute were sent that were not refused.
    taken: VecDeque<Duration>,
    last_sent: Option<Duration>,
    last_refused: Option<Duration>,
    /// Since when calls follow each other, in one gear, as fast as the lane lets them.
    steady_since: Duration,
    held_until: Duration,
}

/// What refusals have taught.
#[derive(Debug, Clone, Copy)]
struct Learned {
    /// Calls a minute.
    ceiling: f64,
    /// What held before the ceiling was raised: where to go back to.
    fallback: Option<f64>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Climbing,
    Settled { next_sprint: Duration },
    Sprinting,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The server took it, whatever it then said.
    Taken,
    /// Nobody knows whether it arrived. It counts as taken, and as no evidence.
    Unknown,
    /// It never left.
    NotSent,
    /// The server's limit refused it, and asks for silence.
    Refused {
        /// For how long; zero if it did not say.
        hold: Duration,
    },
}

impl Pacer {
    /// A pacer that knows nothing: it starts one spacing ahead, since a call may just have been made.
    pub fn new(contract: Quota) -> Self {
        Self::resume(contract, &LaneSnapshot::default(), DateTime::UNIX_EPOCH)
    }

    /// A pacer that continues what `before` tells, at `now` by the wall clock that the snapshot was taken with.
    pub fn resume(contract: Quota, before: &LaneSnapshot, now: DateTime<Utc>) -> Self {
        let from_now = |time: DateTime<Utc>| (time - now).to_std().unwrap_or_default();
        let learned = before.ceiling.filter(|ceiling| ceiling.is_finite()).map(|ceiling| Learned {
            ceiling: ceiling.max(1.0),
            fallback: None,
            stage: before.next_sprint.map_or(Stage::Climbing, |time| Stage::Settled {
                next_sprint: from_now(time).min(SPRINT_AFTER_NEWS),
            }),
        });
        let mut pacer = Self {
            gears: Gears::new(contract),
            gear: 0,
            learned,
            taken: VecDeque::new(),
            last_sent: None,
            last_refused: None,
            steady_since: Duration::ZERO,
            held_until: before.held_until.map(from_now).unwrap_or_default().min(LONGEST_HOLD),
        };
        pacer.shift();
        let spacing = pacer.gears.spacing(pacer.gear);
        pacer.gears.not_before(before.next_call.map_or(spacing, from_now).min(LONGEST_WAIT));
        pacer.steady_since = pacer.gears.ready_at();
        pacer
    }

    /// Sends a call at `now`, or says how long it must wait at least.
    pub fn send(&mut self, now: Duration) -> Result<(), Duration> {
        let held = self.held(now);
        if !held.is_zero() {
            return Err(held);
        }
        if let Some(Learned { stage, .. }) = &mut self.learned
            && matches!(stage, Stage::Settled { next_sprint } if *next_sprint <= now)
        {
            *stage = Stage::Sprinting;
            self.steady_since = now;
            self.shift();
        }
        let ready = self.gears.ready_at();
        self.gears.pass(self.gear, now)?;
        if now > ready + self.gears.spacing(self.gear) / 10 {
            self.steady_since = now;
        }
        while self.taken.front().is_some_and(|first| *first + OVER_A_MINUTE < now) {
            self.taken.pop_front();
        }
        self.taken.push_back(now);
        self.last_sent = Some(now);
        Ok(())
    }

    /// What became, as known at `now`, of the call that was sent last. One that is never told about counts as
    /// [`Unknown`](Answer::Unknown).
    pub fn answered(&mut self, now: Duration, answer: Answer) {
        let Some(sent) = self.last_sent else { return };
        match answer {
            Answer::Taken => self.advance(sent),
            Answer::Unknown => {}
            Answer::NotSent => self.take_back(sent),
            Answer::Refused { hold } => {
                self.take_back(sent);
                self.measure(sent);
                self.hold(now, hold);
            }
        }
    }

    /// Sends nothing until `wait` from `now`; a longer hold stays.
    pub fn hold(&mut self, now: Duration, wait: Duration) {
        self.held_until = self.held_until.max(now + wait.min(LONGEST_HOLD));
    }

    /// How long a hold lasts yet.
    pub fn held(&self, now: Duration) -> Duration {
        self.held_until.saturating_sub(now)
    }

    /// How the lane runs at `now`, which is `wall` by the wall clock.
    pub fn pace(&self, now: Duration, wall: DateTime<Utc>) -> Pace {
        let next_sprint = self.next_sprint().map(|time| at(time, now, wall));
        Pace {
            per_minute: self.gears.rate(self.gear),
            contract: self.gears.rate(0),
            ceiling: self.learned.map(|learned| learned.ceiling),
            reason: match self.learned.map(|learned| learned.stage) {
                None => PaceReason::Contract,
                Some(Stage::Climbing) => PaceReason::Climbing,
                Some(Stage::Settled { .. }) => PaceReason::Settled,
                Some(Stage::Sprinting) => PaceReason::Sprinting,
            },
            held_until: (self.held_until > now).then(|| at(self.held_until, now, wall)),
            next_sprint,
        }
    }

    /// What is worth keeping at `now`, which is `wall` by the wall clock.
    pub fn snapshot(&self, now: Duration, wall: DateTime<Utc>) -> LaneSnapshot {
        let pace = self.pace(now, wall);
        let sprinting = matches!(pace.reason, PaceReason::Sprinting);
        LaneSnapshot {
            next_call: Some(at(self.gears.ready_at(), now, wall)),
            held_until: pace.held_until,
            ceiling: pace.ceiling,
            next_sprint: if sprinting { Some(wall) } else { pace.next_sprint },
        }
    }

    /// A call was taken: after a full minute of them there is more to try, or nothing left to fear.
    fn advance(&mut self, sent: Duration) {
        if sent.saturating_sub(self.steady_since) < MINUTE {
            return;
        }
        self.learned = match self.learned {
            None | Some(Learned { stage: Stage::Settled { .. }, .. }) => return,
            Some(Learned { ceiling, stage: Stage::Climbing, .. }) if ceiling * SHARE < self.gears.rate(0) => {
                let higher = ceiling * CLIMB;
                Some(Learned { ceiling: higher, fallback: Some(ceiling), stage: Stage::Climbing })
            }
            Some(_) => None,
        };
        self.steady_since = sent;
        self.shift();
    }

    /// A call was refused: what was taken in the minute before it is what the server takes.
    fn measure(&mut self, sent: Duration) {
        // Without a call taken since the last refusal this is the same event once more.
        let new =
            self.taken.back().is_some_and(|last| self.last_refused.is_none_or(|refused| refused < *last));
        let soon = self.last_refused.replace(sent).is_some_and(|refused| sent < refused + SPRINT_EVERY);
        #[allow(clippy::cast_precision_loss, reason = "calls in a minute")]
        let taken = self.taken.iter().filter(|taken| **taken + MINUTE > sent).count() as f64;
        let settled = Stage::Settled { next_sprint: sent + SPRINT_EVERY };
        self.learned = match self.learned {
            Some(Learned { ceiling, stage: Stage::Sprinting, .. }) if taken >= ceiling * NEWS => {
                let stage = Stage::Settled { next_sprint: sent + SPRINT_AFTER_NEWS };
                Some(Learned { ceiling: taken, fallback: Some(ceiling), stage })
            }
            Some(learned @ Learned { stage: Stage::Sprinting, .. }) => {
                Some(Learned { stage: settled, ..learned })
            }
            same if !new || taken == 0.0 => same,
            None => Some(Learned { ceiling: taken, fallback: None, stage: Stage::Climbing }),
            // So far below what was known that it is a first guess again.
            Some(Learned { ceiling, .. }) if taken < ceiling / 2.0 => {
                Some(Learned { ceiling: taken, fallback: None, stage: Stage::Climbing })
            }
            Some(Learned { ceiling, fallback, stage: Stage::Climbing }) => {
                let ceiling = ceiling.min(taken);
                Some(Learned { ceiling, fallback: fallback.filter(|held| *held < ceiling), stage: settled })
            }
            Some(Learned { ceiling, fallback, .. }) => {
                let lower = if soon { fallback.unwrap_or(ceiling * CUT) } else { ceiling };
                Some(Learned { ceiling: lower.min(taken), fallback: None, stage: settled })
            }
        };
        self.shift();
        self.drain();
        self.steady_since = self.gears.ready_at();
    }

    /// Waits until calls at the present pace find room in every minute that still holds earlier ones.
    fn drain(&mut self) {
        let Some(Learned { ceiling, .. }) = self.learned else { return };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "calls in a minute")]
        let room = ceiling.max(1.0) as usize;
        let Some(first) = self.taken.len().checked_sub(room) else { return };
        let mut ahead = Duration::ZERO;
        for taken in self.taken.iter().skip(first) {
            self.gears.not_before((*taken + OVER_A_MINUTE).saturating_sub(ahead));
            ahead += self.gears.spacing(self.gear);
        }
    }

    fn shift(&mut self) {
        self.gear = match self.learned {
            None | Some(Learned { stage: Stage::Sprinting, .. }) => 0,
            Some(Learned { ceiling, .. }) => self.gears.not_above(ceiling * SHARE),
        };
    }

    fn take_back(&mut self, sent: Duration) {
        self.taken.pop_back_if(|last| *last == sent);
    }

    fn next_sprint(&self) -> Option<Duration> {
        match self.learned?.stage {
            Stage::Settled { next_sprint } => Some(next_sprint),
            Stage::Climbing | Stage::Sprinting => None,
        }
    }
}

/// A time of the pacer's by the wall clock.
fn at(time: Duration, now: Duration, wall: DateTime<Utc>) -> DateTime<Utc> {
    wall + delta(time.saturating_sub(now)) - delta(now.saturating_sub(time))
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
