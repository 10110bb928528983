//! The limiter without a clock: told what is sent, answered and when, it says when the next call may leave.
//! Pure, so that any history can be replayed. Spacing is `gears.rs`'s, learning `belief.rs`'s, waiting `lane.rs`'s.

use super::belief::{Belief, LastRefusal, Learned, SPRINT_EVERY, Stage};
use super::evidence::{Limit, whole};
use super::gears::Gears;
use super::{LaneSnapshot, Pace, PaceReason, Quota};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

/// No pace makes a call wait longer.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// A hold beyond this is a misread number.
const LONGEST_HOLD: Duration = Duration::from_secs(24 * 3600);
/// How much longer each further refusal without a call taken in between is sat out.
const PATIENCE: f64 = 1.6;
/// The longest that is sat out beyond what the server asks for.
const LONGEST_PATIENCE: f64 = 3600.0;

/// The pace of one lane: at most the contract, less where the server has shown that it takes less.
///
/// A refusal is evidence about a limit over some window, from half a second to five minutes, or about nobody: other
/// programs may use up the same limit. For each window the lane knows how many calls stood in it when one was taken and
/// when one was refused. A limit is believed once it explains the refusals, since whenever it may have begun, so much
/// better than chance does; sooner the more of the time holds take. Then the lane keeps just below it, doubts it every
/// ten minutes by a *sprint* at the contract's spacing, tries what the sprint found, and gives the limit up when chance
/// explains as much.
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
    belief: Belief,
    /// The call that was sent and not told about yet.
    sent: Option<Duration>,
    answered: Duration,
    /// Since when calls follow each other, in one gear, as fast as the lane lets them.
    steady_since: Duration,
    /// Since when calls were taken.
    taken_since: Duration,
    refused_in_a_row: u32,
    held_until: Duration,
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
    ///
    /// A hold that has more than a day to go is taken for a day: no ban is longer.
    pub fn resume(contract: Quota, before: &LaneSnapshot, now: DateTime<Utc>) -> Self {
        let from_now = |time: DateTime<Utc>| (time - now).to_std().unwrap_or_default();
        let mut pacer = Self {
            gears: Gears::new(contract),
            belief: Belief::new(contract.spacing()),
            sent: None,
            answered: Duration::ZERO,
            steady_since: Duration::ZERO,
            taken_since: Duration::ZERO,
            refused_in_a_row: 0,
            held_until: before.held_until.map(from_now).unwrap_or_default().min(LONGEST_HOLD),
        };
        if let Some(ceiling) = before.ceiling.filter(|ceiling| ceiling.is_finite() && *ceiling > 0.0) {
            let ceiling = ceiling / 60.0;
            let window =
                before.window_seconds.filter(|window| (0.1..=3600.0).contains(window)).unwrap_or(60.0);
            let limit =
                Limit { window: Duration::from_secs_f64(window), calls: whole(ceiling * window).max(1) };
            let pace = ceiling * limit.window.as_secs_f64() / limit.kept().as_secs_f64();
            let next_sprint = before.next_sprint.map(from_now).unwrap_or_default().min(SPRINT_EVERY);
            pacer.belief.resume(limit, pace, next_sprint);
        }
        pacer.shift();
        let spacing = pacer.gears.spacing();
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
        if self.belief.sprint(now) {
            self.steady_since = now;
            self.shift();
        }
        let ready = self.gears.ready_at().max(self.answered);
        self.gears.pass(now)?;
        if now > ready + self.gears.spacing() / 10 {
            self.steady_since = now;
        }
        // One that was never told about.
        if let Some(before) = self.sent.replace(now) {
            self.belief.evidence().sent(before);
        }
        Ok(())
    }

    /// What became, as known at `now`, of the call that was sent last. One that is never told about counts as
    /// [`Unknown`](Answer::Unknown).
    pub fn answered(&mut self, now: Duration, answer: Answer) {
        let Some(sent) = self.sent.take() else { return };
        self.answered = now;
        match answer {
            Answer::NotSent => {}
            Answer::Unknown => self.belief.evidence().sent(sent),
            Answer::Taken => {
                self.refused_in_a_row = 0;
                let steady = sent.saturating_sub(self.steady_since);
                if self.belief.taken(sent, steady) {
                    self.steady_since = sent;
                    self.shift();
                }
            }
            Answer::Refused { hold } => self.refused(now, sent, hold),
        }
    }

    fn refused(&mut self, now: Duration, sent: Duration, hold: Duration) {
        let hold = hold.min(LONGEST_HOLD);
        let taken = sent.saturating_sub(self.taken_since).max(self.gears.contract() / 2);
        let useful = taken.as_secs_f64() / (taken + hold).as_secs_f64();
        self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
        let in_a_row = self.refused_in_a_row;
        if self.belief.refused(sent, LastRefusal { hold, useful, in_a_row }) {
            self.shift();
            self.drain();
        }
        self.hold(now, hold.max(self.patience(hold)));
        self.steady_since = self.gears.ready_at().max(self.held_until);
        self.taken_since = self.held_until.max(now);
    }

    /// How long the refusals in a row are sat out: the server has not taken one call since the first of them.
    fn patience(&self, hold: Duration) -> Duration {
        let Some(further @ 1..) = self.refused_in_a_row.checked_sub(2) else { return Duration::ZERO };
        let base = (hold + self.gears.contract()).as_secs_f64();
        let longer = base * PATIENCE.powi(i32::try_from(further.min(64)).unwrap_or(64));
        Duration::from_secs_f64(longer.min(LONGEST_PATIENCE))
    }

    /// Sends nothing until `wait` from `now`, a day at most; a longer hold stays.
    pub fn hold(&mut self, now: Duration, wait: Duration) {
        self.held_until = self.held_until.max(now.saturating_add(wait.min(LONGEST_HOLD)));
    }

    /// Ends a hold at `now`, whoever asked for it: the next call keeps only the pace.
    pub fn lift(&mut self, now: Duration) {
        self.held_until = self.held_until.min(now);
        self.refused_in_a_row = 0;
    }

    /// How long a hold lasts yet.
    pub fn held(&self, now: Duration) -> Duration {
        self.held_until.saturating_sub(now)
    }

    /// How the lane runs at `now`, which is `wall` by the wall clock.
    pub fn pace(&self, now: Duration, wall: DateTime<Utc>) -> Pace {
        let learned = self.belief.learned();
        let next_sprint = learned.and_then(|learned| match learned.stage {
            Stage::Settled { next_sprint } => Some(at(next_sprint, now, wall)),
            Stage::Trying | Stage::Sprinting => None,
        });
        Pace {
            per_minute: rate(self.gears.spacing()),
            contract: rate(self.gears.contract()),
            ceiling: learned.map(Learned::ceiling),
            window: learned.map(|learned| learned.limit.window),
            reason: match learned.map(|learned| learned.stage) {
                None => PaceReason::Contract,
                Some(Stage::Trying) => PaceReason::Climbing,
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
        LaneSnapshot {
            next_call: Some(at(self.gears.ready_at(), now, wall)),
            held_until: pace.held_until,
            said: None,
            ceiling: pace.ceiling,
            window_seconds: pace.window.map(|window| window.as_secs_f64()),
            next_sprint: pace.next_sprint.or(pace.ceiling.map(|_| wall)),
        }
    }

    /// Waits until calls at the present pace find room in every window that still holds earlier ones.
    fn drain(&mut self) {
        let learned = self.belief.learned().filter(|learned| learned.stage != Stage::Sprinting);
        let Some(learned) = learned.copied() else { return };
        let latest = self.gears.ready_at().saturating_add(LONGEST_WAIT);
        let spacing = self.gears.spacing();
        let mut ahead = Duration::ZERO;
        let limit = learned.limit;
        for sent in self.belief.evidence().last(limit.calls as usize) {
            let room = (sent + limit.kept()).saturating_sub(ahead);
            self.gears.not_before(room.min(latest));
            ahead += spacing;
        }
    }

    fn shift(&mut self) {
        self.gears.shift(self.belief.pace());
    }
}

/// Calls a minute.
fn rate(spacing: Duration) -> f64 {
    60.0 / spacing.as_secs_f64()
}

/// A time of the pacer's by the wall clock.
fn at(time: Duration, now: Duration, wall: DateTime<Utc>) -> DateTime<Utc> {
    let (ahead, behind) = (delta(time.saturating_sub(now)), delta(now.saturating_sub(time)));
    wall.checked_add_signed(ahead).and_then(|later| later.checked_sub_signed(behind)).unwrap_or(wall)
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
