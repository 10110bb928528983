//! The reading rule for one span: which page to ask next, when it was read whole, and how much effort is worth trying.
//! It decides; asking and keeping rows is the caller's. How one piece of it is counted is `count.rs`.

use std::collections::HashSet;

use super::count::{Count, Outcome};
use super::proof::{Proof, Why};
use crate::row_key::{RowAt, RowKey};
use crate::span::Span;

/// What the first count of a span took, so many times is tried in all, and a few calls more, before the rest is
/// called short.
const EFFORT: u64 = 4;
/// Those calls.
const EFFORT_MORE: u64 = 40;

/// A walk over the pages of one span.
///
/// Page 0 is asked for the total, then the page on which the list must end by it, then those before down to page 1,
/// so that rows which move while they are read repeat instead of slipping through. In a *cold* span (one in which rows
/// can only leave, because their time only grows) every number seen was there at the first answer; so **as many
/// distinct numbers as the first answer's total are all of them**, in whatever order the server lists them. A full
/// page always asks for the next one: a total that the rows exceed is none.
///
/// What falls short because rows moved is counted in halves, down to one second. What the server counts and does not
/// deliver is looked for in three rounds; and the calls of a walk are bounded by what its first round took. Either way
/// the walk then ends as [`ShortBy`](Proof::ShortBy).
///
/// ```
/// use wdt_qimen_sdk::Span;
/// use wdt_qimen_sdk::window::{Proof, Step, Walk};
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
    page_size: u64,
    max_pages: u64,
    hot: bool,
    /// The piece that is counted now: at first the whole span, then its halves.
    count: Count,
    /// Pieces still to count, the next one last.
    todo: Vec<Span>,
    /// The first answer's total.
    total: Option<u64>,
    /// Numbers seen since the first answer; a hot span keeps only those of its count.
    seen: HashSet<RowKey>,
    calls: u64,
    /// The most calls that are made, once the first count failed.
    bound: Option<u64>,
    missing: u64,
    unproved: Option<Why>,
    over: Option<Step>,
}

/// What to do next in a [`Walk`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Ask for this page of [`Walk::span`], and hand its answer to [`Walk::answer`].
    Ask {
        /// Counted from 0.
        page_no: u32,
    },
    /// The span has too many pages: walk each of these instead, each with a new [`Walk`].
    Cut(Vec<Span>),
    /// The walk is over.
    Done(Proof),
}

impl Walk {
    /// A walk over a *cold* span: one that ended long enough before the first answer that rows can only leave it.
    ///
    /// `page_size` is what will be asked for, `max_pages` how many pages are walked as one span before it is cut.
    pub fn new(span: Span, page_size: u32, max_pages: u32) -> Self {
        Self::of(span, page_size, max_pages, false)
    }

    /// A walk over a *hot* span, in which rows may still appear: page 0, then last → 1, once. It is never cut
    /// and proves nothing.
    pub fn once(span: Span, page_size: u32) -> Self {
        Self::of(span, page_size, u32::MAX, true)
    }

    fn of(span: Span, page_size: u32, max_pages: u32, hot: bool) -> Self {
        let (page_size, max_pages) = (u64::from(page_size.max(1)), u64::from(max_pages.max(1)));
        Self {
            page_size,
            max_pages,
            hot,
            count: Count::new(span, page_size, max_pages, hot),
            todo: Vec::new(),
            total: None,
            seen: HashSet::new(),
            calls: 0,
            bound: None,
            missing: 0,
            unproved: None,
            over: None,
        }
    }

    /// What the next [`step`](Self::step) asks about: the span that is walked, or a part of it.
    pub fn span(&self) -> Span {
        self.count.span()
    }

    /// How many distinct rows were seen.
    pub fn seen(&self) -> usize {
        if self.hot { self.count.seen() } else { self.seen.len() }
    }

    /// How many rows of the total showed no number, in any answer: they were delivered, and nobody knows which they are.
    /// What they hold may be a fault of this answer only: read the span again later.
    ///
    /// ```
    /// use wdt_qimen_sdk::window::Walk;
    /// use wdt_qimen_sdk::{RowKey, Span};
    /// # let at = |text| wdt_qimen_sdk::wire::parse_time(text).unwrap();
    /// let span = Span::new(at("2026-11-20 00:00:00"), at("2026-11-20 01:00:00"))?;
    /// let mut walk = Walk::new(span, 100, 25);
    /// walk.answer(Some(2), [RowKey::of("TK1", None, String::new), RowKey::of("", None, || "[]".to_owned())]);
    /// assert_eq!((walk.seen(), walk.nameless()), (2, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn nameless(&self) -> u64 {
        let seen = if self.hot { self.count.keys() } else { &self.seen };
        let named = seen.iter().filter(|key| matches!(key, RowKey::Number(_))).count();
        let nameless = (seen.len() - named) as u64;
        self.total.map_or(nameless, |total| nameless.min(total.saturating_sub(named as u64)))
    }

    /// How many the first answer counted.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// What to do next. Does not change the walk: a page that could not be read is simply asked again.
    pub fn step(&self) -> Step {
        self.over.clone().unwrap_or(Step::Ask { page_no: self.count.page() })
    }

    /// Takes the answer to the page that [`step`](Self::step) asked for: its total, if it gave one (only page 0's
    /// counts), and **all** its rows, unreadable ones included.
    pub fn answer(&mut self, total: Option<u64>, rows: impl IntoIterator<Item = impl Into<RowAt>>) {
        if self.over.is_some() {
            return;
        }
        let rows: Vec<RowAt> = rows.into_iter().map(Into::into).collect();
        if self.calls == 0 {
            self.total = total;
        }
        self.calls += 1;
        if !self.hot {
            self.seen.extend(rows.iter().map(|row| row.key.clone()));
        }
        self.count.answer(total, &rows);
        self.judge();
    }

    fn judge(&mut self) {
        let Some(outcome) = self.count.outcome() else {
            // What is left was read at least once: it is part of a piece whose count failed.
            if !self.count.reads_on() && self.bound.is_some_and(|bound| self.calls >= bound) {
                self.missing = u64::MAX;
                self.end();
            }
            return;
        };
        let whole = self.bound.is_none();
        if !whole && self.total == Some(self.seen.len() as u64) && self.unproved != Some(Why::Low) {
            return self.end();
        }
        match outcome {
            Outcome::Crowded { pages } if whole => {
                let parts = u32::try_from(pages.div_ceil(self.max_pages)).unwrap_or(u32::MAX);
                self.over = Some(Step::Cut(self.count.whole().cut(parts.max(2))));
                return;
            }
            Outcome::Crowded { .. } | Outcome::Failed => self.halve(),
            Outcome::Unproved(why @ Why::Low) if self.count.is_worth_halving() => {
                self.unproved = Some(why);
                self.halve();
            }
            // The whole span's count may have begun anew since the first answer: its word is the last one.
            Outcome::Counted { total } if whole => return self.done(Proof::Proved { total }),
            Outcome::ShortBy { total, missing } if whole => {
                return self.done(Proof::ShortBy { total, missing });
            }
            Outcome::Counted { .. } => {}
            Outcome::ShortBy { missing, .. } => self.missing += missing,
            Outcome::Unproved(why) => self.unproved = self.unproved.or(Some(why)),
        }
        match self.todo.pop() {
            Some(part) => {
                let count = Count::new(part, self.page_size, self.max_pages, self.hot);
                let low = self.unproved == Some(Why::Low);
                self.count = if low { count.without_patience() } else { count };
            }
            None => self.end(),
        }
    }

    /// Counts the two halves of the present piece instead of it.
    fn halve(&mut self) {
        self.bound.get_or_insert(self.calls.saturating_mul(EFFORT) + EFFORT_MORE);
        self.todo.extend(self.count.whole().cut(2).into_iter().rev());
    }

    /// Ends a walk in pieces, or one without a count.
    fn end(&mut self) {
        let seen = self.seen.len() as u64;
        let proof = match (self.unproved, self.total) {
            (why, Some(total)) if total == seen && !self.hot && why != Some(Why::Low) => {
                Proof::Proved { total }
            }
            (Some(why), _) => Proof::Unproved(why),
            (None, _) if self.missing == 0 => Proof::Proved { total: seen },
            (None, Some(total)) if total > seen => {
                // A piece may count a row of the second that it shares with the next, and rows that have left.
                Proof::ShortBy { total, missing: self.missing.min(total - seen) }
            }
            (None, _) => Proof::Unproved(Why::Unsteady),
        };
        self.done(proof);
    }

    fn done(&mut self, proof: Proof) {
        self.over = Some(Step::Done(proof));
    }
}
