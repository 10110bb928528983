//! Requests that a second process leaves for the one that holds the journal.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::Failure;
use crate::store::Retry;
use crate::store::column::micros;

pub(super) fn add(
    tx: &Transaction<'_>,
    pipeline: i64,
    retry: &Retry,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    let numbers = serde_json::to_string(&retry.numbers).unwrap_or_default();
    tx.execute(
        "INSERT INTO request (pipeline, numbers, again, at) VALUES (?1, ?2, ?3, ?4)",
        params![pipeline, numbers, retry.again, micros(at)],
    )?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn open(connection: &Connection, pipeline: i64) -> Result<Vec<(i64, Retry)>, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT id, numbers, again FROM request WHERE pipeline = ?1 AND taken = 0 ORDER BY id",
        )?
        .query_map(params![pipeline], |row| {
            let numbers: String = row.get(1)?;
            let numbers = serde_json::from_str(&numbers).unwrap_or_default();
            Ok((row.get(0)?, Retry { numbers, again: row.get(2)? }))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}

pub(super) fn answer(tx: &Transaction<'_>, request: i64, answer: &str) -> Result<(), Failure> {
    tx.execute("UPDATE request SET taken = 1, answer = ?2 WHERE id = ?1", params![request, answer])?;
    Ok(())
}

pub(super) fn answered(connection: &Connection, request: i64) -> Result<Option<String>, Failure> {
    let answer = connection
        .query_row("SELECT answer FROM request WHERE id = ?1 AND taken = 1", params![request], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(answer.flatten())
}
