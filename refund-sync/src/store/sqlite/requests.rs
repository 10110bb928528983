//! Requests that a second process leaves for the one that holds the journal.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::failure::Failure;
use crate::store::column::{instant, micros};
use crate::store::{Asked, Request};

pub(super) fn leave(
    tx: &Transaction<'_>,
    pipeline: i64,
    request: &Request,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    let text = serde_json::to_string(request).unwrap_or_default();
    let open = tx
        .query_row(
            "SELECT id FROM request WHERE pipeline = ?1 AND taken = 0 AND request = ?2",
            params![pipeline, text],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = open {
        return Ok(id);
    }
    tx.execute(
        "INSERT INTO request (pipeline, request, at) VALUES (?1, ?2, ?3)",
        params![pipeline, text, micros(at)],
    )?;
    Ok(tx.last_insert_rowid())
}

pub(super) fn open(connection: &Connection, pipeline: i64) -> Result<Vec<Asked>, Failure> {
    let found = connection
        .prepare_cached("SELECT id, at, request FROM request WHERE pipeline = ?1 AND taken = 0 ORDER BY id")?
        .query_map(params![pipeline], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // What a newer version left and this one does not know stays for that one.
    let known = |(id, at, text): (i64, i64, String)| {
        let request = serde_json::from_str(&text).ok()?;
        Some(Asked { id, at: instant(at), request })
    };
    Ok(found.into_iter().filter_map(known).collect())
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
