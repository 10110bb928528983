//! What one run did, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::store::PageOutcome;

/// What one run did, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Calls to 旺店通.
    pub read_calls: u64,
    /// What the pages brought.
    pub rows: PageOutcome,
    /// Windows that were settled.
    pub windows_settled: u64,
    /// Windows whose total names more rows than the server delivers: from, to, how many are missing.
    pub windows_short: Vec<(String, String, u64)>,
    /// Windows that nothing proves whole, so that they are not settled: from, to, why.
    pub windows_unproven: Vec<(String, String, String)>,
    /// Bills made.
    pub mapped: u64,
    /// Bills that 金蝶 said it saved.
    pub saved: u64,
    /// Bills of ours that were found in 金蝶 after a lost answer.
    pub adopted: u64,
    /// Documents that reached their end.
    pub confirmed: u64,
    /// Documents parked in this run that did not leave `parked` again in it, by cause.
    pub parked: BTreeMap<String, u64>,
    /// Which documents these are, and the cause of each. Stays with the run: a sum of runs has none.
    #[serde(skip)]
    parked_by: BTreeMap<i64, String>,
    /// Calls whose answer did not come.
    pub unanswered: u64,
    /// Bills sent again after their number was looked up and not found.
    pub resent: u64,
    /// Documents whose return changed after the bill was saved.
    pub noticed: u64,
    /// Documents whose return no longer passes the filter although a bill stands in 金蝶.
    pub reversed: u64,
    /// Bills that 金蝶 holds with other quantities or cents than we sent.
    pub altered: u64,
    /// Bills adopted that carry no mark of ours.
    pub foreign: u64,
    /// Bills of which something could not be read back.
    pub unverified: u64,
}

impl std::ops::AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        self.read_calls += other.read_calls;
        self.rows += other.rows;
        self.windows_settled += other.windows_settled;
        self.windows_short.extend_from_slice(&other.windows_short);
        self.windows_unproven.extend_from_slice(&other.windows_unproven);
        self.mapped += other.mapped;
        self.saved += other.saved;
        self.adopted += other.adopted;
        self.confirmed += other.confirmed;
        for (cause, count) in &other.parked {
            *self.parked.entry(cause.clone()).or_default() += count;
        }
        self.unanswered += other.unanswered;
        self.resent += other.resent;
        self.noticed += other.noticed;
        self.reversed += other.reversed;
        self.altered += other.altered;
        self.foreign += other.foreign;
        self.unverified += other.unverified;
    }
}

impl Tally {
    /// This document is parked now, whatever it was before.
    pub fn park(&mut self, document: i64, cause: &str) {
        self.unpark(document);
        self.parked_by.insert(document, cause.to_owned());
        *self.parked.entry(cause.to_owned()).or_default() += 1;
    }

    /// This document is not parked, or was parked before this run.
    pub fn unpark(&mut self, document: i64) {
        let Some(cause) = self.parked_by.remove(&document) else { return };
        if let Some(count) = self.parked.get_mut(&cause) {
            *count -= 1;
        }
        self.parked.retain(|_, count| *count > 0);
    }

    /// How many documents were parked in this run.
    pub fn parked_total(&self) -> u64 {
        self.parked.values().sum()
    }

    /// Something was parked or found different in this run: exit code 3.
    pub fn needs_a_person(&self) -> bool {
        self.parked_total() + self.noticed + self.reversed + self.altered + self.foreign + self.unverified > 0
            || !self.windows_short.is_empty()
            || !self.windows_unproven.is_empty()
    }
}
