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
    /// The last pages in a row without a new number.
    idle: Run,
    /// The last pages in a row that were each the one before over again.
    repeats: Run,
}

/// Pages in a row.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    pages: u32,
    /// The places of the list that they showed.
    places: u64,
}

impl Run {
    /// With one more page of so many places if it goes on, else over.
    fn and(self, goes_on: bool, places: u64) -> Self {
        if goes_on { Self { pages: self.pages + 1, places: self.places + places } } else { Self::default() }
    }
}

impl Round {
    /// Adds a page. Says how many of its numbers are new in the round.
    pub(super) fn add(&mut self, rows: &[RowAt]) -> usize {
        let before = self.keys.len();
        let is_repeat = !rows.is_empty() && !self.goes_on_with(rows);
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
        self.idle = self.idle.and(new == 0, places);
        self.repeats = self.repeats.and(is_repeat, places);
        new
    }

    /// How many pages in a row showed nothing new.
    pub(super) fn idle_pages(&self) -> u32 {
        self.idle.pages
    }

    /// How many pages in a row were each the one before over again.
    pub(super) fn repeated_pages(&self) -> u32 {
        self.repeats.pages
    }

    /// Takes back the places of the pages that repeated the one before: they lie behind the end of the list.
    pub(super) fn forget_repeats(&mut self) {
        self.shown -= self.repeats.places;
        (self.idle, self.repeats) = (Run::default(), Run::default());
    }

    /// Takes back the places of the pages that showed nothing new, for the same reason.
    pub(super) fn forget_idle(&mut self) {
        self.shown -= self.idle.places;
        (self.idle, self.repeats) = (Run::default(), Run::default());
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
