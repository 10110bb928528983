//! Pages in their order, for lists without a span and for who prefers fewest calls over certainty. Pure.

use crate::page::{RowAt, RowKey};
use crate::window::{Proof, Step, Why};
use std::collections::HashSet;

/// Rounds in a row that bring nothing new, after which the server's total is taken to be wrong. A server that
/// shuffles its rows hides a given one in a round with a chance of at most 1/e.
const IDLE_ROUNDS: u32 = 8;
/// Counts begun anew because the total changed between rounds.
const FRESH_COUNTS: u32 = 8;

/// A reading from page 0 on, until the count is reached or a page brings no rows. A short page is no end: a gateway
/// may cap its pages. What falls short of the total is read again in rounds that add up, unless it is read once.
#[derive(Debug)]
pub(super) struct Forward {
    once: bool,
    next: u32,
    total: Option<u64>,
    seen: HashSet<RowKey>,
    /// How many numbers were seen when the round began.
    before: usize,
    idle: u32,
    fresh_counts: u32,
    proof: Option<Proof>,
}

impl Forward {
    /// One round, whatever it shows.
    pub(super) fn once() -> Self {
        Self { once: true, ..Self::rounds() }
    }

    /// Rounds until as many numbers were seen as the total says.
    pub(super) fn rounds() -> Self {
        Self {
            once: false,
            next: 0,
            total: None,
            seen: HashSet::new(),
            before: 0,
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

    /// Takes a page's total, which only page 0 promises, and its rows.
    pub(super) fn answer(&mut self, total: Option<u64>, page: Vec<RowAt>) {
        let (first, rows, before) = (self.next == 0, page.len() as u64, self.seen.len());
        if first {
            self.begin_round(total);
        }
        self.seen.extend(page.into_iter().map(|row| row.key));
        let repeats = self.seen.len() == before;
        self.next = self.next.saturating_add(1);
        match self.total {
            Some(total) if self.seen.len() as u64 == total || (first && total <= rows) => {
                self.proof = Some(Proof::Proved { total });
            }
            Some(total) if rows == 0 || u64::from(self.next) > total => self.end_round(total),
            // Without a total, or read once, a page that brings nothing new is the end.
            Some(_) if repeats && self.once => self.proof = Some(Proof::Unproved(Why::Forward)),
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
    }

    fn end_round(&mut self, total: u64) {
        let seen = self.seen.len() as u64;
        self.idle = if self.seen.len() > self.before { 0 } else { self.idle + 1 };
        if self.once || seen > total || self.fresh_counts > FRESH_COUNTS {
            self.proof = Some(Proof::Unproved(Why::Forward));
        } else if self.idle >= IDLE_ROUNDS {
            self.proof = Some(Proof::ShortBy { total, missing: total - seen });
        } else {
            self.next = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Forward, IDLE_ROUNDS, Proof, Step, Why};

    /// Plays pages: the number that must be asked, the total, the rows.
    fn play(mut forward: Forward, script: &[(u32, Option<u64>, &str)]) -> Step {
        for (turn, (page_no, total, rows)) in script.iter().enumerate() {
            assert_eq!(forward.step(), Step::Ask { page_no: *page_no }, "turn {turn}");
            forward.answer(*total, rows.split_whitespace().map(Into::into).collect());
        }
        forward.step()
    }

    fn proved(total: u64) -> Step {
        Step::Done(Proof::Proved { total })
    }

    #[test]
    fn the_count_of_the_first_page_ends_the_reading() {
        assert_eq!(play(Forward::rounds(), &[(0, Some(0), "")]), proved(0));
        assert_eq!(play(Forward::rounds(), &[(0, Some(2), "A A")]), proved(2));
        assert_eq!(play(Forward::rounds(), &[(0, Some(3), "A B"), (1, None, "C")]), proved(3));
    }

    #[test]
    fn what_falls_short_is_read_again_and_adds_up() {
        let short = [(0, Some(3), "A B"), (1, None, "B"), (2, None, "")];
        assert_eq!(play(Forward::rounds(), &short), Step::Ask { page_no: 0 });
        let again = [&short[..], &[(0, Some(3), "B C")]].concat();
        assert_eq!(play(Forward::rounds(), &again), proved(3));
        assert_eq!(play(Forward::once(), &short[..2]), Step::Done(Proof::Unproved(Why::Forward)));
    }

    #[test]
    fn a_total_that_changed_is_counted_anew() {
        let script = [(0, Some(3), "A B"), (1, None, "B"), (2, None, ""), (0, Some(2), "A C")];
        assert_eq!(play(Forward::rounds(), &script), proved(2));
    }

    #[test]
    fn a_row_never_shown_is_short_by_one_in_the_end() {
        let round = [(0, Some(3), "A B"), (1, None, "")];
        let script = round.repeat(IDLE_ROUNDS as usize + 1);
        assert_eq!(play(Forward::rounds(), &script), Step::Done(Proof::ShortBy { total: 3, missing: 1 }));
    }

    #[test]
    fn more_rows_than_the_total_knew_prove_nothing() {
        let script = [(0, Some(3), "A B"), (1, None, "C D"), (2, None, "")];
        assert_eq!(play(Forward::rounds(), &script), Step::Done(Proof::Unproved(Why::Forward)));
    }

    #[test]
    fn without_a_total_only_a_page_without_anything_new_is_the_end() {
        let unproved = Step::Done(Proof::Unproved(Why::NoTotal));
        let rounds = Forward::rounds;
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
        let mut forward = Forward::rounds();
        let mut asked = 0;
        while let Step::Ask { page_no } = forward.step() {
            asked += 1;
            assert!(asked < 1000, "stuck");
            forward.answer((page_no == 0).then_some(5), ["A", "B"].map(Into::into).to_vec());
        }
        assert_eq!(forward.step(), Step::Done(Proof::ShortBy { total: 5, missing: 3 }));
    }
}
