//! From a return to its bill, or to the reason why there is none. The store does it in the transaction that journals the
//! row. The rules are `mapping`'s.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::park_reason::reasons;
use super::{Move, Tally};
use crate::clock::{Clock, rfc3339};
use crate::config::{Pipeline, RetryParked};
use crate::journal::{Document, Event, Illegal, Kept, Parking, Retries, comes_back};
use crate::lang::Text;
use crate::mapping::{self, Mapped, Refusal};
use crate::model::{Cause, Return};
use crate::sink;

/// What is needed to map, and where it is counted.
#[derive(Debug)]
pub(super) struct Mapper {
    pub(super) settings: Arc<Pipeline>,
    pub(super) clock: Clock,
    pub(super) tally: Mutex<Tally>,
}

impl Mapper {
    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bill of a return by today's rules, on the date that was fixed for its document.
    pub(super) fn map_refund(&self, refund: &Return, document: &Document) -> Result<Mapped, Vec<Refusal>> {
        let mapped = mapping::map(refund, &self.settings.mapping, document.date)?;
        Ok(match document.moved_to {
            Some(day) => mapping::move_to(mapped, refund, day),
            None => mapped,
        })
    }

    /// Makes the bill of a document that is `seen`, or parks it.
    pub(super) fn map(&self, mut document: Document) -> Result<Move, Illegal> {
        let rules = &self.settings.mapping;
        document.rules = Some(rules.version.clone());
        let source = document.source.clone();
        let Some(refund) = source.get() else {
            let parking = Parking::one(
                Cause::Unreadable,
                Text::new("同步台账中没有该退换单的内容", "the journal holds no return for this number"),
                Text::new("用 retry 重新读取。", "Read it again with `retry`."),
            );
            return self.parked(document, Event::Refused, parking);
        };
        match self.map_refund(refund, &document) {
            Ok(mapped) => {
                document.date = Some(mapped.original_date);
                document.mark = Some(sink::mark(&mapped.bill));
                document.flags.retain(|flag| flag.kind == "duplicate");
                for flag in &mapped.flags {
                    let detail = match document.flags.iter().find(|known| known.kind == flag.kind().as_str())
                    {
                        Some(known) => format!("{}; {flag}", known.detail),
                        None => flag.to_string(),
                    };
                    document.flag(flag.kind(), detail);
                }
                let log = document.apply(
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
                document.bill = Kept::new(mapped.bill);
                self.tally().mapped += 1;
                Ok((document, vec![log]))
            }
            Err(refusals) => self.parked(document, Event::Refused, Parking::of(reasons(&refusals))),
        }
    }

    /// Parks a document and counts it.
    pub(super) fn parked(
        &self,
        mut document: Document,
        event: Event,
        parking: Parking,
    ) -> Result<Move, Illegal> {
        tracing::warn!(
            pipeline = self.settings.name,
            refund_no = document.refund_no,
            cause = parking.cause,
            "parked {}: {}",
            document.refund_no,
            parking.reasons.first().map_or("", |reason| reason.message.en.as_ref()),
        );
        *self.tally().parked.entry(parking.cause.clone()).or_default() += 1;
        let comes_back = comes_back(&parking, event != Event::Refused);
        let mut log = document.park(event, parking)?;
        if comes_back {
            let now = self.clock.steady();
            let retries = Retries::going_on(document.retries, now);
            document.retries = Some(retries);
            // Also where they are switched off: who switches them on finds them waiting.
            document.due_at = retries.next(now);
            if self.settings.kingdee.retry_parked == RetryParked::Auto {
                log.detail["next_try"] = json!(document.due_at.map(rfc3339));
            }
        } else {
            document.retries = None;
        }
        Ok((document, vec![log]))
    }
}
