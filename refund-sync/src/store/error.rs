//! What can go wrong with the journal. What is said of each is in `text`.

mod text;

pub(crate) use text::holder_text;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::lang::{Text, why};

/// The journal cannot be used; it is left as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or made.
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: Text,
    },
    /// Another program keeps the file locked.
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The disk is full.
    Full {
        /// The journal's file or database.
        journal: String,
    },
    /// The disk or the share under the file fails.
    Disk {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The journal is of an older version, and only to be read.
    Older {
        /// The journal's file or database.
        journal: String,
    },
    /// The journal was written by a newer version.
    Newer {
        /// The journal's file or database.
        journal: String,
        /// The schema's number in the journal.
        found: i64,
        /// The newest schema's number that this program knows.
        known: i64,
    },
    /// The file is no journal.
    Damaged {
        /// The database file.
        path: PathBuf,
    },
    /// Another process works this journal, or this part of it.
    Held {
        /// The journal's file or database.
        journal: String,
        /// Who holds it.
        holder: String,
    },
    /// The database cannot be reached, or broke off while it was read.
    Unreachable {
        /// The database.
        journal: String,
        /// What the server or the system said.
        reason: String,
    },
    /// Whoever looks after the connection has none at present, and goes on trying.
    Away {
        /// Why, as it was told when it was tried last.
        reason: Text,
    },
    /// The database does not let this user in.
    Refused {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// There is no such database.
    NoDatabase {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// The user has not the rights that the journal needs.
    NoRights {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// The database may only be read: a standby, or a setting of the database or the user.
    OnlyToRead {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// Something in between gives each transaction another process of the server: no lock and no setting lasts.
    Pooled {
        /// The database.
        journal: String,
        /// How that was seen.
        reason: String,
    },
    /// The session that carried the right to write has ended: this worker may write nothing more.
    Lost {
        /// The database.
        journal: String,
        /// How it ended.
        reason: String,
    },
    /// The file is not the one any more that this process opened: it may send nothing more.
    Gone {
        /// The journal's file.
        journal: String,
        /// What became of it.
        how: Text,
    },
    /// The journal and the configuration contradict each other, and only a person can tell which is right.
    Refuses(Text),
    /// A store that this version cannot open.
    Unsupported(String),
    /// A rule of the journal was broken.
    Illegal(#[from] crate::journal::Illegal),
    /// Anything else.
    Other {
        /// The journal's file or database.
        journal: String,
        /// What SQLite or PostgreSQL said.
        reason: String,
    },
}

impl StoreError {
    /// Nothing more comes from this connection: whoever goes on takes a new one.
    pub fn ends_connection(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Unreachable { .. } | Self::Away { .. } | Self::Gone { .. })
    }

    /// Classes an error of the file system, on the journal at `path` or beside it.
    pub(crate) fn disk(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Self::Full { journal: path.display().to_string() }
            }
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path: path.to_path_buf() },
            _ => Self::Open { path: path.to_path_buf(), reason: why(error) },
        }
    }

    /// Classes an error of SQLite.
    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let journal = path.display().to_string();
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::Full { journal },
            Some(ErrorCode::SystemIoFailure) => Self::Disk { path, reason: error.to_string() },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Open { path, reason: error.to_string().into() }
            }
            _ => Self::Other { journal, reason: error.to_string() },
        }
    }
}
