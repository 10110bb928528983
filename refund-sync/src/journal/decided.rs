//! What a person decides about one return, as it is asked for and kept: the word, who, why, and what it lifts. Whether it may be
//! decided, and what it changes, is `journal::decision`'s.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lang::vocabulary;
use crate::model::Direction;

vocabulary! {
    /// What is decided.
    pub enum DecisionKind {
        /// Write what arrived.
        Arrived = "arrived" { title: "按实收数量入账", "write what arrived"; }
        /// Write what was asked back.
        Asked = "asked" { title: "按申请数量入账", "write what was asked back"; }
        /// Date it on the first open day.
        OpenDay = "open-day" { title: "记到第一个可记账日", "date it on the first open day"; }
        /// It was booked by hand.
        Booked = "booked" { title: "已手工入账", "booked by hand"; }
        /// It is not to be booked.
        Ignored = "ignored" { title: "不入账", "not to be booked"; }
        /// What was decided is taken back.
        Undo = "undo" { title: "撤销决定", "decision taken back"; }
    }
}

/// What a person wants of one return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// What.
    #[serde(rename = "as")]
    pub kind: DecisionKind,
    /// The number of the bill that was booked by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<String>,
    /// Why, in the person's words.
    #[serde(default)]
    pub note: String,
    /// Who.
    pub by: String,
}

/// What was decided, as its document keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What, who and why.
    #[serde(flatten)]
    pub wish: Wish,
    /// When.
    pub at: DateTime<Utc>,
    /// FID of the bill that was booked by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fid: Option<String>,
    /// How its bill is made from here on.
    #[serde(default, skip_serializing_if = "is_left_to_the_rules")]
    pub direction: Direction,
    /// What nobody could compare of the bill that was booked by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<String>,
    /// What was decided before and has its part in how its bill is made, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Earlier>,
}

/// A decision that another one was added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// What, who and why.
    #[serde(flatten)]
    pub wish: Wish,
    /// When.
    pub at: DateTime<Utc>,
}

impl Decision {
    /// Everything that was decided and has its part in it, oldest first, this one last.
    pub fn parts(&self) -> impl Iterator<Item = &Wish> {
        self.earlier.iter().map(|earlier| &earlier.wish).chain([&self.wish])
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_left_to_the_rules(direction: &Direction) -> bool {
    *direction == Direction::default()
}
