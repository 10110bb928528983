//! From a return to its bill, or to the reasons why there is none. The reader makes it in the transaction that journals the
//! row, the writer for what is tried again. The rules are `mapping`'s.

use serde_json::json;

use crate::journal::{Document, Event, Illegal, Kept, Log};
use crate::mapping::rules::Rules;
use crate::mapping::{self, Mapped, Refusal};
use crate::model::{Return, ReturnBill};
use crate::sink;

/// The bill of a return by today's rules, on the date that was fixed for its document.
fn map_refund(refund: &Return, document: &Document, rules: &Rules) -> Result<Mapped, Vec<Refusal>> {
    let mapped = mapping::map_as_directed(refund, rules, document.date, document.direction())?;
    Ok(match document.moved_to {
        Some(day) => mapping::move_to(mapped, refund, rules, day),
        None => mapped,
    })
}

/// What the bill of a return would say by now, where one stands: on that one's day.
pub(super) fn map_standing(
    refund: &Return,
    document: &Document,
    rules: &Rules,
) -> Result<ReturnBill, Vec<Refusal>> {
    let mapped = match document.booked_on() {
        Some(day) => mapping::map_standing(refund, rules, document.date, day, document.direction()),
        None => map_refund(refund, document, rules),
    };
    mapped.map(|mapped| mapped.bill)
}

/// Makes the bill of a document that is `seen`. Where the mapping refuses the document stays as it is.
pub(super) fn make_bill(
    document: &mut Document,
    refund: &Return,
    rules: &Rules,
) -> Result<Result<Log, Vec<Refusal>>, Illegal> {
    let mapped = match map_refund(refund, document, rules) {
        Ok(mapped) => mapped,
        Err(refusals) => return Ok(Err(refusals)),
    };
    document.rules = Some(rules.version.clone());
    document.date = Some(mapped.original_date);
    document.mark = Some(sink::mark(&mapped.bill));
    document.flags.retain(|flag| flag.kind == "duplicate");
    for flag in &mapped.flags {
        let detail = match document.flags.iter().find(|known| known.kind == flag.kind().as_str()) {
            Some(known) => format!("{}; {flag}", known.detail),
            None => flag.to_string(),
        };
        document.flag(flag.kind(), detail);
    }
    let mut log = document.apply(
        Event::Mapped,
        json!({
            "rules": rules.version,
            "date": mapped.bill.date,
            "lines": mapped.bill.lines.len(),
            "left_out": mapped.left_out,
            "amount": mapped.bill.amount(),
            "refund_minus_goods": mapped.refund_minus_goods,
        }),
    )?;
    if !mapped.notes.is_empty() {
        log.detail["notes"] = json!(mapped.notes);
    }
    document.bill = Kept::new(mapped.bill);
    Ok(Ok(log))
}
