//! The reading rule for one span: which page to ask next, and when as many rows were seen as the server said
//! there are. It decides; asking and keeping rows is the caller's.

use super::Span;
use super::crowds::{Crowds, Detour};
use crate::page::{RowAt, RowKey};
use chrono::{TimeDelta, Timelike};
use std::collections::HashSet;

/// Walks in a row that show the same rows and nothing new, after which the server's total is taken to be wrong.
const SAME_WALKS: u32 = 3;
/// The same where the server shuffles its rows, so that a walk need not show all of them: each walk misses a given
/// row with a chance of at most 1/e, so twenty in a row do not miss it by chance.
const IDLE_WALKS: u32 = 20;
/// Fresh counts of one second after which its total is taken to be of no use.
const FRESH_COUNTS: u32 = 12;

/// A walk over the pages of one span.
///
/// Page 0 is asked for the total, then the last page down to page 1, so that rows which move while they are read
/// repeat instead of slipping through. In a *cold* span (one in which rows can only leave, because their time
/// only grows) every number seen was there at the first answer; so **as many distinct numbers as the first
/// answer's total are all of them**, in whatever order the server lists them.
///
/// ```
/// use wdt_qimen_sdk::window::{Proof, Span, Step, Walk};
/// # let at = |text| wdt_qimen_sdk::wire::parse_time(text).unwrap();
/// let span = Span::new(at("2026-11-20 00:00:00"), at("2026-11-20 01:00:00"))?;
/// let mut walk = Walk::new(span, 2, 25);
/// assert_eq!(walk.step(), Step::Ask { page_no: 0 });
/// walk.answer(Some(3), ["TK1", "TK2"]);
/// assert_eq!(walk.step(), Step::Ask { page_no: 1 });
/// walk.answer(None, ["TK3"]);
/// assert_eq!(walk.step(), Step::Done(Proof::Proved { total: 3 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Walk {
    span: Span,
    asked_size: u64,
    max_pages: u64,
    hot: bool,
    /// Numbers seen in the present count.
    seen: HashSet<RowKey>,
    /// The total that the present count has to reach.
    total: u64,
    /// Rows on a page, once page 0 has shown it.
    page_size: u64,
    /// Numbers seen in the present walk of the count.
    seen_now: HashSet<RowKey>,
    /// What the present walk saw twice.
    crowds: Crowds,
    /// How many numbers the last walk ended with, to tell progress.
    seen_before: usize,
    /// Walks in a row without a new number, and those of them that showed every number seen so far.
    idle: u32,
    same: u32,
    /// Counts begun anew in a span too short to cut.
    fresh_counts: u32,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    /// Page 0 is asked to begin a count.
    First,
    /// Page `next` is asked, on the way down to 1.
    Down {
        next: u32,
    },
    /// Single seconds within the span are asked about, for rows that repeated ones may hide.
    Around(Detour),
    /// Page 0 is asked again to close a walk that fell short.
    Again,
    /// There is no total to count against: pages are asked forward until one brings nothing.
    Forward {
        next: u32,
        why: Why,
    },
    Cut(Vec<Span>),
    Done(Proof),
}

/// What to do next in a [`Walk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask for this page of [`Walk::span`], and hand its answer to [`Walk::answer`].
    Ask {
        /// Counted from 0.
        page_no: u32,
    },
    /// The span cannot be proven as one: walk each of these instead, each with a new [`Walk`].
    Cut(Vec<Span>),
    /// The walk is over.
    Done(Proof),
}

/// What a finished [`Walk`] has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Every row of the span was seen, provided that rows could only leave it meanwhile.
    Proved {
        /// How many rows that are.
        total: u64,
    },
    /// The server counts rows that it does not deliver: walk after walk, with the same total, showed the same rows.
    /// Settle the span and tell a person.
    ShortBy {
        /// What the server says.
        total: u64,
        /// How many of them it never showed.
        missing: u64,
    },
    /// Everything that was offered was read, but nothing says that it was all.
    Unproved(Why),
}

/// Why a walk proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// Page 0 came without a total.
    NoTotal,
    /// The span is hot: rows may still appear in it.
    Hot,
    /// In one single second the total kept contradicting the rows.
    Unsteady,
    /// Pages were read forward, where rows that move slip through, and their count differs from the total.
    Forward,
}

impl Walk {
    /// A walk over a *cold* span: one that ended long enough before the first answer that rows can only leave it.
    ///
    /// `page_size` is what will be asked for, `max_pages` how many pages are walked as one span before it is cut.
    pub fn new(span: Span, page_size: u32, max_pages: u32) -> Self {
        Self {
            span,
            asked_size: u64::from(page_size.max(1)),
            max_pages: u64::from(max_pages.max(1)),
            hot: false,
            seen: HashSet::new(),
            seen_now: HashSet::new(),
            crowds: Crowds::default(),
            total: 0,
            page_size: u64::from(page_size.max(1)),
            seen_before: 0,
            idle: 0,
            same: 0,
            fresh_counts: 0,
            state: State::First,
        }
    }

    /// A walk over a *hot* span, in which rows may still appear: page 0, then last → 1, once. It is never cut
    /// and proves nothing.
    pub fn once(span: Span, page_size: u32) -> Self {
        Self { hot: true, ..Self::new(span, page_size, u32::MAX) }
    }

    /// What the next [`step`](Self::step) asks about: the span that is walked, or a crowded second within it.
    pub fn span(&self) -> Span {
        match &self.state {
            State::Around(detour) => detour.second(),
            _ => self.span,
        }
    }

    /// How many distinct rows the present count has seen.
    pub fn seen(&self) -> usize {
        self.seen.len()
    }

    /// What to do next. Does not change the walk: a page that could not be read is simply asked again.
    pub fn step(&self) -> Step {
        match &self.state {
            State::First | State::Again => Step::Ask { page_no: 0 },
            State::Down { next } | State::Forward { next, .. } => Step::Ask { page_no: *next },
            State::Around(detour) => Step::Ask { page_no: detour.page() },
            State::Cut(parts) => Step::Cut(parts.clone()),
            State::Done(proof) => Step::Done(*proof),
        }
    }

    /// Takes the answer to the page that [`step`](Self::step) asked for: its total, if it gave one (only page 0's
    /// counts), and **all** its rows, unreadable ones included.
    pub fn answer(&mut self, total: Option<u64>, rows: impl IntoIterator<Item = impl Into<RowAt>>) {
        let rows: Vec<RowAt> = rows.into_iter().map(Into::into).collect();
        match &self.state {
            State::First => self.begin(total, rows),
            State::Down { next } => self.add_page(*next, rows),
            State::Around(detour) => self.add_around(detour.clone(), total, rows),
            State::Again => self.close(total, rows),
            State::Forward { next, why } => self.add_forward(*next, *why, rows),
            State::Cut(_) | State::Done(_) => {}
        }
    }

    /// Begins a count with page 0.
    fn begin(&mut self, total: Option<u64>, page: Vec<RowAt>) {
        let rows = page.len() as u64;
        self.seen.clear();
        self.seen_before = 0;
        self.begin_walk();
        self.add(page);
        let Some(total) = total else {
            let why = if self.hot { Why::Hot } else { Why::NoTotal };
            self.state =
                if rows == 0 { State::Done(Proof::Unproved(why)) } else { State::Forward { next: 1, why } };
            return;
        };
        self.total = total;
        if total <= rows {
            // One answer was the whole set, whatever it repeats.
            let proof = if self.hot { Proof::Unproved(Why::Hot) } else { Proof::Proved { total } };
            self.state = State::Done(proof);
            return;
        }
        if rows == 0 {
            return self.fail();
        }
        // A page shorter than asked, with more to come, shows the size that the server really serves.
        self.page_size = rows.min(self.asked_size);
        let pages = self.pages();
        if pages > self.max_pages && self.can_cut() {
            let parts = u32::try_from(pages.div_ceil(self.max_pages)).unwrap_or(u32::MAX);
            self.state = State::Cut(self.span.cut(parts.max(2)));
        } else {
            self.walk_down();
        }
    }

    /// Adds a page on the way down.
    fn add_page(&mut self, page: u32, rows: Vec<RowAt>) {
        self.add(rows);
        if self.settled_by_count() {
            return;
        }
        self.state = match page {
            0 | 1 if self.hot => State::Done(Proof::Unproved(Why::Hot)),
            0 | 1 => self.detour().map_or(State::Again, State::Around),
            _ => State::Down { next: page - 1 },
        };
    }

    /// The way through crowded seconds, if they can hide all that is missing.
    fn detour(&self) -> Option<Detour> {
        let missing = self.total.saturating_sub(self.seen.len() as u64);
        if self.crowds.hidden() < missing { None } else { self.crowds.detour(self.span) }
    }

    /// Adds a page of a crowded second. A row that is found there now was in the cold span from the first answer on.
    fn add_around(&mut self, detour: Detour, total: Option<u64>, rows: Vec<RowAt>) {
        let (shown, before) = (rows.len() as u64, self.seen.len());
        self.add(rows);
        if !self.settled_by_count() {
            let new = (self.seen.len() - before) as u64;
            self.state = detour.answered(total, shown, new).map_or(State::Again, State::Around);
        }
    }

    /// Closes a walk that fell short with another look at page 0.
    fn close(&mut self, total: Option<u64>, rows: Vec<RowAt>) {
        if total.is_none_or(|total| total <= rows.len() as u64) {
            return self.begin(total, rows);
        }
        if total != Some(self.total) {
            if self.can_cut() {
                return self.fail();
            }
            return self.count_anew(total, rows);
        }
        let before = self.seen.len();
        self.add(rows);
        if self.settled_by_count() {
            return;
        }
        // In a single second that is shuffled at each call no page shows more than this one.
        if self.can_cut() || self.hot || self.seen.len() == before {
            self.fail();
        }
    }

    fn add(&mut self, rows: Vec<RowAt>) {
        for RowAt { key, time } in rows {
            self.seen.insert(key.clone());
            if !self.seen_now.insert(key)
                && let Some(second) = time.and_then(|time| time.with_nanosecond(0))
            {
                self.crowds.repeat(second);
            }
        }
    }

    fn begin_walk(&mut self) {
        self.seen_now.clear();
        self.crowds = Crowds::default();
    }

    /// Decides by the count, if it can: reached, or overrun by rows that the total did not know.
    fn settled_by_count(&mut self) -> bool {
        let seen = self.seen.len() as u64;
        if self.hot || seen < self.total {
            return false;
        }
        if seen == self.total {
            self.state = State::Done(Proof::Proved { total: self.total });
        } else if self.can_cut() {
            self.fail();
        } else {
            self.count_anew(None, Vec::new());
        }
        true
    }

    /// A walk ended without proof. A longer span is halved; a single second goes on adding up.
    fn fail(&mut self) {
        if self.hot {
            self.state = State::Done(Proof::Unproved(Why::Hot));
            return;
        }
        if let Some(halves) = self.span.halves() {
            self.state = State::Cut(halves.to_vec());
            return;
        }
        let seen = self.seen.len();
        if seen > self.seen_before {
            (self.idle, self.same) = (0, 0);
        } else {
            self.idle += 1;
            self.same = if self.seen_now.len() == seen { self.same + 1 } else { 0 };
        }
        self.seen_before = seen;
        self.begin_walk();
        if self.same >= SAME_WALKS || self.idle >= IDLE_WALKS {
            let missing = self.total - seen as u64;
            self.state = State::Done(Proof::ShortBy { total: self.total, missing });
        } else if seen == 0 {
            self.state = State::First;
        } else {
            self.walk_down();
        }
    }

    /// Begins the count of a single second anew, with the page 0 just read or with another one.
    fn count_anew(&mut self, total: Option<u64>, rows: Vec<RowAt>) {
        self.fresh_counts += 1;
        (self.idle, self.same) = (0, 0);
        if self.fresh_counts > FRESH_COUNTS {
            self.state = State::Forward { next: 0, why: Why::Unsteady };
        } else if total.is_some() {
            self.begin(total, rows);
        } else {
            self.state = State::First;
        }
    }

    /// Adds a page on the way forward, which ends with a page that brings nothing new: a server that ignores the
    /// page number must not hold us for ever.
    fn add_forward(&mut self, page: u32, why: Why, rows: Vec<RowAt>) {
        let before = self.seen.len();
        let first = page == 0;
        if first {
            self.seen.clear();
        }
        self.add(rows);
        let grew = if first { !self.seen.is_empty() } else { self.seen.len() > before };
        self.state = match page.checked_add(1) {
            Some(next) if grew => State::Forward { next, why },
            _ => State::Done(Proof::Unproved(why)),
        };
    }

    fn walk_down(&mut self) {
        let last = u32::try_from(self.pages() - 1).unwrap_or(u32::MAX);
        self.state = if last == 0 { State::Again } else { State::Down { next: last } };
    }

    fn pages(&self) -> u64 {
        self.total.div_ceil(self.page_size).max(1)
    }

    fn can_cut(&self) -> bool {
        !self.hot && self.span.length() > TimeDelta::seconds(1)
    }
}
