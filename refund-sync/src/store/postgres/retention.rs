//! Taking out of the journal what is over, part by part. How long it stays is the configuration's, when it goes the
//! worker's; documents, and the calls that carried them, stay for ever.

use chrono::{DateTime, Utc};

use super::session::{Failure, Tx};
use crate::clock::shanghai;
use crate::store::column::{micros, text};
use crate::store::{Origin, PrunedTo};

/// How many rows of a table one part looks at.
const PART: i64 = 1_000;
/// How many documents: each has some events.
const DOCUMENTS: i64 = 250;

pub(super) async fn prune(
    tx: &Tx<'_>,
    origin: Origin,
    until: DateTime<Utc>,
    after: PrunedTo,
) -> Result<Option<PrunedTo>, Failure> {
    let (pipeline, day, until) = (origin.pipeline, text(shanghai(until)), micros(until));
    let (mut last, mut looked_at) = (after, 0);
    let mut over = Vec::new();
    let at_rest = "SELECT event.at, event.document, pipeline = $1 AND state IN ('confirmed', 'filtered') AND pending IS NULL
         FROM event JOIN document ON document.id = event.document
         WHERE (event = 'confirmed' OR event = 'read_filtered' OR event = 'waiting' OR event = 'noticed'
                 OR event = 'reversed' OR event = 'restored')
             AND (event.at, event.document) > ($2, $3) AND event.at < $4
         ORDER BY event.at, event.document LIMIT $5";
    for row in tx.rows(at_rest, &[&pipeline, &after.0, &after.1, &until, &DOCUMENTS]).await? {
        last = (row.try_get(0)?, row.try_get(1)?);
        looked_at += 1;
        if row.try_get(2)? {
            over.push(last.1);
        }
    }
    tx.execute(
        "WITH gone AS (DELETE FROM event WHERE document = ANY ($1) AND at < $2 RETURNING document, at)
         UPDATE document SET pruned_until = greatest(pruned_until, pruned.at)
         FROM (SELECT document, max(at) AS at FROM gone GROUP BY document) AS pruned
         WHERE document.id = pruned.document",
        &[&over, &until],
    )
    .await?;
    // By when it was walked as well: a backfill that is under way reads its own windows.
    let windows = "DELETE FROM \"window\" WHERE id IN (SELECT id FROM \"window\"
         WHERE pipeline = $1 AND state = 'settled' AND \"end\" < $2 AND at < $3 ORDER BY \"end\" LIMIT $4)";
    let windows = tx.execute(windows, &[&pipeline, &day, &until, &PART]).await?;
    if windows > 0 {
        // The audit at the start takes a gap for an edit, but not this one.
        tx.execute(
            "INSERT INTO note (pipeline, topic, text) VALUES ($1, 'pruned_to', $2)
             ON CONFLICT (pipeline, topic) DO UPDATE SET text = greatest(note.text, excluded.text)",
            &[&pipeline, &day],
        )
        .await?;
    }
    let runs = "DELETE FROM run WHERE started < $2
         AND id IN (SELECT id FROM run WHERE pipeline = $1 ORDER BY id LIMIT $3)";
    let runs = tx.execute(runs, &[&pipeline, &until, &PART]).await?;
    tx.execute("DELETE FROM request WHERE pipeline = $1 AND taken AND at < $2", &[&pipeline, &until]).await?;
    if looked_at == DOCUMENTS || windows == PART.unsigned_abs() || runs == PART.unsigned_abs() {
        return Ok(Some(last));
    }
    tx.execute("UPDATE pipeline SET pruned_at = $2 WHERE id = $1", &[&pipeline, &micros(origin.at)]).await?;
    Ok(None)
}
