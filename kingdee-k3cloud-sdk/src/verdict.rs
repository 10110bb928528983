//! What became of each bill of a call. What the server objects to is in `bill_error`; failures of the whole call, in
//! `error`; how replies are read, in `envelope`.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bill_error::BillError;
use crate::class::rule::Class;
use crate::envelope::{ResponseStatus, Success};

/// What became of one bill. Read per bill, never from the answer's `IsSuccess`.
///
/// ```
/// use kingdee_k3cloud_sdk::Verdict;
///
/// /// What is kept of each bill.
/// fn note(number: &str, verdict: &Verdict) -> Result<String, serde_json::Error> {
///     Ok(format!("{number} {}", serde_json::to_string(verdict)?))
/// }
/// let saved = Verdict::Saved { id: "100001".to_owned(), number: "TK1".to_owned() };
/// assert_eq!(note("TK1", &saved)?, r#"TK1 {"saved":{"id":"100001","number":"TK1"}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The operation took effect, and the bill stands in the books.
    Saved {
        /// The bill's internal id (FID).
        id: String,
        /// The bill's number.
        number: String,
    },
    /// The bill was deleted: it stands in the books no more.
    Deleted {
        /// The internal id that it had.
        id: String,
        /// The number that it had; empty where neither the call nor the answer names it.
        number: String,
    },
    /// The operation had no effect on this bill.
    Rejected {
        /// Every objection, in the server's order; at least one.
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

/// In a few words, such as `TK1 is saved, with id 100001`. Objections are the server's text.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Saved { id, number } => write!(f, "{number} is saved, with id {id}"),
            Self::Deleted { id, number } if number.is_empty() => {
                write!(f, "the bill with id {id} is deleted")
            }
            Self::Deleted { id, number } => write!(f, "{number} is deleted, it had id {id}"),
            Self::Rejected { errors } => {
                f.write_str("rejected")?;
                for (index, error) in errors.iter().enumerate() {
                    write!(f, "{} {}", if index == 0 { ":" } else { ";" }, error.message)?;
                }
                Ok(())
            }
            Self::Renumbered { id, number } => {
                write!(f, "saved as {number}, which is not its number, with id {id}")
            }
            Self::Unknown => f.write_str("unknown: look it up"),
        }
    }
}

impl Verdict {
    /// Whether the operation's effect is there: saved or deleted now, or already done before.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BillError, Verdict};
    ///
    /// let saved = Verdict::Saved { id: "100001".into(), number: "TK1".into() };
    /// let audited_before = Verdict::Rejected { errors: vec![BillError::of("单据已经审核！", 11)] };
    /// assert!(saved.is_done() && audited_before.is_done() && !Verdict::Unknown.is_done());
    /// ```
    pub fn is_done(&self) -> bool {
        match self {
            Self::Saved { .. } | Self::Deleted { .. } => true,
            Self::Rejected { errors } => {
                !errors.is_empty() && errors.iter().all(|error| error.class == Class::AlreadyDone)
            }
            _ => false,
        }
    }

    /// Whether only a look-up can tell: the answer says nothing about the bill, or its number is
    /// taken (perhaps by itself), or the server failed rather than objected.
    /// [`Client::resolve_unknown`](crate::Client::resolve_unknown) is for these.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{BillError, Verdict};
    ///
    /// let refused = Verdict::Rejected { errors: vec![BillError::of("字段“客户”是必填项", 11)] };
    /// assert!(Verdict::Unknown.needs_look_up() && !refused.needs_look_up());
    /// ```
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

/// Verdicts of an operation on bills that exist: by number or id, also where an error's text quotes the number; the
/// answer's order is not the request's.
pub(crate) fn of_operation(operation: &str, bills: &[Ours<'_>], status: &ResponseStatus) -> Vec<Verdict> {
    let success_of = |bill: &Ours<'_>| {
        let key = bill.key()?;
        status.successes.iter().find(|success| success.keys().any(|own| own == key))
    };
    let is_about = |error: &BillError, bill: &Ours<'_>| {
        bill.number.is_some_and(|number| error.message.contains(&format!("“{number}”")))
    };
    let is_named = |error: &BillError| bills.iter().any(|bill| is_about(error, bill));
    // Texts name bills by number. Called by id, only places tell, and one that points to a bill that got through shows
    // that they follow another order.
    let is_of_success = |at: usize| bills.get(at).and_then(success_of).is_some();
    let by_id = bills.iter().any(|bill| bill.id.is_some());
    let disordered = by_id && status.errors.iter().filter_map(|error| error.index).any(is_of_success);
    let verdict = |(index, bill): (usize, &Ours<'_>)| {
        if let Some(success) = success_of(bill) {
            return success.of(operation, success.number.as_deref().or(bill.number).unwrap_or_default());
        }
        let quoted = status.errors.iter().filter(|error| is_about(error, bill));
        let placed = if disordered { Vec::new() } else { status.errors_at(index, bills.len()) };
        let placed = placed.into_iter().filter(|error| !is_named(error));
        rejected(quoted.cloned().chain(placed).map(|error| error.of_operation(operation)).collect())
    };
    bills.iter().enumerate().map(verdict).collect()
}

/// Verdicts of a call that makes bills from others: by place alone, as what is made has numbers of its own.
pub(crate) fn of_push(bills: usize, status: &ResponseStatus) -> Vec<Verdict> {
    let verdict = |index| {
        let is_here = |success: &&Success| success.index.map_or(bills == 1, |at| at == index);
        match status.successes.iter().find(is_here) {
            Some(success) => success.of("Push", success.number.as_deref().unwrap_or_default()),
            None => rejected(status.errors_at(index, bills)),
        }
    };
    (0..bills).map(verdict).collect()
}

/// Verdicts of whatever an answer speaks of, in the order of its places: of bills that got through and of those that did
/// not. What has no place comes last.
pub(crate) fn of_answer(operation: &str, status: &ResponseStatus) -> Vec<Verdict> {
    let mut verdicts: Vec<(usize, Verdict)> = Vec::new();
    for success in &status.successes {
        let number = success.number.as_deref().unwrap_or_default();
        verdicts.push((success.index.unwrap_or(usize::MAX), success.of(operation, number)));
    }
    let places: BTreeSet<Option<usize>> = status.errors.iter().map(|error| error.index).collect();
    for place in places {
        let errors = status.errors.iter().filter(|error| error.index == place).cloned();
        let errors = errors.map(|error| error.of_operation(operation)).collect();
        verdicts.push((place.unwrap_or(usize::MAX), Verdict::Rejected { errors }));
    }
    verdicts.sort_by_key(|(place, _)| *place);
    verdicts.into_iter().map(|(_, verdict)| verdict).collect()
}

fn rejected(errors: Vec<BillError>) -> Verdict {
    if errors.is_empty() { Verdict::Unknown } else { Verdict::Rejected { errors } }
}

impl Success {
    fn keys(&self) -> impl Iterator<Item = Key<'_>> {
        [Some(Key::Id(&self.id)), self.number.as_deref().map(Key::Number)].into_iter().flatten()
    }

    /// What an operation that got through made of the bill.
    fn of(&self, operation: &str, number: &str) -> Verdict {
        match self.saved(number) {
            Verdict::Saved { id, number } if operation == "Delete" => Verdict::Deleted { id, number },
            saved => saved,
        }
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
