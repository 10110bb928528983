//! The count of one span: which page to ask next, until as many distinct numbers were seen as the server says there
//! are, or until it is known why not. Halving a span whose count fails, and how much effort that is worth: `walk.rs`.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::crowds::Detour;
use super::proof::Why;
use super::round::Round;
use crate::row_key::{RowAt, RowKey};
use crate::span::Span;

/// Further rounds in a row under the same total that show nothing new and deliver too few rows, after which the
/// server is taken to count rows that it does not deliver.
const SAME_ROUNDS: u32 = 2;
/// The same where the server shuffles its rows, so that a round that delivers enough of them need not show all: each
/// round misses a given row with a chance of at most 1/e, so twenty in a row do not miss it by chance.
const IDLE_ROUNDS: u32 = 20;
/// Fresh counts of one second after which its total is taken to be of no use.
const FRESH_COUNTS: u32 = 12;
/// How often a span of one page is counted although its total lies below its rows: a row may come between the two.
const LOW_COUNTS: u32 = 2;
/// Rounds in a row through such a second that bring nothing new, after which it is left alone.
const LOW_ROUNDS: u32 = 4;
/// Pages in a row that are each the one before over again, after which the way down is taken to lie behind the end of
/// the list. Pages that show nothing new are no such sign: in a list that is shuffled at each call they come by chance.
const REPEATED_PAGES: u32 = 3;
/// So many of those in a row are.
const IDLE_PAGES: u32 = 20;

/// A count under way.
#[derive(Debug, Clone)]
pub(super) struct Count {
    span: Span,
    asked_size: u64,
    max_pages: u64,
    hot: bool,
    /// The total that this count has to reach.
    total: u64,
    /// Rows on a page, once page 0 has shown it.
    page_size: u64,
    /// The last page that has rows, once that is known.
    end: Option<u32>,
    /// Numbers seen in this count.
    seen: HashSet<RowKey>,
    round: Round,
    /// How many numbers the last round ended with, to tell progress.
    before: usize,
    /// Rounds in a row without a new number.
    idle: u32,
    fresh_counts: u32,
    /// The total lies below what was seen: it is none.
    low: bool,
    low_counts: u32,
    /// The list goes on behind the page on which it ends by its total.
    is_long: bool,
    state: State,
}

/// What comes of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As many distinct numbers as the total.
    Counted { total: u64 },
    /// The server counts rows that it does not deliver.
    ShortBy { total: u64, missing: u64 },
    /// Everything that was offered was read; nothing says that it was all.
    Unproved(Why),
    /// More pages than may be counted in one piece, by the last two of them.
    Crowded { pages: u64 },
    /// Rows moved or were shuffled: shorter spans may do.
    Failed,
}

#[derive(Debug, Clone)]
enum State {
    /// Page 0 is asked to begin the count.
    First,
    /// The page is asked on which the list must end by its total.
    End {
        page: u32,
    },
    /// The total names more pages than there are: the last one is looked for between one that has rows and one that
    /// shows none.
    Between {
        low: u32,
        high: u32,
        /// Only a page with new numbers counts as one that has rows.
        by_news: bool,
    },
    /// Pages behind the end that the total names are asked until one shows nothing new, then those down from `back`.
    Up {
        next: u32,
        back: u32,
    },
    /// Page `next` is asked, on the way down to 1.
    Down {
        next: u32,
    },
    /// Single seconds within the span are asked about, for rows that repeated ones may hide.
    Around(Detour),
    /// Page 0 is asked again to close a round that fell short.
    Again,
    /// There is no total to count against: pages are asked forward until one brings nothing new.
    Forward {
        next: u32,
        why: Why,
    },
    Over(Outcome),
}

impl Count {
    pub(super) fn new(span: Span, asked_size: u64, max_pages: u64, hot: bool) -> Self {
        Self {
            span,
            asked_size,
            max_pages,
            hot,
            total: 0,
            page_size: asked_size,
            end: None,
            seen: HashSet::new(),
            round: Round::default(),
            before: 0,
            idle: 0,
            fresh_counts: 0,
            low: false,
            low_counts: 0,
            is_long: false,
            state: State::First,
        }
    }

    /// The span that is counted.
    pub(super) fn whole(&self) -> Span {
        self.span
    }

    /// The span that the next page is asked of: the counted one, or a crowded second within it.
    pub(super) fn span(&self) -> Span {
        match &self.state {
            State::Around(detour) => detour.second(),
            _ => self.span,
        }
    }

    /// The page to ask for.
    pub(super) fn page(&self) -> u32 {
        match &self.state {
            State::First | State::Again | State::Over(_) => 0,
            State::End { page } => *page,
            State::Between { low, high, .. } => low + (high - low) / 2,
            State::Up { next, .. } | State::Down { next } | State::Forward { next, .. } => *next,
            State::Around(detour) => detour.page(),
        }
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        match self.state {
            State::Over(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Distinct numbers seen in this count.
    pub(super) fn seen(&self) -> usize {
        self.seen.len()
    }

    /// What these count by.
    pub(super) fn keys(&self) -> &HashSet<RowKey> {
        &self.seen
    }

    /// Whether halves would show more: the list was longer than its total, so that its rows may hide one another.
    pub(super) fn is_worth_halving(&self) -> bool {
        self.is_long && self.can_halve()
    }

    /// The same count, which does not believe that a row came between a total and its list.
    pub(super) fn without_patience(self) -> Self {
        Self { low_counts: LOW_COUNTS - 1, ..self }
    }

    /// Whether pages are read that no count holds together: each brings something new, so they end by themselves.
    pub(super) fn reads_on(&self) -> bool {
        matches!(self.state, State::Forward { .. } | State::Up { .. })
    }

    /// Takes the answer to [`page`](Self::page) of [`span`](Self::span).
    pub(super) fn answer(&mut self, total: Option<u64>, rows: &[RowAt]) {
        match self.state.clone() {
            State::First => self.begin(total, rows),
            State::End { page } => self.end_at(page, rows),
            State::Between { low, high, by_news } => self.search((low, high), by_news, rows),
            State::Up { next, back } => self.climb(next, back, rows),
            State::Down { next } => self.add_page(next, rows),
            State::Around(detour) => self.add_around(detour, total, rows),
            State::Again => self.close(total, rows),
            State::Forward { next, why } => self.add_forward(next, why, rows),
            State::Over(_) => {}
        }
    }

    /// Begins a count with page 0.
    fn begin(&mut self, total: Option<u64>, page: &[RowAt]) {
        let rows = page.len() as u64;
        if !(self.low && self.is_long) {
            self.seen.clear();
            (self.before, self.idle) = (0, 0);
        }
        (self.end, self.low, self.is_long) = (None, false, false);
        self.begin_round();
        self.add(page);
        let Some(total) = total else {
            let why = if self.hot { Why::Hot } else { Why::NoTotal };
            self.state =
                if rows == 0 { State::Over(Outcome::Unproved(why)) } else { State::Forward { next: 1, why } };
            return;
        };
        self.total = total;
        if self.seen.len() as u64 > total {
            self.low = true;
            self.state = State::Up { next: 1, back: 0 };
            return;
        }
        // A page shorter than asked, with more to come, shows the size that the server really serves.
        let shows_size = rows >= self.asked_size || (rows > 0 && total > rows);
        self.page_size = if shows_size { rows } else { self.asked_size };
        match self.last_page() {
            0 if rows >= self.page_size => self.state = State::Up { next: 1, back: 0 },
            0 => {
                // The one page is a round by itself.
                (self.end, self.before) = (Some(0), self.seen.len());
                if !self.is_counted() {
                    self.state = if self.hot { over(Why::Hot) } else { State::Again };
                }
            }
            page => self.state = State::End { page },
        }
    }

    /// Adds the page on which the list must end.
    fn end_at(&mut self, page: u32, rows: &[RowAt]) {
        let shown = rows.len() as u64;
        let left = self.total - u64::from(page) * self.page_size;
        self.add(rows);
        self.low |= shown > left;
        self.is_long = shown > 0;
        if self.low || shown >= self.page_size {
            // A full page always asks for the next one, whatever the total says.
            self.state = State::Up { next: page.saturating_add(1), back: page - 1 };
        } else if shown == 0 && page > 1 {
            self.state = State::Between { low: 0, high: page, by_news: false };
        } else {
            self.found_end(if shown > 0 { page } else { page - 1 }, page - 1);
        }
    }

    /// Looks for the last page that has rows.
    fn search(&mut self, (low, high): (u32, u32), by_news: bool, rows: &[RowAt]) {
        let middle = low + (high - low) / 2;
        let has_rows = if by_news { self.round.is_news(rows) } else { self.round.goes_on_with(rows) };
        let (low, high) = if has_rows { (middle, high) } else { (low, middle) };
        self.seen.extend(rows.iter().map(|row| row.key.clone()));
        if self.is_counted() {
            return;
        }
        if high - low > 1 {
            self.state = State::Between { low, high, by_news };
            return;
        }
        if low == 0 {
            // Page 0 was short because there is no more, not because the server's pages are.
            self.page_size = self.page_size.max(self.asked_size);
        }
        self.found_end(low, low);
    }

    /// Goes down from `next`, now that the list is known to end with page `end`.
    fn found_end(&mut self, end: u32, next: u32) {
        self.end = Some(end);
        self.descend(next);
    }

    /// More pages than may be counted in one piece.
    fn is_crowded(&self) -> bool {
        self.can_halve() && self.end.is_some_and(|end| u64::from(end) >= self.max_pages)
    }

    /// Adds a page that the total does not know of.
    fn climb(&mut self, page: u32, back: u32, rows: &[RowAt]) {
        if self.round.goes_on_with(rows) {
            (self.low, self.is_long) = (true, true);
            if let (true, Some(next)) = (self.add(rows) > 0, page.checked_add(1)) {
                self.state = State::Up { next, back };
                return;
            }
        }
        if self.low { self.descend(back) } else { self.found_end(page - 1, back) }
    }

    /// Adds a page on the way down.
    fn add_page(&mut self, page: u32, rows: &[RowAt]) {
        self.add(rows);
        let repeats = if self.is_crowded() { 1 } else { REPEATED_PAGES };
        let is_behind = rows.is_empty() || self.round.repeated_pages() >= repeats;
        let is_idle = self.round.idle_pages() >= IDLE_PAGES;
        if (is_behind || is_idle) && page > 1 && !self.is_counted() {
            if is_behind {
                self.round.forget_repeats();
            } else {
                self.round.forget_idle();
            }
            self.state = State::Between { low: 0, high: page, by_news: !is_behind };
        } else if self.is_crowded() {
            let pages = self.end.map_or(0, u64::from) + 1;
            self.state = State::Over(Outcome::Crowded { pages });
        } else {
            self.descend(page - 1);
        }
    }

    /// Asks for this page next, or ends the round.
    fn descend(&mut self, page: u32) {
        if self.is_counted() {
            return;
        }
        self.state = match page {
            1.. => State::Down { next: page },
            0 if self.hot => over(Why::Hot),
            0 if self.low => self.count_low(),
            0 => self.detour().map_or(State::Again, State::Around),
        };
    }

    /// What to do about a total that lies below what was seen. Nothing tells when all was seen of a list longer than
    /// a page, whose rows may hide one another, so a single second is read until rounds bring nothing new.
    fn count_low(&mut self) -> State {
        self.low_counts += 1;
        let seen = self.seen.len();
        self.idle = if seen > self.before { 0 } else { self.idle + 1 };
        self.before = seen;
        let is_over = match (self.is_long, self.can_halve()) {
            (false, _) => self.low_counts >= LOW_COUNTS,
            (true, true) => true,
            (true, false) => self.idle >= LOW_ROUNDS,
        };
        if is_over { over(Why::Low) } else { State::First }
    }

    /// The way through crowded seconds, if they can hide all that is hidden.
    fn detour(&self) -> Option<Detour> {
        let hidden = self.missing().saturating_sub(self.undelivered());
        if hidden == 0 || self.round.crowds().hidden() < hidden {
            None
        } else {
            self.round.crowds().detour(self.span)
        }
    }

    /// Adds a page of a crowded second. A row that is found there now was in the cold span from the first answer on.
    fn add_around(&mut self, detour: Detour, total: Option<u64>, rows: &[RowAt]) {
        let (shown, before) = (rows.len() as u64, self.seen.len());
        self.seen.extend(rows.iter().map(|row| row.key.clone()));
        if !self.is_counted() {
            let new = (self.seen.len() - before) as u64;
            self.state = detour.answered(total, shown, new).map_or(State::Again, State::Around);
        }
    }

    /// Closes a round that fell short with another look at page 0.
    fn close(&mut self, total: Option<u64>, rows: &[RowAt]) {
        let distinct = rows.iter().map(|row| &row.key).collect::<HashSet<_>>().len() as u64;
        if total.is_none_or(|total| total <= distinct) {
            return self.begin(total, rows);
        }
        if total != Some(self.total) {
            if self.can_halve() {
                self.state = State::Over(Outcome::Failed);
            } else {
                self.count_anew(total, rows);
            }
            return;
        }
        let one_page = self.end == Some(0);
        if one_page && rows.len() as u64 >= self.page_size {
            self.end = None;
        }
        let before = self.seen.len();
        self.seen.extend(rows.iter().map(|row| row.key.clone()));
        if self.is_counted() {
            return;
        }
        if one_page {
            self.begin_round();
            self.add(rows);
        }
        // What the pages of a whole round did not deliver, no order of theirs can hide.
        let withheld = one_page || self.missing() <= self.undelivered();
        if !withheld && self.can_halve() {
            self.state = State::Over(Outcome::Failed);
        } else if !withheld && self.seen.len() > before {
            // In a single second that is shuffled at each call no page shows more than this one.
        } else {
            self.end_round(withheld, rows, one_page);
        }
    }

    /// Counts a round that brought no end, and begins the next one with this page 0 or gives up.
    fn end_round(&mut self, withheld: bool, page: &[RowAt], one_page: bool) {
        let seen = self.seen.len();
        self.idle = if seen > self.before { 0 } else { self.idle + 1 };
        self.before = seen;
        if self.idle >= if withheld { SAME_ROUNDS } else { IDLE_ROUNDS } {
            let (total, missing) = (self.total, self.missing());
            self.state = State::Over(Outcome::ShortBy { total, missing });
            return;
        }
        if !one_page {
            self.begin_round();
            self.add(page);
        }
        self.state = match self.end.unwrap_or_else(|| self.last_page()) {
            0 => State::Again,
            next => State::Down { next },
        };
    }

    /// The page on which the list ends by its total.
    fn last_page(&self) -> u32 {
        u32::try_from(self.total.div_ceil(self.page_size).max(1) - 1).unwrap_or(u32::MAX)
    }

    /// Begins the count of a single second anew with this page 0.
    fn count_anew(&mut self, total: Option<u64>, rows: &[RowAt]) {
        self.fresh_counts += 1;
        if self.fresh_counts > FRESH_COUNTS {
            self.state = State::Forward { next: 0, why: Why::Unsteady };
        } else {
            self.begin(total, rows);
        }
    }

    /// Adds a page on the way forward, which ends with a page that brings nothing new: a server that ignores the
    /// page number must not hold us for ever.
    fn add_forward(&mut self, page: u32, why: Why, rows: &[RowAt]) {
        let before = self.seen.len();
        let first = page == 0;
        if first {
            self.seen.clear();
        }
        self.add(rows);
        let grew = if first { !self.seen.is_empty() } else { self.seen.len() > before };
        self.state = match page.checked_add(1) {
            Some(next) if grew => State::Forward { next, why },
            _ => over(why),
        };
    }

    /// Adds a page to count and round. Says how many of its numbers are new in the round.
    fn add(&mut self, rows: &[RowAt]) -> usize {
        self.seen.extend(rows.iter().map(|row| row.key.clone()));
        self.round.add(rows)
    }

    fn begin_round(&mut self) {
        self.round = Round::default();
    }

    /// Decides by the count, if it can: reached, and known to be no less than the list.
    fn is_counted(&mut self) -> bool {
        let seen = self.seen.len() as u64;
        self.low |= seen > self.total;
        let counted = seen == self.total && !self.low && !self.hot;
        if counted {
            self.state = State::Over(Outcome::Counted { total: self.total });
        }
        counted
    }

    fn missing(&self) -> u64 {
        self.total.saturating_sub(self.seen.len() as u64)
    }

    /// Places of the list that the pages of the present round did not deliver.
    fn undelivered(&self) -> u64 {
        self.total.saturating_sub(self.round.shown())
    }

    fn can_halve(&self) -> bool {
        !self.hot && self.span.length() > TimeDelta::seconds(1)
    }
}

fn over(why: Why) -> State {
    State::Over(Outcome::Unproved(why))
}
