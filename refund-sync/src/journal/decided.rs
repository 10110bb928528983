//! What a person decides about one return, as it is asked for and kept: the word, who, why, and what it lifts. Whether it may be
//! decided, and what it changes, is `journal::decision`'s.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::parking::Parking;
use crate::lang::vocabulary;
use crate::model::{Cause, Direction, Quantities};

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
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_left_to_the_rules(direction: &Direction) -> bool {
    *direction == Direction::default()
}

impl DecisionKind {
    /// The return is not written by the program any more.
    pub fn closes(self) -> bool {
        matches!(self, Self::Booked | Self::Ignored)
    }

    /// What it adds to how a bill is made.
    pub fn directs(self, mut direction: Direction) -> Direction {
        match self {
            Self::Arrived => direction.quantities = Some(Quantities::Arrived),
            Self::Asked => direction.quantities = Some(Quantities::Asked),
            Self::OpenDay => direction.open_day = true,
            Self::Booked | Self::Ignored | Self::Undo => {}
        }
        direction
    }

    /// It can lift what is parked for this cause.
    pub fn lifts(self, cause: Cause) -> bool {
        self.causes().contains(&cause)
    }

    /// The causes that it can lift; empty where it holds for every cause.
    pub(super) fn causes(self) -> &'static [Cause] {
        match self {
            Self::Arrived => &[Cause::QuantityGap],
            Self::Asked => &[
                Cause::QuantityGap,
                Cause::NoStockin,
                Cause::UnreadableStockin,
                Cause::UnjoinedStockin,
                Cause::UncountedStockin,
                Cause::SeveralOrgs,
                Cause::QuantityZeroWithAmount,
            ],
            Self::OpenDay => &[Cause::ClosedPeriod],
            Self::Booked | Self::Ignored | Self::Undo => &[],
        }
    }
}

/// A word for what a person saw of a document: another row, state, cause or decision gives another word.
pub fn seen(document: &Document) -> String {
    let parking = document.parking.as_ref().and_then(Parking::kept);
    let decision = document.decision.as_ref().and_then(|decision| serde_json::to_string(decision).ok());
    let text = format!(
        "{}\n{}\n{:?}\n{}\n{parking:?}\n{:?}\n{decision:?}",
        document.refund_no,
        document.state,
        document.version.modified,
        document.version.asked_at.timestamp_micros(),
        document.fid,
    );
    base16ct::lower::encode_string(&Sha256::digest(text.as_bytes())[..8])
}
