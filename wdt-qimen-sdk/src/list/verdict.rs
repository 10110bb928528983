//! What the spans of a list prove together: as much as the weakest of them.

use serde::{Deserialize, Serialize};

use crate::window::{Proof, Why};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Verdict {
    total: u64,
    missing: u64,
    unproved: Option<Why>,
}

impl Verdict {
    pub(super) fn add(&mut self, proof: Proof) {
        match proof {
            Proof::Proved { total } => self.total += total,
            Proof::ShortBy { total, missing } => {
                self.total += total;
                self.missing += missing;
            }
            Proof::Unproved(why) => self.unproved = self.unproved.or(Some(why)),
        }
    }

    pub(super) fn proof(&self) -> Proof {
        match (self.unproved, self.missing) {
            (Some(why), _) => Proof::Unproved(why),
            (None, 0) => Proof::Proved { total: self.total },
            (None, missing) => Proof::ShortBy { total: self.total, missing },
        }
    }
}
