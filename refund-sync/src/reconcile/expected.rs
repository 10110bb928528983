//! A return that should have a bill: what the bill should say, and how far the journal knows it to have come.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{Finding, Kind};
use crate::journal::{Decision, Difference, Document, FoundBill, State, Wish};
use crate::lang::{Text, both};
use crate::mapping::{self, Mapped, Refusal, Rules};
use crate::model::Return;
use crate::model::{Cause, FlagKind, ReturnBill};

/// A return that should have a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedBill {
    /// 退换单号
    pub refund_no: String,
    /// FBillNo that the bill must have; of one that was booked by hand, the number it was given.
    pub bill_no: String,
    /// FBillNo that the program would give it.
    pub own_no: String,
    /// 店铺编号
    pub shop_no: String,
    /// The day it is booked on.
    pub date: NaiveDate,
    /// The day it would be booked on, had no closed period moved it.
    pub moved_from: Option<NaiveDate>,
    /// The bill; `None` where the rules refuse to make one.
    pub bill: Option<ReturnBill>,
    /// Pieces.
    pub pieces: Decimal,
    /// What the buyer got back for the goods, in yuan.
    pub amount: Decimal,
    /// The goods' value, in yuan, where the return tells it.
    pub goods: Option<Decimal>,
    /// Why it waits for a person: the cause of its parking, or of what the rules refuse.
    pub parked: Option<String>,
    /// A bill of it was known to stand in 金蝶.
    pub confirmed: bool,
    /// The status that its bill had when it was confirmed, empty if that was not read; `None` where that does not matter.
    pub status: Option<String>,
    /// What a person decided, where the program does not write it.
    #[serde(default)]
    pub decided: Option<Decision>,
    /// What a person decided, where the program writes it in that way.
    #[serde(default)]
    pub directed: Option<Decision>,
    /// 平台订单号
    #[serde(default)]
    pub tid: String,
    /// What is known of it, for whoever reads that it differs.
    #[serde(with = "crate::lang::why")]
    pub why: Text,
}

impl ExpectedBill {
    /// What is due for a return, as 旺店通 tells it now and as its document stands.
    ///
    /// A bill that was sent stays what is due while the return says the same: tables may have changed since. A return
    /// that says something else is mapped anew, by today's rules.
    pub fn of(refund: &Return, document: Option<&Document>, rules: &Rules) -> Self {
        let sent = document
            .filter(|document| document.sends > 0 || document.has_bill())
            .and_then(Document::return_bill)
            .cloned();
        let known = document.and_then(Document::refund);
        let refund = &with_stockins(refund, known, rules);
        // The document of one that was flagged as changed holds what the return says since, and its bill does not.
        let is_flagged = document.is_some_and(|document| document.is_flagged(FlagKind::Changed));
        let same = !is_flagged && known.is_some_and(|known| known.says_the_same(refund));
        let mut why = document.map_or(Text::new("没有读取过", "never read"), standing);
        let decision = document.and_then(|document| document.decision.clone());
        let is_decided = document.is_some_and(|document| document.state == State::Decided);
        let (decided, directed) = if is_decided { (decision, None) } else { (None, decision) };
        let mut parked = document
            .filter(|document| document.state != State::Decided)
            .and_then(|document| document.parking.as_ref())
            .map(|parking| parking.cause.clone());
        let bill = match sent {
            Some(bill) if same => Some(bill),
            sent => match map(refund, document, rules) {
                Ok(mapped) => {
                    if sent.is_some() {
                        why = why.and("；之后旺店通有变更", "; changed in 旺店通 since");
                    }
                    Some(mapped.bill)
                }
                Err(refusals) => {
                    let first = refusals.first();
                    if decided.is_none() {
                        parked = parked.or_else(|| first.map(|refusal| refusal.cause().as_str().to_owned()));
                    }
                    // What it is parked for already says so.
                    if let Some(refusal) = first.filter(|refusal| !why.en.contains(&refusal.to_string())) {
                        why = why.and(&format!("；{}", refusal.chinese()), &format!("; {refusal}"));
                    }
                    sent
                }
            },
        };
        let is_written = parked.is_none() && bill.is_some();
        let original = document
            .and_then(|document| document.date)
            .or_else(|| rules.date(refund))
            .or_else(|| refund.finish_time.or(refund.modified).map(|time| time.date()));
        let pieces = refund.lines.iter().filter_map(|line| line.refund_num).sum();
        let refunded: Decimal = refund.lines.iter().filter_map(|line| rules.amount_from.of(line)).sum();
        let refunded = refunded.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let own_no = format!("{}{}", rules.bill_no_prefix, refund.refund_no);
        let named = decided.as_ref().and_then(|decision| decision.wish.bill.as_deref());
        Self {
            refund_no: refund.refund_no.clone(),
            bill_no: named.map_or_else(|| own_no.clone(), |number| number.trim().to_owned()),
            own_no,
            shop_no: refund.shop_no.clone(),
            date: bill.as_ref().map(|bill| bill.date).or(original).unwrap_or_default(),
            moved_from: bill.as_ref().and_then(|bill| bill.moved_from),
            pieces: bill.as_ref().map_or(pieces, |bill| bill.lines.iter().map(|line| line.quantity).sum()),
            amount: bill.as_ref().map_or(refunded, ReturnBill::amount),
            goods: refund.goods_amount,
            bill: bill.map(|bill| ReturnBill {
                number: named.map_or(bill.number, |number| number.trim().to_owned()),
                ..bill
            }),
            parked,
            confirmed: document.is_some_and(Document::has_bill),
            status: document.and_then(status_before),
            decided,
            // A decision that did not suffice has written nothing.
            directed: directed.filter(|_| is_written),
            tid: refund.tid.clone(),
            why,
        }
    }

    /// Something is wrong with it.
    pub(super) fn finding(&self, kind: Kind, found: &[FoundBill], points: Vec<Difference>) -> Finding {
        let ids: Vec<_> = found.iter().map(|bill| bill.id.as_str()).collect();
        Finding {
            kind,
            refund_no: self.refund_no.clone(),
            bill_no: found.first().map_or_else(|| self.bill_no.clone(), |bill| bill.number.clone()),
            fid: (!ids.is_empty()).then(|| ids.join(",")),
            shop_no: self.shop_no.clone(),
            tid: self.tid.clone(),
            date: Some(self.date),
            due: Some(self.amount),
            booked: booked(found),
            points,
            why: self.why.clone(),
        }
    }
}

impl Finding {
    /// A bill that nothing is due for.
    pub(super) fn extra(refund_no: &str, bill: &FoundBill, why: Text) -> Self {
        Self {
            kind: Kind::Extra,
            refund_no: refund_no.to_owned(),
            bill_no: bill.number.clone(),
            fid: Some(bill.id.clone()),
            shop_no: String::new(),
            tid: String::new(),
            date: bill.date,
            due: None,
            booked: bill.amount(),
            points: Vec::new(),
            why,
        }
    }
}

/// 价税合计 of those bills that stand.
pub(super) fn booked(bills: &[FoundBill]) -> Option<Decimal> {
    bills.iter().filter(|bill| !bill.voided).filter_map(FoundBill::amount).reduce(|one, other| one + other)
}

/// 旺店通's row does not tell what arrived; the journal does.
fn with_stockins<'a>(refund: &'a Return, known: Option<&Return>, rules: &Rules) -> Cow<'a, Return> {
    match known {
        Some(known) if rules.joins_stockins && refund.stockins.is_empty() => {
            Cow::Owned(Return { stockins: known.stockins.clone(), ..refund.clone() })
        }
        _ => Cow::Borrowed(refund),
    }
}

/// The status that the bill of a document had before anybody took it back.
fn status_before(document: &Document) -> Option<String> {
    let status = document.bill_status.clone().unwrap_or_default();
    let parked = document.parking.as_ref().map(|parking| parking.cause.as_str());
    match (document.state, parked) {
        (State::Confirmed, _) => Some(status),
        // What it is parked for is what was read last; it stays wrong until a person has decided.
        (State::Parked, Some("reopened" | "unknown_status")) => {
            Some(if matches!(status.as_str(), "B" | "C") { status } else { String::new() })
        }
        _ => None,
    }
}

/// Whether the journal says that a bill is due for a document.
pub(super) fn is_due(document: &Document) -> bool {
    document.state != State::Filtered
        && !document.is_flagged(FlagKind::Reversed)
        && !document.source.is_none()
}

fn map(refund: &Return, document: Option<&Document>, rules: &Rules) -> Result<Mapped, Vec<Refusal>> {
    let date = document.and_then(|document| document.date);
    let direction = document.map(Document::direction).unwrap_or_default();
    // What a person decided stays on its day, whatever is closed since.
    let is_decided = |document: &&Document| document.state == State::Decided;
    let decided_on = document.filter(is_decided).and_then(|_| date.or_else(|| rules.date(refund)));
    if let Some(day) = document.and_then(Document::booked_on).or(decided_on) {
        return mapping::map_standing(refund, rules, date, day, direction);
    }
    let mapped = mapping::map_as_directed(refund, rules, date, direction)?;
    Ok(match document.and_then(|document| document.moved_to) {
        Some(day) => mapping::move_to(mapped, refund, rules, day),
        None => mapped,
    })
}

/// Where a document stands, in a few words.
fn standing(document: &Document) -> Text {
    let decided = document.decision.as_ref().filter(|_| document.state == State::Decided);
    match (&document.parking, decided) {
        (_, Some(decision)) => {
            let Wish { kind, by, note, .. } = &decision.wish;
            let Text { zh, en } = kind.title();
            both!("已决定：{zh}（{by}）：{note}", "decided: {en} ({by}): {note}")
        }
        (Some(parking), None) => {
            let reason = parking.reasons.first();
            let message = reason.map(|reason| reason.message.clone()).unwrap_or_default();
            let cause = parking.cause.as_str();
            let zh = Cause::parse(cause).map_or_else(|| cause.into(), |cause| cause.title().zh);
            message.before(&format!("待处理（{zh}）："), &format!("parked {cause}: "))
        }
        (None, None) => document.state.title(),
    }
}
