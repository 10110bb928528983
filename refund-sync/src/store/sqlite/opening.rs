//! Opening the journal's file: to work it, to leave requests beside whoever works it, to read it, or a copy of it; and
//! bringing it up to date.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::calls_out::{Batch, CallsOut};
use super::presence::Presence;
use super::{MIGRATIONS, Sqlite, StoreError, ledger, lock, packed};
use crate::files;

/// How long a statement waits for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// A journal whose last holder did not end by itself is read through before it is worked, if it is no bigger than this.
const READ_THROUGH: u64 = 64 << 20;

impl Sqlite {
    /// Opens the journal for writing; makes or migrates it as needed.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        // For its user alone from its first byte on; SQLite gives the same rights to the files beside it. Where it cannot
        // be made SQLite says why.
        drop(files::create_new(path));
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        store.migrate()?;
        Ok(store)
    }

    /// Opens the journal for whoever holds its lock: from here on nothing is done once the path leads elsewhere, or the file
    /// was changed by anybody but its owner.
    ///
    /// # Errors
    /// Besides what [`Sqlite::open`] fails with: [`StoreError::Damaged`] when a holder was cut off and the file does not
    /// hold together.
    pub fn open_locked(path: &Path) -> Result<Self, StoreError> {
        let cut_off = Presence::was_cut_off(path).is_some_and(|bytes| bytes <= READ_THROUGH);
        let mut store = Self::open(path)?;
        if cut_off {
            store.read_through()?;
        }
        store.know_calls_out()?;
        store.presence = Some(Arc::new(Presence::of_owner(path)));
        Ok(store)
    }

    /// Looks which calls the last holder left under way, and notes it where the journal does not know of them: it is another
    /// one than that holder worked, or an older copy of it.
    fn know_calls_out(&mut self) -> Result<(), StoreError> {
        let (calls, left) = CallsOut::beside(&self.path)?;
        let connection = lock(&self.connection);
        let known = left.iter().map(|call| call.map_or(Ok(None), |call| carried(&connection, call)));
        let known = known
            .collect::<rusqlite::Result<Option<Vec<_>>>>()
            .map_err(|error| StoreError::sqlite(&self.path, &error))?;
        if let Some(known) = known {
            calls.go_on(left.into_iter().flatten().zip(known));
        } else {
            ledger::note_behind(&connection).map_err(|error| StoreError::sqlite(&self.path, &error))?;
            self.is_behind = true;
        }
        drop(connection);
        self.calls_out = Some(Arc::new(calls));
        Ok(())
    }

    /// Opens the journal beside whoever works it, to read and to leave requests. Moving what is written into the file's
    /// body is left to that one.
    pub fn open_for_requests(path: &Path) -> Result<Self, StoreError> {
        let mut store = Self::open(path)?;
        lock(&store.connection)
            .pragma_update(None, "wal_autocheckpoint", 0)
            .map_err(|error| StoreError::sqlite(path, &error))?;
        store.presence = Some(Arc::new(Presence::of_guest(path)));
        Ok(store)
    }

    /// Opens a journal that exists, only to read it.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let store = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        store.check_version()?;
        Ok(store)
    }

    /// Refuses a journal that whoever works it next will bring up to date first.
    pub(in crate::store) fn refuse_older(self) -> Result<Self, StoreError> {
        if self.check_version()? == MIGRATIONS.len() {
            Ok(self)
        } else {
            Err(StoreError::Older { journal: self.path.display().to_string() })
        }
    }

    /// Refuses a journal that another version works; one that is being made is none.
    pub(in crate::store) fn refuse_between(self) -> Result<(), StoreError> {
        if self.check_version()? == 0 { Ok(()) } else { self.refuse_older().map(drop) }
    }

    /// A copy of this journal at `path`, for a dry run: nothing written there reaches the original.
    pub fn copy_to(&self, path: &Path) -> Result<Self, StoreError> {
        let mut copy = Connection::open(path).map_err(|error| StoreError::sqlite(path, &error))?;
        let source = lock(&self.connection);
        rusqlite::backup::Backup::new(&source, &mut copy)
            .and_then(|backup| backup.run_to_completion(1_000, Duration::ZERO, None))
            .map_err(|error| StoreError::sqlite(path, &error))?;
        drop(source);
        drop(copy);
        Self::open(path)
    }

    #[cfg(any(feature = "console", feature = "postgres"))]
    /// How many schemas this program knows.
    pub(in crate::store) fn known() -> usize {
        MIGRATIONS.len()
    }

    #[cfg(any(test, feature = "console", feature = "postgres"))]
    /// How many of them the file has seen.
    pub(in crate::store) fn schema(&self) -> Result<usize, StoreError> {
        self.check_version()
    }

    pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sqlite(path, &error);
        let connection =
            Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        // Else a statement with a bound LIMIT is planned anew whenever it is run.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
        connection.set_prepared_statement_cache_capacity(128);
        packed::teach(&connection).map_err(failed)?;
        let (connection, texts) = (Arc::new(Mutex::new(connection)), Arc::default());
        Ok(Self {
            path: path.to_path_buf(),
            connection,
            texts,
            inline: false,
            presence: None,
            calls_out: None,
            is_behind: false,
        })
    }

    fn read_through(&self) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| StoreError::sqlite(&self.path, &error);
        let found: String = lock(&self.connection)
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(failed)?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: self.path.clone() }) }
    }

    /// Refuses a file from a newer version before anything is changed in it, then applies what is missing.
    pub(super) fn migrate(&self) -> Result<(), StoreError> {
        let applied = self.check_version()?;
        if applied == 0 && self.holds_other_tables()? {
            return Err(StoreError::Damaged { path: self.path.clone() });
        }
        let mut connection = lock(&self.connection);
        let failed = |error: rusqlite::Error| StoreError::sqlite(&self.path, &error);
        // Tables that are made anew are referred to by name meanwhile, and what somebody edited into nonsense is kept for the
        // audit to set aside: both are checked from the end on.
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
                 PRAGMA ignore_check_constraints = ON",
            )
            .map_err(failed)?;
        if applied > 0 && applied < MIGRATIONS.len() {
            let documents: i64 = connection
                .query_row("SELECT coalesce(max(id), 0) FROM document", [], |row| row.get(0))
                .map_err(failed)?;
            tracing::info!(
                journal = %self.path.display(),
                documents,
                message_zh = "正在升级同步台账，百万张单据约需半分钟，磁盘需有同等空闲空间",
                "the journal is brought from schema {applied} to {}: half a minute for a million documents, and twice its \
                 room on the disk",
                MIGRATIONS.len()
            );
        }
        for (number, sql) in MIGRATIONS.iter().enumerate().skip(applied) {
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            tx.execute_batch(sql).map_err(failed)?;
            tx.pragma_update(None, "user_version", number + 1).map_err(failed)?;
            tx.commit().map_err(failed)?;
        }
        connection
            .execute_batch("PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = OFF")
            .map_err(failed)
    }

    /// The file is a database, but not one of ours.
    fn holds_other_tables(&self) -> Result<bool, StoreError> {
        lock(&self.connection)
            .query_row("SELECT count(*) > 0 FROM sqlite_schema", [], |row| row.get(0))
            .map_err(|error| StoreError::sqlite(&self.path, &error))
    }

    /// How many migrations the file has seen.
    fn check_version(&self) -> Result<usize, StoreError> {
        let found: i64 = lock(&self.connection)
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|error| StoreError::sqlite(&self.path, &error))?;
        match usize::try_from(found) {
            Ok(applied) if applied <= MIGRATIONS.len() => Ok(applied),
            _ => Err(StoreError::Newer {
                journal: self.path.display().to_string(),
                found,
                known: i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
            }),
        }
    }
}

/// The documents of a batch whose fate is not known yet; `None`: the journal has no such batch.
fn carried(connection: &Connection, (id, at): Batch) -> rusqlite::Result<Option<Vec<i64>>> {
    let sql = "SELECT 1 FROM batch WHERE id = ?1 AND at = ?2";
    if !connection.prepare(sql)?.exists([id, at])? {
        return Ok(None);
    }
    let sql = "SELECT id FROM document
               WHERE pipeline IN (SELECT id FROM pipeline) AND state = 'intended' AND batch = ?1";
    connection.prepare(sql)?.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>().map(Some)
}
