//! What the audit at the start asks of the database, and its repairs. How they are judged is in `store::audit`.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde_json::json;

use super::changes::Events;
use super::documents::{DOCUMENTS, MOVING};
use super::session::{Failure, Tx};
use crate::journal::{Event, Log};
use crate::store::Origin;
use crate::store::audit::{BROKEN, SetAside, Shown, WITHOUT_TEXT, parking, pieces};
use crate::store::column::{micros, text, time};

/// Windows that a walk can have left. One that is settled did not end days after it was walked: clocks differ by less.
const POSSIBLE: &str = "start <= \"end\" AND \"end\" <= $2 AND start LIKE '____-__-__ __:__:__'
    AND (state = 'read' OR \"end\" <= to_char(
        to_timestamp(least(greatest(at, 0) / 1000000, 250000000000) + 86400) AT TIME ZONE 'Asia/Shanghai',
        'YYYY-MM-DD HH24:MI:SS'))";

pub(super) async fn shown(tx: &Tx<'_>, future: NaiveDateTime) -> Result<Vec<Shown>, Failure> {
    let sql =
        "SELECT id, name, (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'accounts'),
            EXISTS (SELECT 1 FROM document WHERE document.pipeline = pipeline.id
                    AND state IN ('saved', 'submitted', 'audited', 'confirmed')),
            began, cursor, (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'pruned_to')
        FROM pipeline ORDER BY id";
    let mut found = Vec::new();
    for row in tx.rows(sql, &[]).await? {
        let (began, cursor): (Option<String>, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
        let pruned_to: Option<String> = row.try_get(6)?;
        let mut shown = Shown {
            id: row.try_get(0)?,
            name: row.try_get(1)?,
            accounts: row.try_get(2)?,
            has_bills: row.try_get(3)?,
            began: began.as_deref().and_then(time),
            cursor: cursor.as_deref().and_then(time),
            pruned_to: pruned_to.as_deref().and_then(time),
            settled: Vec::new(),
            strange: 0,
        };
        fill(tx, &mut shown, text(future)).await?;
        found.push(shown);
    }
    Ok(found)
}

async fn fill(tx: &Tx<'_>, shown: &mut Shown, future: String) -> Result<(), Failure> {
    let sql = format!(
        "SELECT start, before FROM (
             SELECT start, max(\"end\") OVER (ORDER BY start, \"end\" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                 AS before
             FROM \"window\" WHERE pipeline = $1 AND state = 'settled' AND {POSSIBLE}) AS settled
         WHERE before IS NULL OR before < start ORDER BY start"
    );
    let mut starts = Vec::new();
    for row in tx.rows(&sql, &[&shown.id, &future]).await? {
        starts.push((row.try_get(0)?, row.try_get(1)?));
    }
    let sql = format!(
        "SELECT max(\"end\") FILTER (WHERE state = 'settled' AND {POSSIBLE}), count(*) FILTER (WHERE NOT ({POSSIBLE}))
         FROM \"window\" WHERE pipeline = $1"
    );
    let row = tx.row(&sql, &[&shown.id, &future]).await?;
    shown.settled = pieces(starts, row.try_get(0)?);
    shown.strange = u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or_default();
    Ok(())
}

pub(super) async fn rename(tx: &Tx<'_>, pipeline: i64, to: String) -> Result<(), Failure> {
    // Somebody may have asked for something under the new name before it had a past.
    for table in ["run", "request"] {
        let sql = format!(
            "UPDATE {table} SET pipeline = $1 WHERE pipeline = (SELECT id FROM pipeline WHERE name = $2)"
        );
        tx.execute(&sql, &[&pipeline, &to]).await?;
    }
    for table in ["note", "shop", "warehouse"] {
        let sql = format!("DELETE FROM {table} WHERE pipeline = (SELECT id FROM pipeline WHERE name = $1)");
        tx.execute(&sql, &[&to]).await?;
    }
    tx.execute("DELETE FROM pipeline WHERE name = $1", &[&to]).await?;
    tx.execute("UPDATE pipeline SET name = $2 WHERE id = $1", &[&pipeline, &to]).await?;
    Ok(())
}

pub(super) async fn set_back(
    tx: &Tx<'_>,
    pipeline: i64,
    began: Option<NaiveDateTime>,
    cursor: Option<NaiveDateTime>,
    future: NaiveDateTime,
) -> Result<(), Failure> {
    let sql = format!("DELETE FROM \"window\" WHERE pipeline = $1 AND NOT ({POSSIBLE})");
    tx.execute(&sql, &[&pipeline, &text(future)]).await?;
    let sql = "UPDATE pipeline SET began = $2, cursor = $3 WHERE id = $1";
    tx.execute(sql, &[&pipeline, &began.map(text), &cursor.map(text)]).await?;
    Ok(())
}

/// Every document that contradicts itself.
pub(super) async fn broken(tx: &Tx<'_>, pipeline: i64) -> Result<Vec<SetAside>, Failure> {
    let mut broken = BTreeMap::new();
    for from in [
        format!("document WHERE pipeline = $1 AND {BROKEN}"),
        format!("{DOCUMENTS} WHERE pipeline = $1 AND state IN {MOVING} AND {WITHOUT_TEXT}"),
    ] {
        let sql = format!("SELECT document.id, refund_no, state, fid FROM {from}");
        for row in tx.rows(&sql, &[&pipeline]).await? {
            let document = SetAside {
                id: row.try_get(0)?,
                refund_no: row.try_get(1)?,
                state: row.try_get(2)?,
                fid: row.try_get(3)?,
            };
            broken.insert(document.id, document);
        }
    }
    Ok(broken.into_values().collect())
}

pub(super) async fn set_aside(tx: &Tx<'_>, origin: Origin) -> Result<Vec<SetAside>, Failure> {
    let broken = broken(tx, origin.pipeline).await?;
    let mut events = Events::default();
    for document in &broken {
        let parking = parking(document);
        let detail = json!({ "cause": parking.cause, "reasons": parking.reasons });
        tx.execute(
            "UPDATE document SET state = 'parked', parking = $2, sends = greatest(sends, 1), attempts = 0,
                 due_at = NULL, unknown_since = NULL,
                 fid = CASE WHEN EXISTS (SELECT 1 FROM content WHERE document = $1 AND source IS NOT NULL) THEN fid END,
                 first_parked = coalesce(first_parked, $3)
             WHERE id = $1",
            &[&document.id, &parking.kept(), &micros(origin.at)],
        )
        .await?;
        events.take(document.id, &[Log { event: Event::Broken, detail }]);
    }
    events.write(tx, origin).await?;
    Ok(broken)
}
