//! The documents and their events: reading them back, folding pages in, writing changes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

use super::session::{Failure, NOW, Tx};
use crate::journal::{Document, Event, Log, Parking, Row, State, Version, rebase};
use crate::model::Stockin;
use crate::store::column::{instant, micros, rfc3339, text, time};
use crate::store::{Origin, PageCommit, PageOutcome, Pending, SEND_WITHIN, Unanswered};

/// The columns of a document, in the order that [`read`] takes them.
pub(super) const COLUMNS: &str = "document.id, refund_no, state, modified, asked_at, kind, process_status, shop_no, \
    source, date, bill, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, moved_to, \
    retries, bill_status";

/// How many they are: what a query adds comes after.
pub(super) const WIDTH: usize = 25;

/// Everything the worker can still move without a person.
pub(super) const MOVING: &str = "('seen', 'mapped', 'intended', 'saved', 'submitted', 'audited')";

/// A document whose columns do not make sense: the journal was changed by hand.
const UNREADABLE: &str = "a document in the journal is in a state that this program does not know";

pub(super) fn read(row: &SqlRow) -> Result<Document, Failure> {
    let state: String = row.try_get(2)?;
    let modified: Option<String> = row.try_get(3)?;
    let date: Option<String> = row.try_get(9)?;
    let moved_to: Option<String> = row.try_get(22)?;
    let moment = |at: Option<i64>| at.map(instant);
    Ok(Document {
        id: row.try_get(0)?,
        refund_no: row.try_get(1)?,
        state: State::parse(&state).ok_or(Failure::Damaged(UNREADABLE))?,
        version: Version { modified: modified.as_deref().and_then(time), asked_at: instant(row.try_get(4)?) },
        kind: row.try_get(5)?,
        process_status: row.try_get(6)?,
        shop_no: row.try_get(7)?,
        source: row.try_get(8)?,
        date: date.and_then(|date| date.parse().ok()),
        moved_to: moved_to.and_then(|date| date.parse().ok()),
        bill: row.try_get(10)?,
        mark: row.try_get(11)?,
        rules: row.try_get(12)?,
        fid: row.try_get(13)?,
        pending: row.try_get(14)?,
        parking: from_json(row, 15)?,
        flags: from_json(row, 16)?.unwrap_or_default(),
        attempts: unsigned(row.try_get(17)?),
        sends: unsigned(row.try_get(18)?),
        due_at: moment(row.try_get(19)?),
        unknown_since: moment(row.try_get(20)?),
        batch: row.try_get(21)?,
        retries: from_json(row, 23)?,
        bill_status: row.try_get(24)?,
    })
}

fn from_json<T: serde::de::DeserializeOwned>(
    row: &SqlRow,
    column: usize,
) -> Result<Option<T>, tokio_postgres::Error> {
    let text: Option<&str> = row.try_get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(text).ok()))
}

fn to_json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}

fn unsigned(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Text of PostgreSQL cannot hold U+0000. It never means anything; where a row brings one, it is shown as U+FFFD.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

pub(super) async fn find(tx: &Tx<'_>, pipeline: i64, refund_no: &str) -> Result<Option<Document>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM document WHERE pipeline = $1 AND refund_no = $2");
    tx.maybe(&sql, &[&pipeline, &storable(refund_no)]).await?.as_ref().map(read).transpose()
}

async fn select(tx: &Tx<'_>, rest: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Document>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM document {rest}");
    tx.rows(&sql, values).await?.iter().map(read).collect()
}

/// Writes every column; a new document gets its id.
async fn put(tx: &Tx<'_>, pipeline: i64, document: &Document) -> Result<i64, Failure> {
    const VALUES: &str = "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, \
         $24, $25";
    const NAMES: &str = "state, modified, asked_at, kind, process_status, shop_no, source, date, bill, mark, rules, fid, \
        pending, parking, flags, attempts, sends, due_at, unknown_since, batch, moved_to, retries, \
        bill_status";
    let sql = if document.id == 0 {
        format!(
            "INSERT INTO document (pipeline, refund_no, {NAMES}) VALUES ($1, $2, $3, {VALUES}) RETURNING id"
        )
    } else {
        // The number and the pipeline of a document never change.
        format!(
            "UPDATE document SET ({NAMES}) = ($3, {VALUES}) WHERE pipeline = $1 AND refund_no = $2 RETURNING id"
        )
    };
    let row = tx
        .row(
            &sql,
            &[
                &pipeline,
                &storable(&document.refund_no),
                &document.state.as_str(),
                &document.version.modified.map(text),
                &micros(document.version.asked_at),
                &document.kind,
                &document.process_status,
                &storable(&document.shop_no),
                &document.source,
                &document.date.as_ref().map(NaiveDate::to_string),
                &document.bill,
                &document.mark,
                &document.rules,
                &document.fid,
                &document.pending,
                &document.parking.as_ref().and_then(Parking::kept),
                &(!document.flags.is_empty()).then(|| to_json(&document.flags)).flatten(),
                &i64::from(document.attempts),
                &i64::from(document.sends),
                &document.due_at.map(micros),
                &document.unknown_since.map(micros),
                &document.batch,
                &document.moved_to.as_ref().map(NaiveDate::to_string),
                &document.retries.as_ref().and_then(to_json),
                &document.bill_status,
            ],
        )
        .await?;
    Ok(row.try_get(0)?)
}

async fn log(tx: &Tx<'_>, origin: Origin, document: i64, log: &Log) -> Result<(), Failure> {
    let sql = "INSERT INTO event (document, run, at, event, detail) VALUES ($1, $2, $3, $4, $5)";
    let (at, detail) = (micros(origin.at), log.detail.to_string());
    tx.execute(sql, &[&document, &origin.run, &at, &log.event.as_str(), &detail]).await?;
    Ok(())
}

pub(super) async fn commit_page(
    tx: &Tx<'_>,
    origin: Origin,
    mut page: PageCommit,
) -> Result<PageOutcome, Failure> {
    let mut outcome = PageOutcome::default();
    join_stockins(tx, origin.pipeline, &mut page.rows).await?;
    for row in &page.rows {
        let existing = find(tx, origin.pipeline, row.refund_no()).await?;
        if let Some((document, entry)) = outcome.take(existing, row, &page)? {
            write(tx, origin, &document, entry.as_slice()).await?;
        }
    }
    Ok(outcome)
}

pub(super) async fn due(
    tx: &Tx<'_>,
    pipeline: i64,
    state: State,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND state = $2 AND (due_at IS NULL OR due_at <= $3) ORDER BY id LIMIT $4";
    select(tx, rest, &[&pipeline, &state.as_str(), &micros(now), &limit]).await
}

pub(super) async fn waiting(tx: &Tx<'_>, pipeline: i64, limit: i64) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND pending IS NOT NULL AND state <> 'intended' ORDER BY id LIMIT $2";
    select(tx, rest, &[&pipeline, &limit]).await
}

pub(super) async fn unanswered(
    tx: &Tx<'_>,
    pipeline: i64,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Unanswered>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS}, batch.appeared FROM document LEFT JOIN batch ON batch.id = document.batch
         WHERE document.pipeline = $1 AND state = 'intended' AND (due_at IS NULL OR due_at <= $2)
         ORDER BY document.id LIMIT $3"
    );
    let rows = tx.rows(&sql, &[&pipeline, &micros(now), &limit]).await?;
    let unanswered = |row: &SqlRow| {
        let appeared: Option<i64> = row.try_get(WIDTH)?;
        Ok(Unanswered { document: read(row)?, batch_appeared: appeared.map(instant) })
    };
    rows.iter().map(unanswered).collect()
}

pub(super) async fn save(
    tx: &Tx<'_>,
    origin: Origin,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<Vec<i64>, Failure> {
    let mut overtaken = Vec::new();
    for (document, logs) in moves {
        let id = document.id;
        match rebased(tx, document).await? {
            Some(document) => write(tx, origin, &document, &logs).await?,
            None => overtaken.push(id),
        }
    }
    Ok(overtaken)
}

/// The writer's document, if the row that it was moved on still holds.
async fn rebased(tx: &Tx<'_>, document: Document) -> Result<Option<Document>, Failure> {
    let stored = select(tx, "WHERE document.id = $1", &[&document.id]).await?.pop();
    Ok(match stored {
        Some(stored) => rebase(&stored, document),
        None => Some(document),
    })
}

pub(super) async fn write(
    tx: &Tx<'_>,
    origin: Origin,
    document: &Document,
    logs: &[Log],
) -> Result<(), Failure> {
    let id = put(tx, origin.pipeline, document).await?;
    for entry in logs {
        log(tx, origin, id, entry).await?;
    }
    Ok(())
}

pub(super) async fn intend(
    tx: &Tx<'_>,
    origin: Origin,
    limit: Duration,
    moves: Vec<(Document, Vec<Log>)>,
) -> Result<Vec<Document>, Failure> {
    let sql = format!(
        "INSERT INTO batch (pipeline, at, over_at, size) VALUES ($1, {NOW}, {NOW} + $2, $3) RETURNING id"
    );
    let over = i64::try_from((SEND_WITHIN + limit).as_micros()).unwrap_or(i64::MAX / 2);
    let batch: i64 = tx.row(&sql, &[&origin.pipeline, &over, &long(moves.len())]).await?.try_get(0)?;
    let mut documents = Vec::with_capacity(moves.len());
    for (document, mut logs) in moves {
        let Some(mut document) = rebased(tx, document).await? else { continue };
        document.batch = Some(batch);
        for detail in logs.iter_mut().filter_map(|entry| entry.detail.as_object_mut()) {
            detail.insert("batch".into(), json!(batch));
        }
        write(tx, origin, &document, &logs).await?;
        documents.push(document);
    }
    Ok(documents)
}

pub(super) async fn batches_appeared(
    tx: &Tx<'_>,
    batches: Vec<i64>,
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    tx.execute("UPDATE batch SET appeared = $2 WHERE id = ANY ($1)", &[&batches, &micros(at)]).await?;
    Ok(())
}

/// Whoever sent these may be alive and cut off from here: until its call must be over, they are left alone.
pub(super) async fn recover(tx: &Tx<'_>, origin: Origin) -> Result<u64, Failure> {
    let sql = format!(
        "SELECT {COLUMNS}, greatest(coalesce(batch.over_at, 0) - {NOW}, 0)
         FROM document LEFT JOIN batch ON batch.id = document.batch
         WHERE document.pipeline = $1 AND state = 'intended' AND unknown_since IS NULL ORDER BY document.id"
    );
    let lost = tx.rows(&sql, &[&origin.pipeline]).await?;
    for row in &lost {
        let (mut document, left) = (read(row)?, row.try_get(WIDTH)?);
        let over = origin.at + TimeDelta::microseconds(left);
        let why = "its worker ended before the answer came";
        let entry =
            document.apply(Event::FateUnknown, json!({ "why": why, "over_at": rfc3339(micros(over)) }))?;
        document.unknown_since = Some(over);
        document.due_at = (left > 0).then_some(over);
        write(tx, origin, &document, &[entry]).await?;
    }
    Ok(lost.len() as u64)
}

pub(super) async fn remap(tx: &Tx<'_>, origin: Origin, rules: String) -> Result<u64, Failure> {
    // Only what the mapping itself refused has a source, no bill and the mapping's version on it. What 金蝶 refused for
    // base data or a required field may be what the new rules are for.
    let rest = "WHERE pipeline = $1 AND source IS NOT NULL AND rules <> $2 AND fid IS NULL
                AND (state = 'mapped' OR (state = 'parked'
                     AND (bill IS NULL OR parking LIKE '{\"cause\":\"missing_in_kingdee\"%'))) ORDER BY id";
    let stale = select(tx, rest, &[&origin.pipeline, &rules]).await?;
    let count = stale.len() as u64;
    for mut document in stale {
        let why = "the mapping rules or tables changed";
        let entry = document.apply(Event::Requeued, json!({ "why": why }))?;
        write(tx, origin, &document, &[entry]).await?;
    }
    Ok(count)
}

pub(super) async fn pending(tx: &Tx<'_>, pipeline: i64, now: DateTime<Utc>) -> Result<Pending, Failure> {
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE due_at IS NULL OR due_at <= $2),
             min(due_at) FILTER (WHERE due_at > $2)
         FROM document WHERE pipeline = $1 AND state IN {MOVING}"
    );
    let row = tx.row(&sql, &[&pipeline, &micros(now)]).await?;
    let (moving, at_once, later): (i64, i64, Option<i64>) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let sql = "SELECT count(*) FROM document WHERE pipeline = $1 AND pending IS NOT NULL
               AND state IN ('confirmed', 'parked')";
    let waiting: i64 = tx.row(sql, &[&pipeline]).await?.try_get(0)?;
    let next_due = if at_once > 0 || waiting > 0 { None } else { later.map(instant) };
    Ok(Pending { documents: (moving + waiting).unsigned_abs(), next_due })
}

pub(super) async fn parked(
    tx: &Tx<'_>,
    pipeline: i64,
    numbers: Option<Vec<String>>,
) -> Result<Vec<Document>, Failure> {
    let all = "WHERE pipeline = $1 AND state = 'parked' ORDER BY id";
    let Some(numbers) = numbers else { return select(tx, all, &[&pipeline]).await };
    let mut found = numbered(tx, pipeline, numbers).await?;
    found.retain(|document| document.state == State::Parked);
    Ok(found)
}

pub(super) async fn parked_due(
    tx: &Tx<'_>,
    pipeline: i64,
    now: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND state = 'parked' AND due_at IS NOT NULL AND due_at <= $2
                ORDER BY due_at LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    select(tx, rest, &[&pipeline, &micros(now), &limit]).await
}

pub(super) async fn numbered(
    tx: &Tx<'_>,
    pipeline: i64,
    numbers: Vec<String>,
) -> Result<Vec<Document>, Failure> {
    let mut found = Vec::new();
    for number in numbers {
        found.extend(find(tx, pipeline, &number).await?);
    }
    Ok(found)
}

pub(super) async fn dated(
    tx: &Tx<'_>,
    pipeline: i64,
    (from, to): (NaiveDate, NaiveDate),
    after: i64,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND id > $2 AND coalesce(bill::json ->> 'date', date) COLLATE \"C\" BETWEEN $3 AND $4
                ORDER BY id LIMIT $5";
    select(tx, rest, &[&pipeline, &after, &from.to_string(), &to.to_string(), &limit]).await
}

pub(super) async fn returns(
    tx: &Tx<'_>,
    pipeline: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND id > $2 AND source IS NOT NULL ORDER BY id LIMIT $3";
    select(tx, rest, &[&pipeline, &after, &limit]).await
}

/// A length as PostgreSQL counts.
pub(super) fn long(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Puts what is kept of its goods on every accepted row, with one question a page.
async fn join_stockins(tx: &Tx<'_>, pipeline: i64, rows: &mut [Row]) -> Result<(), Failure> {
    let numbers = rows.iter().map(|row| storable(row.refund_no()).into_owned()).collect();
    let mut known = stockins_of(tx, pipeline, numbers).await?;
    for row in rows {
        if let Row::Accepted(refund) = row {
            refund.stockins = known.remove(&*storable(&refund.refund_no)).unwrap_or_default();
        }
    }
    Ok(())
}

/// Everything kept of these returns, each by number.
pub(super) async fn stockins_of(
    tx: &Tx<'_>,
    pipeline: i64,
    numbers: Vec<String>,
) -> Result<BTreeMap<String, Vec<Stockin>>, Failure> {
    let sql = "SELECT refund_no, content FROM stockin
               WHERE pipeline = $1 AND refund_no = ANY ($2) AND content IS NOT NULL ORDER BY stockin_no";
    let mut known: BTreeMap<String, Vec<Stockin>> = BTreeMap::new();
    for row in tx.rows(sql, &[&pipeline, &numbers]).await? {
        let stockin = serde_json::from_str(row.try_get(1)?).ok();
        known.entry(row.try_get(0)?).or_default().extend(stockin);
    }
    Ok(known)
}
