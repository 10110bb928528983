//! The judge at the end of a world. It shares no code with what it judges: it compares the rows as they were on the
//! wire with the bills as they stand in the books, and asks the journal only what became of each return.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::mock::StoredBill;
use refund_sync::journal::{DecisionKind, State};
use refund_sync::store::{ClosedMonths, Life, Store};
use rust_decimal::Decimal;
use serde_json::Value;
use wdt_qimen_sdk::mock::MockRefund;

use crate::accountant::MonthEnd;
use crate::clerk::{Deed, Deeds};
use crate::climate::Climate;
use crate::lists::NEVER;
use crate::operator::BY_HAND;
use crate::record::Record;
use crate::shop::{Arrivals, History, UNKNOWN_SHOP, figure, is_accepted};
use crate::{customer, stock};

/// How long before its confirmation a bill was last looked at, at most.
const LOOKED_AT: Duration = Duration::from_mins(10);

/// Everything that is known of a world that ended.
pub(crate) struct Evidence {
    pub(crate) climate: Climate,
    pub(crate) history: History,
    pub(crate) arrivals: Arrivals,
    pub(crate) deeds: Deeds,
    pub(crate) bills: Vec<StoredBill>,
    /// How often each number arrived in a save.
    pub(crate) saves: BTreeMap<String, u64>,
    pub(crate) offences: Vec<String>,
}

/// What the judge found.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Returns that had to become bills.
    pub(crate) due: usize,
    /// Bills of ours in the books.
    pub(crate) bills: usize,
    /// Documents that wait for a person, each with a true reason.
    pub(crate) parked: usize,
    /// Returns that changed or were reversed after their bill, each noticed.
    pub(crate) noticed: usize,
    /// How often a month was closed or opened again.
    pub(crate) closings: usize,
    /// Every way in which the promise is broken; empty when it is kept.
    pub(crate) broken: Vec<String>,
}

/// Judges a world.
pub(crate) async fn judge(evidence: &Evidence, journal: &dyn Store, record: &Record) -> Verdict {
    let mut by_number: BTreeMap<&str, Vec<&StoredBill>> = BTreeMap::new();
    for bill in evidence.bills.iter().filter(|bill| !bill.number.starts_with(BY_HAND)) {
        let number = if bill.third_bill_no.is_empty() { &bill.number } else { &bill.third_bill_no };
        by_number.entry(number).or_default().push(bill);
    }
    let months = months(evidence, journal).await;
    let mut verdict = Verdict {
        closings: months.history.len(),
        bills: evidence.bills.iter().filter(|bill| !bill.third_bill_no.is_empty()).count(),
        broken: evidence.offences.clone(),
        ..Verdict::default()
    };
    for (number, states) in &evidence.history {
        let bills = by_number.remove(number.as_str()).unwrap_or_default();
        let life = journal.life(number).await.unwrap().pop();
        let case = Case {
            evidence,
            states,
            bills: &bills,
            deed: evidence.deeds.get(number).copied(),
            life: life.as_ref(),
            closed_before: months.before(),
            was_closed: !months.history.is_empty(),
            record,
        };
        let due = is_accepted(case.last());
        verdict.due += usize::from(due);
        match case.judge() {
            Ok(Standing::Parked) => verdict.parked += 1,
            Ok(Standing::Noticed) => verdict.noticed += 1,
            Ok(Standing::Quiet) => {}
            Err(why) => {
                record.note(format_args!("BROKEN {number}: {why}"));
                for event in life.iter().flat_map(|life| &life.events) {
                    record.note(format_args!("  {} {} {}", event.at, event.event, event.detail));
                }
                verdict.broken.push(format!("{number}: {why}"));
            }
        }
    }
    verdict.broken.extend(by_number.keys().map(|number| format!("{number}: a bill that nobody asked for")));
    verdict
}

/// What persons have closed, where a world lives over the end of a month.
async fn months(evidence: &Evidence, journal: &dyn Store) -> ClosedMonths {
    let Some(pipeline) = journal.known_pipeline("world").await.unwrap() else {
        return ClosedMonths::default();
    };
    let months = ClosedMonths::kept(journal, pipeline.id).await.unwrap();
    assert!(evidence.climate.month_end.is_some() || months.history.is_empty());
    months
}

/// How a return stands, where nothing is wrong with it.
enum Standing {
    Quiet,
    Parked,
    Noticed,
}

/// One return with all that is known of it.
struct Case<'a> {
    evidence: &'a Evidence,
    states: &'a [MockRefund],
    bills: &'a [&'a StoredBill],
    deed: Option<(Duration, Deed)>,
    life: Option<&'a Life>,
    /// The first day that is not closed at the end.
    closed_before: Option<NaiveDate>,
    /// Something was closed at one time or another.
    was_closed: bool,
    record: &'a Record,
}

impl Case<'_> {
    fn last(&self) -> &MockRefund {
        &self.states[self.states.len() - 1]
    }

    /// Its last row was spoiled on the way: whoever reads it knows that there is one, and not what it says.
    fn is_spoiled(&self) -> bool {
        self.evidence.climate.lists.break_text_of(self.seen())
    }

    /// The same of any row that was seen last: of what is not finished the program sees little, and not often, where it asks
    /// for finished returns only.
    fn was_spoiled(&self) -> bool {
        let Climate { lists, ask_accepted, .. } = &self.evidence.climate;
        self.is_spoiled() || (*ask_accepted && self.states.iter().any(|row| lists.break_text_of(row)))
    }

    /// Counted from the beginning, and never delivered.
    fn is_withheld(&self) -> bool {
        let Climate { seed, lists, .. } = &self.evidence.climate;
        lists.withholds(*seed, &self.last().refund_no(), Duration::ZERO) == Some(NEVER)
    }

    /// The row that the worker is to stand on: where it asks for finished returns only, it sees no other.
    fn seen(&self) -> &MockRefund {
        let accepted = self.states.iter().rev().find(|row| is_accepted(row));
        accepted.filter(|_| self.evidence.climate.ask_accepted).unwrap_or_else(|| self.last())
    }

    fn judge(&self) -> Result<Standing, String> {
        if self.bills.len() > 1 {
            let ids: Vec<_> = self.bills.iter().map(|bill| bill.id).collect();
            return Err(format!("doubled: FID {ids:?}"));
        }
        let bill = self.bills.first().copied();
        let Some(life) = self.life else {
            // Nobody asks for what is not finished, and the journal that knew its bill is lost.
            let climate = &self.evidence.climate;
            let is_out_of_sight = climate.ask_accepted && climate.lost.is_some() && !is_accepted(self.last());
            return match bill {
                Some(_) if is_out_of_sight => Ok(Standing::Quiet),
                Some(bill) if !bill.third_bill_no.is_empty() => Err("a bill without a document".into()),
                _ if is_accepted(self.last()) && !self.is_withheld() => Err("missing: never read".into()),
                _ => Ok(Standing::Quiet),
            };
        };
        Self::sent_after_decided(life)?;
        match life.state {
            State::Decided => self.decided(life, bill),
            State::Confirmed => self.confirmed(life, bill),
            State::Parked => self.parked(life, bill),
            State::Filtered if is_accepted(self.last()) => {
                Err("missing: filtered, though it is finished".into())
            }
            // A journal that is lost takes with it that the bill was ours: only a reconciliation finds it.
            State::Filtered
                if bill.is_some_and(|bill| !bill.third_bill_no.is_empty())
                    && self.evidence.climate.lost.is_none() =>
            {
                Err("a bill stands, and the document says filtered".into())
            }
            State::Filtered => Ok(Standing::Quiet),
            state => Err(format!("stuck as {state}")),
        }
    }

    /// What a person decided not to have written is sent by nothing, unless that person takes it back.
    fn sent_after_decided(life: &Life) -> Result<(), String> {
        let mut is_decided = false;
        for event in &life.events {
            match event.event.as_str() {
                "decided" => is_decided = true,
                "undone" => is_decided = false,
                "intended" if is_decided => return Err("sent after a person decided about it".into()),
                _ => {}
            }
        }
        Ok(())
    }

    /// Booked by hand or not to be booked: no bill of ours, unless one was sent before; what changed since is told.
    fn decided(&self, life: &Life, bill: Option<&StoredBill>) -> Result<Standing, String> {
        let number = &life.refund_no;
        let Some(decision) = &life.decision else { return Err("decided by nobody".into()) };
        let was_sent = life.events.iter().any(|event| event.event == "intended");
        let arrived = self.evidence.saves.get(number).copied().unwrap_or_default();
        if !was_sent && arrived > 0 {
            return Err(format!("sent {arrived} times, and decided as {}", decision.kind));
        }
        if bill.is_some_and(|bill| !bill.third_bill_no.is_empty()) && !was_sent {
            return Err(format!("a bill of ours stands, and it was decided as {}", decision.kind));
        }
        if decision.kind == DecisionKind::Booked && decision.fid.is_none() {
            return Err("booked by hand, and nobody knows as what".into());
        }
        let flagged = life.flags.iter().any(|flag| flag.kind == "reversed");
        let reversed = !is_accepted(self.last());
        if !self.evidence.climate.ask_accepted && !self.is_spoiled() && reversed != flagged {
            return Err(format!("decided; reversed {reversed}, flagged {flagged}"));
        }
        Ok(Standing::Parked)
    }

    fn confirmed(&self, life: &Life, bill: Option<&StoredBill>) -> Result<Standing, String> {
        let flagged = |kind: &str| life.flags.iter().any(|flag| flag.kind == kind);
        let reversed = !is_accepted(self.last());
        let sees_all = !self.evidence.climate.ask_accepted;
        if sees_all && !self.is_spoiled() && reversed != flagged("reversed") {
            return Err(format!("reversed {reversed}, flagged {}", flagged("reversed")));
        }
        let Some(bill) = bill else {
            return if self.did(Deed::Removed) {
                Ok(Standing::Quiet)
            } else {
                Err("missing: confirmed, and no bill".into())
            };
        };
        self.voided_before(life, bill)?;
        let mut accepted = self.states.iter().filter(|row| is_accepted(row));
        if !accepted.any(|row| self.says(bill, row)) {
            return Err(format!("wrong: {} {:?} is no state of the return", bill.all_amount, bill.lines));
        }
        self.dated(life, bill)?;
        if bill.third_bill_no.is_empty() != flagged("foreign") {
            return Err("a bill typed by hand, adopted without a word".into());
        }
        let finished = match self.evidence.climate.finish {
            "save" => 'A',
            "submit" => 'B',
            _ => 'C',
        };
        if bill.document_status != finished {
            return Err(format!("document status {}, asked for {finished}", bill.document_status));
        }
        if reversed {
            return Ok(Standing::Noticed);
        }
        let changed = self.is_spoiled() || !self.says(bill, self.last());
        // What changed before the journal was lost is found as a bill that is not what it would be now.
        let is_altered = flagged("altered") && self.evidence.climate.lost.is_some();
        let noticed = flagged("changed") || is_altered;
        // Nor does that journal know that a return came back to what its bill says.
        let is_excused = is_altered && !changed;
        if changed != noticed && !is_excused {
            return Err(format!("changed {changed}, noticed {noticed}"));
        }
        Ok(if changed { Standing::Noticed } else { Standing::Quiet })
    }

    /// A bill has the return's own accounting date, or where its month was closed the first open day, by policy or by a
    /// person's word.
    fn dated(&self, life: &Life, bill: &StoredBill) -> Result<(), String> {
        let own = self.states.iter().any(|row| self.own_dates(row).contains(&Some(bill.date)));
        if own || bill.third_bill_no.is_empty() {
            return Ok(());
        }
        let by_person = life.decision.as_ref().is_some_and(|one| one.kind == DecisionKind::OpenDay);
        let moves =
            by_person || self.evidence.climate.month_end.is_some_and(|end| end.closed_period == "move");
        if moves && self.was_closed && bill.date == MonthEnd::month().end() {
            return Ok(());
        }
        Err(format!("dated {}, which is no date of its return", bill.date))
    }

    /// The day on which it was settled; and where its stock-in is asked for, on which that was checked.
    fn own_dates(&self, row: &MockRefund) -> [Option<NaiveDate>; 2] {
        let checked = row.modified().filter(|_| self.evidence.climate.stockins).map(|time| time.date());
        [row.text("finish_time").get(..10).and_then(|day| day.parse().ok()), checked]
    }

    /// A voided bill must not have been taken for one that stands.
    fn voided_before(&self, life: &Life, bill: &StoredBill) -> Result<(), String> {
        if !bill.cancelled {
            return Ok(());
        }
        let Some((voided, deed @ (Deed::Voided | Deed::TypedVoid))) = self.deed else {
            return Err("voided by nobody".into());
        };
        let confirmed = life.events.iter().rev().find(|event| event.event == "confirmed");
        let confirmed = confirmed.and_then(|event| chrono::DateTime::parse_from_rfc3339(&event.at).ok());
        // By the worker's clock, which may have been set since.
        let in_time = confirmed.is_some_and(|at| {
            let latest = self.record.at(voided + LOOKED_AT);
            let mut ever = self.evidence.climate.ever_off().map(chrono::TimeDelta::seconds);
            ever.any(|off| at.to_utc() - off <= latest)
        });
        let looked = self.evidence.climate.verify == "look-up" || deed == Deed::TypedVoid;
        if looked && (deed == Deed::TypedVoid || !in_time) {
            Err("a voided bill was adopted".into())
        } else {
            Ok(())
        }
    }

    fn parked(&self, life: &Life, bill: Option<&StoredBill>) -> Result<Standing, String> {
        for reason in &life.reasons {
            if !self.is_true(&reason.cause, bill) {
                return Err(format!("parked without cause: {} ({})", reason.cause, reason.message));
            }
        }
        if life.reasons.is_empty() {
            return Err("parked without a word".into());
        }
        Ok(Standing::Parked)
    }

    /// Whether what the document says of itself is so.
    fn is_true(&self, cause: &str, bill: Option<&StoredBill>) -> bool {
        let row = self.seen();
        match cause {
            "quantity_gap" => {
                lines(row).any(|line| figure(&line["refund_num"]) != figure(&line["stockin_num"]))
            }
            "closed_period" => {
                let before = |day: NaiveDate| self.own_dates(row).iter().flatten().any(|own| *own < day);
                self.closed_before.is_some_and(before)
            }
            "no_stockin" => self.evidence.climate.stockins && self.arrival().is_none(),
            // By its stock-ins nothing of the line arrived; the row alone would say what was asked back.
            "quantity_zero_with_amount" => {
                let nothing = |line: &Value| figure(&line["stockin_num"]).is_some_and(|num| num.is_zero());
                self.evidence.climate.stockins && lines(row).any(nothing)
            }
            "unmapped" => row.text("shop_no") == UNKNOWN_SHOP,
            "unreadable" => {
                self.was_spoiled() || lines(row).any(|line| figure(&line["refund_num"]).is_none())
            }
            "missing_in_kingdee" => self.is_unknown_to_kingdee(),
            // It is refused, but slower than anybody waits: the refusal never arrives.
            "never_answered" => {
                let climate = &self.evidence.climate;
                self.is_unknown_to_kingdee() && climate.slowest_save > climate.books_timeout
            }
            "voided" => bill.is_some_and(|bill| bill.cancelled),
            "conflict" => bill.is_some_and(|bill| bill.third_bill_no.is_empty() && !self.says(bill, row)),
            // A bill that a lost journal has sent, of a return that changed since, and perhaps back again: neither submitted
            // nor audited.
            "altered" => {
                let differs = |bill| self.states.iter().any(|row| !self.says(bill, row));
                self.evidence.climate.lost.is_some() && (bill.is_some_and(differs) || self.did(Deed::Removed))
            }
            // Several that are gone at once look like several that may not be seen.
            "removed_in_kingdee" | "hidden" => self.did(Deed::Removed),
            _ => false,
        }
    }

    /// The warehouse in which its goods arrived, where that is asked for.
    fn arrival(&self) -> Option<&str> {
        self.evidence.arrivals.get(&self.last().refund_no()).map(String::as_str)
    }

    /// Whether a bill says what a row and its stock-in say.
    fn says(&self, bill: &StoredBill, row: &MockRefund) -> bool {
        let expected = row.text("warehouse_no");
        // A person types what the return says, or has it written as it was asked back.
        let typed = bill.third_bill_no.is_empty();
        let decision = self.life.and_then(|life| life.decision.as_ref());
        let asked = decision.is_some_and(|decision| decision.kind == DecisionKind::Asked);
        says_so(bill, row, self.arrival().filter(|_| !typed && !asked).unwrap_or(&expected)).is_some()
    }

    fn is_unknown_to_kingdee(&self) -> bool {
        let unknown = self.evidence.climate.unknown_material;
        unknown.is_some() && lines(self.seen()).any(|line| line["spec_no"].as_str() == unknown)
    }

    fn did(&self, deed: Deed) -> bool {
        self.deed.is_some_and(|(_, done)| done == deed)
    }
}

fn lines(row: &MockRefund) -> impl Iterator<Item = &Value> {
    row.0.get("refund_order_list").and_then(Value::as_array).into_iter().flatten()
}

/// Whether a bill says what a row says: customer, every line's goods, quantity, warehouse and cents, the total.
fn says_so(bill: &StoredBill, row: &MockRefund, warehouse_no: &str) -> Option<()> {
    let mut entries = bill.lines.iter();
    let mut total = Decimal::ZERO;
    for line in lines(row) {
        let (quantity, share) = (figure(&line["refund_num"])?, figure(&line["refund_order_amount"])?);
        total += share;
        if quantity.is_zero() && share.is_zero() {
            continue;
        }
        // A line that no single price gives is written as two entries.
        let (mut pieces, mut amount) = (Decimal::ZERO, Decimal::ZERO);
        while pieces < quantity {
            let entry = entries.next()?;
            let here = Some(entry.material.as_str()) == line["spec_no"].as_str()
                && entry.stock == stock(warehouse_no);
            if !here {
                return None;
            }
            pieces += entry.qty;
            amount += entry.all_amount;
        }
        let cent = Decimal::new(1, 2);
        if pieces != quantity || (amount - share).abs() >= cent {
            return None;
        }
    }
    let same = entries.next().is_none()
        && bill.all_amount == total
        && bill.customer == customer(&row.text("shop_no"));
    same.then_some(())
}
