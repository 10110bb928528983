//! Seconds whose rows a walk saw twice, and the detour through them. Where rows of one second are listed in another
//! order at each call, one that repeats on the next page hides one that does not. The walk is `walk.rs`.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::span::Span;

/// Answers in a row without a new number, beyond one for each page, after which a second is left alone.
const IDLE_ANSWERS: u64 = 4;
/// Pages of a second that are asked in turn at most.
const MOST_PAGES: u64 = 64;

/// Repeated rows of one walk, by second: as many as rows are hidden there, if nothing moved.
#[derive(Debug, Clone, Default)]
pub(super) struct Crowds {
    repeats: BTreeMap<NaiveDateTime, u64>,
}

impl Crowds {
    /// Notes that a row of this time was shown once more.
    pub(super) fn repeat(&mut self, time: NaiveDateTime) {
        *self.repeats.entry(time).or_default() += 1;
    }

    /// How many rows may be hidden.
    pub(super) fn hidden(&self) -> u64 {
        self.repeats.values().sum()
    }

    /// The way through the crowded seconds of a longer span, the most crowded first.
    pub(super) fn detour(&self, within: Span) -> Option<Detour> {
        let mut crowds: Vec<_> = self
            .repeats
            .iter()
            .filter_map(|(time, hidden)| Some((Span::new(*time, *time).ok()?, *hidden)))
            .filter(|(second, _)| within.contains(second.start()) && *second != within)
            .collect();
        crowds.sort_by_key(|(_, hidden)| *hidden);
        let (second, hidden) = crowds.pop()?;
        Some(Detour { second, hidden, page: 0, pages: 1, idle: 0, rest: crowds })
    }
}

/// A way through crowded seconds, one after the other: page 0 as long as it brings something new, the others in turn
/// where it does not.
#[derive(Debug, Clone)]
pub(super) struct Detour {
    second: Span,
    /// How many rows may be hidden in it yet.
    hidden: u64,
    page: u32,
    pages: u64,
    idle: u64,
    rest: Vec<(Span, u64)>,
}

impl Detour {
    /// The second to ask about.
    pub(super) fn second(&self) -> Span {
        self.second
    }

    /// The page to ask for.
    pub(super) fn page(&self) -> u32 {
        self.page
    }

    /// The way on after an answer with so many rows and so many new ones; `None` at its end.
    pub(super) fn answered(mut self, total: Option<u64>, rows: u64, new: u64) -> Option<Self> {
        let mut whole = false;
        if self.page == 0 {
            let total = total.unwrap_or_default();
            whole = total <= rows;
            self.pages = total.div_ceil(rows.max(1)).min(MOST_PAGES);
        } else if rows == 0 {
            // The total names more pages than there are.
            self.pages = self.page.into();
        }
        self.hidden = self.hidden.saturating_sub(new);
        self.idle = if new > 0 { 0 } else { self.idle + 1 };
        if whole || self.hidden == 0 || self.idle > self.pages + IDLE_ANSWERS {
            (self.second, self.hidden) = self.rest.pop()?;
            (self.page, self.pages, self.idle) = (0, 1, 0);
        } else {
            let next = u64::from(self.page) + 1;
            self.page = if new > 0 || next >= self.pages { 0 } else { self.page + 1 };
        }
        Some(self)
    }
}
