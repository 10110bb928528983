//! What became of each bill of a call: verdicts, and the classes of what the server objects to.
//! Failures of the whole call are in `error`; how replies are read, in `envelope`.

use std::collections::{HashMap, HashSet};

use crate::envelope::{ResponseStatus, Success};

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
    /// MsgCode of the whole answer: one answer has one code, whatever its errors are.
    pub msg_code: i64,
    /// What kind of objection it is.
    pub class: Class,
}

impl BillError {
    /// Whether the server failed rather than objected (MsgCode 4 and 6), so that a look-up is
    /// wise before believing that nothing happened.
    pub fn is_doubtful(&self) -> bool {
        matches!(self.msg_code, 4 | 6) && matches!(self.class, Class::Transient | Class::Refused)
    }
}

/// Kinds of objection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// 编码唯一: the number is taken. Look it up; it may be ours.
    Duplicate {
        /// The number in the server's text.
        number: String,
    },
    /// 已经审核, 已提交: the operation was done before.
    AlreadyDone,
    /// 关账, 结账, 启用日期: the date lies in a period that is closed or not open yet.
    ClosedPeriod,
    /// 必填, 必录, 不存在: a value is missing or unknown.
    Missing,
    /// 更新库存, 入库上限: the stock does not allow it.
    Stock,
    /// A lock (13), the database (6) or a call limit (14): later has a chance.
    Transient,
    /// Anything else: permanent until somebody changes something.
    Refused,
}

impl Class {
    /// Classes an objection by its text, then by the answer's MsgCode.
    pub fn of(message: &str, msg_code: i64) -> Self {
        let says = |patterns: &[&str]| patterns.iter().any(|pattern| message.contains(pattern));
        if says(&["编码唯一", "已经被使用"]) {
            Self::Duplicate { number: bracketed(message).to_owned() }
        } else if says(&["已经审核", "已审核", "已经提交", "已提交"]) {
            Self::AlreadyDone
        } else if says(&["必填", "必录", "编码值", "元数据中标识为"]) {
            Self::Missing
        } else if matches!(msg_code, 6 | 13 | 14) || says(&["网控", "网络控制"]) {
            Self::Transient
        } else if says(&["更新库存", "入库上限"]) {
            Self::Stock
        } else if says(&["关账", "结账", "启用日期", "早于", "小于等于", "期间"]) {
            Self::ClosedPeriod
        } else if says(&["不存在"]) {
            Self::Missing
        } else {
            Self::Refused
        }
    }
}

/// The text between the first `[` and the last `]` after it.
fn bracketed(message: &str) -> &str {
    let inner = message.split_once('[').map_or("", |(_, rest)| rest);
    inner.rsplit_once(']').map_or("", |(inner, _)| inner)
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
            success.index == Some(index) && !success.keys().any(|key| ours.contains(&key))
        };
        let placed = status.successes.iter().find(free);
        match (placed, placed.and_then(|success| success.number.as_deref()), bill) {
            // Another bill than the one that was to be changed.
            (Some(_), _, Ours { id: Some(_), .. }) => Verdict::Unknown,
            (Some(success), Some(given), Ours { number: Some(_), .. }) => {
                Verdict::Renumbered { id: success.id.clone(), number: given.to_owned() }
            }
            (Some(success), given, bill) => success.saved(given.or(bill.number).unwrap_or_default()),
            (None, ..) => rejected(status.errors_at(index, bills.len())),
        }
    };
    bills.iter().enumerate().map(verdict).collect()
}

/// Verdicts of an operation on numbers: by number, also where an error's text quotes it; the
/// answer's order is not the request's.
pub(crate) fn of_numbers(numbers: &[String], status: &ResponseStatus) -> Vec<Verdict> {
    let quoted = |number: &str| format!("“{number}”");
    let quotes_any = |error: &BillError| numbers.iter().any(|number| error.message.contains(&quoted(number)));
    let verdict = |(index, number): (usize, &String)| {
        if let Some(success) = status.successes.iter().find(|s| s.number.as_deref() == Some(number)) {
            return success.saved(number);
        }
        let named = status.errors.iter().filter(|error| error.message.contains(&quoted(number)));
        let placed = status.errors_at(index, numbers.len()).into_iter().filter(|error| !quotes_any(error));
        rejected(named.cloned().chain(placed).collect())
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
