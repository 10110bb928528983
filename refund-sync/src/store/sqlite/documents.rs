//! The documents and their events: reading them back, folding pages in, writing changes.

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension as _, Transaction, named_params, params};
use serde::Serialize;
use serde_json::json;

use super::chronicle::Chronicle;
use super::failure::Failure;
pub(super) use super::rows::{COLUMNS, DOCUMENTS, WIDTH, find, read, select};
use super::search;
use crate::journal::{Document, Event, Log, Parking, Row, State, Version, rebase};
use crate::model::Stockin;
use crate::store::column::{instant, micros, text, units};
use crate::store::{MapNow, Origin, PageCommit, PageOutcome, Pending, Unanswered};

/// Everything the worker can still move without a person.
pub(super) const MOVING: &str = "('seen', 'mapped', 'intended', 'saved', 'submitted', 'audited')";

fn json_text<T: Serialize>(value: &T) -> Sql {
    serde_json::to_string(value).map_or(Sql::Null, Sql::Text)
}

/// Puts a new document into the journal; returns its id.
fn insert(tx: &Transaction<'_>, pipeline: i64, document: &Document) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO document (pipeline, refund_no, state, modified, asked_at, kind, process_status, shop_no, date,
             moved_to, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, retries,
             bill_status, amount, first_parked, last_tried)
         VALUES (:pipeline, :refund_no, :state, :modified, :asked_at, :kind, :process_status, :shop_no, :date,
             :moved_to, :mark, :rules, :fid, :pending, :parking, :flags, :attempts, :sends, :due_at, :unknown_since,
             :batch, :retries, :bill_status, :amount, :first_parked, :last_tried)",
    )?
    .execute(named_params! {
        ":pipeline": pipeline,
        ":refund_no": document.refund_no,
        ":state": document.state.as_str(),
        ":modified": document.version.modified.map(text),
        ":asked_at": micros(document.version.asked_at),
        ":kind": document.kind,
        ":process_status": document.process_status,
        ":shop_no": document.shop_no,
        ":date": document.date.map(|date| date.to_string()),
        ":moved_to": document.moved_to.map(|date| date.to_string()),
        ":mark": document.mark,
        ":rules": document.rules,
        ":fid": document.fid,
        ":pending": document.pending,
        ":parking": document.parking.as_ref().and_then(Parking::kept),
        ":flags": flags(document),
        ":attempts": document.attempts,
        ":sends": document.sends,
        ":due_at": document.due_at.map(micros),
        ":unknown_since": document.unknown_since.map(micros),
        ":batch": document.batch,
        ":retries": document.retries.as_ref().map(json_text),
        ":bill_status": document.bill_status,
        ":amount": document.amount.and_then(units),
        ":first_parked": document.first_parked.map(micros),
        ":last_tried": document.last_tried.map(micros),
    })?;
    let id = tx.last_insert_rowid();
    if document.source.has_changed() || document.bill.has_changed() {
        put_content(tx, pipeline, id, document)?;
    }
    search::put(tx, id, &document.numbers)?;
    Ok(id)
}

/// Writes what moved of a document that the journal holds, and its texts if they changed. Says whether the row that it
/// stands on is still the one that `standing_on` says.
fn update(
    tx: &Transaction<'_>,
    pipeline: i64,
    document: &Document,
    standing_on: Version,
) -> rusqlite::Result<bool> {
    let written = tx
        .prepare_cached(
            "UPDATE document SET state = :state, modified = :modified, asked_at = :asked_at, kind = :kind,
                 process_status = :process_status, shop_no = :shop_no, date = :date, moved_to = :moved_to, mark = :mark,
                 rules = :rules, fid = :fid, pending = :pending, parking = :parking, flags = :flags,
                 attempts = :attempts, sends = :sends, due_at = :due_at, unknown_since = :unknown_since,
                 batch = :batch, retries = :retries, bill_status = :bill_status, amount = :amount,
                 first_parked = :first_parked, last_tried = :last_tried
             WHERE id = :id AND asked_at = :was_asked_at AND modified IS :was_modified",
        )?
        .execute(named_params! {
            ":id": document.id,
            ":was_modified": standing_on.modified.map(text),
            ":was_asked_at": micros(standing_on.asked_at),
            ":state": document.state.as_str(),
            ":modified": document.version.modified.map(text),
            ":asked_at": micros(document.version.asked_at),
            ":kind": document.kind,
            ":process_status": document.process_status,
            ":shop_no": document.shop_no,
            ":date": document.date.map(|date| date.to_string()),
            ":moved_to": document.moved_to.map(|date| date.to_string()),
            ":mark": document.mark,
            ":rules": document.rules,
            ":fid": document.fid,
            ":pending": document.pending,
            ":parking": document.parking.as_ref().and_then(Parking::kept),
            ":flags": flags(document),
            ":attempts": document.attempts,
            ":sends": document.sends,
            ":due_at": document.due_at.map(micros),
            ":unknown_since": document.unknown_since.map(micros),
            ":batch": document.batch,
            ":retries": document.retries.as_ref().map(json_text),
            ":bill_status": document.bill_status,
            ":amount": document.amount.and_then(units),
            ":first_parked": document.first_parked.map(micros),
            ":last_tried": document.last_tried.map(micros),
        })?;
    let is_written = written > 0;
    if is_written && (document.source.has_changed() || document.bill.has_changed()) {
        put_content(tx, pipeline, document.id, document)?;
    }
    if is_written {
        search::put(tx, document.id, &document.numbers)?;
    }
    Ok(is_written)
}

fn put_content(tx: &Transaction<'_>, pipeline: i64, id: i64, document: &Document) -> rusqlite::Result<()> {
    if document.source.has_changed() {
        search::learn_shop(tx, pipeline, document)?;
    }
    tx.prepare_cached(
        "INSERT INTO content (document, source, bill) VALUES (?1, ?2, ?3)
         ON CONFLICT (document) DO UPDATE SET source = excluded.source, bill = excluded.bill",
    )?
    .execute(params![id, document.source.text(), document.bill.text()])?;
    Ok(())
}

fn flags(document: &Document) -> Option<Sql> {
    (!document.flags.is_empty()).then(|| json_text(&document.flags))
}

/// Writes a document that was read within this transaction as standing on `before`, and what happened to it; a new one gets
/// its id.
pub(super) fn put(
    tx: &Transaction<'_>,
    chronicle: &mut Chronicle<'_>,
    mut document: Document,
    before: Version,
    logs: &[Log],
) -> Result<(), Failure> {
    let origin = chronicle.origin();
    document.happened(logs, origin.at);
    if document.id == 0 {
        document.id = insert(tx, origin.pipeline, &document)?;
    } else {
        update(tx, origin.pipeline, &document, before)?;
    }
    logs.iter().try_for_each(|entry| chronicle.log(document.id, entry))
}

pub(super) fn commit_page(
    tx: &Transaction<'_>,
    origin: Origin,
    mut page: PageCommit,
    map: &MapNow,
) -> Result<PageOutcome, Failure> {
    let mut outcome = PageOutcome::default();
    for row in &mut page.rows {
        if let Row::Accepted(refund) = row {
            refund.stockins = stockins_of(tx, origin.pipeline, &refund.refund_no)?;
        }
    }
    let mut chronicle = Chronicle::open(tx, origin)?;
    for row in &page.rows {
        let existing = find(tx, origin.pipeline, row.refund_no())?;
        let before = existing.as_ref().map(|document| document.version);
        if let Some((document, logs)) = outcome.take(existing, row, &page, map)? {
            let before = before.unwrap_or(document.version);
            put(tx, &mut chronicle, document, before, &logs)?;
        }
    }
    chronicle.close()?;
    Ok(outcome)
}

pub(super) fn due(
    connection: &Connection,
    pipeline: i64,
    state: State,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND state = ?2 AND (due_at IS NULL OR due_at <= ?3) ORDER BY id LIMIT ?4";
    Ok(select(connection, rest, &[&pipeline, &state.as_str(), &micros(now), &limit])?)
}

pub(super) fn waiting(
    connection: &Connection,
    pipeline: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND pending IS NOT NULL AND state <> 'intended' ORDER BY id LIMIT ?2";
    Ok(select(connection, rest, &[&pipeline, &limit])?)
}

pub(super) fn unanswered(
    connection: &Connection,
    pipeline: i64,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Unanswered>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS}, batch.appeared FROM {DOCUMENTS} LEFT JOIN batch ON batch.id = document.batch
         WHERE document.pipeline = ?1 AND state = 'intended' AND (due_at IS NULL OR due_at <= ?2)
         ORDER BY document.id LIMIT ?3"
    );
    let found = connection
        .prepare_cached(&sql)?
        .query_map(params![pipeline, micros(now), limit], |row| {
            Ok(Unanswered {
                document: read(row)?,
                batch_appeared: row.get::<_, Option<i64>>(WIDTH)?.map(instant),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn save(
    tx: &Transaction<'_>,
    origin: Origin,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<Vec<i64>, Failure> {
    let mut overtaken = Vec::new();
    let mut chronicle = Chronicle::open(tx, origin)?;
    for (document, logs) in moves {
        let id = document.id;
        let Some(document) = put_moved(tx, origin, document, &logs)? else {
            overtaken.push(id);
            continue;
        };
        for entry in &logs {
            chronicle.log(document.id, entry)?;
        }
    }
    chronicle.close()?;
    Ok(overtaken)
}

/// Writes the writer's document, if the row that it was moved on still holds, and returns it.
fn put_moved(
    tx: &Transaction<'_>,
    origin: Origin,
    mut document: Document,
    logs: &[Log],
) -> rusqlite::Result<Option<Document>> {
    let pipeline = origin.pipeline;
    document.happened(logs, origin.at);
    if update(tx, pipeline, &document, document.version)? {
        document.numbers.clear();
        return Ok(Some(document));
    }
    let stored = tx
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {DOCUMENTS} WHERE document.id = ?1"))?
        .query_row(params![document.id], read)
        .optional()?;
    let Some(stored) = stored else {
        document.id = insert(tx, pipeline, &document)?;
        return Ok(Some(document));
    };
    let Some(mut document) = rebase(&stored, document) else { return Ok(None) };
    update(tx, pipeline, &document, stored.version)?;
    document.numbers.clear();
    Ok(Some(document))
}

pub(super) fn intend(
    tx: &Transaction<'_>,
    origin: Origin,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<Vec<Document>, Failure> {
    tx.execute(
        "INSERT INTO batch (pipeline, at, size) VALUES (?1, ?2, ?3)",
        params![origin.pipeline, micros(origin.at), moves.len()],
    )?;
    let batch = tx.last_insert_rowid();
    let mut documents = Vec::with_capacity(moves.len());
    let mut chronicle = Chronicle::open(tx, origin)?;
    for (mut document, logs) in moves {
        document.batch = Some(batch);
        let Some(document) = put_moved(tx, origin, document, &logs)? else { continue };
        for mut entry in logs {
            if let Some(detail) = entry.detail.as_object_mut() {
                detail.insert("batch".into(), json!(batch));
            }
            chronicle.log(document.id, &entry)?;
        }
        documents.push(document);
    }
    chronicle.close()?;
    Ok(documents)
}

pub(super) fn batches_appeared(
    tx: &Transaction<'_>,
    batches: &[i64],
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    for batch in batches {
        tx.prepare_cached("UPDATE batch SET appeared = ?2 WHERE id = ?1")?
            .execute(params![batch, micros(at)])?;
    }
    Ok(())
}

pub(super) fn recover(tx: &Transaction<'_>, origin: Origin) -> Result<u64, Failure> {
    let rest = "WHERE pipeline = ?1 AND state = 'intended' AND unknown_since IS NULL";
    let lost = select(tx, rest, &[&origin.pipeline])?;
    let count = lost.len() as u64;
    let mut chronicle = Chronicle::open(tx, origin)?;
    for mut document in lost {
        let entry = document
            .apply(Event::FateUnknown, json!({ "why": "the program ended before the answer came" }))?;
        document.unknown_since = Some(origin.at);
        document.due_at = None;
        let version = document.version;
        put(tx, &mut chronicle, document, version, &[entry])?;
    }
    chronicle.close()?;
    Ok(count)
}

pub(super) fn remap(tx: &Transaction<'_>, origin: Origin, rules: &str) -> Result<u64, Failure> {
    // Only what the mapping itself refused has a source, no bill and the mapping's version on it. What 金蝶 refused for
    // base data or a required field may be what the new rules are for.
    let rest = "WHERE pipeline = ?1 AND state IN ('mapped', 'parked') AND source IS NOT NULL AND rules <> ?2
                AND fid IS NULL
                AND (state = 'mapped' OR bill IS NULL OR parking LIKE '{\"cause\":\"missing_in_kingdee\"%')";
    let stale = select(tx, rest, &[&origin.pipeline, &rules])?;
    let count = stale.len() as u64;
    let mut chronicle = Chronicle::open(tx, origin)?;
    for mut document in stale {
        let entry =
            document.apply(Event::Requeued, json!({ "why": "the mapping rules or tables changed" }))?;
        let version = document.version;
        put(tx, &mut chronicle, document, version, &[entry])?;
    }
    chronicle.close()?;
    Ok(count)
}

pub(super) fn pending(
    connection: &Connection,
    pipeline: i64,
    now: DateTime<Utc>,
) -> Result<Pending, Failure> {
    let sql = format!(
        "SELECT count(*), sum(due_at IS NULL OR due_at <= ?2), min(CASE WHEN due_at > ?2 THEN due_at END)
         FROM document WHERE pipeline = ?1 AND state IN {MOVING}"
    );
    let (moving, at_once, later): (u64, Option<u64>, Option<i64>) = connection
        .prepare_cached(&sql)?
        .query_row(params![pipeline, micros(now)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let waiting: u64 = connection
        .prepare_cached(
            // Left to itself SQLite looks through everything that is confirmed.
            "SELECT count(*) FROM document INDEXED BY document_waiting
             WHERE pipeline = ?1 AND pending IS NOT NULL AND state IN ('confirmed', 'parked')",
        )?
        .query_row(params![pipeline], |row| row.get(0))?;
    let next_due = if at_once.unwrap_or(0) > 0 || waiting > 0 { None } else { later.map(instant) };
    Ok(Pending { documents: moving + waiting, next_due })
}

pub(super) fn parked(
    connection: &Connection,
    pipeline: i64,
    numbers: Option<&[String]>,
) -> Result<Vec<Document>, Failure> {
    let all = "WHERE pipeline = ?1 AND state = 'parked' ORDER BY id";
    let Some(numbers) = numbers else { return Ok(select(connection, all, &[&pipeline])?) };
    let mut found = numbered(connection, pipeline, numbers)?;
    found.retain(|document| document.state == State::Parked);
    Ok(found)
}

pub(super) fn parked_due(
    connection: &Connection,
    pipeline: i64,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND state = 'parked' AND due_at IS NOT NULL AND due_at <= ?2
                ORDER BY due_at LIMIT ?3";
    Ok(select(connection, rest, &[&pipeline, &micros(now), &limit])?)
}

pub(super) fn numbered(
    connection: &Connection,
    pipeline: i64,
    numbers: &[String],
) -> Result<Vec<Document>, Failure> {
    let mut found = Vec::new();
    for number in numbers {
        found.extend(find(connection, pipeline, number)?);
    }
    Ok(found)
}

pub(super) fn dated(
    connection: &Connection,
    pipeline: i64,
    (from, to): (NaiveDate, NaiveDate),
    after: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND id > ?2 AND coalesce(bill ->> 'date', date) BETWEEN ?3 AND ?4 ORDER BY id LIMIT ?5";
    Ok(select(connection, rest, &[&pipeline, &after, &from.to_string(), &to.to_string(), &limit])?)
}

pub(super) fn returns(
    connection: &Connection,
    pipeline: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND id > ?2 AND source IS NOT NULL ORDER BY id LIMIT ?3";
    Ok(select(connection, rest, &[&pipeline, &after, &limit])?)
}

/// The stock-ins kept of one return, by number.
pub(super) fn stockins_of(
    connection: &Connection,
    pipeline: i64,
    refund_no: &str,
) -> rusqlite::Result<Vec<Stockin>> {
    let mut statement = connection.prepare_cached(
        "SELECT content FROM stockin WHERE pipeline = ?1 AND refund_no = ?2 AND content IS NOT NULL
         ORDER BY stockin_no",
    )?;
    let contents = statement.query_map(params![pipeline, refund_no], |row| row.get::<_, String>(0))?;
    contents.map(|text| Ok(serde_json::from_str(&text?).ok())).filter_map(Result::transpose).collect()
}
