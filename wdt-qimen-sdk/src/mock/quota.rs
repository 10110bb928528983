//! The limits a server may keep: over any window, over fixed windows, or as a bucket; each with a named ban.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// How many calls the simulator takes of one method, and what it does to who calls more.
///
/// ```
/// use wdt_qimen_sdk::chrono::TimeDelta;
/// use wdt_qimen_sdk::mock::QuotaRule;
///
/// // Ten calls within any ten seconds, and a minute of silence for who calls more:
/// let strict = QuotaRule::sliding(10, TimeDelta::seconds(10)).ban(TimeDelta::minutes(1));
/// // 60 calls in each minute of the clock:
/// let by_the_clock = QuotaRule::fixed(60, TimeDelta::minutes(1), TimeDelta::zero());
/// # let _ = (strict, by_the_clock);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRule {
    kind: Kind,
    calls: u32,
    window: TimeDelta,
    ban: TimeDelta,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sliding,
    Fixed { phase: TimeDelta },
    Bucket { depth: u32 },
}

impl QuotaRule {
    /// At most `calls` in any `window`; a refused call starts a ban of two seconds.
    pub fn sliding(calls: u32, window: TimeDelta) -> Self {
        Self { kind: Kind::Sliding, calls, window, ban: TimeDelta::seconds(2) }
    }

    /// At most `calls` in each window of a fixed grid that is shifted by `phase`.
    pub fn fixed(calls: u32, window: TimeDelta, phase: TimeDelta) -> Self {
        Self { kind: Kind::Fixed { phase }, ..Self::sliding(calls, window) }
    }

    /// A bucket of `depth` calls that fills with `calls` a `window`.
    pub fn bucket(calls: u32, window: TimeDelta, depth: u32) -> Self {
        Self { kind: Kind::Bucket { depth: depth.max(1) }, ..Self::sliding(calls, window) }
    }

    /// How long a refused caller is banned, in whole seconds.
    #[must_use]
    pub fn ban(self, ban: TimeDelta) -> Self {
        Self { ban, ..self }
    }
}

/// One method's count.
#[derive(Debug, Clone, Default)]
pub(super) struct QuotaState {
    taken: VecDeque<DateTime<Utc>>,
    /// A bucket's level, in calls × window milliseconds.
    owed: i64,
    last: Option<DateTime<Utc>>,
    banned_until: Option<DateTime<Utc>>,
}

impl QuotaState {
    /// Takes a call, or says for how many more seconds the caller is banned.
    pub(super) fn arrive(&mut self, rule: &QuotaRule, now: DateTime<Utc>) -> Result<(), i64> {
        if let Some(left) =
            self.banned_until.map(|until| until - now).filter(|left| *left > TimeDelta::zero())
        {
            return Err(whole_seconds(left));
        }
        if self.fits(rule, now) {
            return Ok(());
        }
        self.banned_until = Some(now + rule.ban);
        Err(whole_seconds(rule.ban))
    }

    fn fits(&mut self, rule: &QuotaRule, now: DateTime<Utc>) -> bool {
        let window = rule.window.num_milliseconds().max(1);
        let begin = match rule.kind {
            Kind::Sliding => now - rule.window,
            Kind::Fixed { phase } => {
                let into = (now.timestamp_millis() - phase.num_milliseconds()).rem_euclid(window);
                now - TimeDelta::milliseconds(into + 1)
            }
            Kind::Bucket { depth } => return self.fits_bucket(rule, depth, window, now),
        };
        while self.taken.front().is_some_and(|first| *first <= begin) {
            self.taken.pop_front();
        }
        let fits = self.taken.len() < rule.calls as usize;
        if fits {
            self.taken.push_back(now);
        }
        fits
    }

    fn fits_bucket(&mut self, rule: &QuotaRule, depth: u32, window: i64, now: DateTime<Utc>) -> bool {
        let passed = self.last.map_or(0, |last| (now - last).num_milliseconds());
        self.last = Some(now);
        self.owed = (self.owed - passed * i64::from(rule.calls)).max(0);
        let fits = self.owed + window <= i64::from(depth) * window;
        if fits {
            self.owed += window;
        }
        fits
    }
}

fn whole_seconds(left: TimeDelta) -> i64 {
    (left.num_milliseconds() + 999) / 1000
}
