//! What lists and searches need beside the documents: the numbers that people look for, and what shops and warehouses are
//! called.

use rusqlite::{Connection, Transaction, params};

use super::failure::Failure;
use crate::model::Names;

/// Lets a document be found by a number.
pub(super) const PUT: &str = "INSERT OR IGNORE INTO search (key, kind, document) VALUES (?1, ?2, ?3)";

/// What a stock-in calls its warehouse.
pub(super) fn learn_warehouse(
    tx: &Transaction<'_>,
    pipeline: i64,
    no: &str,
    name: &str,
) -> rusqlite::Result<()> {
    if no.is_empty() || name.is_empty() { Ok(()) } else { learn(tx, "warehouse", pipeline, no, name) }
}

pub(super) fn learn(
    tx: &Transaction<'_>,
    table: &'static str,
    pipeline: i64,
    no: &str,
    name: &str,
) -> rusqlite::Result<()> {
    tx.prepare_cached(&format!(
        "INSERT INTO {table} (pipeline, no, name) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name"
    ))?
    .execute(params![pipeline, no, name])?;
    Ok(())
}

pub(super) fn names(connection: &Connection, pipeline: i64) -> Result<Names, Failure> {
    let named = |table| {
        connection
            .prepare_cached(&format!("SELECT no, name FROM {table} WHERE pipeline = ?1"))?
            .query_map(params![pipeline], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()
    };
    Ok(Names { shops: named("shop")?, warehouses: named("warehouse")? })
}
