//! What the audit at the start asks of the file, and its repairs. How they are judged is in `store::audit`.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rusqlite::{Connection, Row, Transaction, params};
use serde_json::json;

use super::changes::Changes;
use super::documents::{DOCUMENTS, MOVING};
use super::failure::Failure;
use super::texts::Tx;
use crate::journal::{Event, Log};
use crate::store::Origin;
use crate::store::audit::{BROKEN, SetAside, Shown, WITHOUT_TEXT, parking};
use crate::store::column::{micros, text, time};

/// Windows that a walk can have left. One that is settled did not end days after it was walked: clocks differ by less.
const POSSIBLE: &str = "start <= \"end\" AND \"end\" <= ?2 AND start LIKE '____-__-__ __:__:__'
    AND (state = 'read' OR \"end\" <= datetime(at / 1000000 + 28800 + 86400, 'unixepoch'))";

pub(super) fn shown(connection: &Connection, future: NaiveDateTime) -> Result<Vec<Shown>, Failure> {
    let mut pipelines = connection
        .prepare(
            "SELECT id, name, (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'accounts'),
                 EXISTS (SELECT 1 FROM document WHERE document.pipeline = pipeline.id
                         AND state IN ('saved', 'submitted', 'audited', 'confirmed')),
                 began, cursor, (SELECT text FROM note WHERE note.pipeline = pipeline.id AND topic = 'pruned_to')
             FROM pipeline ORDER BY id",
        )?
        .query_map([], |row| {
            let moment = |column| row.get::<_, Option<String>>(column);
            Ok(Shown {
                id: row.get(0)?,
                name: row.get(1)?,
                accounts: row.get(2)?,
                has_bills: row.get(3)?,
                began: moment(4)?.as_deref().and_then(time),
                cursor: moment(5)?.as_deref().and_then(time),
                pruned_to: moment(6)?.as_deref().and_then(time),
                settled: Vec::new(),
                strange: 0,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for pipeline in &mut pipelines {
        fill(connection, pipeline, &text(future))?;
    }
    Ok(pipelines)
}

fn fill(connection: &Connection, shown: &mut Shown, future: &str) -> Result<(), Failure> {
    let pieces = format!(
        "SELECT start, before FROM (
             SELECT start, max(\"end\") OVER (ORDER BY start, \"end\" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                 AS before
             FROM \"window\" WHERE pipeline = ?1 AND state = 'settled' AND {POSSIBLE})
         WHERE before IS NULL OR before < start ORDER BY start"
    );
    let pair = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let starts = connection
        .prepare(&pieces)?
        .query_map(params![shown.id, future], pair)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let (last, strange) = connection.query_row(
        &format!(
            "SELECT max(\"end\") FILTER (WHERE state = 'settled' AND {POSSIBLE}), count(*) FILTER (WHERE NOT ({POSSIBLE}))
             FROM \"window\" WHERE pipeline = ?1"
        ),
        params![shown.id, future],
        |row| Ok((row.get::<_, Option<String>>(0)?, row.get(1)?)),
    )?;
    shown.strange = strange;
    shown.settled = crate::store::audit::pieces(starts, last);
    Ok(())
}

pub(super) fn rename(tx: &Transaction<'_>, pipeline: i64, to: &str) -> Result<(), Failure> {
    // Somebody may have asked for something under the new name before it had a past.
    for table in ["run", "request"] {
        tx.execute(
            &format!(
                "UPDATE {table} SET pipeline = ?1 WHERE pipeline = (SELECT id FROM pipeline WHERE name = ?2)"
            ),
            params![pipeline, to],
        )?;
    }
    for table in ["note", "shop", "warehouse"] {
        tx.execute(
            &format!("DELETE FROM {table} WHERE pipeline = (SELECT id FROM pipeline WHERE name = ?1)"),
            params![to],
        )?;
    }
    tx.execute("DELETE FROM pipeline WHERE name = ?1", params![to])?;
    tx.execute("UPDATE pipeline SET name = ?2 WHERE id = ?1", params![pipeline, to])?;
    Ok(())
}

pub(super) fn set_back(
    tx: &Transaction<'_>,
    pipeline: i64,
    began: Option<NaiveDateTime>,
    cursor: Option<NaiveDateTime>,
    future: NaiveDateTime,
) -> Result<(), Failure> {
    tx.execute(
        &format!("DELETE FROM \"window\" WHERE pipeline = ?1 AND NOT ({POSSIBLE})"),
        params![pipeline, text(future)],
    )?;
    tx.execute(
        "UPDATE pipeline SET began = ?2, cursor = ?3 WHERE id = ?1",
        params![pipeline, began.map(text), cursor.map(text)],
    )?;
    Ok(())
}

/// Every document that contradicts itself.
pub(super) fn broken(connection: &Connection, pipeline: i64) -> Result<Vec<SetAside>, Failure> {
    let mut broken = BTreeMap::new();
    for from in [
        format!("document WHERE pipeline = ?1 AND {BROKEN}"),
        format!("{DOCUMENTS} WHERE pipeline = ?1 AND state IN {MOVING} AND {WITHOUT_TEXT}"),
    ] {
        let sql = format!("SELECT document.id, refund_no, state, fid FROM {from}");
        let mut statement = connection.prepare(&sql)?;
        let found = statement.query_map(params![pipeline], |row| {
            Ok(SetAside { id: row.get(0)?, refund_no: row.get(1)?, state: row.get(2)?, fid: row.get(3)? })
        })?;
        for document in found {
            let document = document?;
            broken.insert(document.id, document);
        }
    }
    Ok(broken.into_values().collect())
}

pub(super) fn set_aside(tx: &Tx<'_>, origin: Origin) -> Result<Vec<SetAside>, Failure> {
    let broken = broken(tx, origin.pipeline)?;
    let mut changes = Changes::open(tx, origin)?;
    for document in &broken {
        let parking = parking(document);
        let detail = json!({ "cause": parking.cause, "reasons": parking.reasons });
        tx.prepare_cached(
            "UPDATE document SET state = 'parked', parking = ?2, sends = max(sends, 1), attempts = 0, due_at = NULL,
                 unknown_since = NULL,
                 fid = CASE WHEN EXISTS (SELECT 1 FROM content WHERE document = ?1 AND source IS NOT NULL) THEN fid END,
                 first_parked = coalesce(first_parked, ?3)
             WHERE id = ?1",
        )?
        .execute(params![document.id, parking.kept(), micros(origin.at)])?;
        changes.log(document.id, &Log { event: Event::Broken, detail })?;
    }
    changes.close()?;
    Ok(broken)
}
