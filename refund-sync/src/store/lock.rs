//! One process works a SQLite journal: the lock beside the database file, and who holds it. Never on the database file
//! itself: closing any handle of it would drop SQLite's own locks. PostgreSQL's locks are in `store::postgres`.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::{Postgres, StoreError};
use crate::files;

/// The right to order effects on a journal, held until dropped.
#[derive(Debug)]
pub enum Holder {
    /// The whole of a SQLite journal: the lock of a file beside it.
    File(File),
    /// A lock group in PostgreSQL: advisory locks of a session, the only one that writes for the group.
    Session(Postgres),
}

impl Holder {
    /// Takes the lock of the journal at `database`, or says who has it.
    ///
    /// # Errors
    /// [`StoreError::Held`] with the holder; [`StoreError::Open`] when the lock file cannot be made.
    pub fn take(database: &Path, command: &str) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let unusable = |error: std::io::Error| {
            let path = database.to_path_buf();
            match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    StoreError::Full { journal: path.display().to_string() }
                }
                ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path },
                _ => StoreError::Open { path, reason: error.to_string() },
            }
        };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(files::PRIVATE)
            .open(&path)
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Best effort: the holder may be writing its name at this moment.
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(StoreError::Held {
                    journal: database.display().to_string(),
                    holder: if holder.is_empty() { "another process".into() } else { holder.to_owned() },
                });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
        write!(file, "refund-sync {command} (process {})", std::process::id()).map_err(unusable)?;
        Ok(Self::File(file))
    }
}

impl Holder {
    /// Who works the journal at `database` at present. Takes nothing but a glance.
    pub fn of(database: &Path) -> Option<String> {
        let mut file = File::open(lock_path(database)).ok()?;
        // Shared, so that two who look do not take each other for the holder; it ends with the file.
        let Err(TryLockError::WouldBlock) = file.try_lock_shared() else { return None };
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        Some(if holder.trim().is_empty() { "another process".into() } else { holder.trim().to_owned() })
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
