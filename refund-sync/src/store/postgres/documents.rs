//! The documents and their events: reading them back, folding pages in, writing changes.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tokio_postgres::Row as SqlRow;

use super::changes::{Change, write_all};
pub(super) use super::rows::{COLUMNS, DOCUMENTS, WIDTH, find, read, select, storable};
use super::session::{Failure, NOW, Tx};
use crate::journal::{Document, Event, Log, Row, State};
use crate::model::{MoveReason, Stockin};
use crate::store::column::{instant, micros, rfc3339};
use crate::store::{MapNow, Origin, PageCommit, PageOutcome, Pending, SEND_WITHIN, Unanswered};

/// Everything the worker can still move without a person.
pub(super) const MOVING: &str = "('seen', 'mapped', 'intended', 'saved', 'submitted', 'audited')";

pub(super) async fn commit_page(
    tx: &Tx<'_>,
    origin: Origin,
    mut page: PageCommit,
    map: MapNow,
) -> Result<PageOutcome, Failure> {
    let mut outcome = PageOutcome::default();
    join_stockins(tx, origin.pipeline, &mut page.rows).await?;
    let numbers = page.rows.iter().map(|row| storable(row.refund_no()).into_owned()).collect();
    let known = numbered(tx, origin.pipeline, numbers).await?;
    let mut changes: Vec<Change> = known.into_iter().map(Change::none).collect();
    let mut places: BTreeMap<String, usize> = changes
        .iter()
        .enumerate()
        .map(|(place, change)| (change.document.refund_no.clone(), place))
        .collect();
    for row in std::mem::take(&mut page.rows) {
        let number = storable(row.refund_no()).into_owned();
        let place = places.get(&number).copied();
        let existing = place.map(|place| changes[place].document.clone());
        let Some((document, logs)) = outcome.take(existing, row, &page, &map)? else { continue };
        let place = place.unwrap_or_else(|| {
            places.insert(number, changes.len());
            changes.push(Change::none(document.clone()));
            changes.len() - 1
        });
        changes[place].take(document, logs);
    }
    changes.retain(Change::is_due);
    write_all(tx, origin, changes).await?;
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
        "SELECT {COLUMNS}, batch.appeared FROM {DOCUMENTS} LEFT JOIN batch ON batch.id = document.batch
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
    let changes = moves.into_iter().map(|(document, logs)| Change::of(document, logs)).collect();
    Ok(write_all(tx, origin, changes).await?.overtaken)
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
    let mut changes = Vec::with_capacity(moves.len());
    for (mut document, mut logs) in moves {
        document.batch = Some(batch);
        for detail in logs.iter_mut().filter_map(|entry| entry.detail.as_object_mut()) {
            detail.insert("batch".into(), json!(batch));
        }
        changes.push(Change::of(document, logs));
    }
    Ok(write_all(tx, origin, changes).await?.documents)
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
         FROM {DOCUMENTS} LEFT JOIN batch ON batch.id = document.batch
         WHERE document.pipeline = $1 AND state = 'intended' AND unknown_since IS NULL ORDER BY document.id"
    );
    let lost = tx.rows(&sql, &[&origin.pipeline]).await?;
    let mut changes = Vec::with_capacity(lost.len());
    for row in &lost {
        let (mut document, left) = (read(row)?, row.try_get(WIDTH)?);
        let over = origin.at + TimeDelta::microseconds(left);
        let why = MoveReason::WorkerEnded;
        let entry =
            document.apply(Event::FateUnknown, json!({ "why": why, "over_at": rfc3339(micros(over)) }))?;
        document.unknown_since = Some(over);
        document.due_at = (left > 0).then_some(over);
        changes.push(Change::of(document, vec![entry]));
    }
    write_all(tx, origin, changes).await?;
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
    let mut changes = Vec::with_capacity(stale.len());
    for mut document in stale {
        let why = MoveReason::RulesChanged;
        let entry = document.apply(Event::Requeued, json!({ "why": why }))?;
        changes.push(Change::of(document, vec![entry]));
    }
    write_all(tx, origin, changes).await?;
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
               AND state IN ('confirmed', 'parked', 'decided')";
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

#[cfg(feature = "console")]
pub(super) async fn decided(
    tx: &Tx<'_>,
    pipeline: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND state = 'decided' AND id > $2 ORDER BY id LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    select(tx, rest, &[&pipeline, &after, &limit]).await
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
    let numbers: Vec<String> = numbers.iter().map(|number| storable(number).into_owned()).collect();
    let found = select(tx, "WHERE pipeline = $1 AND refund_no = ANY ($2)", &[&pipeline, &numbers]).await?;
    let mut found: BTreeMap<_, _> =
        found.into_iter().map(|document| (document.refund_no.clone(), document)).collect();
    Ok(numbers.iter().filter_map(|number| found.remove(number)).collect())
}

#[cfg(feature = "console")]
pub(super) async fn dated(
    tx: &Tx<'_>,
    pipeline: i64,
    (from, to): (chrono::NaiveDate, chrono::NaiveDate),
    after: i64,
    limit: i64,
) -> Result<Vec<Document>, Failure> {
    let rest = "WHERE pipeline = $1 AND id > $2 AND coalesce(bill::json ->> 'date', date) COLLATE \"C\" BETWEEN $3 AND $4
                ORDER BY id LIMIT $5";
    select(tx, rest, &[&pipeline, &after, &from.to_string(), &to.to_string(), &limit]).await
}

#[cfg(feature = "console")]
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
