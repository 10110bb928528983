//! Documents as they are read back from rows.

use std::borrow::Cow;

use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

use super::session::{Failure, Tx};
use crate::journal::{Document, Kept, State, Version};
use crate::store::column::{instant, time, yuan};

/// The columns of a document, in the order that [`read`] takes them.
pub(super) const COLUMNS: &str = "document.id, refund_no, state, modified, asked_at, kind, process_status, shop_no, \
    source, date, bill, mark, rules, fid, pending, parking, flags, attempts, sends, due_at, unknown_since, batch, moved_to, \
    retries, bill_status, amount, first_parked, last_tried, decision";

/// Documents with their texts.
pub(super) const DOCUMENTS: &str = "document LEFT JOIN content ON content.document = document.id";

/// How many they are: what a query adds comes after.
pub(super) const WIDTH: usize = 29;

/// A document whose columns do not make sense: the journal was changed by hand.
const UNREADABLE: &str = "a document in the journal is in a state that this program does not know";

pub(super) fn read(row: &SqlRow) -> Result<Document, Failure> {
    let state: String = row.try_get(2)?;
    let modified: Option<String> = row.try_get(3)?;
    let date: Option<String> = row.try_get(9)?;
    let moved_to: Option<String> = row.try_get(22)?;
    let moment = |at: Option<i64>| at.map(instant);
    Ok(Document {
        id: row.try_get(0)?,
        refund_no: row.try_get(1)?,
        state: State::parse(&state).ok_or(Failure::Damaged(UNREADABLE))?,
        version: Version { modified: modified.as_deref().and_then(time), asked_at: instant(row.try_get(4)?) },
        kind: row.try_get(5)?,
        process_status: row.try_get(6)?,
        shop_no: row.try_get(7)?,
        source: Kept::stored(row.try_get(8)?),
        date: date.and_then(|date| date.parse().ok()),
        moved_to: moved_to.and_then(|date| date.parse().ok()),
        bill: Kept::stored(row.try_get(10)?),
        mark: row.try_get(11)?,
        rules: row.try_get(12)?,
        fid: row.try_get(13)?,
        pending: row.try_get(14)?,
        parking: from_json(row, 15)?,
        flags: from_json(row, 16)?.unwrap_or_default(),
        attempts: unsigned(row.try_get(17)?),
        sends: unsigned(row.try_get(18)?),
        due_at: moment(row.try_get(19)?),
        unknown_since: moment(row.try_get(20)?),
        batch: row.try_get(21)?,
        retries: from_json(row, 23)?,
        bill_status: row.try_get(24)?,
        amount: row.try_get::<_, Option<i64>>(25)?.map(yuan),
        first_parked: moment(row.try_get(26)?),
        last_tried: moment(row.try_get(27)?),
        numbers: Vec::new(),
        decision: from_json(row, 28)?,
    })
}

fn from_json<T: serde::de::DeserializeOwned>(
    row: &SqlRow,
    column: usize,
) -> Result<Option<T>, tokio_postgres::Error> {
    let text: Option<&str> = row.try_get(column)?;
    Ok(text.and_then(|text| serde_json::from_str(text).ok()))
}

fn unsigned(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A count.
pub(super) fn count(row: &SqlRow, column: usize) -> Result<u64, tokio_postgres::Error> {
    row.try_get::<_, i64>(column).map(i64::unsigned_abs)
}

/// Text of PostgreSQL cannot hold U+0000. It never means anything; where a row brings one, it is shown as U+FFFD.
pub(super) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

pub(super) async fn find(tx: &Tx<'_>, pipeline: i64, refund_no: &str) -> Result<Option<Document>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM {DOCUMENTS} WHERE pipeline = $1 AND refund_no = $2");
    tx.maybe(&sql, &[&pipeline, &storable(refund_no)]).await?.as_ref().map(read).transpose()
}

pub(super) async fn select(
    tx: &Tx<'_>,
    rest: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Document>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM {DOCUMENTS} {rest}");
    tx.rows(&sql, values).await?.iter().map(read).collect()
}
