//! One round through the pages of a span: what it showed, and what it showed twice. What follows is `count.rs`.

use std::collections::HashSet;

use chrono::Timelike;

use super::crowds::Crowds;
use crate::row_key::{RowAt, RowKey};

/// A round under way.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    keys: HashSet<RowKey>,
    /// Those of the last page.
    last: HashSet<RowKey>,
    /// What the pages showed, each page's numbers counted once: the places of the list that were delivered.
    shown: u64,
    /// What stood on two pages.
    crowds: Crowds,
    /// Pages in a row without a new number, and the places that they showed.
    stale: (u32, u64),
}

impl Round {
    /// Adds a page. Says how many of its numbers are new in the round.
    pub(super) fn add(&mut self, rows: &[RowAt]) -> usize {
        let before = self.keys.len();
        self.last.clear();
        for RowAt { key, time } in rows {
            // Twice on one page is one row that stands where another one should.
            if !self.last.insert(key.clone()) {
                continue;
            }
            if !self.keys.insert(key.clone())
                && let Some(second) = time.and_then(|time| time.with_nanosecond(0))
            {
                self.crowds.repeat(second);
            }
        }
        let places = self.last.len() as u64;
        self.shown += places;
        let new = self.keys.len() - before;
        self.stale = if new > 0 { (0, 0) } else { (self.stale.0 + 1, self.stale.1 + places) };
        new
    }

    /// Pages in a row that showed nothing new.
    pub(super) fn stale_pages(&self) -> u32 {
        self.stale.0
    }

    /// Takes back the places of those pages: they lie behind the end of the list.
    pub(super) fn forget_stale(&mut self) {
        self.shown -= self.stale.1;
        self.stale = (0, 0);
    }

    /// Whether a page has rows and is not the one before over again: some servers answer any page behind the last one
    /// with that one.
    pub(super) fn goes_on_with(&self, rows: &[RowAt]) -> bool {
        !rows.is_empty() && rows.iter().map(|row| row.key.clone()).collect::<HashSet<_>>() != self.last
    }

    /// Whether a page shows a number that the round has not seen.
    pub(super) fn is_news(&self, rows: &[RowAt]) -> bool {
        rows.iter().any(|row| !self.keys.contains(&row.key))
    }

    /// Places of the list that were delivered.
    pub(super) fn shown(&self) -> u64 {
        self.shown
    }

    /// What stood on two pages.
    pub(super) fn crowds(&self) -> &Crowds {
        &self.crowds
    }
}
