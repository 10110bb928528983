//! The tables of a database for a move: which there are, their rows told in order, and rows written. The other half is
//! `sqlite::tables`; what both agree on is in `store::table`.

use std::io::Cursor;
use std::pin::{Pin, pin};

use futures_util::{SinkExt as _, TryStreamExt as _};
use secrecy::SecretString;
use tokio::sync::mpsc::Receiver;
use tokio_postgres::{Client, CopyInSink, Error, GenericClient, Transaction};

use super::address::classed;
use super::session::NOW;
use super::{open, schema};
use crate::lang::both;
use crate::store::StoreError;
use crate::store::table::{AT_ONCE, Cells, Column, Course, Kind, OVER_AT, Rows, Sum, Table, quoted};

/// How long another session may keep a table from this one.
const PATIENCE: &str =
    "SET LOCAL lock_timeout = '10s'; SET LOCAL statement_timeout = 0; SET LOCAL search_path = refund_sync";

const COLUMNS: &str = "
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL), coalesce(k.place, 0)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LEFT JOIN LATERAL (SELECT place::int FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (attnum, place)
        WHERE key.attnum = a.attnum) k ON true
    WHERE c.relnamespace = 'refund_sync'::regnamespace AND c.relkind IN ('r', 'p')
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY c.relname, a.attnum";

/// A database with a journal of this program's schema that nobody works.
pub(in crate::store) struct Filling {
    client: Client,
    pub(in crate::store) place: String,
}

/// The same, to be read.
pub(in crate::store) struct Copying {
    client: Client,
    pub(in crate::store) place: String,
}

impl Filling {
    /// Makes the journal in a database where there is none; refuses one that is worked, or only to be read.
    pub(in crate::store) async fn open(url: &SecretString, who: &str) -> Result<Self, StoreError> {
        let (place, mut connection) = open(url, who).await?;
        schema::refuse_read_only(&connection.client, &place).await?;
        refuse_worked(&connection.client, &place).await?;
        schema::migrate(&mut connection.client, &place).await?;
        Ok(Self { client: connection.client, place })
    }

    pub(in crate::store) async fn tables(&self) -> Result<Vec<Table>, StoreError> {
        tables(&self.client, &self.place).await
    }

    /// Writes rows into the tables until no more come, counts what is there then, and keeps it if `is_right` says so:
    /// all in one transaction. Says whether it was kept.
    pub(in crate::store) async fn fill(
        &mut self,
        courses: &[Course],
        rows: Receiver<Rows>,
        is_right: impl AsyncFnOnce(Vec<Sum>) -> Result<bool, StoreError>,
    ) -> Result<bool, StoreError> {
        let Self { client, place } = self;
        let failed = |error: Error| classed(place, &error);
        let tx = client.transaction().await.map_err(failed)?;
        tx.batch_execute(PATIENCE).await.map_err(failed)?;
        let names: Vec<_> = courses.iter().map(|course| quoted(&course.table)).collect();
        tx.batch_execute(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")))
            .await
            .map_err(failed)?;
        for course in courses {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(&course.table));
            if tx.query_one(&sql, &[]).await.map_err(failed)?.get(0) {
                return Err(StoreError::Refuses(both!(
                    "目标台账 {place} 的 {} 中已有数据，不能合并：请指定空库。若是不再需要的迁移留下的，请 DROP SCHEMA refund_sync CASCADE",
                    "the journal {place} has rows in {} already, and two journals are not made one: name an empty database. If it is left of a move that you do not want any more: DROP SCHEMA refund_sync CASCADE",
                    course.table
                )));
            }
        }
        write(&tx, courses, rows).await.map_err(failed)?;
        count_on(&tx).await.map_err(failed)?;
        let mut sums = Vec::with_capacity(courses.len());
        for course in courses {
            sums.push(tell(&tx, course, async |_| true).await.map_err(failed)?);
        }
        if !is_right(sums).await? {
            return Ok(false);
        }
        tx.batch_execute("SET LOCAL synchronous_commit = on").await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(true)
    }
}

impl Copying {
    /// Refuses a database without a journal, and one of another schema. With `alone` also one that is worked.
    pub(in crate::store) async fn open(
        url: &SecretString,
        who: &str,
        alone: bool,
    ) -> Result<Self, StoreError> {
        let (place, connection) = open(url, who).await?;
        if !schema::is_there(&connection.client, &place).await? {
            return Err(StoreError::Refuses(both!(
                "数据库 {place} 中尚无同步台账",
                "there is no journal in {place} yet"
            )));
        }
        if alone {
            refuse_worked(&connection.client, &place).await?;
        }
        Ok(Self { client: connection.client, place })
    }

    pub(in crate::store) async fn tables(&self) -> Result<Vec<Table>, StoreError> {
        tables(&self.client, &self.place).await
    }

    /// Tells every row of every course, as one view, and what they come to. With `alone` nobody writes meanwhile.
    pub(in crate::store) async fn tell(
        &mut self,
        courses: &[Course],
        alone: bool,
        mut listen: impl AsyncFnMut(Rows) -> bool,
    ) -> Result<Vec<Sum>, StoreError> {
        let Self { client, place } = self;
        let failed = |error: Error| classed(place, &error);
        let tx = client.transaction().await.map_err(failed)?;
        tx.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.map_err(failed)?;
        tx.batch_execute(PATIENCE).await.map_err(failed)?;
        if alone {
            let names: Vec<_> = courses.iter().map(|course| quoted(&course.table)).collect();
            let sql = format!("LOCK TABLE {} IN SHARE MODE", names.join(", "));
            tx.batch_execute(&sql).await.map_err(failed)?;
        }
        let mut sums = Vec::with_capacity(courses.len());
        for (number, course) in courses.iter().enumerate() {
            sums.push(tell(&tx, course, async |rows| listen((number, rows)).await).await.map_err(failed)?);
        }
        Ok(sums)
    }
}

async fn refuse_worked(client: &Client, place: &str) -> Result<(), StoreError> {
    let (_, holders) = schema::size_and_holders(client).await.map_err(|error| classed(place, &error))?;
    if holders.is_empty() {
        Ok(())
    } else {
        Err(StoreError::Held { journal: place.to_owned(), holder: holders.join(", ") })
    }
}

async fn tables(client: &impl GenericClient, place: &str) -> Result<Vec<Table>, StoreError> {
    let rows = client.query(COLUMNS, &[]).await.map_err(|error| classed(place, &error))?;
    let mut tables: Vec<(Table, Vec<(i32, String)>)> = Vec::new();
    for row in rows {
        let (name, column, kind, key): (String, String, String, i32) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let kind = match kind.as_str() {
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "boolean" => Kind::Boolean,
            // Of the server alone.
            "text" | "timestamp with time zone" => Kind::Text,
            other => {
                let reason = format!("{name}.{column} is {other}, which is not moved");
                return Err(StoreError::Other { journal: place.to_owned(), reason });
            }
        };
        if tables.last().is_none_or(|(table, _)| table.name != name) {
            tables.push((Table { name, columns: Vec::new(), key: Vec::new() }, Vec::new()));
        }
        let Some((table, keys)) = tables.last_mut() else { continue };
        if key > 0 {
            keys.push((key, column.clone()));
        }
        table.columns.push(Column { name: column, kind });
    }
    Ok(tables
        .into_iter()
        .map(|(table, mut keys)| {
            keys.sort_unstable();
            Table { key: keys.into_iter().map(|(_, column)| column).collect(), ..table }
        })
        .collect())
}

async fn tell(
    client: &impl GenericClient,
    course: &Course,
    mut listen: impl AsyncFnMut(Vec<Cells>) -> bool,
) -> Result<Sum, Error> {
    let columns: Vec<_> = course.columns.iter().map(as_text).collect();
    // As SQLite orders it: by its bytes.
    let key = |column: &Column| match column.kind {
        Kind::Text => format!("t.{} COLLATE \"C\"", quoted(&column.name)),
        // Of its table: the bare name would be that of the text in the answer.
        Kind::Integer | Kind::Boolean => format!("t.{}", quoted(&column.name)),
    };
    let key: Vec<_> = course.key.iter().map(key).collect();
    let sql = format!(
        "SELECT {} FROM {} AS t ORDER BY {}",
        columns.join(", "),
        quoted(&course.table),
        key.join(", ")
    );
    let params: [i64; 0] = [];
    let mut found = pin!(client.query_raw(&sql, params).await?);
    let (mut sum, mut rows) = (Sum::default(), Vec::new());
    while let Some(row) = found.try_next().await? {
        let cells = (0..columns.len()).map(|place| row.try_get(place)).collect::<Result<Cells, _>>()?;
        sum.add(&cells);
        rows.push(cells);
        if rows.len() == AT_ONCE && !listen(std::mem::take(&mut rows)).await {
            return Ok(sum);
        }
    }
    if !rows.is_empty() {
        listen(rows).await;
    }
    Ok(sum)
}

/// As SQLite tells it: what is true is 1.
fn as_text(column: &Column) -> String {
    let name = quoted(&column.name);
    match column.kind {
        Kind::Boolean => format!("{name}::int::text"),
        Kind::Integer | Kind::Text => format!("{name}::text"),
    }
}

/// The rows of one table, on their way.
type Sink = Pin<Box<CopyInSink<Cursor<Vec<u8>>>>>;

async fn write(tx: &Transaction<'_>, courses: &[Course], mut rows: Receiver<Rows>) -> Result<(), Error> {
    // Whoever works the journal from here on is the first: no call of before is under way for a process that is gone.
    let now: i64 = tx.query_one(&format!("SELECT {NOW}"), &[]).await?.get(0);
    let mut current: Option<(usize, Sink)> = None;
    while let Some((place, rows)) = rows.recv().await {
        let Some(course) = courses.get(place) else { continue };
        let beyond = (course.table == OVER_AT.0).then(|| now.to_string());
        let mut sink = match current.take() {
            Some((open, sink)) if open == place => sink,
            before => {
                if let Some((_, mut sink)) = before {
                    sink.as_mut().finish().await?;
                }
                Box::pin(tx.copy_in(&copying(course)).await?)
            }
        };
        let mut lines = Vec::new();
        for cells in rows {
            line(&mut lines, cells.into_iter().chain(beyond.clone().map(Some)));
        }
        sink.send(Cursor::new(lines)).await?;
        current = Some((place, sink));
    }
    if let Some((_, mut sink)) = current {
        sink.as_mut().finish().await?;
    }
    Ok(())
}

fn copying(course: &Course) -> String {
    let mut names: Vec<_> = course.columns.iter().map(|column| quoted(&column.name)).collect();
    if course.table == OVER_AT.0 {
        names.push(quoted(OVER_AT.1));
    }
    format!("COPY {} ({}) FROM STDIN", quoted(&course.table), names.join(", "))
}

/// A row in COPY's text format.
fn line(to: &mut Vec<u8>, cells: impl Iterator<Item = Option<String>>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            to.push(b'\t');
        }
        let Some(text) = cell else {
            to.extend_from_slice(b"\\N");
            continue;
        };
        for byte in text.into_bytes() {
            match byte {
                b'\\' => to.extend_from_slice(b"\\\\"),
                b'\n' => to.extend_from_slice(b"\\n"),
                b'\r' => to.extend_from_slice(b"\\r"),
                b'\t' => to.extend_from_slice(b"\\t"),
                byte => to.push(byte),
            }
        }
    }
    to.push(b'\n');
}

/// Every number that the server gives out goes on behind the last one that came.
async fn count_on(tx: &Transaction<'_>) -> Result<(), Error> {
    let rows = tx
        .query(
            "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = 'refund_sync'::regnamespace AND c.relkind = 'r' AND a.attidentity <> ''",
            &[],
        )
        .await?;
    for row in rows {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence($1, $2), max({})) FROM {}",
            quoted(&column),
            quoted(&table)
        );
        tx.query_one(&sql, &[&format!("refund_sync.{}", quoted(&table)), &column]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_cell_or_a_row_is_escaped_and_nothing_is_not_empty() {
        let mut lines = Vec::new();
        let cells = [Some("a\tb\\N".to_owned()), None, Some(String::new()), Some("退\r\n货".to_owned())];
        line(&mut lines, cells.into_iter());
        assert_eq!(String::from_utf8(lines).unwrap(), "a\\tb\\\\N\t\\N\t\t退\\r\\n货\n");
    }
}
