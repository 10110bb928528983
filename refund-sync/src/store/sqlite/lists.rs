//! What the status page asks of the journal: lists that stay short however long the journal is, and whether anything
//! changed. What `status`, `why` and `parked` ask is in `reports`.

use chrono::{DateTime, NaiveDateTime, Utc};
use rusqlite::{Connection, Transaction, named_params, params};
use rust_decimal::Decimal;

use super::failure::Failure;
use super::{listing, search};
use crate::journal::State;
use crate::model::{MissingCount, MissingKey, Names};
use crate::store::column::{instant, micros, text, time};
use crate::store::{ActionRow, Hour, MonthSum, ParkedDocument, ParkedPage, ParkedQuery, Walked, WindowState};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;

pub(super) fn parked(connection: &Connection, query: &ParkedQuery) -> Result<ParkedPage, Failure> {
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut ids = connection
        .prepare_cached(
            "SELECT document.id FROM document JOIN pipeline ON pipeline.id = document.pipeline
             WHERE state = 'parked' AND document.id > :after
                 AND (:pipeline IS NULL OR pipeline.name = :pipeline)
                 AND (:cause IS NULL OR coalesce(parking ->> 'cause', 'unknown') = :cause)
             ORDER BY document.id LIMIT :limit",
        )?
        .query_map(
            // One more than asked: whether there is a next page.
            named_params! {
                ":after": query.after,
                ":pipeline": query.pipeline,
                ":cause": query.cause,
                ":limit": limit.saturating_add(1),
            },
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    let has_more = ids.len() > query.limit;
    ids.truncate(query.limit);
    let next = ids.last().copied().filter(|_| has_more);
    let rows = listing::rows(connection, &ids)?;
    Ok(ParkedPage { documents: rows.into_iter().map(ParkedDocument::of).collect(), next })
}

pub(super) fn missing(connection: &Connection) -> Result<Vec<MissingCount>, Failure> {
    let found = connection
        .prepare_cached(
            "WITH lacking AS MATERIALIZED (
                 SELECT document.id, pipeline, amount, refund_no, reason.value ->> '$.missing.table' AS lacks,
                     reason.value ->> '$.missing.key' AS key,
                     max(coalesce(reason.value ->> '$.missing.out_of_validity', 0)) AS expired
                 FROM document, json_each(iif(json_valid(parking), parking, '{}'), '$.reasons') AS reason
                 WHERE state = 'parked' AND lacks IS NOT NULL AND key IS NOT NULL GROUP BY document.id, lacks, key),
             several AS MATERIALIZED (SELECT id FROM lacking GROUP BY id HAVING count(*) > 1)
             SELECT pipeline.name, lacks, key, max(expired), count(*), sum(amount), min(refund_no),
                 count(*) FILTER (WHERE lacking.id IN several)
             FROM lacking JOIN pipeline ON pipeline.id = pipeline
             GROUP BY 1, 2, 3 ORDER BY 6 DESC NULLS LAST, 5 DESC, 1, 2, 3",
        )?
        .query_map([], |row| {
            let units: Option<i64> = row.get(5)?;
            Ok(MissingCount {
                pipeline: row.get(0)?,
                missing: MissingKey { table: row.get(1)?, key: row.get(2)?, out_of_validity: row.get(3)? },
                returns: row.get(4)?,
                yuan: Decimal::new(units.unwrap_or_default(), 4),
                example: row.get(6)?,
                shared: row.get(7)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn hours(connection: &Connection, since: DateTime<Utc>) -> Result<Vec<Hour>, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT pipeline.name, event.at / ?2, count(*)
             FROM event JOIN document ON document.id = event.document JOIN pipeline ON pipeline.id = document.pipeline
             WHERE event.event = 'confirmed' AND event.at >= ?1 GROUP BY 1, 2 ORDER BY 1, 2",
        )?
        .query_map(params![micros(since), HOUR], |row| {
            let hour: i64 = row.get(1)?;
            Ok(Hour { pipeline: row.get(0)?, start: instant(hour * HOUR), confirmed: row.get(2)? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn states(
    connection: &Connection,
    pipeline: i64,
    numbers: &[String],
) -> Result<Vec<(State, u64)>, Failure> {
    let numbers = serde_json::to_string(numbers).unwrap_or_default();
    let found = connection
        .prepare_cached(
            "SELECT state, count(*) FROM document
             WHERE pipeline = ?1 AND refund_no IN (SELECT value FROM json_each(?2)) GROUP BY state",
        )?
        .query_map(params![pipeline, numbers], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(found.into_iter().filter_map(|(state, count)| Some((State::parse(&state)?, count))).collect())
}

pub(super) fn record(tx: &Transaction<'_>, action: &ActionRow) -> Result<(), Failure> {
    tx.execute(
        "INSERT INTO action (at, remote, action, pipeline, subject, person) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![micros(action.at), action.remote, action.action, action.pipeline, action.subject, action.by],
    )?;
    Ok(())
}

pub(super) fn actions(connection: &Connection, limit: usize) -> Result<Vec<ActionRow>, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT at, remote, action, pipeline, subject, person FROM action ORDER BY id DESC LIMIT ?1",
        )?
        .query_map(params![i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(ActionRow {
                at: instant(row.get(0)?),
                remote: row.get(1)?,
                action: row.get(2)?,
                pipeline: row.get(3)?,
                subject: row.get(4)?,
                by: row.get(5)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

/// A run ends after it began: the last few are looked at, so that the table may grow.
pub(super) fn revision(connection: &Connection) -> Result<String, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT concat_ws('-',
                 (SELECT sum(events) FROM pipeline),
                 (SELECT max(id) FROM \"window\"),
                 (SELECT max(id) FROM action),
                 (SELECT count(*) FROM request WHERE taken = 0),
                 (SELECT concat(max(id), '/', max(ended)) FROM run WHERE id > (SELECT max(id) FROM run) - 50),
                 (SELECT group_concat(concat(read_until, '/', coalesce(stopped ->> 'since', ''), '/', paused_at), '-')
                  FROM pipeline))",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(found)
}

pub(super) fn filtered_between(
    connection: &Connection,
    pipeline: i64,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<(String, MonthSum)>, Failure> {
    let found = connection
        .prepare(
            "SELECT shop_no, count(*), sum(amount) FROM document
             WHERE pipeline = ?1 AND state = 'filtered' AND modified >= ?2 AND modified < ?3 GROUP BY 1 ORDER BY 1",
        )?
        .query_map(params![pipeline, text(from), text(to)], |row| {
            let units: Option<i64> = row.get(2)?;
            Ok((row.get(0)?, MonthSum { count: row.get(1)?, yuan: Decimal::new(units.unwrap_or_default(), 4) }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn learn_all(tx: &Transaction<'_>, pipeline: i64, names: &Names) -> Result<(), Failure> {
    for (table, names) in [("shop", &names.shops), ("warehouse", &names.warehouses)] {
        for (no, name) in names.iter().filter(|(no, name)| !no.is_empty() && !name.is_empty()) {
            search::learn(tx, table, pipeline, no, name)?;
        }
    }
    Ok(())
}

pub(super) fn walked(
    connection: &Connection,
    pipeline: i64,
    (from, to): (NaiveDateTime, NaiveDateTime),
) -> Result<Vec<Walked>, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT start, \"end\", state, at FROM \"window\"
             WHERE pipeline = ?1 AND \"end\" >= ?2 AND start <= ?3 ORDER BY start, id",
        )?
        .query_map(params![pipeline, text(from), text(to)], |row| {
            let (start, end): (String, String) = (row.get(0)?, row.get(1)?);
            let state: String = row.get(2)?;
            Ok(Walked {
                start: time(&start).ok_or(rusqlite::Error::InvalidQuery)?,
                end: time(&end).ok_or(rusqlite::Error::InvalidQuery)?,
                state: if state == "settled" { WindowState::Settled } else { WindowState::Read },
                at: instant(row.get(3)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
