//! The lock on the database file itself, known by device and inode: whoever comes by a hard link, or by a mount of the file
//! alone, finds it taken. Linux keeps `flock` apart from the locks that SQLite takes; elsewhere there is no such lock.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(target_os = "linux")]
use crate::files;

/// A file that was opened for its lock. It is never closed: closing any handle of a database drops the locks that SQLite
/// holds on it in this process.
#[derive(Debug)]
struct Kept {
    file: File,
    /// By which path it is held.
    held: Option<PathBuf>,
}

/// Device and inode.
pub(super) type Key = (u64, u64);

static KEPT: Mutex<BTreeMap<Key, Kept>> = Mutex::new(BTreeMap::new());

/// The lock on a database file, held until dropped.
#[derive(Debug)]
pub(crate) struct FileLock(Key);

impl FileLock {
    /// Takes the lock of the file at `resolved`, which `database` leads to; makes an empty one if there is none.
    ///
    /// # Errors
    /// `WouldBlock`, with who has it; `Unsupported` on a system that has no such lock; else what the system says.
    pub(crate) fn take(database: &Path, resolved: &Path) -> io::Result<Self> {
        let mut kept = kept();
        let key = open(&mut kept, resolved, true)?;
        let Some(kept) = kept.get_mut(&key) else { return Err(ErrorKind::NotFound.into()) };
        if let Some(holder) = kept.holder(key, File::try_lock)? {
            return Err(io::Error::new(ErrorKind::WouldBlock, holder));
        }
        kept.held = Some(database.to_path_buf());
        Ok(Self(key))
    }

    /// This process holds a file by the path `database`, and the path leads elsewhere now.
    pub(crate) fn is_astray(database: &Path) -> bool {
        let is_held = |(_, kept): &(&Key, &Kept)| kept.held.as_deref() == Some(database);
        kept().iter().find(is_held).is_some_and(|(key, _)| identity(database) != Some(*key))
    }

    /// Who has the lock of the file at `resolved`, if there is such a file. Takes nothing but a glance.
    pub(crate) fn holder(resolved: &Path) -> Option<String> {
        let mut kept = kept();
        let key = open(&mut kept, resolved, false).ok()?;
        let kept = kept.get_mut(&key)?;
        // Shared, so that two who look do not take each other for the holder.
        let holder = kept.holder(key, File::try_lock_shared).ok()?;
        if holder.is_none() {
            let _ = kept.file.unlock();
        }
        holder
    }
}

impl Kept {
    /// Who has the lock; `None`: it was free, and is taken now.
    fn holder(&self, key: Key, lock: fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<String>> {
        if self.held.is_some() {
            return Ok(Some(by_another_path(Some(std::process::id()))));
        }
        match lock(&self.file) {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(by_another_path(process(key.1)))),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// Opens the file at `resolved` for its lock, unless it is open for that already.
#[cfg(target_os = "linux")]
fn open(kept: &mut BTreeMap<Key, Kept>, resolved: &Path, create: bool) -> io::Result<Key> {
    use std::os::unix::fs::MetadataExt as _;
    let key = |file: &std::fs::Metadata| (file.dev(), file.ino());
    let file = match resolved.metadata() {
        // A pipe would be waited for, and a folder is no database.
        Ok(found) if !found.is_file() => return Err(io::Error::other("it is not a file")),
        Ok(found) if kept.contains_key(&key(&found)) => return Ok(key(&found)),
        Ok(_) => File::open(resolved)?,
        Err(error) if error.kind() == ErrorKind::NotFound && create => {
            files::private(File::options().read(true).write(true).create(true).truncate(false))
                .open(resolved)?
        }
        Err(error) => return Err(error),
    };
    let key = key(&file.metadata()?);
    match kept.entry(key) {
        Entry::Vacant(place) => {
            place.insert(Kept { file, held: None });
        }
        // It was exchanged in between for one that is open: this handle must not be closed either.
        Entry::Occupied(_) => std::mem::forget(file),
    }
    Ok(key)
}

#[cfg(not(target_os = "linux"))]
fn open(_: &mut BTreeMap<Key, Kept>, _: &Path, _: bool) -> io::Result<Key> {
    Err(ErrorKind::Unsupported.into())
}

impl Drop for FileLock {
    fn drop(&mut self) {
        if let Some(kept) = kept().get_mut(&self.0) {
            kept.held = None;
            // It ends with the process at the latest.
            let _ = kept.file.unlock();
        }
    }
}

fn kept() -> MutexGuard<'static, BTreeMap<Key, Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn by_another_path(process: Option<u32>) -> String {
    match process {
        Some(process) => format!("refund-sync (process {process}), by another path to the same file,"),
        None => "another process, by another path to the same file,".to_owned(),
    }
}

/// Which process has the `flock` of an inode, by the system's list.
fn process(inode: u64) -> Option<u32> {
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let ends = format!(":{inode}");
    let is_it = |fields: &Vec<&str>| {
        fields.get(1) == Some(&"FLOCK") && fields.get(5).is_some_and(|place| place.ends_with(&ends))
    };
    let line = locks.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(is_it)?;
    line.get(4)?.parse().ok().filter(|process| *process > 0)
}

/// Device and inode of the file that a path leads to; `None` if there is none, or the system does not tell.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<Key> {
    use std::os::unix::fs::MetadataExt as _;
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<Key> {
    None
}
