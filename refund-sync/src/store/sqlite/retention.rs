//! Taking out of the journal what is over, part by part. How long it stays is the configuration's, when it goes the
//! worker's; documents, and the calls that carried them, stay for ever.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::failure::Failure;
use crate::clock::shanghai;
use crate::store::Origin;
use crate::store::column::{micros, text};

/// How many rows of a table one part looks at.
const PART: usize = 1_000;

pub(super) fn prune(
    tx: &Transaction<'_>,
    origin: Origin,
    until: DateTime<Utc>,
    after: i64,
) -> Result<Option<i64>, Failure> {
    let (mut last, mut looked_at) = (after, 0);
    let mut until_by_document = BTreeMap::new();
    let mut over = Vec::new();
    // Events are as old as their ids, so the first young one is the end.
    let mut events = tx.prepare_cached(
        "SELECT event.id, event.at, document,
             pipeline = ?1 AND state IN ('confirmed', 'filtered') AND pending IS NULL
         FROM event JOIN document ON document.id = event.document WHERE event.id > ?2 ORDER BY event.id LIMIT ?3",
    )?;
    let mut rows = events.query(params![origin.pipeline, after, PART])?;
    while let Some(row) = rows.next()? {
        let (id, at, document): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if at >= micros(until) {
            break;
        }
        (last, looked_at) = (id, looked_at + 1);
        if row.get(3)? {
            over.push(id);
            until_by_document.insert(document, at);
        }
    }
    for event in over {
        tx.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute(params![event])?;
    }
    for (document, at) in until_by_document {
        tx.prepare_cached(
            "UPDATE document SET pruned_until = max(coalesce(pruned_until, ?2), ?2) WHERE id = ?1",
        )?
        .execute(params![document, at])?;
    }
    let until = (micros(until), text(shanghai(until)));
    // By when it was walked as well: a backfill that is under way reads its own windows.
    let windows = tx
        .prepare_cached(
            "DELETE FROM \"window\" WHERE id IN (SELECT id FROM \"window\"
             WHERE pipeline = ?1 AND state = 'settled' AND \"end\" < ?2 AND at < ?3 ORDER BY \"end\" LIMIT ?4)",
        )?
        .execute(params![origin.pipeline, until.1, until.0, PART])?;
    // The audit at the start takes a gap for an edit, but not this one.
    tx.execute(
        "INSERT INTO note (pipeline, topic, text) SELECT ?1, 'pruned_to', ?2 WHERE ?3 > 0
         ON CONFLICT (pipeline, topic) DO UPDATE SET text = max(text, excluded.text)",
        params![origin.pipeline, until.1, windows],
    )?;
    let runs = tx
        .prepare_cached(
            "DELETE FROM run WHERE started < ?2
             AND id IN (SELECT id FROM run WHERE pipeline = ?1 ORDER BY id LIMIT ?3)",
        )?
        .execute(params![origin.pipeline, until.0, PART])?;
    tx.execute(
        "DELETE FROM request WHERE pipeline = ?1 AND taken = 1 AND at < ?2",
        params![origin.pipeline, until.0],
    )?;
    if looked_at == PART || windows == PART || runs == PART {
        return Ok(Some(last));
    }
    tx.execute(
        "UPDATE pipeline SET pruned_at = ?2 WHERE id = ?1",
        params![origin.pipeline, micros(origin.at)],
    )?;
    Ok(None)
}
