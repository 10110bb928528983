//! What a receiver was already told, and so what is news to it. Pure; every time is given.
//! What there is to tell is in `alert::condition`; sending is `alert::receiver`'s.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::condition::{AlertState, Condition, Kind};
use super::snapshot::Counts;

/// What lasts is told again after this time, or the quiet time where that is longer.
const REMINDER: TimeDelta = TimeDelta::days(1);

/// What one receiver was told of one pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationState(BTreeMap<Kind, Telling>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Telling {
    /// When it was last alerted.
    at: DateTime<Utc>,
    /// When it was first alerted.
    since: DateTime<Utc>,
    /// It is not over yet, as far as the receiver knows.
    open: bool,
    /// The counts that the receiver knows, lowered to what was seen since.
    counts: Counts,
}

/// Why a notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// It is new, or more than was told.
    Raised,
    /// It still lasts.
    Reminded,
    /// It is over.
    Recovered,
}

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The pipeline's name.
    pub pipeline: String,
    /// What about.
    pub kind: Kind,
    /// Why now.
    pub turn: Transition,
    /// When it was first told; the same as `at` for what is new.
    pub since: DateTime<Utc>,
    /// When this is told.
    pub at: DateTime<Utc>,
    /// How much of what.
    pub counts: Counts,
    /// What is the matter; empty when it is over.
    pub message: String,
    /// What to do; empty when it is over.
    pub remedy: String,
}

impl NotificationState {
    /// Takes in how things stand without telling anybody: fewer of a sort will be more again later.
    pub fn observe(&mut self, conditions: &[Condition], now: DateTime<Utc>, quiet: TimeDelta) {
        for condition in conditions {
            let Some(telling) = self.0.get_mut(&condition.kind) else { continue };
            // A clock that was set back must not silence us for as long.
            telling.at = telling.at.min(now);
            if condition.standing != AlertState::Unsure {
                let seen = |sort| condition.counts.get(sort).copied().unwrap_or_default();
                telling.counts.iter_mut().for_each(|(sort, count)| *count = seen(sort).min(*count));
            }
        }
        self.0.retain(|kind, telling| telling.open || !kind.lasts() || now - telling.at < quiet);
    }

    /// What the receiver does not know yet and may be told now.
    pub fn news(
        &self,
        pipeline: &str,
        conditions: &[Condition],
        now: DateTime<Utc>,
        quiet: TimeDelta,
    ) -> Vec<Notification> {
        let notice = |condition: &Condition| {
            let told = self.0.get(&condition.kind);
            let turn = turn(condition, told, now, quiet)?;
            Some(Notification {
                pipeline: pipeline.to_owned(),
                kind: condition.kind,
                turn,
                since: told.filter(|told| told.open).map_or(now, |told| told.since),
                at: now,
                counts: condition.counts.clone(),
                message: condition.message.clone(),
                remedy: condition.remedy.clone(),
            })
        };
        conditions.iter().filter_map(notice).collect()
    }

    /// The receiver has been told.
    pub fn take(&mut self, notice: &Notification) {
        let over = notice.turn == Transition::Recovered;
        // The quiet time runs from the last alert: that it was over is none.
        let at = self.0.get(&notice.kind).filter(|_| over).map_or(notice.at, |told| told.at);
        let telling = Telling {
            at,
            since: notice.since,
            open: notice.kind.lasts() && !over,
            counts: notice.counts.clone(),
        };
        self.0.insert(notice.kind, telling);
    }
}

fn turn(
    condition: &Condition,
    told: Option<&Telling>,
    now: DateTime<Utc>,
    quiet: TimeDelta,
) -> Option<Transition> {
    let is_open = told.is_some_and(|told| told.open);
    match condition.standing {
        AlertState::Unsure => return None,
        AlertState::Off => return is_open.then_some(Transition::Recovered),
        AlertState::On => {}
    }
    let Some(told) = told else { return Some(Transition::Raised) };
    let since = now - told.at;
    if since < quiet {
        return None;
    }
    let known = |sort| told.counts.get(sort).copied().unwrap_or_default();
    let is_more = condition.counts.iter().any(|(sort, count)| *count > known(sort));
    match is_open {
        _ if is_more => Some(Transition::Raised),
        true => (since >= REMINDER.max(quiet)).then_some(Transition::Reminded),
        false => condition.kind.lasts().then_some(Transition::Raised),
    }
}
