//! Documents as they are read back from rows.

use std::sync::LazyLock;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};

use super::packed;
use crate::journal::{Document, Kept, State, Version};
use crate::store::column::{instant, time, yuan};

/// The columns of a document, in the order that [`read`] takes them.
pub(super) const COLUMNS: &str = "document.id, refund_no, state, modified, asked_at, kind, process_status, shop_no, source, date, \
    bill, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, moved_to, \
    retries, bill_status, amount, first_parked, last_tried, decision";

/// Documents with their texts.
pub(super) const DOCUMENTS: &str = "document LEFT JOIN content ON content.document = document.id";

/// How many they are: what a query adds comes after.
pub(super) const WIDTH: usize = 29;

pub(super) fn read(row: &SqlRow<'_>) -> rusqlite::Result<Document> {
    let state: String = row.get(2)?;
    let modified: Option<String> = row.get(3)?;
    let date: Option<String> = row.get(9)?;
    let moved_to: Option<String> = row.get(22)?;
    let parking: Option<String> = row.get(15)?;
    let flags: Option<String> = row.get(16)?;
    Ok(Document {
        id: row.get(0)?,
        refund_no: row.get(1)?,
        state: State::parse(&state).ok_or(rusqlite::Error::InvalidQuery)?,
        version: Version { modified: modified.as_deref().and_then(time), asked_at: instant(row.get(4)?) },
        kind: row.get(5)?,
        process_status: row.get(6)?,
        shop_no: row.get(7)?,
        source: kept(row, 8)?,
        date: date.and_then(|date| date.parse().ok()),
        moved_to: moved_to.and_then(|date| date.parse().ok()),
        bill: kept(row, 10)?,
        mark: row.get(11)?,
        rules: row.get(12)?,
        fid: row.get(13)?,
        pending: row.get(14)?,
        parking: parking.and_then(|text| serde_json::from_str(&text).ok()),
        flags: flags.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        attempts: row.get(17)?,
        sends: row.get(18)?,
        due_at: row.get::<_, Option<i64>>(19)?.map(instant),
        unknown_since: row.get::<_, Option<i64>>(20)?.map(instant),
        batch: row.get(21)?,
        retries: row.get::<_, Option<String>>(23)?.and_then(|text| serde_json::from_str(&text).ok()),
        bill_status: row.get(24)?,
        amount: row.get::<_, Option<i64>>(25)?.map(yuan),
        first_parked: row.get::<_, Option<i64>>(26)?.map(instant),
        last_tried: row.get::<_, Option<i64>>(27)?.map(instant),
        numbers: Vec::new(),
        decision: row.get::<_, Option<String>>(28)?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// A text of a document, to be unpacked when it is first asked for.
pub(super) fn kept<T>(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<Kept<T>> {
    match row.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(Kept::packed(bytes.to_vec(), packed::unpack)),
        _ => row.get(column).map(Kept::stored),
    }
}

pub(super) fn find(
    connection: &Connection,
    pipeline: i64,
    refund_no: &str,
) -> rusqlite::Result<Option<Document>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {DOCUMENTS} WHERE pipeline = ?1 AND refund_no = ?2"))?
        .query_row(params![pipeline, refund_no], read)
        .optional()
}

/// Documents without their texts.
pub(super) fn bare(
    connection: &Connection,
    rest: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<Document>> {
    static BARE: LazyLock<String> =
        LazyLock::new(|| COLUMNS.replace(" source,", " NULL,").replace(" bill,", " NULL,"));
    connection
        .prepare_cached(&format!("SELECT {} FROM document {rest}", *BARE))?
        .query_map(values, read)?
        .collect()
}

pub(super) fn select(
    connection: &Connection,
    rest: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<Document>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM {DOCUMENTS} {rest}"))?
        .query_map(values, read)?
        .collect()
}
