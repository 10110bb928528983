//! What people ask of the journal: `status`, `why`, `parked`.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::documents::{self, COLUMNS, DOCUMENTS, WIDTH};
use super::failure::Failure;
use super::{packed, search};
use crate::journal::State;
use crate::store::column::{rfc3339, seconds, yuan};
use crate::store::short::{SHORT_WINDOWS, ShortRow, ShortWindow};
use crate::store::{
    ClockNote, FilteredCount, Life, LifeEvent, ListRow, ParkedDocument, PipelineStatus, RunRow, WindowRow,
};

/// How many windows and runs `status` shows.
const LATEST: i64 = 10;

pub(super) fn status(connection: &Connection) -> Result<Vec<PipelineStatus>, Failure> {
    let mut statement = connection.prepare(
        "SELECT id, name, cursor, read_until, clock_offset_ms, stopped, paused_at,
             (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'clock')
         FROM pipeline ORDER BY name",
    )?;
    let pipelines = statement
        .query_map([], |row| {
            let stopped: Option<String> = row.get(5)?;
            let note: Option<String> = row.get(7)?;
            Ok((
                row.get::<_, i64>(0)?,
                PipelineStatus {
                    cursor: row.get(2)?,
                    read_until: row.get(3)?,
                    clock_offset_seconds: seconds(row.get(4)?),
                    clock: ClockNote::kept(note.as_deref()),
                    stopped: stopped.and_then(|text| serde_json::from_str(&text).ok()),
                    paused: row.get::<_, Option<i64>>(6)?.map(rfc3339),
                    ..PipelineStatus::named(row.get(1)?)
                },
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    pipelines.into_iter().map(|(id, status)| fill(connection, id, status)).collect()
}

fn fill(connection: &Connection, id: i64, mut status: PipelineStatus) -> Result<PipelineStatus, Failure> {
    let mut by_state =
        connection.prepare("SELECT state, count(*) FROM document WHERE pipeline = ?1 GROUP BY state")?;
    let mut rows = by_state.query(params![id])?;
    while let Some(row) = rows.next()? {
        let state: String = row.get(0)?;
        if let Some(state) = State::parse(&state) {
            status.documents.insert(state.as_str(), row.get(1)?);
        }
    }
    status.flags = counts(
        connection,
        "SELECT flag.value ->> 'kind', count(*) FROM document, json_each(iif(json_valid(document.flags), document.flags, '[]')) AS flag
         WHERE pipeline = ?1 AND flags IS NOT NULL GROUP BY 1",
        id,
    )?;
    let mut parked = connection.prepare(
        "SELECT coalesce(parking ->> 'cause', 'unknown'), count(*), coalesce(sum(amount), 0) FROM document
         WHERE pipeline = ?1 AND state = 'parked' GROUP BY 1",
    )?;
    let mut rows = parked.query(params![id])?;
    while let Some(row) = rows.next()? {
        let cause: String = row.get(0)?;
        status.parked.insert(cause.clone(), row.get(1)?);
        status.parked_yuan.insert(cause, yuan(row.get(2)?));
    }
    status.decided = counts(
        connection,
        "SELECT coalesce(decision ->> 'as', 'unknown'), count(*) FROM document
         WHERE pipeline = ?1 AND state = 'decided' GROUP BY 1",
        id,
    )?;
    status.filtered = connection
        .prepare(
            "SELECT kind, process_status, shop_no, count(*), coalesce(sum(amount), 0) FROM document
             WHERE pipeline = ?1 AND state = 'filtered' GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3",
        )?
        .query_map(params![id], |row| {
            Ok(FilteredCount {
                kind: row.get(0)?,
                process_status: row.get(1)?,
                shop_no: row.get(2)?,
                count: row.get(3)?,
                amount: yuan(row.get(4)?),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let short = super::ledger::note(connection, id, SHORT_WINDOWS)?;
    status.short_windows = ShortWindow::all(short.as_deref()).into_iter().map(ShortRow::from).collect();
    status.windows = connection
        .prepare(
            "SELECT start, \"end\", state, total, seen, calls, note FROM \"window\"
             WHERE pipeline = ?1 ORDER BY \"end\" DESC, id DESC LIMIT ?2",
        )?
        .query_map(params![id, LATEST], |row| {
            Ok(WindowRow {
                start: row.get(0)?,
                end: row.get(1)?,
                state: row.get(2)?,
                total: row.get(3)?,
                seen: row.get(4)?,
                calls: row.get(5)?,
                note: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    status.runs = connection
        .prepare(
            "SELECT command, started, ended, outcome FROM run WHERE pipeline = ?1 ORDER BY id DESC LIMIT ?2",
        )?
        .query_map(params![id, LATEST], |row| {
            let outcome: Option<String> = row.get(3)?;
            Ok(RunRow {
                command: row.get(0)?,
                started: rfc3339(row.get(1)?),
                ended: row.get::<_, Option<i64>>(2)?.map(rfc3339),
                outcome: outcome.and_then(|text| serde_json::from_str(&text).ok()),
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(status)
}

fn counts(connection: &Connection, sql: &str, id: i64) -> Result<BTreeMap<String, u64>, Failure> {
    let found = connection
        .prepare(sql)?
        .query_map(params![id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn life(connection: &Connection, refund_no: &str) -> Result<Vec<Life>, Failure> {
    let mut statement = connection.prepare(&format!(
        "SELECT {COLUMNS}, pipeline.name, pruned_until, pipeline.id
         FROM pipeline CROSS JOIN {DOCUMENTS}
         WHERE document.pipeline = pipeline.id AND refund_no = ?1 ORDER BY pipeline.name"
    ))?;
    let found = statement
        .query_map(params![refund_no], |row| {
            Ok((documents::read(row)?, row.get(WIDTH)?, row.get(WIDTH + 1)?, row.get(WIDTH + 2)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    found
        .into_iter()
        .map(|(document, pipeline, pruned_until, id)| {
            let events = connection
                .prepare_cached("SELECT at, run, event, detail FROM event WHERE document = ?1 ORDER BY n")?
                .query_map(params![document.id], |row| {
                    let detail = packed::text(row, 3)?;
                    Ok(LifeEvent {
                        at: rfc3339(row.get(0)?),
                        run: row.get(1)?,
                        event: row.get(2)?,
                        detail: serde_json::from_str(&detail).unwrap_or_default(),
                    })
                })?
                .collect::<rusqlite::Result<_>>()?;
            let names = search::names(connection, id)?;
            Ok(Life::of(pipeline, &names, document, pruned_until, events))
        })
        .collect()
}

pub(super) fn parked(connection: &Connection) -> Result<Vec<ParkedDocument>, Failure> {
    let mut found = Vec::new();
    let mut pipelines = connection.prepare_cached("SELECT id, name FROM pipeline")?;
    let mut pipelines = pipelines.query([])?;
    while let Some(row) = pipelines.next()? {
        let (id, name): (i64, String) = (row.get(0)?, row.get(1)?);
        let names = search::names(connection, id)?;
        let documents = documents::parked(connection, id, None)?;
        found.extend(documents.iter().map(|one| ParkedDocument::of(ListRow::of(&name, one, &names))));
    }
    Ok(ParkedDocument::in_order(found))
}
