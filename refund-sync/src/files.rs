//! Files that this program makes: readable by its own user alone. What stands in them is their writers'.

use std::fs::{File, OpenOptions};
use std::io;
#[cfg(feature = "tools")]
use std::io::Write as _;
use std::path::Path;

/// A file that is made with these options is read and written by its own user, and by nobody else.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

/// Elsewhere a file has the rights of its folder: that one is to be the user's alone.
#[cfg(all(not(unix), any(feature = "tools", feature = "serve")))]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// An empty file in place of whatever was there. One that was there keeps its rights: a person may have given them.
#[cfg(any(feature = "tools", feature = "reconcile", feature = "xlsx"))]
pub(crate) fn create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)
}

/// Whether `create` would do. What is there stays as it is, and nothing is left where there was nothing.
#[cfg(any(feature = "reconcile", feature = "xlsx"))]
pub(crate) fn can_create(path: &Path) -> io::Result<()> {
    match create_new(path) {
        Ok(_) => std::fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(path).map(drop)
        }
        Err(error) => Err(error),
    }
}

/// An empty file; an error where there is one.
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// The whole file.
#[cfg(feature = "tools")]
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    create(path)?.write_all(text.as_bytes())
}

/// A file's name is on disk, after it was made or renamed.
#[cfg(all(unix, any(feature = "tools", feature = "serve")))]
pub(crate) fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file, and the system sees to names by itself.
#[cfg(all(not(unix), any(feature = "tools", feature = "serve")))]
#[allow(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Everybody on this machine may read it. A file that cannot be looked at is none.
#[cfg(unix)]
pub(crate) fn others_may_read(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|file| file.mode() & 0o004 != 0)
}

/// Elsewhere rights are lists that the standard library does not tell.
#[cfg(not(unix))]
pub(crate) fn others_may_read(_: &Path) -> bool {
    false
}
