//! Pipelines, windows and runs.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::documents::storable;
use super::session::{Failure, Tx};
use crate::store::column::{instant, micros, text, time};
use crate::store::{Origin, PipelineRow, Stopped, WindowRecord, WindowState};

pub(super) async fn pipeline(tx: &Tx<'_>, name: String) -> Result<PipelineRow, Failure> {
    if let Some(known) = known_pipeline(tx, name.clone()).await? {
        return Ok(known);
    }
    let add = "INSERT INTO pipeline (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    tx.execute(add, &[&name]).await?;
    known_pipeline(tx, name).await?.ok_or(Failure::Damaged("a pipeline is gone from the journal"))
}

pub(super) async fn known_pipeline(tx: &Tx<'_>, name: String) -> Result<Option<PipelineRow>, Failure> {
    let sql = "SELECT id, cursor, began, clock_offset_ms, limiter, watched_at, stopped, fired_at, paused_at, pruned_at
         FROM pipeline WHERE name = $1";
    let Some(row) = tx.maybe(sql, &[&name]).await? else { return Ok(None) };
    let cursor: Option<String> = row.try_get(1)?;
    let began: Option<String> = row.try_get(2)?;
    let stopped: Option<String> = row.try_get(6)?;
    Ok(Some(PipelineRow {
        id: row.try_get(0)?,
        cursor: cursor.as_deref().and_then(time),
        began: began.as_deref().and_then(time),
        clock_offset_ms: row.try_get(3)?,
        limiter: row.try_get(4)?,
        watched_at: row.try_get::<_, Option<i64>>(5)?.map(instant),
        pruned_at: row.try_get::<_, Option<i64>>(9)?.map(instant),
        fired_at: row.try_get::<_, Option<i64>>(7)?.map(instant),
        paused_at: row.try_get::<_, Option<i64>>(8)?.map(instant),
        stopped: stopped.and_then(|text| serde_json::from_str(&text).ok()),
    }))
}

pub(super) async fn remember(
    tx: &Tx<'_>,
    pipeline: i64,
    clock_offset_ms: i64,
    limiter: Option<String>,
) -> Result<(), Failure> {
    let sql = "UPDATE pipeline SET clock_offset_ms = $2, limiter = coalesce($3, limiter) WHERE id = $1";
    tx.execute(sql, &[&pipeline, &clock_offset_ms, &limiter]).await?;
    Ok(())
}

pub(super) async fn watched(tx: &Tx<'_>, pipeline: i64, at: DateTime<Utc>) -> Result<(), Failure> {
    tx.execute("UPDATE pipeline SET watched_at = $2 WHERE id = $1", &[&pipeline, &micros(at)]).await?;
    Ok(())
}

#[cfg(feature = "console")]
pub(super) async fn fired(tx: &Tx<'_>, pipeline: i64, at: DateTime<Utc>) -> Result<(), Failure> {
    tx.execute("UPDATE pipeline SET fired_at = $2 WHERE id = $1", &[&pipeline, &micros(at)]).await?;
    Ok(())
}

#[cfg(feature = "console")]
pub(super) async fn set_paused(tx: &Tx<'_>, pipeline: i64, at: Option<DateTime<Utc>>) -> Result<(), Failure> {
    let at = at.map(micros);
    tx.execute("UPDATE pipeline SET paused_at = $2 WHERE id = $1", &[&pipeline, &at]).await?;
    Ok(())
}

pub(super) async fn set_stopped(tx: &Tx<'_>, pipeline: i64, stopped: Option<Stopped>) -> Result<(), Failure> {
    let stopped = stopped.and_then(|stopped| stopped.kept());
    tx.execute("UPDATE pipeline SET stopped = $2 WHERE id = $1", &[&pipeline, &stopped]).await?;
    Ok(())
}

pub(super) async fn note(tx: &Tx<'_>, pipeline: i64, topic: &'static str) -> Result<Option<String>, Failure> {
    let sql = "SELECT text FROM note WHERE pipeline = $1 AND topic = $2";
    Ok(tx.maybe(sql, &[&pipeline, &topic]).await?.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn set_note(
    tx: &Tx<'_>,
    pipeline: i64,
    topic: &'static str,
    text: String,
) -> Result<(), Failure> {
    let sql = "INSERT INTO note (pipeline, topic, text) VALUES ($1, $2, $3)
         ON CONFLICT (pipeline, topic) DO UPDATE SET text = excluded.text";
    tx.execute(sql, &[&pipeline, &topic, &storable(&text)]).await?;
    Ok(())
}

pub(super) async fn begin_run(
    tx: &Tx<'_>,
    pipeline: i64,
    command: String,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    let sql = "INSERT INTO run (pipeline, command, started) VALUES ($1, $2, $3) RETURNING id";
    Ok(tx.row(sql, &[&pipeline, &command, &micros(at)]).await?.try_get(0)?)
}

pub(super) async fn end_run(
    tx: &Tx<'_>,
    run: i64,
    at: DateTime<Utc>,
    outcome: String,
) -> Result<(), Failure> {
    let sql = "UPDATE run SET ended = $2, outcome = $3 WHERE id = $1";
    tx.execute(sql, &[&run, &micros(at), &outcome]).await?;
    Ok(())
}

pub(super) async fn end_firing(
    tx: &Tx<'_>,
    run: i64,
    firing: DateTime<Utc>,
    at: DateTime<Utc>,
    outcome: String,
) -> Result<(), Failure> {
    end_run(tx, run, at, outcome).await?;
    tx.execute(
        "UPDATE pipeline SET fired_at = $2 WHERE id = (SELECT pipeline FROM run WHERE id = $1)",
        &[&run, &micros(firing)],
    )
    .await?;
    Ok(())
}

pub(super) async fn record_window(
    tx: &Tx<'_>,
    origin: Origin,
    window: WindowRecord,
    cursor: Option<NaiveDateTime>,
) -> Result<(), Failure> {
    let state = match window.state {
        WindowState::Read => "read",
        WindowState::Settled => "settled",
    };
    let (start, end) = (text(window.start), text(window.end));
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    // What was only read is walked again: its newer record takes its place.
    tx.execute(
        "DELETE FROM \"window\" WHERE pipeline = $1 AND state = 'read' AND start >= $2 AND start <= $3",
        &[&origin.pipeline, &start, &end],
    )
    .await?;
    tx.execute(
        "INSERT INTO \"window\" (pipeline, run, start, \"end\", state, total, seen, calls, note, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            &origin.pipeline,
            &origin.run,
            &start,
            &end,
            &state,
            &window.total.map(count),
            &count(window.seen),
            &i64::from(window.calls),
            &window.note,
            &micros(origin.at),
        ],
    )
    .await?;
    // `least` and `greatest` pass over NULL.
    tx.execute(
        "UPDATE pipeline SET began = least(began, $2), read_until = greatest(read_until, $3),
             cursor = greatest(cursor, $4)
         WHERE id = $1 AND $5",
        &[&origin.pipeline, &start, &end, &cursor.map(text), &window.live],
    )
    .await?;
    Ok(())
}
