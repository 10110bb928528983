//! Looking documents up in 金蝶, and what follows where no bill was known to stand: adopted, parked, or absent.
//! What a look-up proves is `journal::identify`'s; who waits how long for an absent one is `writer::settling`'s.

use std::collections::BTreeMap;

use serde_json::json;

use super::moves::Move;
use super::park_reason::{conflict, join};
use super::{Trouble, Writer};
use crate::journal::finish::Status;
use crate::journal::{Difference, Document, Event, FoundBill, Identity, Kept, answers_for_others, identify};
use crate::lang::{Text, both};
use crate::model::FlagKind;

/// What a look-up made of a document that is not in 金蝶 for sure.
pub(super) enum Settled {
    /// It moved.
    Moved(Box<Move>),
    /// Nothing stands under its number.
    Absent(Box<Document>),
}

impl Writer {
    /// Every bill that stands for one of these, in an answer that is about them; of any other answer a flag of each tells,
    /// until there is a better one.
    pub(in crate::worker) async fn find<'d>(
        &self,
        documents: impl IntoIterator<Item = &'d mut Document>,
    ) -> Result<Vec<FoundBill>, Trouble> {
        let documents: Vec<_> =
            documents.into_iter().filter(|document| document.return_bill().is_some()).collect();
        let wanted: Vec<_> = documents.iter().filter_map(|document| document.return_bill()).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.sink.look_up(&wanted).await.map_err(|error| self.kingdee_trouble(&error))?;
        let strange = answers_for_others(&wanted, &found);
        let mut moves = Vec::new();
        for document in documents {
            let was_flagged = document.is_flagged(FlagKind::OtherBills);
            document.unflag(FlagKind::OtherBills);
            if let Some(strange) = &strange {
                document.flag(FlagKind::OtherBills, strange.clone());
            }
            if was_flagged || strange.is_some() {
                moves.push((document.clone(), Vec::new()));
            }
        }
        if !moves.is_empty() {
            self.save(moves).await?;
        }
        match strange {
            None => Ok(found),
            Some(message) => Err(Trouble::Later { message, after: None }),
        }
    }

    /// Looks documents up and judges what was found, in the order given.
    pub(super) async fn look_up(&self, mut documents: Vec<Document>) -> Result<Vec<Settled>, Trouble> {
        let found = self.find(&mut documents).await?;
        documents
            .into_iter()
            .map(|document| match document.return_bill().map(|bill| identify(bill, &found)) {
                None => Ok(Settled::Absent(Box::new(document))),
                Some(identity) => self.judge(document, identity),
            })
            .collect()
    }

    fn judge(&self, mut document: Document, identity: Identity) -> Result<Settled, Trouble> {
        let moved = match identity {
            Identity::Absent => return Ok(Settled::Absent(Box::new(document))),
            Identity::Ours { bill, altered, fields } => {
                document.fid = Some(bill.id.clone());
                document.bill_status.clone_from(&bill.document_status);
                document.unflag(FlagKind::Duplicate);
                self.flag_altered(&mut document, &altered);
                flag_fields(&mut document, &fields, &bill);
                take_number(&mut document, &bill.number);
                self.run.tally().adopted += 1;
                let mut detail = json!({ "fid": bill.id, "mark": bill.third_bill_id });
                detail["seen"] = seen(&bill);
                let log = document.apply(Event::Adopted, detail)?;
                (document, vec![log])
            }
            Identity::Foreign { bill } => {
                document.fid = Some(bill.id.clone());
                document.bill_status.clone_from(&bill.document_status);
                document.unflag(FlagKind::Duplicate);
                let id = &bill.id;
                let said = if bill.mark_unread {
                    both!(
                        "内码 {id}：标记无法读取，客户和明细相同",
                        "FID {id}: its mark cannot be read; customer and lines are the same"
                    )
                } else {
                    both!(
                        "内码 {id}：没有本程序的标记，客户和明细相同",
                        "FID {id} carries no mark of ours; customer and lines are the same"
                    )
                };
                if document.flag(FlagKind::Foreign, said) {
                    self.run.tally().foreign += 1;
                }
                self.run.tally().adopted += 1;
                let log = document
                    .apply(Event::Adopted, json!({ "fid": bill.id, "foreign": true, "seen": seen(&bill) }))?;
                (document, vec![log])
            }
            other => {
                // What stands there was ours once: a newer row must not make the document forget it.
                match &other {
                    Identity::Voided { id } => document.fid = Some(id.clone()),
                    Identity::Unseen { bill, .. } => document.fid = Some(bill.id.clone()),
                    Identity::Doubled { ids } => document.fid = ids.first().cloned(),
                    _ => {}
                }
                self.parked(document, Event::Conflict, conflict(&other))?
            }
        };
        Ok(Settled::Moved(Box::new(moved)))
    }

    pub(super) fn flag_altered(&self, document: &mut Document, altered: &[Difference]) {
        if altered.is_empty() {
            document.unflag(FlagKind::Altered);
        } else if document.flag(FlagKind::Altered, join(altered)) {
            self.run.tally().altered += 1;
        }
    }

    /// Notes the columns of a bill that could not be read, so that nobody takes them for compared, and a status that is
    /// not known.
    pub(super) fn flag_unverified(&self, document: &mut Document, bill: &FoundBill) {
        let mut said: Vec<Text> = Vec::new();
        if !bill.unread.is_empty() {
            said.push(both!(
                "{}：无法读取，未核对",
                "{}: could not be read, so it was not compared",
                columns(bill)
            ));
        }
        if let Status::Other(letter) = Status::of(bill.document_status.as_deref()) {
            said.push(both!(
                "FDocumentStatus {letter}：无法识别的单据状态",
                "FDocumentStatus {letter}: not a status that is known"
            ));
        }
        if said.is_empty() {
            document.unflag(FlagKind::Unverified);
        } else if document.flag(FlagKind::Unverified, joined(&said)) {
            self.run.tally().unverified += 1;
        }
    }
}

/// Notes further fields that 金蝶 dropped or changed, and those that could not be read. The bill goes on: nothing of the
/// promise rests on them.
pub(super) fn flag_fields(document: &mut Document, fields: &[Difference], bill: &FoundBill) {
    if fields.is_empty() {
        document.unflag(FlagKind::FieldsDiffer);
        return;
    }
    let mut said = join(fields);
    if !bill.further_unread.is_empty() {
        let unread = bill.further_unread.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        said = said.and(&format!("；{unread}：无法读取"), &format!("; {unread}: could not be read"));
    }
    document.flag(FlagKind::FieldsDiffer, said);
}

/// Several things that are said of one bill.
fn joined(said: &[Text]) -> Text {
    let all = |of: fn(&Text) -> &str| said.iter().map(of).collect::<Vec<_>>();
    Text::of(all(|text| &text.zh).join("；"), all(|text| &text.en).join("; "))
}

/// The columns that could not be read.
pub(super) fn columns(bill: &FoundBill) -> String {
    bill.unread.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What was seen of a bill, for its document's life: 金蝶's own words, and only those that could be read.
pub(super) fn seen(bill: &FoundBill) -> serde_json::Value {
    let mut seen = BTreeMap::new();
    let status = bill.document_status.as_deref();
    seen.insert("status", status.map(|letter| Status::of(Some(letter)).to_string()));
    seen.insert("customer", bill.customer.clone());
    seen.insert("date", bill.date.map(|date| date.to_string()));
    seen.insert("amount", bill.amount().map(|amount| amount.to_string()));
    let units: std::collections::BTreeSet<_> =
        bill.lines.iter().flatten().filter_map(|line| line.unit.as_deref()).collect();
    seen.insert("unit", (!units.is_empty()).then(|| units.into_iter().collect::<Vec<_>>().join(", ")));
    seen.insert("unread", (!bill.unread.is_empty()).then(|| columns(bill)));
    seen.retain(|_, value| value.is_some());
    json!(seen)
}

/// A site that renumbers bills: from here on the bill goes by the number that it has.
fn take_number(document: &mut Document, number: &str) {
    let ours = document.return_bill().filter(|bill| bill.number != number && !number.is_empty());
    let Some(mut bill) = ours.cloned() else {
        return;
    };
    let said = both!("发送编号 {}，金蝶中为 {number}", "sent as {}, stands in 金蝶 as {number}", bill.number);
    document.flag(FlagKind::Renumbered, said);
    number.clone_into(&mut bill.number);
    document.bill = Kept::new(bill);
}
