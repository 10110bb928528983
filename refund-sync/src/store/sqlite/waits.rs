//! Waits that are begun anew, or brought back from where a wrong clock put them.

use std::time::Duration;

use rusqlite::{Transaction, params};

use super::documents::MOVING;
use super::failure::Failure;
use crate::store::Origin;
use crate::store::column::{furthest, furthest_retry, micros};

pub(super) fn restart(
    tx: &Transaction<'_>,
    origin: Origin,
    longest: Duration,
    anew: bool,
) -> Result<u64, Failure> {
    let (at, furthest) = (micros(origin.at), furthest(origin.at, longest));
    let sql =
        format!("UPDATE document SET due_at = ?2 WHERE pipeline = ?1 AND state IN {MOVING} AND due_at > ?2");
    tx.prepare_cached(&sql)?.execute(params![origin.pipeline, furthest])?;
    tx.prepare_cached(
        "UPDATE document SET due_at = ?2 WHERE pipeline = ?1 AND state = 'parked' AND due_at > ?2",
    )?
    .execute(params![origin.pipeline, furthest_retry(origin.at)])?;
    tx.prepare_cached(
        "UPDATE batch SET appeared = ?3 WHERE appeared > ?2
         AND id IN (SELECT batch FROM document WHERE pipeline = ?1 AND state = 'intended')",
    )?
    .execute(params![origin.pipeline, furthest, at])?;
    let begun = "max(unknown_since, iif(?4, ?3, unknown_since))";
    let sql = format!(
        "UPDATE document SET unknown_since = min({begun}, ?2)
         WHERE pipeline = ?1 AND state = 'intended' AND unknown_since <> min({begun}, ?2)"
    );
    Ok(tx.prepare_cached(&sql)?.execute(params![origin.pipeline, furthest, at, anew])? as u64)
}
