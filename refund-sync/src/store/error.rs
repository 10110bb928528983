//! What can go wrong with the journal, each with what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// The journal cannot be used; it is left as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file cannot be opened or made.
    #[error(
        "cannot open the journal {path}: {reason}. Check that the directory exists and may be written 同步台账打不开: 请检查目录是否存在且可写"
    )]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite or the system said.
        reason: String,
    },
    /// Another program keeps the file locked.
    #[error(
        "the journal {path} is locked by another program. Close it and try again 同步台账被其它程序占用, 请关闭后重试"
    )]
    Locked {
        /// The database file.
        path: PathBuf,
    },
    /// The file or its directory cannot be written.
    #[error(
        "the journal {path} is read-only. Give this user the right to write the file and its directory 同步台账只读, 请给予写权限"
    )]
    ReadOnly {
        /// The database file.
        path: PathBuf,
    },
    /// The disk is full.
    #[error(
        "no space left for the journal {journal}. Nothing was lost: free some space and start again 磁盘已满, 数据未丢失, 请清理后重新启动"
    )]
    Full {
        /// The journal's file or database.
        journal: String,
    },
    /// The disk or the share under the file fails.
    #[error(
        "the disk under the journal {path} fails: {reason}. Nothing is sent that is not noted: look after the disk or the share (the system's log says more), then start again 同步台账所在磁盘或共享读写出错, 未记录的不会发送: 请检查磁盘或共享后重新启动"
    )]
    Disk {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The journal is of an older version, and only to be read.
    #[error(
        "the journal {journal} is of an older version. Start `refund-sync run` or `serve` once: that brings it up to date 同步台账来自旧版本, 请先运行一次 run 或 serve 完成升级"
    )]
    Older {
        /// The journal's file or database.
        journal: String,
    },
    /// The journal was written by a newer version.
    #[error(
        "the journal {journal} was written by a newer version (schema {found}, this program knows {known}). Install that version 同步台账来自更新的版本, 请升级程序"
    )]
    Newer {
        /// The journal's file or database.
        journal: String,
        /// The schema's number in the journal.
        found: i64,
        /// The newest schema's number that this program knows.
        known: i64,
    },
    /// The file is no journal.
    #[error(
        "{path} is not a journal of refund-sync, or it is damaged. Restore it from a backup, or name another file in [store] url 文件不是本程序的同步台账或已损坏"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
    },
    /// Another process works this journal, or this part of it.
    #[error("{holder} is working on the journal {journal}. Wait for it or stop it 同步台账正在使用")]
    Held {
        /// The journal's file or database.
        journal: String,
        /// Who holds it.
        holder: String,
    },
    /// The database cannot be reached, or broke off while it was read.
    #[error(
        "cannot reach the journal {journal}: {reason}. Nothing was lost: check the address in [store] url and that the server runs; `serve` goes on by itself then, other commands are to be started again 连不上日志数据库, 数据未丢失: 请检查 [store] url 与数据库服务；serve 会自动恢复，其它命令请重新执行"
    )]
    Unreachable {
        /// The database.
        journal: String,
        /// What the server or the system said.
        reason: String,
    },
    /// Whoever looks after the connection has none at present, and goes on trying.
    #[error("{reason}")]
    Away {
        /// Why, as it was told when it was tried last.
        reason: String,
    },
    /// The database does not let this user in.
    #[error(
        "the journal {journal} refuses the user: {reason}. Check user and password in [store] url, and pg_hba.conf of the server 日志数据库拒绝登录, 请检查用户名和密码"
    )]
    Refused {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// There is no such database.
    #[error(
        "the journal {journal} does not exist: {reason}. Make the database (CREATE DATABASE … OWNER …), or name another in [store] url 数据库不存在, 请先创建"
    )]
    NoDatabase {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// The user has not the rights that the journal needs.
    #[error(
        "the journal {journal} lacks a right: {reason}. Let the user own the database, or own a schema refund_sync in it (CREATE SCHEMA refund_sync AUTHORIZATION …) 数据库权限不足, 请授予该用户 refund_sync 模式的所有权"
    )]
    NoRights {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// The database may only be read: a standby, or a setting of the database or the user.
    #[error(
        "the journal {journal} can only be read: {reason}. Name the primary server in [store] url, not a standby; or take the \
         setting back (ALTER DATABASE … or ALTER ROLE … RESET default_transaction_read_only) 日志数据库为只读：请连接主库而不是备库，或取消 default_transaction_read_only"
    )]
    OnlyToRead {
        /// The database.
        journal: String,
        /// What the server said.
        reason: String,
    },
    /// Something in between gives each transaction another process of the server: no lock and no setting lasts.
    #[error(
        "the journal {journal} is reached through a pooler in transaction mode: {reason}. Name the server itself in [store] \
         url, or set pool_mode = session for this database (pgbouncer.ini) 经事务级连接池访问日志数据库：请直连数据库，或为该库设置 pool_mode = session"
    )]
    Pooled {
        /// The database.
        journal: String,
        /// How that was seen.
        reason: String,
    },
    /// The session that carried the right to write has ended: this worker may write nothing more.
    #[error(
        "the session with the journal {journal} ended: {reason}. This worker has stopped; nothing was lost. Another one, or the next start, goes on from here 与日志数据库的会话已断开, 本进程已停止, 数据未丢失, 由其它进程或下次启动继续"
    )]
    Lost {
        /// The database.
        journal: String,
        /// How it ended.
        reason: String,
    },
    /// The file is not the one any more that this process opened: it may send nothing more.
    #[error(
        "the journal {journal} is not as this process left it: {how}. Nothing is sent from here on. Put the right file back, then          start again: what may have been written meanwhile is looked up in 金蝶 first 同步台账已不是本进程打开时的文件, 已停止写入: 请恢复正确的文件后重新启动, 可能已写过的单据会先到金蝶查询"
    )]
    Gone {
        /// The journal's file.
        journal: String,
        /// What became of it.
        how: String,
    },
    /// The journal and the configuration contradict each other, and only a person can tell which is right.
    #[error("{0}. Nothing was changed 未作任何改动")]
    Refuses(String),
    /// A store that this version cannot open.
    #[error("{0}")]
    Unsupported(String),
    /// A rule of the journal was broken.
    #[error(transparent)]
    Illegal(#[from] crate::journal::Illegal),
    /// Anything else.
    #[error("the journal {journal} failed: {reason}")]
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
                Self::Open { path, reason: error.to_string() }
            }
            _ => Self::Other { journal, reason: error.to_string() },
        }
    }
}
