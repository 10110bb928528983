//! What keeping a journal takes: whether its file is sound, whether it is ours, a copy of it while it is worked, and
//! everything of it in one file. Which file is put where is `store::backup`'s.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{Sqlite, ledger, lock};
use crate::lang::told;
use crate::store::StoreError;

/// How many faults of a file are named.
const MOST_FAULTS: usize = 20;
/// How often a copy is begun while somebody else keeps the file locked, and how long between two.
const ATTEMPTS: u32 = 50;
const BETWEEN: Duration = Duration::from_millis(100);
/// What every journal has had since its first schema.
const OURS: &str = "SELECT count(*) = 4 FROM sqlite_schema WHERE type = 'table' AND name IN ('pipeline', 'window', 'document', 'event')";

impl Sqlite {
    /// What is wrong with the file; empty: nothing. Reads all of it.
    pub(in crate::store) fn damage(&self) -> Result<Vec<String>, StoreError> {
        faults(&lock(&self.connection)).map_err(|error| StoreError::sqlite(&self.path, &error))
    }

    /// Refuses a database of somebody else, and an empty file.
    pub(in crate::store) fn refuse_foreign(&self) -> Result<(), StoreError> {
        let is_ours: bool = lock(&self.connection)
            .query_row(OURS, [], |row| row.get(0))
            .map_err(|error| StoreError::sqlite(&self.path, &error))?;
        if is_ours && self.schema()? > 0 {
            Ok(())
        } else {
            Err(StoreError::Damaged { path: self.path.clone() })
        }
    }

    /// Writes this journal, as it is at one moment, into the empty file at `to`. Whoever works it goes on meanwhile.
    #[expect(clippy::disallowed_methods, reason = "on a thread that may block: another program has the file")]
    pub(in crate::store) fn write_to(&self, to: &Path) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sqlite(to, &error);
        let mut copy = Connection::open(to).map_err(failed)?;
        let source = lock(&self.connection);
        let backup = Backup::new(&source, &mut copy).map_err(failed)?;
        // All in one step: between two of them a commit of whoever works the journal would begin the copy anew.
        for attempt in 1.. {
            match backup.step(-1).map_err(failed)? {
                StepResult::Done => break,
                _ if attempt == ATTEMPTS => return Err(StoreError::Locked { path: self.path.clone() }),
                _ => std::thread::sleep(BETWEEN),
            }
        }
        drop(backup);
        drop(source);
        close_whole(copy, to)
    }

    /// Moves everything that stands beside the file at `path` into it, if that can be done.
    pub(in crate::store) fn make_whole(path: &Path) -> Result<(), StoreError> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(|error| StoreError::sqlite(path, &error))?;
        close_whole(connection, path)
    }

    /// Ends the last use of a file that is to be moved: nothing of it stands beside it any more, all of it is on disk.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn close(self) -> Result<(), StoreError> {
        let Self { path, connection, .. } = self;
        let Some(connection) = std::sync::Arc::into_inner(connection) else {
            return Err(StoreError::Locked { path });
        };
        close_whole(connection.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner), &path)
    }
}

fn faults(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST_FAULTS})"))?;
    let found = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut found = found.collect::<rusqlite::Result<Vec<_>>>()?;
    found.retain(|fault| fault != "ok");
    let mut statement =
        connection.prepare("SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1")?;
    let orphans = statement.query_map([], |row| {
        let (table, count): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok(told!("{table} 表有 {count} 条无主记录", "{count} rows of {table} belong to nothing"))
    })?;
    found.extend(orphans.collect::<rusqlite::Result<Vec<_>>>()?);
    Ok(found)
}

/// Notes in a journal that is put back that calls of whoever worked after it may still be under way.
pub(in crate::store) fn note_behind(path: &Path) -> Result<(), StoreError> {
    let failed = |error: rusqlite::Error| StoreError::sqlite(path, &error);
    let connection = Connection::open(path).map_err(failed)?;
    ledger::note_behind(&connection).map_err(failed)?;
    close_whole(connection, path)
}

fn close_whole(connection: Connection, path: &Path) -> Result<(), StoreError> {
    connection
        .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .map_err(|error| StoreError::sqlite(path, &error))?;
    connection.close().map_err(|(_, error)| StoreError::sqlite(path, &error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::Disk { path: path.to_path_buf(), reason: error.to_string() })
}
