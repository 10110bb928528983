//! Writing a row into the file of a mapping table, without overwriting what somebody else has changed meanwhile. What is
//! written is `config::table_edit`'s.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use sha2::{Digest as _, Sha256};

use super::TableFile;
use super::table_edit::{EditFault, with_row};
use crate::files;

/// A row that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// The file as it is now.
    pub file: TableFile,
    /// What it was before, beside it.
    pub backup: PathBuf,
}

/// Why a table was not written. Nothing of it has changed.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The row cannot be added.
    #[error(transparent)]
    Edit(#[from] EditFault),
    /// Somebody else has changed the file since it was read.
    #[error("{} was changed by somebody else since it was read, and what it holds now is not in force yet: see `refund-sync check`, then fill it in", .0.display())]
    Changed(PathBuf),
    /// The file cannot be read or written.
    #[error("{} cannot be written: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl TableFile {
    /// The file at `path` that held `bytes`.
    fn of(table: &str, path: &Path, bytes: &[u8]) -> Self {
        Self { table: table.to_owned(), path: path.to_owned(), digest: Sha256::digest(bytes).into() }
    }

    /// Adds a row, keeps what was before in a file beside it, and puts the new text in its place in one step.
    ///
    /// # Errors
    /// [`FillError`]: then the table is as it was.
    pub fn fill(&self, key: &str, to: &str, now: NaiveDateTime) -> Result<Filled, FillError> {
        let failed = |error| FillError::Io { path: self.path.clone(), error };
        // What a link points to is replaced, not the link.
        let path = fs::canonicalize(&self.path).map_err(failed)?;
        let before = fs::read(&path).map_err(failed)?;
        if Self::of(&self.table, &self.path, &before).digest != self.digest {
            return Err(FillError::Changed(self.path.clone()));
        }
        let after = with_row(&before, key, to)?;
        let backup = beside(&path, &format!("{}.bak", now.format("%Y%m%d-%H%M%S%.3f")));
        let fresh = beside(&path, "new");
        let written = write(&backup, &before, &path)
            .and_then(|()| write(&fresh, &after, &path))
            // Between the look and here nobody may have come; what is in between is a few microseconds.
            .and_then(|()| fs::read(&path))
            .map(|bytes| bytes == before);
        let replaced = match written {
            Ok(true) => fs::rename(&fresh, &path).and_then(|()| files::sync_folder(&path)).map_err(failed),
            Ok(false) => Err(FillError::Changed(self.path.clone())),
            Err(error) => Err(failed(error)),
        };
        if let Err(error) = replaced {
            // Whatever is left of them is of no use.
            let _ = fs::remove_file(&fresh);
            return Err(error);
        }
        Ok(Filled { file: Self::of(&self.table, &self.path, &after), backup })
    }
}

/// `customers.csv.20261129-124011.000.bak`
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// A whole file on the disk, with the rights of `like`.
fn write(path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
    let rights = fs::metadata(like)?.permissions();
    let mut file = files::private(File::options().write(true).create(true).truncate(true)).open(path)?;
    file.write_all(bytes)?;
    file.set_permissions(rights)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn noon() -> NaiveDateTime {
        "2026-11-29T12:40:11".parse().unwrap()
    }

    fn table(folder: &Path, text: &str) -> TableFile {
        let path = folder.join("customers.csv");
        fs::write(&path, text).unwrap();
        TableFile::of("customers", &path, text.as_bytes())
    }

    #[test]
    fn a_table_that_somebody_changed_meanwhile_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = table(folder.path(), "from,to\nS1,C1\n");
        fs::write(&file.path, "from,to\nS1,C2\n").unwrap();
        assert!(matches!(file.fill("S9", "C9", noon()), Err(FillError::Changed(_))));
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "from,to\nS1,C2\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
    }

    #[test]
    fn a_row_is_added_with_what_was_before_beside_it_and_the_rights_stay() {
        let folder = tempfile::tempdir().unwrap();
        let file = table(folder.path(), "from,to\nS1,C1\n");
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o640)).unwrap();
        let filled = file.fill("S9", "C9", noon()).unwrap();
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "from,to\nS1,C1\nS9,C9\n");
        assert_eq!(fs::read_to_string(&filled.backup).unwrap(), "from,to\nS1,C1\n");
        assert_eq!(fs::metadata(&file.path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_ne!(filled.file.version(), file.version());
        // The one that was read before knows nothing of it; the one that was written goes on.
        assert!(matches!(file.fill("S8", "C8", noon()), Err(FillError::Changed(_))));
        filled.file.fill("S8", "C8", noon()).unwrap();
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "from,to\nS1,C1\nS9,C9\nS8,C8\n");
    }

    #[test]
    fn a_folder_that_nobody_may_write_and_a_file_that_is_gone_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = table(folder.path(), "from,to\n");
        fs::remove_file(&file.path).unwrap();
        let error = file.fill("S9", "C9", noon()).unwrap_err();
        assert!(error.to_string().contains("customers.csv cannot be written"), "{error}");
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let file = table(folder.path(), "from,to\n");
        let link = folder.path().join("link.csv");
        std::os::unix::fs::symlink(&file.path, &link).unwrap();
        TableFile::of("customers", &link, b"from,to\n").fill("S9", "C9", noon()).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "from,to\nS9,C9\n");
    }
}
