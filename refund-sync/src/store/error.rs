//! What can go wrong with the journal, each with what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The journal cannot be used; the file is left as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error(
        "cannot open the journal {path}: {reason}. Check that the directory exists and may be written 日志库打不开: 请检查目录是否存在且可写"
    )]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: String,
    },
    /// Another program keeps the file locked.
    #[error(
        "the journal {path} is locked by another program. Close it and try again 日志库被其它程序占用, 请关闭后重试"
    )]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error(
        "the journal {path} is read-only. Give this user the right to write the file and its directory 日志库只读, 请给予写权限"
    )]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left for the journal {path}. Nothing was lost: free some space and start again 磁盘已满, 数据未丢失, 请清理后重新启动"
    )]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// The file was written by a newer version.
    #[error(
        "the journal {path} was written by a newer version (schema {found}, this program knows {known}). Install that version 日志库来自更新的版本, 请升级程序"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The schema's number in the file.
        found: i64,
        /// The newest schema's number that this program knows.
        known: i64,
    },
    /// The file is no journal.
    #[error(
        "{path} is not a journal of refund-sync, or it is damaged. Restore it from a backup, or name another file in [store] url 文件不是本程序的日志库或已损坏"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
    },
    /// Another process works this journal.
    #[error("{holder} is working on the journal {path}. Wait for it or stop it 日志库正在使用")]
    Held {
        /// The database file.
        path: PathBuf,
        /// Who holds it.
        holder: String,
    },
    /// A store that this version cannot open.
    #[error("{0}")]
    Unsupported(String),
    /// A rule of the journal was broken.
    #[error(transparent)]
    Illegal(#[from] crate::journal::Illegal),
    /// Anything else.
    #[error("the journal {path} failed: {reason}")]
    Other {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

impl StoreError {
    /// Classes an error of SQLite.
    pub(crate) fn sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { path },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::Open { path, reason: error.to_string() }
            }
            _ => Self::Other { path, reason: error.to_string() },
        }
    }
}
