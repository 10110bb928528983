//! Taking out of the journal what is over, part by part. How long it stays is the configuration's, when it goes the
//! worker's; documents, and the calls that carried them, stay for ever.

use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};

use super::failure::Failure;
use crate::clock::shanghai;
use crate::store::column::{micros, text};
use crate::store::{Origin, PrunedTo};

/// How many rows of a table one part looks at.
const PART: usize = 1_000;
/// How many documents: each has some events.
const DOCUMENTS: usize = 250;

pub(super) fn prune(
    tx: &Transaction<'_>,
    origin: Origin,
    until: DateTime<Utc>,
    after: PrunedTo,
) -> Result<Option<PrunedTo>, Failure> {
    let (mut last, mut looked_at) = (after, 0);
    let mut over = Vec::new();
    let mut at_rest = tx.prepare_cached(
        "SELECT event.at, event.document, pipeline = ?1 AND (state = 'confirmed' OR state = 'filtered') AND pending IS NULL
         FROM event CROSS JOIN document
         WHERE (event = 'confirmed' OR event = 'read_filtered' OR event = 'waiting' OR event = 'noticed'
                 OR event = 'reversed' OR event = 'restored')
             AND (event.at, event.document) > (?2, ?3) AND event.at < ?4 AND document.id = event.document
         ORDER BY event.at, event.document LIMIT ?5",
    )?;
    let mut rows = at_rest.query(params![origin.pipeline, after.0, after.1, micros(until), DOCUMENTS])?;
    while let Some(row) = rows.next()? {
        last = (row.get(0)?, row.get(1)?);
        looked_at += 1;
        if row.get(2)? {
            over.push(last.1);
        }
    }
    for document in over {
        let until = micros(until);
        let at: Option<i64> = tx
            .prepare_cached("SELECT max(at) FROM event WHERE document = ?1 AND at < ?2")?
            .query_row(params![document, until], |row| row.get(0))?;
        // A document that came to rest twice is met twice.
        let Some(at) = at else { continue };
        tx.prepare_cached("DELETE FROM event WHERE document = ?1 AND at < ?2")?
            .execute(params![document, until])?;
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
    if looked_at == DOCUMENTS || windows == PART || runs == PART {
        return Ok(Some(last));
    }
    tx.execute(
        "UPDATE pipeline SET pruned_at = ?2 WHERE id = ?1",
        params![origin.pipeline, micros(origin.at)],
    )?;
    Ok(None)
}
