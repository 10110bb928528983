//! Is the bill that stands in 金蝶 under our number ours? Pure: what the look-up found against what we sent.
//! Asking 金蝶 is `sink`'s; what follows from the answer is `worker`'s.

use std::collections::BTreeSet;

use super::comparison::compare;
use super::found::{CUSTOMER, DATE, Difference, FoundBill, FoundLine};
use crate::lang::{Text, both};
use crate::model::ReturnBill;

/// What a look-up proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nothing stands there under either number.
    Absent,
    /// It carries our mark. The differences, if any, say that somebody or 金蝶 altered it.
    Ours {
        /// The bill.
        bill: FoundBill,
        /// Customer, date, and lines whose quantity, unit or cents are not what we sent.
        altered: Vec<Difference>,
        /// Further fields that 金蝶 dropped or changed. Nothing rests on them.
        fields: Vec<Difference>,
    },
    /// Bills were found, and the number of one cannot be read: it may be this one.
    Illegible {
        /// Their FIDs; `?` of a row that has none.
        ids: Vec<String>,
    },
    /// Our number, nothing that can be seen speaks against it, and what would tell whose it is cannot be read.
    Unseen {
        /// The bill.
        bill: FoundBill,
        /// The columns that could not be read.
        columns: BTreeSet<String>,
    },
    /// No mark that can be seen, but customer and lines are the same: entered by hand or by another tool, or ours.
    Foreign {
        /// The bill.
        bill: FoundBill,
    },
    /// Our number, something else behind it.
    Conflict {
        /// FID
        id: String,
        /// Every point that differs.
        differences: Vec<Difference>,
    },
    /// 已作废: holds the number, must never be adopted.
    Voided {
        /// FID
        id: String,
    },
    /// More than one bill stands under our number.
    Doubled {
        /// Their FIDs.
        ids: Vec<String>,
    },
}

/// Judges what was found under the numbers of `ours`.
pub fn identify<'f>(ours: &ReturnBill, found: impl IntoIterator<Item = &'f FoundBill> + Clone) -> Identity {
    let mut ids: Vec<&FoundBill> = Vec::new();
    for bill in found.clone().into_iter().filter(|bill| bill.stands_for(&ours.number, &ours.refund_no)) {
        if !ids.iter().any(|known| known.id == bill.id) {
            ids.push(bill);
        }
    }
    let bill = match ids.as_slice() {
        [] => {
            let may_be = |bill: &&FoundBill| {
                bill.is_nameless() && (bill.asked.is_empty() || bill.asked.contains(&ours.number))
            };
            let id = |bill: &FoundBill| if bill.id.is_empty() { "?".to_owned() } else { bill.id.clone() };
            let ids: Vec<String> = found.into_iter().filter(may_be).map(id).collect();
            return if ids.is_empty() { Identity::Absent } else { Identity::Illegible { ids } };
        }
        [bill] => *bill,
        several => return Identity::Doubled { ids: several.iter().map(|bill| bill.id.clone()).collect() },
    };
    if bill.voided {
        return Identity::Voided { id: bill.id.clone() };
    }
    let (mut differences, fields) = compare(ours, bill);
    if bill.is_marked_as(&ours.refund_no) {
        return Identity::Ours { bill: bill.clone(), altered: differences, fields };
    }
    // Another day is no other bill: whoever types one in by hand does it today.
    differences.retain(|point| point.what != DATE);
    let are_lines_seen = bill.lines.as_ref().is_some_and(|lines| lines.iter().all(FoundLine::is_readable));
    let is_seen = bill.customer.is_some() && are_lines_seen && !bill.unread.contains("FCancelStatus");
    if differences.is_empty() && is_seen {
        return Identity::Foreign { bill: bill.clone() };
    }
    if differences.is_empty() {
        return Identity::Unseen { bill: bill.clone(), columns: unseen(bill, &ours.refund_no) };
    }
    // Beside what differs whatever cannot be seen is named as well.
    if bill.customer.is_none() {
        differences.insert(0, Difference::unseen(CUSTOMER, ours.customer.clone()));
    }
    if !are_lines_seen {
        differences.push(Difference::unseen("lines 明细", ours.lines.len().to_string()));
    }
    Identity::Conflict { id: bill.id.clone(), differences }
}

/// The columns that would tell whose a bill is.
fn unseen(bill: &FoundBill, refund_no: &str) -> BTreeSet<String> {
    let mut columns = bill.unread.clone();
    if bill.may_be_marked_as(refund_no) {
        columns.insert("FThirdBillNo".to_owned());
    }
    columns
}

/// What is wrong with an answer that has bills which nobody asked for: it proves nothing about those that were, and
/// nothing is decided on its word. `None`: it is about them.
pub fn answers_for_others(wanted: &[&ReturnBill], found: &[FoundBill]) -> Option<Text> {
    let strangers = strangers(wanted, found);
    let named = strangers.iter().take(3).map(String::as_str).collect::<Vec<_>>().join(", ");
    (!strangers.is_empty()).then(|| {
        both!(
            "金蝶的查询结果里有 {} 张不是所查的单据（{named}），不据此作任何判断",
            "金蝶 answers a look-up with {} other bills than asked ({named}): nothing is decided on that",
            strangers.len()
        )
    })
}

/// Numbers of bills in an answer that nobody asked for: the server has not looked at the condition.
fn strangers(wanted: &[&ReturnBill], found: &[FoundBill]) -> Vec<String> {
    // As nearly every answer is, to the letter.
    let asked: BTreeSet<&str> = wanted.iter().map(|bill| bill.number.as_str()).collect();
    if found.iter().all(|bill| bill.number.is_empty() || asked.contains(bill.number.as_str())) {
        return Vec::new();
    }
    let numbers: BTreeSet<String> = wanted.iter().map(|bill| fold(&bill.number)).collect();
    let refunds: BTreeSet<String> = wanted.iter().map(|bill| fold(&bill.refund_no)).collect();
    let is_asked = |bill: &FoundBill| {
        bill.number.is_empty()
            || numbers.contains(&fold(&bill.number))
            || bill.third_bill_no.as_deref().is_some_and(|number| refunds.contains(&fold(number)))
    };
    let others: BTreeSet<&str> =
        found.iter().filter(|bill| !is_asked(bill)).map(|bill| bill.number.as_str()).collect();
    others.into_iter().map(str::to_owned).collect()
}

/// A number as a database may compare it: without case, width and blanks at its ends.
fn fold(number: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    number.trim().chars().map(narrow).flat_map(char::to_lowercase).collect()
}

impl Difference {
    fn unseen(what: &str, ours: String) -> Self {
        Self { what: what.into(), ours, theirs: "?".into() }
    }
}
