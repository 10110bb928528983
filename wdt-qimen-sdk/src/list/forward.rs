//! Pages in their order, for lists without a span and for who prefers fewest calls over certainty. Pure.

use std::collections::HashSet;

use crate::row_key::{RowAt, RowKey};
use crate::window::{Proof, Step, Why};

/// Rounds in a row that bring nothing new, after which the server's total is taken to be wrong. A server that
/// shuffles its rows hides a given one in a round with a chance of at most 1/e.
const IDLE_ROUNDS: u32 = 8;
/// The same where the rounds delivered too few rows, which no order explains.
const SHORT_ROUNDS: u32 = 2;
/// Counts begun anew because the total changed between rounds.
const FRESH_COUNTS: u32 = 8;
/// Pages in a row that bring nothing new, after which a round is over: a server may ignore the page number.
const STALE_PAGES: u32 = 8;

/// A reading from page 0 on, until the count is reached or a page brings no rows. A short page is no end: a gateway
/// may cap its pages; and a full one always asks for the next, whatever the total says. What falls short of the total
/// is read again in rounds that add up, unless it is read once.
#[derive(Debug)]
pub(super) struct Forward {
    once: bool,
    page_size: u64,
    next: u32,
    total: Option<u64>,
    seen: HashSet<RowKey>,
    /// How many numbers were seen when the round began.
    before: usize,
    /// How many rows the round brought, each page's repeats left out.
    shown: u64,
    /// Pages of the round in a row that brought nothing new.
    stale: u32,
    idle: u32,
    fresh_counts: u32,
    proof: Option<Proof>,
}

impl Forward {
    /// One round, whatever it shows.
    pub(super) fn once(page_size: u32) -> Self {
        Self { once: true, ..Self::rounds(page_size) }
    }

    /// Rounds until as many numbers were seen as the total says.
    pub(super) fn rounds(page_size: u32) -> Self {
        Self {
            once: false,
            page_size: u64::from(page_size.max(1)),
            next: 0,
            total: None,
            seen: HashSet::new(),
            before: 0,
            shown: 0,
            stale: 0,
            idle: 0,
            fresh_counts: 0,
            proof: None,
        }
    }

    pub(super) fn step(&self) -> Step {
        match self.proof {
            Some(proof) => Step::Done(proof),
            None => Step::Ask { page_no: self.next },
        }
    }

    /// How many distinct rows were seen, and how many the server counts.
    pub(super) fn counted(&self) -> (u64, Option<u64>) {
        (self.seen.len() as u64, self.total)
    }

    /// Takes a page's total, which only page 0 promises, and its rows.
    pub(super) fn answer(&mut self, total: Option<u64>, page: Vec<RowAt>) {
        let (rows, before) = (page.len() as u64, self.seen.len());
        if self.next == 0 {
            self.begin_round(total);
        }
        let page: HashSet<_> = page.into_iter().map(|row| row.key).collect();
        self.shown += page.len() as u64;
        self.seen.extend(page);
        let repeats = self.seen.len() == before;
        self.stale = if repeats { self.stale + 1 } else { 0 };
        self.next = self.next.saturating_add(1);
        let seen = self.seen.len() as u64;
        match self.total {
            Some(total) if seen == total && (rows < self.page_size || repeats) => {
                self.proof = Some(Proof::Proved { total });
            }
            // What the total does not know of is read to its end.
            Some(total) if seen >= total && !repeats => {}
            Some(total) if rows == 0 || self.stale >= STALE_PAGES => self.end_round(total),
            // Without a total, or read once, a page that brings nothing new is the end.
            Some(total) if repeats && (self.once || seen > total) => {
                let why = if seen > total { Why::Low } else { Why::Forward };
                self.proof = Some(Proof::Unproved(why));
            }
            None if repeats => self.proof = Some(Proof::Unproved(Why::NoTotal)),
            _ => {}
        }
    }

    fn begin_round(&mut self, total: Option<u64>) {
        if total != self.total {
            self.seen.clear();
            self.idle = 0;
            self.fresh_counts += 1;
        }
        self.total = total;
        self.before = self.seen.len();
        (self.shown, self.stale) = (0, 0);
    }

    fn end_round(&mut self, total: u64) {
        let seen = self.seen.len() as u64;
        self.idle = if self.seen.len() > self.before { 0 } else { self.idle + 1 };
        let withheld = total.saturating_sub(seen) <= total.saturating_sub(self.shown);
        if seen > total {
            self.proof = Some(Proof::Unproved(Why::Low));
        } else if self.once || self.fresh_counts > FRESH_COUNTS {
            self.proof = Some(Proof::Unproved(Why::Forward));
        } else if self.idle >= if withheld { SHORT_ROUNDS } else { IDLE_ROUNDS } {
            self.proof = Some(Proof::ShortBy { total, missing: total - seen });
        } else {
            self.next = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Forward, Proof, SHORT_ROUNDS, STALE_PAGES, Step, Why};

    /// Plays pages: the number that must be asked, the total, the rows.
    fn play(mut forward: Forward, script: &[(u32, Option<u64>, &str)]) -> Step {
        for (turn, (page_no, total, rows)) in script.iter().enumerate() {
            assert_eq!(forward.step(), Step::Ask { page_no: *page_no }, "turn {turn}");
            forward.answer(*total, rows.split_whitespace().map(Into::into).collect());
        }
        forward.step()
    }

    fn rounds() -> Forward {
        Forward::rounds(3)
    }

    fn proved(total: u64) -> Step {
        Step::Done(Proof::Proved { total })
    }

    #[test]
    fn the_count_of_the_first_page_ends_the_reading() {
        assert_eq!(play(rounds(), &[(0, Some(0), "")]), proved(0));
        assert_eq!(play(rounds(), &[(0, Some(2), "A B")]), proved(2));
        assert_eq!(play(rounds(), &[(0, Some(3), "A B"), (1, None, "C")]), proved(3));
    }

    #[test]
    fn what_falls_short_is_read_again_and_adds_up() {
        let short = [(0, Some(3), "A B"), (1, None, "B"), (2, None, "")];
        assert_eq!(play(rounds(), &short), Step::Ask { page_no: 0 });
        let again = [&short[..], &[(0, Some(3), "B C")]].concat();
        assert_eq!(play(rounds(), &again), proved(3));
        assert_eq!(play(Forward::once(3), &short[..2]), Step::Done(Proof::Unproved(Why::Forward)));
    }

    #[test]
    fn a_total_that_changed_is_counted_anew() {
        let script = [(0, Some(3), "A B"), (1, None, "B"), (2, None, ""), (0, Some(2), "A C")];
        assert_eq!(play(rounds(), &script), proved(2));
    }

    #[test]
    fn a_row_never_shown_is_short_by_one_in_the_end() {
        let round = [(0, Some(3), "A B"), (1, None, "")];
        let script = round.repeat(SHORT_ROUNDS as usize + 1);
        assert_eq!(play(rounds(), &script), Step::Done(Proof::ShortBy { total: 3, missing: 1 }));
    }

    #[test]
    fn more_rows_than_the_total_knew_prove_nothing() {
        let script = [(0, Some(3), "A B"), (1, None, "C D"), (2, None, "")];
        assert_eq!(play(rounds(), &script), Step::Done(Proof::Unproved(Why::Low)));
    }

    #[test]
    fn a_full_page_asks_for_the_next_one_whatever_the_total_says() {
        assert_eq!(play(rounds(), &[(0, Some(3), "A B C")]), Step::Ask { page_no: 1 });
        assert_eq!(play(rounds(), &[(0, Some(3), "A B C"), (1, None, "")]), proved(3));
        for total in 0..=3 {
            let script = [(0, Some(total), "A B C"), (1, None, "D E F"), (2, None, "G"), (3, None, "")];
            let low = Step::Done(Proof::Unproved(Why::Low));
            assert_eq!(play(rounds(), &script), low, "{total}");
            assert_eq!(play(Forward::once(3), &script), low, "{total}");
        }
    }

    #[test]
    fn distinct_numbers_are_counted_not_rows() {
        assert_eq!(play(rounds(), &[(0, Some(2), "A A")]), Step::Ask { page_no: 1 });
        let script = [(0, Some(2), "A A"), (1, None, "")].repeat(SHORT_ROUNDS as usize + 1);
        assert_eq!(play(rounds(), &script), Step::Done(Proof::ShortBy { total: 2, missing: 1 }));
    }

    #[test]
    fn without_a_total_only_a_page_without_anything_new_is_the_end() {
        let unproved = Step::Done(Proof::Unproved(Why::NoTotal));
        assert_eq!(play(rounds(), &[(0, None, "A B"), (1, None, "C")]), Step::Ask { page_no: 2 });
        assert_eq!(play(rounds(), &[(0, None, "A B"), (1, None, "C"), (2, None, "")]), unproved);
        assert_eq!(
            play(rounds(), &[(0, None, "A B"), (1, None, "A B")]),
            unproved,
            "the page number is ignored"
        );
    }

    #[test]
    fn a_server_that_ignores_the_page_number_does_not_hold_us() {
        for total in [5, u64::MAX] {
            let mut forward = rounds();
            let mut asked = 0;
            while let Step::Ask { page_no } = forward.step() {
                asked += 1;
                assert!(asked <= (STALE_PAGES + 1) * 10, "stuck");
                forward.answer((page_no == 0).then_some(total), ["A", "B"].map(Into::into).to_vec());
            }
            assert_eq!(forward.step(), Step::Done(Proof::ShortBy { total, missing: total - 2 }));
        }
    }
}
