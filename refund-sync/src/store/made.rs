//! What became of what persons decided. What they asked for is `store::request`'s.

use serde::{Deserialize, Serialize};

use crate::lang::{Text, vocabulary};

/// What became of a decision about one return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// 退换单号
    pub refund_no: String,
    /// What became of it.
    pub outcome: MadeKind,
    /// In words: what was done, or why not and what to do instead.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
    /// The decision holds and is not enough: something else keeps the return waiting for a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl Made {
    /// A return of which nothing was decided.
    pub fn not(refund_no: &str, outcome: MadeKind, message: Text) -> Self {
        Self { refund_no: refund_no.to_owned(), outcome, message, waits: false }
    }
}

/// What became of a month that a person closed, or opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthMade {
    /// It is done.
    pub done: bool,
    /// In words: what was done, or what is open.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
}

vocabulary! {
    /// What becomes of a decision.
    pub enum MadeKind {
        /// It holds.
        Done = "done" { title: "已生效", "done"; }
        /// The return changed since it was looked at: it is to be looked at again.
        Changed = "changed" { title: "单据已变化，请重新查看", "it changed meanwhile: look again"; }
        /// It may not be decided like that.
        Refused = "refused" { title: "不能这样决定", "refused"; }
        /// The journal does not know the number.
        Unknown = "unknown" { title: "没有读到过", "never read"; }
    }
}
