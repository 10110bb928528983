//! Requests that others leave for the one who works the pipeline.

use chrono::{DateTime, Utc};

use super::session::{Failure, Tx};
use crate::store::column::{instant, micros};
use crate::store::{Asked, Request};

pub(super) async fn leave(
    tx: &Tx<'_>,
    pipeline: i64,
    request: Request,
    at: DateTime<Utc>,
) -> Result<i64, Failure> {
    let text = serde_json::to_string(&request).unwrap_or_default();
    // One after the other: two who ask for the same leave one request.
    tx.execute("SELECT FROM pipeline WHERE id = $1 FOR NO KEY UPDATE", &[&pipeline]).await?;
    let open = "SELECT id FROM request WHERE pipeline = $1 AND NOT taken AND request = $2";
    let row = if let Some(row) = tx.maybe(open, &[&pipeline, &text]).await? {
        row
    } else {
        let add = "INSERT INTO request (pipeline, request, at) VALUES ($1, $2, $3) RETURNING id";
        tx.row(add, &[&pipeline, &text, &micros(at)]).await?
    };
    Ok(row.try_get(0)?)
}

pub(super) async fn open(tx: &Tx<'_>, pipeline: i64) -> Result<Vec<Asked>, Failure> {
    let sql = "SELECT id, at, request FROM request WHERE pipeline = $1 AND NOT taken ORDER BY id";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[&pipeline]).await? {
        // What a newer version left and this one does not know stays for that one.
        if let Ok(request) = serde_json::from_str(row.try_get(2)?) {
            found.push(Asked { id: row.try_get(0)?, at: instant(row.try_get(1)?), request });
        }
    }
    Ok(found)
}

pub(super) async fn answer(tx: &Tx<'_>, request: i64, answer: String) -> Result<(), Failure> {
    tx.execute("UPDATE request SET taken = true, answer = $2 WHERE id = $1", &[&request, &answer]).await?;
    Ok(())
}

pub(super) async fn answered(tx: &Tx<'_>, request: i64) -> Result<Option<String>, Failure> {
    let row = tx.maybe("SELECT answer FROM request WHERE id = $1 AND taken", &[&request]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
}
