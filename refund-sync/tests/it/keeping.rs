//! Keeping a journal: backups, putting one back, moving it between the stores, and whether it is whole.

mod backup;
mod checked;
mod handbook;
mod moving;
mod refused;

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

/// Every row of every table of a file, whatever tables there are.
fn everything(file: &Path) -> BTreeMap<String, Vec<String>> {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    tables
        .into_iter()
        .map(|table| {
            let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns: Vec<_> = statement.column_names().map(str::to_owned).collect();
            let rows = statement.query_map([], |row| {
                columns
                    .iter()
                    .map(|column| Ok(format!("{column}={:?}", row.get::<_, Value>(column.as_str())?)))
                    .collect::<rusqlite::Result<Vec<_>>>()
            });
            let mut rows: Vec<_> = rows.unwrap().map(|row| row.unwrap().join(" ")).collect();
            rows.sort();
            (table, rows)
        })
        .collect()
}

/// The same of a journal that was put back, but for the note that says so: what was under way is waited for.
fn put_back(file: &Path) -> BTreeMap<String, Vec<String>> {
    let mut tables = everything(file);
    let notes = tables.get_mut("note").unwrap();
    let before = notes.len();
    notes.retain(|row| !row.contains("topic=Text(\"restored\")"));
    assert!(notes.len() < before, "it is not noted that it was put back");
    tables
}
