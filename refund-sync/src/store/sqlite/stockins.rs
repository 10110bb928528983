//! Stock-ins: the newer row of each is kept, and joined to the document of its return.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::changes::Changes;
use super::documents::{find, stockins_of};
use super::failure::Failure;
use super::search;
use super::texts::Tx;
use crate::store::column::text;
use crate::store::{Origin, StockinCommit, StockinOutcome};

pub(super) fn commit(tx: &Tx<'_>, origin: Origin, commit: &StockinCommit) -> Result<StockinOutcome, Failure> {
    if let Some(refund_no) = &commit.looked_up {
        tx.prepare_cached(
            "INSERT INTO stockin (pipeline, refund_no, stockin_no) VALUES (?1, ?2, '') ON CONFLICT DO NOTHING",
        )?
        .execute(params![origin.pipeline, refund_no])?;
    }
    let mut numbers = BTreeSet::new();
    for row in &commit.rows {
        tx.prepare_cached(
            "INSERT INTO stockin (pipeline, refund_no, stockin_no, modified, content) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET modified = excluded.modified, content = excluded.content
             WHERE coalesce(excluded.modified, '') >= coalesce(stockin.modified, '')",
        )?
        .execute(params![
            origin.pipeline,
            row.refund_no,
            row.stockin.stockin_no,
            row.modified.map(text),
            serde_json::to_string(&row.stockin).ok(),
        ])?;
        search::learn_warehouse(tx, origin.pipeline, &row.stockin.warehouse_no, &row.warehouse_name)?;
        numbers.insert(&row.refund_no);
    }
    let mut outcome = StockinOutcome::default();
    let mut changes = Changes::open(tx, origin)?;
    for refund_no in numbers {
        let Some(document) = find(tx, origin.pipeline, refund_no)? else { continue };
        let before = document.version;
        let known = stockins_of(tx, origin.pipeline, refund_no)?;
        if let Some((document, entry)) = outcome.take(document, known, commit)? {
            changes.put(document, before, &[entry])?;
        }
    }
    changes.close()?;
    Ok(outcome)
}

pub(super) fn without(connection: &Connection, pipeline: i64, limit: usize) -> Result<Vec<String>, Failure> {
    let found = connection
        .prepare_cached(
            "SELECT refund_no FROM document JOIN content ON content.document = document.id
             WHERE pipeline = ?1 AND state IN ('seen', 'parked') AND source IS NOT NULL AND fid IS NULL
                 AND NOT EXISTS (SELECT 1 FROM stockin WHERE stockin.pipeline = ?1
                                 AND stockin.refund_no = document.refund_no)
             ORDER BY id LIMIT ?2",
        )?
        .query_map(params![pipeline, limit], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(found)
}
