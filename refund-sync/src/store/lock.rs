//! One process works a SQLite journal, by whatever path it got there: the lock beside the file that the path resolves to,
//! the lock on the file itself (`lock::file`), and who holds them. PostgreSQL's locks are in `store::postgres`.

mod file;

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[cfg(feature = "postgres")]
use super::Postgres;
use super::StoreError;
use crate::files;
use crate::lang::Text;
pub(super) use file::FileLock;
use file::identity;

/// How many symbolic links in a row a path may have that leads to a file which is not there yet.
const MOST_LINKS: usize = 40;

/// The right to order effects on a journal, held until dropped.
#[derive(Debug)]
pub enum Holder {
    /// The whole of a SQLite journal: the lock of a file beside it, and one on itself.
    File(Lock),
    /// A lock group in PostgreSQL: advisory locks of a session, the only one that writes for the group.
    #[cfg(feature = "postgres")]
    Session(Postgres),
}

/// The locks of a SQLite journal.
#[derive(Debug)]
pub struct Lock {
    /// Its lock lives as long as it is open. Its lines: who holds it, which file that is, and what became of the file, in both
    /// languages.
    beside: File,
    /// Other paths lead to the same file: hard links, a file mounted elsewhere. `None`: not on this system.
    itself: Option<FileLock>,
}

impl Holder {
    /// Takes the locks of the journal at `database`, or says who has them. Makes the file if there is none.
    ///
    /// # Errors
    /// [`StoreError::Held`] with the holder; [`StoreError::Open`] when the files cannot be made.
    pub fn take(database: &Path, command: &str) -> Result<Self, StoreError> {
        let unusable = |error: io::Error| StoreError::disk(database, &error);
        let held = |holder: String| StoreError::Held { journal: database.display().to_string(), holder };
        let resolved = resolve(database).map_err(unusable)?;
        let mut beside = files::private(File::options().read(true).write(true).create(true).truncate(false))
            .open(with_end(&resolved, ".lock"))
            .map_err(unusable)?;
        match beside.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(name(&text(&mut beside)))),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let itself = match FileLock::take(database, &resolved) {
            Ok(lock) => Some(lock),
            Err(error) if error.kind() == ErrorKind::Unsupported => None,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(held(error.to_string())),
            Err(error) => return Err(unusable(error)),
        };
        beside.set_len(0).and_then(|()| beside.rewind()).map_err(unusable)?;
        let (process, file) = (
            std::process::id(),
            identity(&resolved).map_or_else(String::new, |(device, inode)| format!("{device}:{inode}")),
        );
        write!(beside, "refund-sync {command} (process {process})\n{file}\n").map_err(unusable)?;
        Ok(Self::File(Lock { beside, itself }))
    }

    /// Lets go of the file itself where its lock turns out to be in SQLite's own way: some network file systems know only
    /// one kind. Says whether there was such a lock.
    pub(super) fn let_go_of_the_file(&mut self) -> bool {
        match self {
            Self::File(lock) => lock.itself.take().is_some(),
            #[cfg(feature = "postgres")]
            Self::Session(_) => false,
        }
    }

    /// Lets others know why the holder writes nothing any more.
    pub(super) fn tell(&mut self, why: &Text) {
        match self {
            Self::File(lock) => {
                // The disk may be gone with the journal; then nobody can read it either.
                let Text { zh, en } = why;
                let _ =
                    lock.beside.seek(io::SeekFrom::End(0)).and_then(|_| writeln!(lock.beside, "{zh}\n{en}"));
            }
            #[cfg(feature = "postgres")]
            Self::Session(_) => {}
        }
    }

    /// Who works a journal that is not at `database` any more, and what became of it.
    pub fn astray(database: &Path) -> Option<(String, Text)> {
        let lines = Self::lines(database);
        let mut lines = lines.iter().flat_map(|text| text.lines());
        let (holder, file) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        // An older program wrote it in one language.
        let told = lines.next().map(|zh| Text::of(zh, lines.next().unwrap_or(zh)));
        let key = file
            .split_once(':')
            .and_then(|(device, inode)| Some((device.parse().ok()?, inode.parse().ok()?)));
        let moved = key.is_some_and(|key| identity(database) != Some(key)) || FileLock::is_astray(database);
        let moved = || {
            moved.then(|| Text::new("已被删除或换成另一个文件", "another file, or none, stands in its place"))
        };
        let how = told.or_else(moved)?;
        Some((if holder.is_empty() { "this process".to_owned() } else { holder.to_owned() }, how))
    }

    /// Who works the journal at `database` at present. Takes nothing but a glance.
    pub fn of(database: &Path) -> Option<String> {
        Self::by_this_path(database).or_else(|| Self::by_another_path(database))
    }

    /// Who works the file at `database` by another path that leads to it. What is written beside it through this one does
    /// not reach them, and SQLite does not see the two together.
    pub fn by_another_path(database: &Path) -> Option<String> {
        FileLock::holder(&resolve(database).ok()?).filter(|_| Self::by_this_path(database).is_none())
    }

    fn by_this_path(database: &Path) -> Option<String> {
        Self::lines(database).map(|text| name(&text))
    }

    /// What the holder wrote beside the file, if there is a holder.
    fn lines(database: &Path) -> Option<String> {
        let mut file = File::open(beside(database, ".lock").ok()?).ok()?;
        // Shared, so that two who look do not take each other for the holder; it ends with the file.
        let Err(TryLockError::WouldBlock) = file.try_lock_shared() else { return None };
        Some(text(&mut file))
    }
}

fn text(file: &mut File) -> String {
    let mut text = String::new();
    // Best effort: the holder may be writing its name at this moment.
    let _ = file.read_to_string(&mut text);
    text
}

/// What a holder calls itself.
fn name(text: &str) -> String {
    let holder = text.lines().next().unwrap_or_default().trim();
    if holder.is_empty() { "another process".into() } else { holder.to_owned() }
}

/// The file that `database` leads to, through links and by however many dots, whether it is there yet or not. SQLite
/// follows links too, and keeps its own files beside the same one.
pub(super) fn resolve(database: &Path) -> io::Result<PathBuf> {
    let mut path = database.to_path_buf();
    for _ in 0..MOST_LINKS {
        match path.canonicalize() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            resolved => return resolved,
        }
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize()?,
            _ => Path::new(".").canonicalize()?,
        };
        let Ok(target) = path.read_link() else {
            let name = path.file_name().ok_or_else(|| io::Error::from(ErrorKind::NotFound))?;
            return Ok(folder.join(name));
        };
        path = folder.join(target);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// The file of another kind that stands beside the one that `database` leads to.
pub(super) fn beside(database: &Path, end: &str) -> io::Result<PathBuf> {
    Ok(with_end(&resolve(database)?, end))
}

pub(super) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
