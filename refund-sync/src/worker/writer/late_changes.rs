//! What happens to a return after its bill was saved: changed, reversed, restored. The bill stays as it is;
//! the document is flagged and the run says so. Rows are folded by `journal::fold`.

use rust_decimal::Decimal;
use serde_json::json;

use super::moves::Move;
use super::park_reason::reasons;
use super::{Trouble, Writer};
use crate::journal::{Document, Event, Kept, Parking, Row, State, fold_pending};
use crate::lang::{Text, both, money};
use crate::mapping::Refusal;
use crate::model::FlagKind;
use crate::model::Return;
use crate::worker::bill::map_standing;

/// Documents whose waiting rows are taken in one transaction.
const CHUNK: usize = 500;

impl Writer {
    /// Rows that waited for the fate of a bill, now that it is known.
    pub(in crate::worker) async fn take_newer_rows(&self) -> Result<bool, Trouble> {
        let waiting = self.run.store.waiting(self.run.row.id, CHUNK).await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        let mut moves = Vec::with_capacity(waiting.len());
        for document in waiting {
            if document.has_bill() || document.state == State::Decided {
                moves.push(self.compare_newer_row(document)?);
            } else if let Some(moved) = release(document)? {
                moves.push(moved);
            }
        }
        self.save(moves).await?;
        Ok(true)
    }

    fn compare_newer_row(&self, mut document: Document) -> Result<Move, Trouble> {
        let row = document.pending.take().and_then(|text| serde_json::from_str::<Row>(&text).ok());
        let mut logs = Vec::new();
        match row {
            None => {}
            Some(Row::Filtered { kind, process_status, .. }) => {
                document.kind = Some(kind);
                document.process_status = Some(process_status);
                let detail = both!(
                    "类型 {kind}，状态 {process_status}：已不在同步范围内",
                    "type {kind}, process_status {process_status}: no longer passes the filter"
                );
                if document.flag(FlagKind::Reversed, detail) {
                    self.run.tally().reversed += 1;
                    tracing::warn!(
                        pipeline = self.run.settings.name,
                        refund_no = document.refund_no,
                        message_zh = format!("撤销：{} 已有单据，但已不在同步范围内", document.refund_no),
                        "reversed: {} has a bill and no longer passes the filter",
                        document.refund_no
                    );
                    logs.push(document.apply(
                        Event::Reversed,
                        json!({ "type": kind, "process_status": process_status, "fid": document.fid }),
                    )?);
                }
            }
            Some(Row::Unreadable { reasons, .. }) => {
                // Whatever can be read next is compared with the bill, not with the row before this one.
                document.source.clear();
                if document.state == State::Decided && !document.has_bill() {
                    // For that it waits once the decision is taken back.
                    document.parking = Some(Parking::of(reasons.clone()));
                }
                if document
                    .flag(FlagKind::Changed, Text::new("新的一行无法读取", "a newer row cannot be read"))
                {
                    self.run.tally().noticed += 1;
                    logs.push(document.apply(Event::Noticed, json!({ "reasons": reasons }))?);
                }
            }
            Some(Row::Accepted(refund)) => {
                if document.unflag(FlagKind::Reversed) {
                    logs.push(
                        document
                            .apply(Event::Restored, json!({ "process_status": refund.process_status }))?,
                    );
                }
                logs.extend(if document.state == State::Decided {
                    self.compare_decided(&mut document, &refund)?
                } else {
                    self.compare_refund(&mut document, &refund)?
                });
                document.kind = Some(refund.kind);
                document.process_status = Some(refund.process_status);
                document.source = Kept::new(*refund);
            }
        }
        Ok((document, logs))
    }

    /// What a person decided holds whatever the return says now; that it says something else is told.
    fn compare_decided(
        &self,
        document: &mut Document,
        newer: &Return,
    ) -> Result<Option<crate::journal::Log>, Trouble> {
        if document.refund().is_some_and(|known| known.says_the_same(newer)) {
            return Ok(None);
        }
        let was = document.refund().and_then(|refund| refund.refund_amount);
        let now = newer.refund_amount;
        let detail = if was == now {
            Text::new(
                "作出决定之后又变了，退款金额不变",
                "after a person decided about it; the refund is the same",
            )
        } else {
            let yuan = |amount: Option<Decimal>| {
                amount.map_or(Text::new("无", "none"), |amount| Text::same(money(amount)))
            };
            let (was, now) = (yuan(was), yuan(now));
            Text::of(
                format!("作出决定时退款为 {}，现为 {}", was.zh, now.zh),
                format!("the refund was {} when a person decided about it, it now is {}", was.en, now.en),
            )
        };
        document.flag(FlagKind::Changed, detail);
        self.run.tally().noticed += 1;
        let facts =
            json!({ "decided": document.decision.as_ref().map(|it| it.wish.kind), "was": was, "now": now });
        Ok(Some(document.apply(Event::Noticed, facts)?))
    }

    /// Both rows are mapped by today's rules, so that what differs is the return and not the tables.
    fn compare_refund(
        &self,
        document: &mut Document,
        newer: &Return,
    ) -> Result<Option<crate::journal::Log>, Trouble> {
        let map = |refund: &Return| map_standing(refund, document, &self.run.settings.mapping);
        let before = document.refund().map(|refund| {
            let mut refund = refund.clone();
            // What was not asked for then is no difference now.
            refund.complete(newer);
            map(&refund)
        });
        let after = map(newer);
        if before.as_ref() == Some(&after) {
            return Ok(None);
        }
        if after.as_ref().ok() == document.return_bill() {
            // Back to what was saved: nothing differs any more.
            document.unflag(FlagKind::Changed);
            return Ok(None);
        }
        let saved = document.return_bill();
        let (detail, facts) = match &after {
            Ok(bill) => {
                let was = saved.map(crate::model::ReturnBill::amount);
                (
                    both!(
                        "金蝶单据为 {}，退换单现为 {}",
                        "the bill in 金蝶 says {}, the return now says {}",
                        was.map_or_else(|| "?".into(), |amount| amount.to_string()),
                        bill.amount()
                    ),
                    json!({ "saved": was, "now": bill.amount(), "bill_now": bill }),
                )
            }
            Err(refusals) => (
                Text::of(
                    refusals.iter().map(Refusal::chinese).collect::<Vec<_>>().join("；"),
                    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                )
                .before("退换单已无法生成单据：", "the return can no longer be mapped: "),
                json!({ "reasons": reasons(refusals) }),
            ),
        };
        document.flag(FlagKind::Changed, detail);
        self.run.tally().noticed += 1;
        tracing::warn!(
            pipeline = self.run.settings.name,
            refund_no = document.refund_no,
            message_zh = format!("变化：{} 已与单据不一致", document.refund_no),
            "changed: {} is no longer what its bill says",
            document.refund_no
        );
        Ok(Some(document.apply(Event::Noticed, facts)?))
    }
}

/// A row that waited takes its place now that its document turned out to have no bill.
fn release(mut document: Document) -> Result<Option<Move>, Trouble> {
    Ok(fold_pending(&mut document)?.map(|log| (document, vec![log])))
}
