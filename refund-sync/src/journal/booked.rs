//! Is the bill that a person names the one of this return? Everything that can be seen must agree: what was booked by hand
//! is believed or named, never guessed. Asking 金蝶 is `sink`'s; who may say so is `journal::decision`'s.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::comparison::compare;
use super::found::{CUSTOMER, DATE, Difference, FoundBill, FoundLine, NO_BILL, VOIDED};
use crate::model::ReturnBill;

/// What a return should have been booked as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This bill, under another number.
    Bill(Box<ReturnBill>),
    /// The rules make no bill of it: only its sums are known.
    Sums {
        /// Pieces.
        pieces: Decimal,
        /// What the buyer got back, in yuan.
        amount: Decimal,
        /// The day by rule; none where no rule tells one.
        date: Option<NaiveDate>,
        /// The customer by table; none where no table tells one.
        customer: Option<String>,
    },
}

/// The bill under `number`, if it is what was expected for `refund_no`, and the difference in its date where that is another
/// one and `on_another_day`: the person said why.
///
/// # Errors
/// Every point in which it differs, or why there is nothing to compare.
pub fn find_booked<'a>(
    expected: &Expected,
    refund_no: &str,
    number: &str,
    found: &'a [FoundBill],
    on_another_day: bool,
) -> Result<(&'a FoundBill, Option<Difference>), Vec<Difference>> {
    let mut under: Vec<&FoundBill> = Vec::new();
    for bill in found.iter().filter(|bill| bill.number == number) {
        if !under.iter().any(|known| known.id == bill.id) {
            under.push(bill);
        }
    }
    let bill = match under.as_slice() {
        [bill] => *bill,
        [] => return Err(vec![point(NO_BILL, number, "-")]),
        several => {
            let ids: Vec<_> = several.iter().map(|bill| bill.id.as_str()).collect();
            return Err(vec![point("bills 单据", "1", &format!("FID {}", ids.join(", ")))]);
        }
    };
    let mut differences = Vec::new();
    if bill.voided {
        differences.push(point("status 单据状态", "-", VOIDED));
    }
    let other = bill.third_bill_no.as_deref().filter(|mark| !mark.is_empty() && *mark != refund_no);
    if let Some(mark) = other {
        differences.push(point("mark 第三方单据编号", refund_no, mark));
    }
    match expected {
        Expected::Bill(ours) => {
            // The further fields of a bill that a person booked are that person's.
            let (promised, _) = compare(ours, bill);
            differences.extend(promised);
            unseen(bill, ours, &mut differences);
        }
        Expected::Sums { pieces, amount, date, customer } => {
            if let Some(customer) = customer.as_deref().filter(|ours| bill.customer.as_deref() != Some(*ours))
            {
                differences.push(point(CUSTOMER, customer, bill.customer.as_deref().unwrap_or("?")));
            }
            sum("quantity 数量", *pieces, bill.pieces(), &mut differences);
            sum("amount 价税合计", *amount, bill.amount(), &mut differences);
            if let Some(date) = date.filter(|date| bill.date != Some(*date)) {
                let theirs = bill.date.map_or_else(|| "?".to_owned(), |date| date.to_string());
                differences.push(point(DATE, &date.to_string(), &theirs));
            }
        }
    }
    match differences.iter().position(|point| point.what == DATE).filter(|_| on_another_day) {
        Some(at) => {
            let day = differences.remove(at);
            if differences.is_empty() { Ok((bill, Some(day))) } else { Err(differences) }
        }
        None if differences.is_empty() => Ok((bill, None)),
        None => Err(differences),
    }
}

/// What cannot be seen of it speaks against it.
fn unseen(bill: &FoundBill, ours: &ReturnBill, differences: &mut Vec<Difference>) {
    if bill.customer.is_none() {
        differences.push(point(CUSTOMER, &ours.customer, "?"));
    }
    if bill.date.is_none() {
        differences.push(point(DATE, &ours.date.to_string(), "?"));
    }
    if !bill.lines.as_ref().is_some_and(|lines| lines.iter().all(FoundLine::is_readable)) {
        differences.push(point("lines 明细", &ours.lines.len().to_string(), "?"));
    }
}

fn sum(what: &str, ours: Decimal, theirs: Option<Decimal>, differences: &mut Vec<Difference>) {
    if theirs != Some(ours) {
        let theirs = theirs.map_or_else(|| "?".to_owned(), |sum| sum.normalize().to_string());
        differences.push(point(what, &ours.normalize().to_string(), &theirs));
    }
}

fn point(what: &str, ours: &str, theirs: &str) -> Difference {
    Difference { what: what.into(), ours: ours.into(), theirs: theirs.into() }
}
