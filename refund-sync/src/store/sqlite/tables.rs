//! The tables of a file for a move: which there are, their rows told in order, and rows written. The other half is
//! `postgres::tables`; what both agree on is in `store::table`.

use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, TransactionBehavior, params_from_iter};
use tokio::sync::mpsc::Receiver;

use super::{Sqlite, lock, packed};
use crate::store::StoreError;
use crate::store::table::{AT_ONCE, Cells, Column, Course, Kind, Rows, Sum, Table, quoted};

impl Sqlite {
    /// Every table, those that others refer to first.
    pub(in crate::store) fn tables(&self) -> Result<Vec<Table>, StoreError> {
        let connection = lock(&self.connection);
        tables(&connection)
            .map_err(|error| StoreError::sqlite(&self.path, &error))?
            .map_err(|reason| StoreError::Other { journal: self.path.display().to_string(), reason })
    }

    /// Tells every row of every course, as one view, and what they come to. Ends early where nobody listens any more.
    pub(in crate::store) fn tell(
        &self,
        courses: &[Course],
        mut listen: impl FnMut(Rows) -> bool,
    ) -> Result<Vec<Sum>, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sqlite(&self.path, &error);
        let mut connection = lock(&self.connection);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Deferred).map_err(failed)?;
        courses
            .iter()
            .enumerate()
            .map(|(place, course)| tell(&tx, course, |rows| listen((place, rows))).map_err(failed))
            .collect()
    }

    /// Writes rows into empty tables until no more come, in one transaction.
    pub(in crate::store) fn fill(
        &self,
        courses: &[Course],
        mut rows: Receiver<Rows>,
    ) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sqlite(&self.path, &error);
        let mut connection = lock(&self.connection);
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let statements: Vec<_> = courses.iter().map(insertion).collect();
        while let Some((place, rows)) = rows.blocking_recv() {
            let Some(sql) = statements.get(place) else { continue };
            let mut statement = tx.prepare_cached(sql).map_err(failed)?;
            for cells in rows {
                // A STRICT table makes a number of the text of one, and refuses any other.
                statement.execute(params_from_iter(cells)).map_err(failed)?;
            }
        }
        tx.commit().map_err(failed)
    }
}

fn tables(connection: &Connection) -> rusqlite::Result<Result<Vec<Table>, String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut waiting = Vec::new();
    for name in names {
        let mut statement = connection.prepare("SELECT \"table\" FROM pragma_foreign_key_list(?1)")?;
        let refers = statement.query_map([&name], |row| row.get(0))?;
        let refers = refers.collect::<rusqlite::Result<BTreeSet<String>>>()?;
        match table(connection, name)? {
            Ok(table) => waiting.push((table, refers)),
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let mut ordered: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_there = |name: &String, table: &Table| {
            *name == table.name || ordered.iter().any(|known| known.name == *name)
        };
        let next = waiting.iter().position(|(table, refers)| refers.iter().all(|name| is_there(name, table)));
        let Some(next) = next else { return Ok(Err("tables refer to each other in a circle".into())) };
        ordered.push(waiting.remove(next).0);
    }
    Ok(Ok(ordered))
}

fn table(connection: &Connection, name: String) -> rusqlite::Result<Result<Table, String>> {
    // What is computed is `hidden`.
    let mut statement = connection
        .prepare("SELECT name, type, pk FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?;
    let mut rows = statement.query([&name])?;
    let (mut columns, mut key) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (column, kind, place): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let kind = match kind.as_str() {
            "INTEGER" => Kind::Integer,
            // A text that may be packed.
            "TEXT" | "ANY" => Kind::Text,
            other => return Ok(Err(format!("{name}.{column} is {other}, which is not moved"))),
        };
        if place > 0 {
            key.push((place, column.clone()));
        }
        columns.push(Column { name: column, kind });
    }
    key.sort_unstable();
    Ok(Ok(Table { name, columns, key: key.into_iter().map(|(_, column)| column).collect() }))
}

fn tell(
    connection: &Connection,
    course: &Course,
    mut listen: impl FnMut(Vec<Cells>) -> bool,
) -> rusqlite::Result<Sum> {
    let list =
        |columns: &[Column]| columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {} FROM {} ORDER BY {}",
        list(&course.columns),
        quoted(&course.table),
        list(&course.key)
    );
    let mut statement = connection.prepare(&sql)?;
    let (mut sum, mut rows) = (Sum::default(), Vec::new());
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let cells = cells(row, course.columns.len())?;
        sum.add(&cells);
        rows.push(cells);
        if rows.len() == AT_ONCE && !listen(std::mem::take(&mut rows)) {
            return Ok(sum);
        }
    }
    if !rows.is_empty() {
        listen(rows);
    }
    Ok(sum)
}

fn cells(row: &Row<'_>, width: usize) -> rusqlite::Result<Cells> {
    (0..width)
        .map(|place| match row.get_ref(place)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number.to_string())),
            // One that cannot be unpacked ends the move: nothing is left behind in silence.
            ValueRef::Blob(bytes) => packed::unpack(bytes).map(Some).ok_or(rusqlite::Error::InvalidQuery),
            _ => row.get(place).map(Some),
        })
        .collect()
}

fn insertion(course: &Course) -> String {
    let names: Vec<_> = course.columns.iter().map(|column| quoted(&column.name)).collect();
    let values: Vec<_> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", quoted(&course.table), names.join(", "), values.join(", "))
}
