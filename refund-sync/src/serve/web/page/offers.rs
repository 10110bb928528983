//! Lists that were shown to be decided about as a whole. What was shown is what is decided: it is remembered here, for as long as
//! the process lives and newer ones leave it room.

use std::collections::{BTreeMap, VecDeque};

use crate::store::Choice;

/// So many lists that were shown are remembered.
const REMEMBERED: usize = 16;

/// Lists as they were shown to somebody who may decide about all of them.
#[derive(Debug, Default)]
pub(super) struct Offers(u64, VecDeque<(u64, Offer)>);

/// By pipeline, each return as it was seen.
pub(super) type Offer = BTreeMap<String, Vec<Choice>>;

impl Offers {
    /// Remembers what is shown, and says by which number.
    pub(super) fn keep(&mut self, offer: Offer) -> u64 {
        self.0 += 1;
        self.1.push_back((self.0, offer));
        while self.1.len() > REMEMBERED {
            self.1.pop_front();
        }
        self.0
    }

    /// An offer is taken once.
    pub(super) fn take(&mut self, number: u64) -> Option<Offer> {
        let at = self.1.iter().position(|(known, _)| *known == number)?;
        self.1.remove(at).map(|(_, offer)| offer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_is_decided_once_and_old_lists_make_room() {
        let mut offers = Offers::default();
        let numbers: Vec<_> = (0..20).map(|_| offers.keep(Offer::new())).collect();
        assert!(offers.take(numbers[0]).is_none(), "too old");
        assert!(offers.take(numbers[19]).is_some());
        assert!(offers.take(numbers[19]).is_none(), "taken");
        assert!(offers.take(0).is_none());
    }
}
