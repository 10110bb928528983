//! Is the file at the path still the one that was opened? SQLite does not ask: it goes on writing into a file that was
//! removed, and mixes what it remembers with whatever was put in its place. Looked at before each transaction.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE};

use crate::lang::{Text, both, why};
use crate::store::lock;

/// The journal is not there any more as it was opened, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gone(pub(super) Text);

/// What a connection knows of its files.
#[derive(Debug)]
pub(super) struct Presence {
    /// As it was configured: a link may be set to another file.
    path: PathBuf,
    /// Where SQLite keeps what is not in the file's body yet, and its index.
    beside: [PathBuf; 2],
    /// Nobody else moves anything into the file's body.
    is_owner: bool,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    file: Option<Stamp>,
    beside: [Option<Stamp>; 2],
    /// Once it is gone it stays so: whatever is put back has another past than this connection remembers.
    gone: Option<Gone>,
}

/// Which file it is, and how it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    /// Device and inode; always the same where the system does not tell.
    id: (u64, u64),
    bytes: u64,
    /// When it was last written, in seconds and nanoseconds; likewise.
    written: (i64, i64),
}

impl Presence {
    /// For the only connection that moves what was written into the file's body.
    pub(super) fn of_owner(path: &Path) -> Self {
        Self::of(path, true)
    }

    /// For a connection beside the owner's.
    pub(super) fn of_guest(path: &Path) -> Self {
        Self::of(path, false)
    }

    fn of(path: &Path, is_owner: bool) -> Self {
        let resolved = lock::resolve(path).unwrap_or_else(|_| path.to_path_buf());
        let beside = ["-wal", "-shm"].map(|end| lock::with_end(&resolved, end));
        let known = Known {
            file: stamp(path).ok(),
            beside: [stamp(&beside[0]).ok(), stamp(&beside[1]).ok()],
            gone: None,
        };
        Self { path: path.to_path_buf(), beside, is_owner, known: Mutex::new(known) }
    }

    /// How many bytes the file has, if whoever had it open last did not close it: then a part of it still stands beside it.
    pub(super) fn was_cut_off(path: &Path) -> Option<u64> {
        let resolved = lock::resolve(path).ok()?;
        let left = stamp(&lock::with_end(&resolved, "-wal")).ok()?.bytes;
        (left > 0).then(|| stamp(&resolved).map_or(0, |file| file.bytes))
    }

    /// Fails once the file is not what it was.
    pub(super) fn check(&self) -> Result<(), Gone> {
        let mut known = self.known();
        if known.gone.is_none() {
            known.gone = self.look(&known).map(Gone);
            if let Some(Gone(how)) = &known.gone {
                tracing::error!(
                    journal = %self.path.display(),
                    %how,
                    message_zh = "同步台账已不是原来的文件，停止写入",
                    "the journal is not what it was: nothing more is written"
                );
            }
        }
        known.gone.clone().map_or(Ok(()), Err)
    }

    fn look(&self, known: &Known) -> Option<Text> {
        let before = known.file?;
        let now = match stamp(&self.path) {
            Ok(now) => now,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Some(both!("文件已被删除", "it was removed"));
            }
            Err(error) => return Some(why(&error)),
        };
        if now.id != before.id {
            return Some(both!("已被换成另一个文件", "another file stands in its place"));
        }
        if now.bytes < before.bytes {
            let (was, is) = (before.bytes, now.bytes);
            return Some(both!("文件由 {was} 字节被截断为 {is} 字节", "it was cut from {was} to {is} bytes"));
        }
        if self.is_owner && now != before {
            return Some(both!("被其它程序改动", "another program has written to it"));
        }
        self.beside.iter().zip(known.beside).find_map(|(path, before)| {
            let before = before?;
            let is_same = stamp(path).is_ok_and(|now| now.id == before.id);
            let name = path.file_name().unwrap_or_default().display();
            (!is_same)
                .then(|| both!("旁边的 {name} 已被删除或替换", "{name} beside it was removed or replaced"))
        })
    }

    /// A transaction was committed: with it SQLite may have moved what stood beside the file into its body.
    pub(super) fn wrote(&self) {
        let mut known = self.known();
        // A file that cannot be looked at now is found gone by the next check.
        if let (Some(before), Ok(now)) = (known.file, stamp(&self.path))
            && before.id == now.id
        {
            known.file = Some(now);
        }
        for (path, known) in self.beside.iter().zip(&mut known.beside) {
            *known = known.or_else(|| stamp(path).ok());
        }
    }

    /// SQLite failed. What says that the file or its disk is broken holds from then on; a full disk passes.
    pub(super) fn failed(&self, error: &rusqlite::Error) {
        let passes = [SQLITE_IOERR_WRITE, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE];
        let is_broken = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => true,
            Some(ErrorCode::SystemIoFailure) => {
                error.sqlite_error().is_some_and(|error| !passes.contains(&error.extended_code))
            }
            _ => false,
        };
        if is_broken && self.is_owner {
            self.known().gone.get_or_insert_with(|| {
                Gone(both!("文件或磁盘损坏，SQLite 说：{error}", "SQLite says: {error}"))
            });
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    path.metadata().map(|found| Stamp::of(&found))
}

impl Stamp {
    #[cfg(unix)]
    fn of(found: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let id = (found.dev(), found.ino());
        Self { id, bytes: found.len(), written: (found.mtime(), found.mtime_nsec()) }
    }

    /// Elsewhere the standard library tells no identity, and times are written late.
    #[cfg(not(unix))]
    fn of(found: &Metadata) -> Self {
        Self { id: (0, 0), bytes: found.len(), written: (0, 0) }
    }
}
