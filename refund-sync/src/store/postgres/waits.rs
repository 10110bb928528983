//! Waits that are begun anew, or brought back from where a wrong clock put them.

use std::time::Duration;

use super::documents::MOVING;
use super::session::{Failure, Tx};
use crate::store::Origin;
use crate::store::column::{furthest, furthest_retry, micros};

pub(super) async fn restart(
    tx: &Tx<'_>,
    origin: Origin,
    longest: Duration,
    anew: bool,
) -> Result<u64, Failure> {
    let (at, furthest) = (micros(origin.at), furthest(origin.at, longest));
    let sql =
        format!("UPDATE document SET due_at = $2 WHERE pipeline = $1 AND state IN {MOVING} AND due_at > $2");
    tx.execute(&sql, &[&origin.pipeline, &furthest]).await?;
    let sql = "UPDATE document SET due_at = $2 WHERE pipeline = $1 AND state = 'parked' AND due_at > $2";
    tx.execute(sql, &[&origin.pipeline, &furthest_retry(origin.at)]).await?;
    let sql = "UPDATE batch SET appeared = $3 WHERE appeared > $2
               AND id IN (SELECT batch FROM document WHERE pipeline = $1 AND state = 'intended')";
    tx.execute(sql, &[&origin.pipeline, &furthest, &at]).await?;
    let begun = "CASE WHEN $4 THEN greatest(unknown_since, $3) ELSE unknown_since END";
    let sql = format!(
        "UPDATE document SET unknown_since = least({begun}, $2)
         WHERE pipeline = $1 AND state = 'intended' AND unknown_since <> least({begun}, $2)"
    );
    Ok(tx.execute(&sql, &[&origin.pipeline, &furthest, &at, &anew]).await?)
}
