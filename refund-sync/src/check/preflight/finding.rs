//! One thing that a live check found: what it is about, what is wrong, what to do. Who finds is `preflight::judge`'s and
//! `preflight::further`'s.

use std::fmt;

use serde::Serialize;

use crate::lang::Text;

/// Something that would park or refuse bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word: `absent`, `unaudited`, `forbidden`, …
    pub cause: &'static str,
    /// What it is about: `customers S001 → C001 (100)`.
    pub subject: String,
    /// What is wrong.
    #[serde(flatten, serialize_with = "crate::lang::message::serialize")]
    pub message: Text,
    /// What to do.
    #[serde(flatten, serialize_with = "crate::lang::fix::apart")]
    pub fix: Text,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A person should look at it.
    Warning,
    /// Bills will be refused or parked.
    Fault,
    /// A system could not be asked, which may pass by itself.
    Failed,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    → {}", self.subject, self.message, self.fix)
    }
}
