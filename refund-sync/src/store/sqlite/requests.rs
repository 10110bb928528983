//! Requests that a second process leaves for the one that holds the journal.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::Failure;
use crate::store::column::micros;

pub(super) fn add(
    tx: &Transaction<'_>,
    pipeline: i64,
    numbers: &[String],
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    let numbers = serde_json::to_string(numbers).unwrap_or_default();
    tx.execute(
        "INSERT INTO request (pipeline, numbers, at) VALUES (?1, ?2, ?3)",
        params![pipeline, numbers, micros(at)],
    )?;
    Ok(tx.last_insert_rowid())
}

/// The open requests. They stay open until answered, so a crash in between loses none.
pub(super) fn take(connection: &Connection, pipeline: i64) -> Result<Vec<(i64, Vec<String>)>, Failure> {
    let found = connection
        .prepare_cached("SELECT id, numbers FROM request WHERE pipeline = ?1 AND taken = 0 ORDER BY id")?
        .query_map(params![pipeline], |row| {
            let numbers: String = row.get(1)?;
            Ok((row.get(0)?, serde_json::from_str(&numbers).unwrap_or_default()))
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
