//! What one transaction changes of documents. Everything goes out before an answer is waited for: the documents one by one,
//! their texts and the events of all of them in one statement each.

use chrono::NaiveDate;
use futures_util::future::try_join_all;
use serde::Serialize;

use super::rows::{select, storable};
use super::search::Found;
use super::session::{Failure, Tx};
use crate::journal::{Document, Log, Parking, Version, rebase};
use crate::store::Origin;
use crate::store::column::{micros, text, units};

/// A document as it is to be written.
pub(super) struct Change {
    pub(super) document: Document,
    /// The row that it stood on when it was read.
    before: Version,
    logs: Vec<Log>,
    /// It is to be written.
    is_due: bool,
}

impl Change {
    /// A document as the journal has it.
    pub(super) fn none(document: Document) -> Self {
        Self { before: document.version, document, logs: Vec::new(), is_due: false }
    }

    /// A document that was moved, and how.
    pub(super) fn of(document: Document, logs: Vec<Log>) -> Self {
        Self { before: document.version, document, logs, is_due: true }
    }

    /// It becomes this, and that is how.
    pub(super) fn take(&mut self, document: Document, logs: Vec<Log>) {
        self.document = document;
        self.logs.extend(logs);
        self.is_due = true;
    }

    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }
}

const COLUMNS: &str = "state, modified, asked_at, kind, process_status, shop_no, date, mark, rules, fid, pending, parking, \
    flags, attempts, sends, due_at, unknown_since, batch, moved_to, retries, bill_status, amount, first_parked, last_tried, \
    decision";
const VALUES: &str = "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, \
    $27";

/// What became of changes.
#[derive(Default)]
pub(super) struct Written {
    /// Those that were written.
    pub(super) documents: Vec<Document>,
    /// Those that a newer row made void.
    pub(super) overtaken: Vec<i64>,
}

/// Writes them; of each that the writer moved on a row that does not hold any more, what is left of it.
pub(super) async fn write_all(
    tx: &Tx<'_>,
    origin: Origin,
    mut changes: Vec<Change>,
) -> Result<Written, Failure> {
    let pipeline = origin.pipeline;
    for change in &mut changes {
        change.document.happened(&change.logs, origin.at);
    }
    let mut written = Vec::with_capacity(changes.len());
    // The first one prepares the statement for all.
    if let Some(Change { document, before, .. }) = changes.first() {
        written.push(put(tx, pipeline, document, *before).await?);
    }
    let rest = changes.iter().skip(1);
    let rest = rest.map(|Change { document, before, .. }| put(tx, pipeline, document, *before));
    written.extend(try_join_all(rest).await?);
    let (mut done, mut texts, mut events) = (Written::default(), Texts::default(), Events::default());
    let mut found = Found::default();
    for (change, id) in changes.into_iter().zip(written) {
        let mut document = change.document;
        let id = match id {
            Some(id) => Some(id),
            None => put_rebased(tx, pipeline, &mut document).await?,
        };
        let Some(id) = id else {
            done.overtaken.push(document.id);
            continue;
        };
        document.id = id;
        texts.take(&document);
        found.take(&mut document);
        events.take(id, &change.logs);
        done.documents.push(document);
    }
    texts.write(tx).await?;
    found.write(tx, pipeline).await?;
    events.write(tx, origin).await?;
    Ok(done)
}

/// Reading goes on beside writing: a newer row may have come since the writer took its copy.
async fn put_rebased(tx: &Tx<'_>, pipeline: i64, document: &mut Document) -> Result<Option<i64>, Failure> {
    let Some(stored) = select(tx, "WHERE document.id = $1", &[&document.id]).await?.pop() else {
        document.id = 0;
        return put(tx, pipeline, document, document.version).await;
    };
    let Some(rebased) = rebase(&stored, document.clone()) else { return Ok(None) };
    *document = rebased;
    put(tx, pipeline, document, stored.version).await
}

/// Writes what moves of a document; a new one gets its id. `None`: it stands on another row by now.
async fn put(
    tx: &Tx<'_>,
    pipeline: i64,
    document: &Document,
    before: Version,
) -> Result<Option<i64>, Failure> {
    let modified = document.version.modified.map(text);
    let asked_at = micros(document.version.asked_at);
    let (number, shop_no) = (storable(&document.refund_no), storable(&document.shop_no));
    let parking = document.parking.as_ref().and_then(Parking::kept);
    let flags = (!document.flags.is_empty()).then(|| json(&document.flags)).flatten();
    let (date, moved_to) = (
        document.date.as_ref().map(NaiveDate::to_string),
        document.moved_to.as_ref().map(NaiveDate::to_string),
    );
    let (attempts, sends) = (i64::from(document.attempts), i64::from(document.sends));
    let (due_at, unknown_since) = (document.due_at.map(micros), document.unknown_since.map(micros));
    let (first_parked, last_tried) = (document.first_parked.map(micros), document.last_tried.map(micros));
    let amount = document.amount.and_then(units);
    let retries = document.retries.as_ref().and_then(json);
    let decision = document.decision.as_ref().and_then(json);
    let state = document.state.as_str();
    let (was_modified, was_asked_at) = (before.modified.map(text), micros(before.asked_at));
    let mut values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> = vec![
        &pipeline,
        &number,
        &state,
        &modified,
        &asked_at,
        &document.kind,
        &document.process_status,
        &shop_no,
        &date,
        &document.mark,
        &document.rules,
        &document.fid,
        &document.pending,
        &parking,
        &flags,
        &attempts,
        &sends,
        &due_at,
        &unknown_since,
        &document.batch,
        &moved_to,
        &retries,
        &document.bill_status,
        &amount,
        &first_parked,
        &last_tried,
        &decision,
    ];
    let sql = if document.id == 0 {
        format!(
            "INSERT INTO document (pipeline, refund_no, {COLUMNS}) VALUES ($1, $2, {VALUES}) RETURNING id"
        )
    } else {
        values.extend([&was_asked_at as &(dyn tokio_postgres::types::ToSql + Sync), &was_modified]);
        // The number and the pipeline of a document never change.
        format!(
            "UPDATE document SET ({COLUMNS}) = ({VALUES})
             WHERE pipeline = $1 AND refund_no = $2 AND asked_at = $28 AND modified IS NOT DISTINCT FROM $29
             RETURNING id"
        )
    };
    Ok(tx.maybe(&sql, &values).await?.map(|row| row.try_get(0)).transpose()?)
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

/// Texts that changed, a column each.
#[derive(Default)]
struct Texts {
    documents: Vec<i64>,
    sources: Vec<Option<String>>,
    bills: Vec<Option<String>>,
}

impl Texts {
    fn take(&mut self, document: &Document) {
        if document.source.has_changed() || document.bill.has_changed() {
            self.documents.push(document.id);
            self.sources.push(document.source.text().map(str::to_owned));
            self.bills.push(document.bill.text().map(str::to_owned));
        }
    }

    async fn write(self, tx: &Tx<'_>) -> Result<(), Failure> {
        if self.documents.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO content (document, source, bill) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
                   ON CONFLICT (document) DO UPDATE SET source = excluded.source, bill = excluded.bill";
        tx.execute(sql, &[&self.documents, &self.sources, &self.bills]).await?;
        Ok(())
    }
}

/// Events, a column each. They are numbered through their pipeline: the number tells their order, and that something
/// happened.
#[derive(Default)]
pub(super) struct Events {
    documents: Vec<i64>,
    words: Vec<&'static str>,
    details: Vec<String>,
}

impl Events {
    pub(super) fn take(&mut self, document: i64, logs: &[Log]) {
        for log in logs {
            self.documents.push(document);
            self.words.push(log.event.as_str());
            self.details.push(log.detail.to_string());
        }
    }

    pub(super) async fn write(self, tx: &Tx<'_>, origin: Origin) -> Result<(), Failure> {
        let Ok(count @ 1..) = i64::try_from(self.documents.len()) else { return Ok(()) };
        let sql = "WITH numbered AS (UPDATE pipeline SET events = events + $3 WHERE id = $1 RETURNING events - $3 AS before)
                   INSERT INTO event (document, n, run, at, event, detail)
                   SELECT document, before + place, $2, $4, event, detail
                   FROM numbered, unnest($5::bigint[], $6::text[], $7::text[]) WITH ORDINALITY
                       AS logged (document, event, detail, place)";
        let at = micros(origin.at);
        tx.execute(
            sql,
            &[&origin.pipeline, &origin.run, &count, &at, &self.documents, &self.words, &self.details],
        )
        .await?;
        Ok(())
    }
}
