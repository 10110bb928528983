//! Pages in their order, for lists without a span and for who prefers fewest calls over certainty. Pure.

use crate::page::RowKey;
use crate::window::{Proof, Step, Why};
use std::collections::HashSet;

/// A reading from page 0 on, until the count is reached or a page brings nothing new. A short page is no end: a
/// gateway may cap its pages.
#[derive(Debug, Default)]
pub(super) struct Forward {
    next: u32,
    total: Option<u64>,
    seen: HashSet<RowKey>,
    proof: Option<Proof>,
}

impl Forward {
    pub(super) fn step(&self) -> Step {
        match self.proof {
            Some(proof) => Step::Done(proof),
            None => Step::Ask { page_no: self.next },
        }
    }

    /// Takes a page's total, which only page 0 promises, and the keys of its rows.
    pub(super) fn answer(&mut self, total: Option<u64>, keys: Vec<RowKey>) {
        let (first, rows, before) = (self.next == 0, keys.len() as u64, self.seen.len());
        if first {
            self.total = total;
        }
        self.seen.extend(keys);
        let grew = self.seen.len() > before;
        self.next += 1;
        self.proof = match self.total {
            Some(total) if total == self.seen.len() as u64 || (first && total <= rows) => {
                Some(Proof::Proved { total })
            }
            _ if grew && self.next < u32::MAX => None,
            Some(_) => Some(Proof::Unproved(Why::Forward)),
            None => Some(Proof::Unproved(Why::NoTotal)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Forward, Proof, Step, Why};

    fn play(script: &[(Option<u64>, &str)]) -> Step {
        let mut forward = Forward::default();
        for (page_no, (total, rows)) in script.iter().enumerate() {
            assert_eq!(forward.step(), Step::Ask { page_no: u32::try_from(page_no).unwrap() });
            forward.answer(*total, rows.split_whitespace().map(Into::into).collect());
        }
        forward.step()
    }

    #[test]
    fn the_count_of_the_first_page_ends_the_reading() {
        assert_eq!(play(&[(Some(0), "")]), Step::Done(Proof::Proved { total: 0 }));
        assert_eq!(play(&[(Some(2), "A A")]), Step::Done(Proof::Proved { total: 2 }));
        assert_eq!(play(&[(Some(3), "A B"), (None, "C")]), Step::Done(Proof::Proved { total: 3 }));
    }

    #[test]
    fn a_list_that_moved_is_read_to_its_end_and_proves_nothing() {
        let unproved = Step::Done(Proof::Unproved(Why::Forward));
        assert_eq!(play(&[(Some(3), "A B"), (None, "B")]), unproved);
        assert_eq!(play(&[(Some(3), "A B"), (None, "C D"), (None, "E"), (None, "")]), unproved);
    }

    #[test]
    fn without_a_total_only_a_page_without_anything_new_is_the_end() {
        let unproved = Step::Done(Proof::Unproved(Why::NoTotal));
        assert_eq!(play(&[(None, "A B"), (None, "C")]), Step::Ask { page_no: 2 }, "a short page is no end");
        assert_eq!(play(&[(None, "A B"), (None, "C"), (None, "")]), unproved);
        assert_eq!(play(&[(None, "A B"), (None, "A B")]), unproved, "a server that ignores the page number");
    }
}
