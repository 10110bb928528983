//! Files that this program makes: readable by its own user alone. What stands in them is their writers'.

use std::fs::{File, OpenOptions};
use std::io;
#[cfg(feature = "tools")]
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Its own user reads and writes it; nobody else does either.
pub(crate) const PRIVATE: u32 = 0o600;
/// Everybody on the machine may read it.
const OTHERS_READ: u32 = 0o004;

/// An empty file in place of whatever was there. One that was there keeps its rights: a person may have given them.
#[cfg(any(feature = "tools", feature = "reconcile", feature = "xlsx"))]
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(PRIVATE).open(path)
}

/// An empty file; an error where there is one.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path)
}

/// The whole file.
#[cfg(feature = "tools")]
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    create(path)?.write_all(text.as_bytes())
}

/// Everybody on this machine may read it. A file that cannot be looked at is none.
pub(crate) fn others_may_read(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.mode() & OTHERS_READ != 0)
}
