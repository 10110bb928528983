//! What became of each bill of a call: verdicts, and what the server objects to.
//! Classes of objections are in `class`; failures of the whole call, in `error`; how replies are read, in `envelope`.

use std::collections::{HashMap, HashSet};

pub use crate::class::Class;
use crate::class::{Advice, Code, Objection, Rule};
use crate::envelope::{ResponseStatus, Success};
use crate::error::Fate;

/// What became of one bill. Read per bill, never from the answer's `IsSuccess`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The operation took effect on this bill.
    Saved {
        /// The bill's internal id (FID).
        id: String,
        /// The bill's number.
        number: String,
    },
    /// The operation had no effect on this bill.
    Rejected {
        /// Every objection, in the server's order.
        errors: Vec<BillError>,
    },
    /// A bill was saved at our place under a number that is not ours: the site's 编码规则
    /// (numbering rule) renumbers bills. Never send it again.
    Renumbered {
        /// The bill's internal id.
        id: String,
        /// The number it was given.
        number: String,
    },
    /// The answer says nothing about this bill: look it up.
    Unknown,
}

impl Verdict {
    /// Whether the operation's effect is there: saved now, or already done before.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Saved { .. } => true,
            Self::Rejected { errors } => {
                !errors.is_empty() && errors.iter().all(|error| error.class == Class::AlreadyDone)
            }
            _ => false,
        }
    }

    /// Whether only a look-up can tell: the answer says nothing about the bill, or its number is
    /// taken (perhaps by itself), or the server failed rather than objected.
    /// [`Client::resolve_unknown`](crate::Client::resolve_unknown) is for these.
    pub fn needs_look_up(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Rejected { errors } => errors
                .iter()
                .any(|error| error.is_doubtful() || matches!(error.class, Class::Duplicate { .. })),
            _ => false,
        }
    }
}

/// One objection of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BillError {
    /// The field it is about, if the server names one.
    pub field: Option<String>,
    /// The server's text.
    pub message: String,
    /// The bill's place in the request (`DIndex`).
    pub index: Option<usize>,
    /// MsgCode of the whole answer: one answer has one code, whatever its errors are. 0 where the server sends none.
    pub msg_code: i64,
    /// What kind of objection it is, for the operation that was called.
    pub class: Class,
    /// The row of the table that says so.
    pub rule: &'static Rule,
}

impl BillError {
    /// An objection as it came, classed by the table.
    pub(crate) fn new(field: Option<String>, message: String, index: Option<usize>, msg_code: i64) -> Self {
        let code = Code::Msg(msg_code);
        let rule = Objection { field: field.as_deref(), message: &message, code, is_login: false }.rule();
        Self { class: rule.class_of(&message), field, message, index, msg_code, rule }
    }

    /// The same as the answer of a login: there it is the account's, unless it passes.
    pub(crate) fn of_login(mut self) -> Self {
        let (field, code) = (self.field.as_deref(), Code::Msg(self.msg_code));
        self.rule = Objection { field, message: &self.message, code, is_login: true }.rule();
        self.class = self.rule.class_of(&self.message);
        self
    }

    /// The same as said to a save. A bill that is audited was not saved, and a number that is not the bill's is another
    /// field's.
    fn of_save(mut self, number: Option<&str>) -> Self {
        if let (Class::Duplicate { number: taken }, Some(own)) = (&self.class, number)
            && !taken.is_empty()
            && !taken.trim().eq_ignore_ascii_case(own.trim())
        {
            self.class = Class::Refused;
        }
        self.of_operation("Save")
    }

    /// The same as said to an operation: what is submitted is not audited, and what is audited is not deleted.
    fn of_operation(mut self, operation: &str) -> Self {
        let is_done = match operation {
            "Submit" => true,
            "Audit" => self.rule.name == "audited",
            _ => false,
        };
        if self.class == Class::AlreadyDone && !is_done {
            self.class = Class::WrongStatus;
        }
        self
    }

    /// Whether the server failed rather than objected (MsgCode 4 and 6, texts of a database), so that a look-up is
    /// wise before believing that nothing happened.
    pub fn is_doubtful(&self) -> bool {
        self.rule.fate == Fate::Unknown
    }

    /// What a person can do, in Chinese and English.
    pub fn advice(&self) -> Advice {
        self.rule.advice
    }
}

/// By what a bill of a save is recognised in the answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ours<'a> {
    id: Option<&'a str>,
    pub(crate) number: Option<&'a str>,
}

impl<'a> Ours<'a> {
    pub(crate) fn created(number: Option<&'a str>) -> Self {
        Self { id: None, number }
    }

    pub(crate) fn updated(id: &'a str, number: Option<&'a str>) -> Self {
        Self { id: Some(id), number }
    }

    fn key(&self) -> Option<Key<'a>> {
        self.id.map(Key::Id).or(self.number.map(Key::Number))
    }
}

/// The one thing by which a bill is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key<'a> {
    Id(&'a str),
    Number(&'a str),
}

/// Verdicts of a save: by id or number, then by `DIndex`.
pub(crate) fn of_save(bills: &[Ours<'_>], status: &ResponseStatus) -> Vec<Verdict> {
    // Hundreds of bills are matched with hundreds of successes.
    let mut by_key = HashMap::new();
    for success in &status.successes {
        for key in success.keys() {
            by_key.entry(key).or_insert(success);
        }
    }
    let ours: HashSet<Key<'_>> = bills.iter().filter_map(Ours::key).collect();
    let verdict = |(index, bill): (usize, &Ours<'_>)| {
        if let Some(success) = bill.key().and_then(|key| by_key.get(&key)) {
            return success.saved(success.number.as_deref().or(bill.number).unwrap_or_default());
        }
        let free = |success: &&Success| {
            let is_placed = success.index == Some(index) || (success.index.is_none() && bills.len() == 1);
            is_placed && !success.keys().any(|key| ours.contains(&key))
        };
        let placed = status.successes.iter().find(free);
        match (placed, placed.and_then(|success| success.number.as_deref()), bill) {
            // Another bill than the one that was to be changed.
            (Some(_), _, Ours { id: Some(_), .. }) => Verdict::Unknown,
            (Some(success), Some(given), Ours { number: Some(_), .. }) => {
                Verdict::Renumbered { id: success.id.clone(), number: given.to_owned() }
            }
            (Some(success), given, bill) => success.saved(given.or(bill.number).unwrap_or_default()),
            (None, ..) => {
                let errors = status.errors_at(index, bills.len()).into_iter();
                rejected(errors.map(|error| error.of_save(bill.number)).collect())
            }
        }
    };
    bills.iter().enumerate().map(verdict).collect()
}

/// Verdicts of an operation on numbers: by number, also where an error's text quotes it; the
/// answer's order is not the request's.
pub(crate) fn of_numbers(operation: &str, numbers: &[String], status: &ResponseStatus) -> Vec<Verdict> {
    let quoted = |number: &str| format!("“{number}”");
    let quotes_any = |error: &BillError| numbers.iter().any(|number| error.message.contains(&quoted(number)));
    let verdict = |(index, number): (usize, &String)| {
        if let Some(success) = status.successes.iter().find(|s| s.number.as_deref() == Some(number)) {
            return success.saved(number);
        }
        let named = status.errors.iter().filter(|error| error.message.contains(&quoted(number)));
        let placed = status.errors_at(index, numbers.len()).into_iter().filter(|error| !quotes_any(error));
        rejected(named.cloned().chain(placed).map(|error| error.of_operation(operation)).collect())
    };
    numbers.iter().enumerate().map(verdict).collect()
}

fn rejected(errors: Vec<BillError>) -> Verdict {
    if errors.is_empty() { Verdict::Unknown } else { Verdict::Rejected { errors } }
}

impl Success {
    fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        [Some(Key::Id(&self.id)), self.number.as_deref().map(Key::Number)].into_iter().flatten()
    }

    fn saved(&self, number: &str) -> Verdict {
        Verdict::Saved { id: self.id.clone(), number: number.to_owned() }
    }
}

impl ResponseStatus {
    /// The errors of the bill at this place. Without a place, an error of a single-bill call is
    /// that bill's.
    fn errors_at(&self, index: usize, bills: usize) -> Vec<BillError> {
        let here = |error: &&BillError| error.index == Some(index) || (error.index.is_none() && bills == 1);
        self.errors.iter().filter(here).cloned().collect()
    }
}
