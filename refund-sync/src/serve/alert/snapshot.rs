//! What is seen of one pipeline at one look, and what has to be remembered from look to look to understand it.
//! What is worth telling about it is in `alert::condition`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::journal::State;
use crate::lang::{Text, failures};
use crate::model::RunTrigger;
use crate::reconcile::ReconcileSummary;
use crate::serve::View;
use crate::store::{ClockNote, PipelineStatus, RunRow, ShortRow, Side, Stopped};

/// How many of each sort: parked documents by cause, say.
pub type Counts = BTreeMap<String, u64>;

/// Money in yuan by what it belongs to: a cause, say, or a shop by number and name.
pub type Yuan = BTreeMap<String, Decimal>;

/// What is seen of one pipeline at one look.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Parked documents by cause.
    pub parked: Counts,
    /// Their money in yuan, by cause.
    pub parked_yuan: Yuan,
    /// The same by shop.
    pub parked_shops: Yuan,
    /// Documents by flag.
    pub flags: Counts,
    /// Returns that passed the filter.
    pub accepted: u64,
    /// Returns that did not, by 处理状态.
    pub filtered: BTreeMap<i32, u64>,
    /// Windows on record that 旺店通 delivered fewer rows of than it counted.
    pub short_windows: u64,
    /// Windows on record that nothing proves whole.
    pub unproven_windows: u64,
    /// What the last reconciliation found different, by sort.
    pub differences: Counts,
    /// By how much, in yuan.
    pub differences_yuan: Decimal,
    /// The same by shop, as far as each is named.
    pub difference_shops: Yuan,
    /// Server time of 旺店通 minus local time, in seconds.
    pub clock_offset_seconds: f64,
    /// What is wrong with the clocks.
    pub clock: Option<ClockNote>,
    /// Why nothing is sent.
    pub stopped: Option<Stopped>,
    /// How often a task broke by a fault of the program since a cycle was complete.
    pub panics: u64,
    /// What it does at present.
    pub activity: Activity,
    /// A cycle came to its end since this process began.
    pub succeeded: bool,
    /// How long a complete cycle is overdue.
    pub overdue: TimeDelta,
    /// What the last run failed with.
    pub failure: Option<Text>,
    /// Which side wants to be left alone, and until when: the longer of both.
    pub held: Option<(Side, DateTime<Utc>)>,
    /// The journal cannot be read or written.
    pub journal_fails: bool,
}

/// What a pipeline does at present.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activity {
    /// Waits for its next run.
    #[default]
    Waiting,
    /// A run goes on.
    Running,
    /// A person wants it to rest.
    Paused,
}

impl Snapshot {
    /// What a running process shows; `None` before it has looked into the journal.
    pub fn of(view: &View, now: DateTime<Utc>) -> Option<Self> {
        let status = view.status.as_ref()?;
        let activity = match (&view.running, &status.paused) {
            (Some(_), _) => Activity::Running,
            (None, Some(_)) => Activity::Paused,
            (None, None) => Activity::Waiting,
        };
        Some(Self {
            stopped: view.stopped.clone(),
            panics: view.panics_in_a_row.into(),
            activity,
            succeeded: view.succeeded.is_some(),
            overdue: view.overdue(now),
            held: [
                view.pace.held_until.map(|until| (Side::Wdt, until)),
                view.kingdee_hold.as_ref().map(|hold| (Side::Kingdee, hold.until)),
            ]
            .into_iter()
            .flatten()
            .max_by_key(|(_, until)| *until),
            differences: view.reconciled.as_ref().map(differences).unwrap_or_default(),
            differences_yuan: view.reconciled.as_ref().map(|found| found.unexplained_gap).unwrap_or_default(),
            difference_shops: view.reconciled.iter().flat_map(|found| shops(found, view)).fold(
                Yuan::new(),
                |mut shops, (shop, gap)| {
                    *shops.entry(shop).or_default() += gap;
                    shops
                },
            ),
            parked_shops: view.parked.iter().fold(Yuan::new(), |mut shops, group| {
                *shops.entry(called(&group.shop_no, group.shop_name.as_deref())).or_default() +=
                    group.sum.amount;
                shops
            }),
            ..Self::of_journal(status)
        })
    }

    /// What the journal shows; the rest is the running process's.
    pub fn of_journal(status: &PipelineStatus) -> Self {
        let mut filtered = BTreeMap::new();
        for group in &status.filtered {
            *filtered.entry(group.process_status.unwrap_or_default()).or_default() += group.count;
        }
        let filtered_out = State::Filtered.as_str();
        let passed = status.documents.iter().filter(|(state, _)| **state != filtered_out);
        Self {
            parked: status.parked.clone(),
            parked_yuan: status.parked_yuan.clone(),
            flags: status.flags.clone(),
            accepted: passed.map(|(_, count)| count).sum(),
            filtered,
            clock_offset_seconds: status.clock_offset_seconds,
            short_windows: short(status, |window| window.missing > 0),
            unproven_windows: short(status, |window| window.missing == 0),
            clock: status.clock.clone(),
            stopped: status.stopped.clone(),
            failure: last_failure(&status.runs),
            ..Self::default()
        }
    }
}

/// Why the last run that came to an end failed; `None` where it did not. A comparison is no run of the pipeline, and
/// neither is a firing that called none.
fn last_failure(runs: &[RunRow]) -> Option<Text> {
    let ended = |run: &&RunRow| run.command != RunTrigger::Reconcile.as_str();
    let told = |run: &RunRow| {
        let outcome = run.outcome.as_ref()?;
        outcome.get("failures").map(|_| failures::of(outcome))
    };
    runs.iter().filter(ended).find_map(told)?.into_iter().next()
}

fn short(status: &PipelineStatus, which: impl Fn(&&ShortRow) -> bool) -> u64 {
    status.short_windows.iter().filter(which).count() as u64
}

/// What nobody knows of yet: what is parked is told for itself.
fn differences(verdict: &ReconcileSummary) -> Counts {
    let mut counts = verdict.unexplained.clone();
    if verdict.unproven > 0 {
        counts.insert("unproven".to_owned(), verdict.unproven);
    }
    counts
}

/// The shops of what is news, which a summary names first.
fn shops(found: &ReconcileSummary, view: &View) -> impl Iterator<Item = (String, Decimal)> {
    let news = usize::try_from(found.unexplained.values().sum::<u64>()).unwrap_or(usize::MAX);
    let findings = found.findings.iter().take(news).filter(|finding| !finding.shop_no.is_empty());
    findings.map(|finding| {
        (called(&finding.shop_no, view.shops.get(&finding.shop_no).map(String::as_str)), finding.gap())
    })
}

/// A shop's number, and what it is called.
fn called(no: &str, name: Option<&str>) -> String {
    name.map_or_else(|| no.to_owned(), |name| format!("{no} {name}"))
}

/// What has to be remembered from look to look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    accepted: u64,
    /// When a return was last accepted, or since when one is waited for.
    accepted_at: Option<DateTime<Utc>>,
    filtered: BTreeMap<i32, u64>,
    /// Returns that came into another status since then.
    moved: u64,
    banned_since: Option<DateTime<Utc>>,
}

impl History {
    /// Takes in what is seen.
    pub fn observe(&mut self, sight: &Snapshot, now: DateTime<Utc>) {
        match self.accepted_at {
            Some(at) if sight.accepted <= self.accepted => {
                // A clock that was set back must not silence us for as long.
                self.accepted_at = Some(at.min(now));
                let before = &self.filtered;
                let came = |(status, count): (&i32, &u64)| {
                    count.saturating_sub(before.get(status).copied().unwrap_or_default())
                };
                self.moved += sight.filtered.iter().map(came).sum::<u64>();
            }
            _ => (self.accepted_at, self.moved) = (Some(now), 0),
        }
        self.accepted = sight.accepted;
        self.filtered.clone_from(&sight.filtered);
        let banned = sight.held.is_some_and(|(_, until)| until > now);
        self.banned_since = banned.then(|| self.banned_since.map_or(now, |since| since.min(now)));
    }

    /// How long nothing was accepted, and how many others moved in that time.
    pub(super) fn idle(&self, now: DateTime<Utc>) -> (TimeDelta, u64) {
        (self.accepted_at.map_or(TimeDelta::zero(), |at| now - at), self.moved)
    }

    /// How long a side has been wanting to be left alone.
    pub(super) fn banned(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.banned_since.map(|since| now - since)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(command: RunTrigger, outcome: Value) -> RunRow {
        RunRow {
            command: command.to_string(),
            started: String::new(),
            ended: None,
            outcome: Some(outcome).filter(|outcome| !outcome.is_null()),
        }
    }

    #[test]
    fn the_last_run_that_came_to_an_end_tells_what_it_failed_with() {
        let failed = || run(RunTrigger::Firing, json!({ "failures": ["HTTP 502"] }));
        let complete = || run(RunTrigger::Firing, json!({ "failures": [] }));
        let hangs = || run(RunTrigger::Firing, Value::Null);
        let skipped = || run(RunTrigger::Firing, json!({ "skipped": "paused" }));
        let compared = || run(RunTrigger::Reconcile, json!({ "failures": [] }));
        for (runs, told) in [
            (vec![hangs(), complete(), failed()], None),
            (vec![hangs(), skipped(), compared(), failed(), complete()], Some("HTTP 502".into())),
            (vec![], None),
        ] {
            assert_eq!(last_failure(&runs), told, "{runs:?}");
        }
    }
}
