//! The documents: folding pages in, moving them, asking for them. What is written of one is in `changes`, how it is read back
//! in `rows`.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};
use serde_json::json;

use super::changes::Changes;
use super::failure::Failure;
use super::rows::bare;
pub(super) use super::rows::{COLUMNS, DOCUMENTS, WIDTH, find, read, select};
use super::texts::{Texts, Tx};
use crate::journal::{Document, Event, Log, Row, State};
use crate::model::{MoveReason, Stockin};
use crate::store::column::{instant, micros};
use crate::store::{MapNow, Origin, PageCommit, PageOutcome, Pending, Unanswered};

/// Everything the worker can still move without a person.
pub(super) const MOVING: &str = "('seen', 'mapped', 'intended', 'saved', 'submitted', 'audited')";

pub(super) fn commit_page(
    tx: &Tx<'_>,
    origin: Origin,
    mut page: PageCommit,
    map: &MapNow,
) -> Result<PageOutcome, Failure> {
    let mut outcome = PageOutcome::default();
    // Most pipelines read none.
    let has_stockins: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM stockin WHERE pipeline = ?1)")?
        .query_row(params![origin.pipeline], |row| row.get(0))?;
    for row in page.rows.iter_mut().filter(|_| has_stockins) {
        if let Row::Accepted(refund) = row {
            refund.stockins = stockins_of(tx, origin.pipeline, &refund.refund_no)?;
        }
    }
    let mut changes = Changes::open(tx, origin)?;
    for row in std::mem::take(&mut page.rows) {
        let existing = find(tx, origin.pipeline, row.refund_no())?;
        let before = existing.as_ref().map(|document| document.version);
        if let Some((document, logs)) = outcome.take(existing, row, &page, map)? {
            let before = before.unwrap_or(document.version);
            changes.put(document, before, &logs)?;
        }
    }
    changes.close()?;
    Ok(outcome)
}

pub(super) fn due(
    connection: &mut Connection,
    texts: &Mutex<Texts>,
    (pipeline, state): (i64, State),
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let tx = connection.transaction()?;
    let rest = "WHERE pipeline = ?1 AND state = ?2 AND (due_at IS NULL OR due_at <= ?3) ORDER BY id LIMIT ?4";
    let mut due = bare(&tx, rest, &[&pipeline, &state.as_str(), &micros(now), &limit])?;
    if !due.is_empty() {
        Texts::fill(texts, &tx, &mut due)?;
    }
    Ok(due)
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
    tx: &Tx<'_>,
    origin: Origin,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<Vec<i64>, Failure> {
    let mut overtaken = Vec::new();
    let mut changes = Changes::open(tx, origin)?;
    for (document, logs) in moves {
        let id = document.id;
        let Some(document) = changes.put_moved(document, &logs)? else {
            overtaken.push(id);
            continue;
        };
        logs.iter().try_for_each(|entry| changes.log(document.id, entry))?;
    }
    changes.close()?;
    Ok(overtaken)
}

pub(super) fn intend(
    tx: &Tx<'_>,
    origin: Origin,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<(i64, Vec<Document>), Failure> {
    tx.execute(
        "INSERT INTO batch (pipeline, at, size) VALUES (?1, ?2, ?3)",
        params![origin.pipeline, micros(origin.at), moves.len()],
    )?;
    let batch = tx.last_insert_rowid();
    let mut documents = Vec::with_capacity(moves.len());
    let mut changes = Changes::open(tx, origin)?;
    for (mut document, logs) in moves {
        document.batch = Some(batch);
        let Some(document) = changes.put_moved(document, &logs)? else { continue };
        for mut entry in logs {
            if let Some(detail) = entry.detail.as_object_mut() {
                detail.insert("batch".into(), json!(batch));
            }
            changes.log(document.id, &entry)?;
        }
        documents.push(document);
    }
    changes.close()?;
    Ok((batch, documents))
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

pub(super) fn recover(tx: &Tx<'_>, origin: Origin) -> Result<u64, Failure> {
    let rest = "WHERE pipeline = ?1 AND state = 'intended' AND unknown_since IS NULL";
    let lost = select(tx, rest, &[&origin.pipeline])?;
    let count = lost.len() as u64;
    let mut changes = Changes::open(tx, origin)?;
    for mut document in lost {
        let entry = document.apply(Event::FateUnknown, json!({ "why": MoveReason::ProgramEnded }))?;
        document.unknown_since = Some(origin.at);
        document.due_at = None;
        let version = document.version;
        changes.put(document, version, &[entry])?;
    }
    changes.close()?;
    Ok(count)
}

pub(super) fn remap(tx: &Tx<'_>, origin: Origin, rules: &str) -> Result<u64, Failure> {
    // Only what the mapping itself refused has a source, no bill and the mapping's version on it. What 金蝶 refused for
    // base data or a required field may be what the new rules are for.
    let rest = "WHERE pipeline = ?1 AND state IN ('mapped', 'parked') AND source IS NOT NULL AND rules <> ?2
                AND fid IS NULL
                AND (state = 'mapped' OR bill IS NULL OR parking LIKE '{\"cause\":\"missing_in_kingdee\"%')";
    let stale = select(tx, rest, &[&origin.pipeline, &rules])?;
    let count = stale.len() as u64;
    let mut changes = Changes::open(tx, origin)?;
    for mut document in stale {
        let entry = document.apply(Event::Requeued, json!({ "why": MoveReason::RulesChanged }))?;
        let version = document.version;
        changes.put(document, version, &[entry])?;
    }
    changes.close()?;
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
             WHERE pipeline = ?1 AND pending IS NOT NULL AND state IN ('confirmed', 'parked', 'decided')",
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

#[cfg(feature = "console")]
pub(super) fn decided(
    connection: &Connection,
    pipeline: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND state = 'decided' AND id > ?2 ORDER BY id LIMIT ?3";
    Ok(select(connection, rest, &[&pipeline, &after, &limit])?)
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

#[cfg(feature = "console")]
pub(super) fn dated(
    connection: &Connection,
    pipeline: i64,
    (from, to): (chrono::NaiveDate, chrono::NaiveDate),
    after: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = ?1 AND id > ?2 AND coalesce(unpacked(bill) ->> 'date', date) BETWEEN ?3 AND ?4 ORDER BY id LIMIT ?5";
    Ok(select(connection, rest, &[&pipeline, &after, &from.to_string(), &to.to_string(), &limit])?)
}

#[cfg(feature = "console")]
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
