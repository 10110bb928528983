//! One thing that a live check found: what it is about, what is wrong, what to do. Who finds is `preflight::judge`'s and
//! `preflight::further`'s.

use std::fmt;

use serde::Serialize;

use crate::lang::{Lang, Text};

/// Something that would park or refuse bills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A stable word: `absent`, `unaudited`, `forbidden`, …
    pub cause: &'static str,
    /// What it is about: `customers S001 → C001 (100)`.
    pub subject: String,
    /// What is wrong, in English.
    pub message: String,
    /// What is wrong, in Chinese.
    pub message_zh: String,
    /// What to do, `english · 中文`: in JSON `fix` and `fix_zh`.
    #[serde(flatten, serialize_with = "crate::lang::fix::serialize")]
    pub fix: String,
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
        let message = Lang::chosen().of(&self.message_zh, &self.message);
        write!(f, "{}: {message}\n    → {}", self.subject, Text::parted(&self.fix))
    }
}
