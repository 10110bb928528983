//! Making bills of what was read: a return that lacks a field which a rule names is read again first.
//! What a rule makes of it is `crate::mapping`'s; what is done with the bill, the parent's.

use serde_json::json;

use crate::journal::{Document, Event, Parking, State};
use crate::lang::Text;
use crate::mapping::{self, Mapped, Refusal};
use crate::model::{Cause, Return};
use crate::sink;
use crate::worker::park_reason::reasons;
use crate::worker::{Move, Trouble, Worker};

/// Documents mapped in one transaction.
const MAP_CHUNK: usize = 500;

impl Worker {
    /// Makes bills of what was read.
    pub(in crate::worker) async fn map_seen(&self) -> Result<bool, Trouble> {
        let due = async || self.store.due(self.row.id, State::Seen, self.clock.steady(), MAP_CHUNK).await;
        let mut seen = due().await?;
        if self.read_what_rules_name(&seen).await? {
            seen = due().await?;
        }
        if seen.is_empty() {
            return Ok(false);
        }
        let mut moves = Vec::with_capacity(seen.len());
        for document in seen {
            moves.push(self.map(document)?);
        }
        self.store.save(self.origin(), moves).await?;
        Ok(true)
    }

    /// Asks 旺店通 again, once, for returns that were read before a rule named one of their fields. Says whether any were.
    async fn read_what_rules_name(&self, seen: &[Document]) -> Result<bool, Trouble> {
        let further = &self.settings.mapping.further;
        let is_unread =
            |document: &&Document| document.refund().is_some_and(|refund| further.unread(&refund).is_some());
        let mut asked = false;
        for document in seen.iter().filter(is_unread) {
            self.read_again(&document.refund_no).await?;
            asked = true;
        }
        Ok(asked)
    }

    /// The bill of a return by today's rules, on the date that was fixed for its document.
    pub(in crate::worker) fn map_refund(
        &self,
        refund: &Return,
        document: &Document,
    ) -> Result<Mapped, Vec<Refusal>> {
        let mapped = mapping::map(refund, &self.settings.mapping, document.date)?;
        Ok(match document.moved_to {
            Some(day) => mapping::move_to(mapped, refund, &self.settings.mapping, day),
            None => mapped,
        })
    }

    fn map(&self, mut document: Document) -> Result<Move, Trouble> {
        let rules = &self.settings.mapping;
        document.rules = Some(rules.version.clone());
        let Some(refund) = document.refund() else {
            let parking = Parking::one(
                Cause::Unreadable,
                Text::new("同步台账中没有该退换单的内容", "the journal holds no return for this number"),
                Text::new("用 retry 重新读取。", "Read it again with `retry`."),
            );
            return self.parked(document, Event::Refused, parking);
        };
        match self.map_refund(&refund, &document) {
            Ok(mapped) => {
                document.date = Some(mapped.original_date);
                document.mark = Some(sink::mark(&mapped.bill));
                document.bill = serde_json::to_string(&mapped.bill).ok();
                document.flags.retain(|flag| flag.kind == "duplicate");
                for flag in &mapped.flags {
                    let detail = match document.flags.iter().find(|known| known.kind == flag.kind().as_str())
                    {
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
                self.tally().mapped += 1;
                Ok((document, vec![log]))
            }
            Err(refusals) => self.parked(document, Event::Refused, Parking::of(reasons(&refusals))),
        }
    }
}
