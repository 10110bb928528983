//! Pipelines, windows and runs.

use chrono::{DateTime, NaiveDateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::failure::Failure;
use crate::store::BEHIND;
use crate::store::column::{instant, micros, text, time};
use crate::store::{Origin, PipelineRow, Stopped, WindowRecord, WindowState};

pub(super) fn pipeline(tx: &Transaction<'_>, name: &str, is_behind: bool) -> Result<PipelineRow, Failure> {
    let made =
        tx.execute("INSERT INTO pipeline (name) VALUES (?1) ON CONFLICT (name) DO NOTHING", params![name])?;
    if is_behind && made > 0 {
        set_note(tx, tx.last_insert_rowid(), BEHIND, BEHIND)?;
    }
    Ok(known_pipeline(tx, name)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
}

pub(super) fn known_pipeline(connection: &Connection, name: &str) -> Result<Option<PipelineRow>, Failure> {
    let row = connection.query_row(
        "SELECT id, cursor, began, clock_offset_ms, limiter, stopped, watched_at, fired_at, paused_at, pruned_at
         FROM pipeline WHERE name = ?1",
        params![name],
        |row| {
            let cursor: Option<String> = row.get(1)?;
            let began: Option<String> = row.get(2)?;
            let stopped: Option<String> = row.get(5)?;
            Ok(PipelineRow {
                id: row.get(0)?,
                cursor: cursor.as_deref().and_then(time),
                began: began.as_deref().and_then(time),
                clock_offset_ms: row.get(3)?,
                limiter: row.get(4)?,
                watched_at: row.get::<_, Option<i64>>(6)?.map(instant),
                pruned_at: row.get::<_, Option<i64>>(9)?.map(instant),
                fired_at: row.get::<_, Option<i64>>(7)?.map(instant),
                paused_at: row.get::<_, Option<i64>>(8)?.map(instant),
                stopped: stopped.and_then(|text| serde_json::from_str(&text).ok()),
            })
        },
    );
    Ok(row.optional()?)
}

pub(super) fn remember(
    tx: &Transaction<'_>,
    pipeline: i64,
    clock_offset_ms: i64,
    limiter: Option<&str>,
) -> Result<(), Failure> {
    tx.execute(
        "UPDATE pipeline SET clock_offset_ms = ?2, limiter = coalesce(?3, limiter) WHERE id = ?1",
        params![pipeline, clock_offset_ms, limiter],
    )?;
    Ok(())
}

pub(super) fn watched(tx: &Transaction<'_>, pipeline: i64, at: DateTime<Utc>) -> Result<(), Failure> {
    tx.execute("UPDATE pipeline SET watched_at = ?2 WHERE id = ?1", params![pipeline, micros(at)])?;
    Ok(())
}

#[cfg(feature = "console")]
pub(super) fn fired(tx: &Transaction<'_>, pipeline: i64, at: DateTime<Utc>) -> Result<(), Failure> {
    tx.execute("UPDATE pipeline SET fired_at = ?2 WHERE id = ?1", params![pipeline, micros(at)])?;
    Ok(())
}

pub(super) fn set_stopped(
    tx: &Transaction<'_>,
    pipeline: i64,
    stopped: Option<&Stopped>,
) -> Result<(), Failure> {
    let stopped = stopped.and_then(Stopped::kept);
    tx.execute("UPDATE pipeline SET stopped = ?2 WHERE id = ?1", params![pipeline, stopped])?;
    Ok(())
}

#[cfg(feature = "console")]
pub(super) fn set_paused(
    tx: &Transaction<'_>,
    pipeline: i64,
    at: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    tx.execute("UPDATE pipeline SET paused_at = ?2 WHERE id = ?1", params![pipeline, at.map(micros)])?;
    Ok(())
}

pub(super) fn note(connection: &Connection, pipeline: i64, topic: &str) -> Result<Option<String>, Failure> {
    let text = connection
        .prepare_cached("SELECT text FROM note WHERE pipeline = ?1 AND topic = ?2")?
        .query_row(params![pipeline, topic], |row| row.get(0))
        .optional()?;
    Ok(text)
}

pub(super) fn set_note(tx: &Transaction<'_>, pipeline: i64, topic: &str, text: &str) -> Result<(), Failure> {
    tx.execute(
        "INSERT INTO note (pipeline, topic, text) VALUES (?1, ?2, ?3)
         ON CONFLICT (pipeline, topic) DO UPDATE SET text = excluded.text",
        params![pipeline, topic, text],
    )?;
    Ok(())
}

/// Notes for every pipeline that calls may be under way that the journal knows nothing of.
pub(super) fn note_behind(connection: &Connection) -> rusqlite::Result<()> {
    let sql = "INSERT INTO note (pipeline, topic, text) SELECT id, ?1, ?1 FROM pipeline WHERE true
               ON CONFLICT (pipeline, topic) DO UPDATE SET text = excluded.text";
    connection.execute(sql, [BEHIND]).map(drop)
}

pub(super) fn begin_run(
    tx: &Transaction<'_>,
    pipeline: i64,
    command: &str,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    tx.execute(
        "INSERT INTO run (pipeline, command, started) VALUES (?1, ?2, ?3)",
        params![pipeline, command, micros(at)],
    )?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn end_run(
    tx: &Transaction<'_>,
    run: i64,
    at: DateTime<Utc>,
    outcome: &str,
) -> Result<(), Failure> {
    tx.execute("UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1", params![run, micros(at), outcome])?;
    Ok(())
}

pub(super) fn end_firing(
    tx: &Transaction<'_>,
    run: i64,
    firing: DateTime<Utc>,
    at: DateTime<Utc>,
    outcome: &str,
) -> Result<(), Failure> {
    end_run(tx, run, at, outcome)?;
    tx.execute(
        "UPDATE pipeline SET fired_at = ?2 WHERE id = (SELECT pipeline FROM run WHERE id = ?1)",
        params![run, micros(firing)],
    )?;
    Ok(())
}

pub(super) fn record_window(
    tx: &Transaction<'_>,
    origin: Origin,
    window: &WindowRecord,
    cursor: Option<NaiveDateTime>,
) -> Result<(), Failure> {
    let state = match window.state {
        WindowState::Read => "read",
        WindowState::Settled => "settled",
    };
    // What was only read is walked again: its newer record takes its place.
    tx.prepare_cached(
        "DELETE FROM \"window\" WHERE pipeline = ?1 AND state = 'read' AND start >= ?2 AND start <= ?3",
    )?
    .execute(params![origin.pipeline, text(window.start), text(window.end)])?;
    tx.prepare_cached(
        "INSERT INTO \"window\" (pipeline, run, start, \"end\", state, total, seen, calls, note, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        origin.pipeline,
        origin.run,
        text(window.start),
        text(window.end),
        state,
        window.total,
        window.seen,
        window.calls,
        window.note,
        micros(origin.at),
    ])?;
    tx.prepare_cached(
        "UPDATE pipeline SET began = min(coalesce(began, ?2), ?2), read_until = max(coalesce(read_until, ?3), ?3),
             cursor = CASE WHEN ?4 IS NULL THEN cursor ELSE max(coalesce(cursor, ?4), ?4) END
         WHERE id = ?1 AND ?5",
    )?
    .execute(params![origin.pipeline, text(window.start), text(window.end), cursor.map(text), window.live])?;
    Ok(())
}
