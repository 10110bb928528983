//! What one process asks of the one that works the journal. How each is done is the worker's.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::journal::Wish;
use crate::model::Month;

/// Something to be done by whoever works the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Put parked returns back on their way.
    Retry(Retry),
    /// Set right what a reconciliation found: read what never became a bill, park what is gone from 金蝶.
    Mend {
        /// 退换单号
        numbers: Vec<String>,
    },
    /// A person decided about returns.
    Decide(Decide),
    /// A person closes a month, or opens it again.
    Month(MonthOrder),
    /// Read a span of the past.
    Backfill(Past),
    /// Begin a cycle now, without waiting for the schedule.
    Run,
    /// End every hold of 旺店通: ask it now.
    Lift,
}

/// What a person asks to be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Retry {
    /// 退换单号; empty: everything that is parked.
    pub numbers: Vec<String>,
    /// Only what is parked for this first cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Also what was confirmed once and is gone from 金蝶: writing it again is the person's decision.
    pub again: bool,
}

/// What a person decided about returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decide {
    /// What, who and why.
    pub wish: Wish,
    /// About which.
    pub returns: Vec<Choice>,
}

/// A return as a person saw it when deciding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// 退换单号
    pub refund_no: String,
    /// The word for how it stood; see [`seen`](crate::journal::seen).
    pub seen: String,
}

/// A month that a person closes, or opens again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthOrder {
    /// Which.
    pub month: Month,
    /// It is opened again.
    #[serde(default)]
    pub reopen: bool,
    /// Who.
    pub by: String,
    /// Why, in that person's words.
    #[serde(default)]
    pub note: String,
}

/// A span of the past to be read, by 最后修改时间, Asia/Shanghai, closed at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// First second.
    pub from: NaiveDateTime,
    /// Last second.
    pub to: NaiveDateTime,
    /// Also what was settled before it was asked for.
    pub again: bool,
}

/// A request in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Row id.
    pub id: i64,
    /// When it was left.
    pub at: DateTime<Utc>,
    /// What is asked.
    pub request: Request,
}
