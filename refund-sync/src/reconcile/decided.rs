//! A return about which a person decided, against the bills found for it: what is not to be booked has no bill, what was
//! booked by hand still has the one that was named. Everything else is `reconcile::judge`'s.

use serde::{Deserialize, Serialize};

use super::{ExpectedBill, Judged, Kind, Period};
use crate::journal::{DATE, Decision, DecisionKind, Expected, FoundBill, find_booked};

/// A return that a person decided about, as the sheets list it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedRow {
    /// What was due, and what was decided about it.
    pub due: ExpectedBill,
    /// What was decided.
    pub decision: Decision,
}

impl ExpectedBill {
    /// Compares a decided return with the bills that were found under its own number and under the one that was named.
    pub(super) fn judge_decided(&self, decision: &Decision, found: &[FoundBill], period: Period) -> Judged {
        let due = self;
        let stands = |bill: &&FoundBill| !bill.voided;
        let own: Vec<_> = found
            .iter()
            .filter(|bill| bill.stands_for(&due.own_no, &due.refund_no))
            .filter(stands)
            .filter(|bill| decision.fid.as_ref() != Some(&bill.id))
            .cloned()
            .collect();
        let number = decision
            .wish
            .bill
            .as_deref()
            .map(str::trim)
            .filter(|_| decision.wish.kind == DecisionKind::Booked);
        let Some(number) = number else {
            let finding = (!own.is_empty()).then(|| due.finding(Kind::Extra, &own, Vec::new()));
            return Judged { bills: own, finding };
        };
        let named: Vec<_> =
            found.iter().filter(|bill| bill.number == number).filter(stands).cloned().collect();
        let in_sight = |bill: &FoundBill| bill.date.is_none_or(|day| period.contains(day));
        if !period.contains(due.date) && !named.iter().any(in_sight) {
            return Judged::default();
        }
        let expected = match &due.bill {
            Some(bill) => Expected::Bill(Box::new(bill.clone())),
            None => Expected::Sums { pieces: due.pieces, amount: due.amount, date: None, customer: None },
        };
        let all: Vec<_> = named.iter().chain(&own).cloned().collect();
        let finding = if named.is_empty() {
            let is_voided = found.iter().any(|bill| bill.number == number);
            Some(due.finding(if is_voided { Kind::Voided } else { Kind::Removed }, &all, Vec::new()))
        } else if !own.is_empty() {
            Some(due.finding(Kind::Doubled, &all, Vec::new()))
        } else {
            // That its day is another one was decided, and compared, when it was named.
            let differs = find_booked(&expected, &due.refund_no, number, found, true).err();
            differs.map(|points| {
                let points = points.into_iter().filter(|point| point.what != DATE).collect();
                due.finding(Kind::Altered, &all, points)
            })
        };
        Judged { bills: all, finding }
    }
}
