//! A new file on its way to its name: made beside it, for this user alone, and there under its name only once it is whole.

use std::io;
use std::path::Path;

use tempfile::TempPath;

use super::StoreError;
use super::lock::Holder;
use crate::files;
use crate::lang::{both, why};

/// Refuses what stands where a new file is to be: a journal by its holder or its name, anything else by its place.
pub(super) fn refuse_in_the_way(to: &Path) -> Result<(), StoreError> {
    if let Some(holder) = Holder::of(to) {
        return Err(StoreError::Held { journal: to.display().to_string(), holder });
    }
    if to.symlink_metadata().is_ok() {
        return Err(StoreError::Refuses(both!(
            "{} 已存在，不会覆盖，请换一个文件名",
            "{} exists already, and nothing is written over it: name a new file",
            to.display()
        )));
    }
    Ok(())
}

/// A file on its way to its name: for this user alone, and gone if it does not get there.
pub(super) struct Place(TempPath);

impl Place {
    pub(super) fn beside(to: &Path, end: &str) -> Result<Self, StoreError> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let prefix = format!(".{}.", to.file_name().unwrap_or_default().display());
        // 0600 from its first byte on: that is how `tempfile` makes a file.
        tempfile::Builder::new()
            .prefix(&prefix)
            .suffix(&format!(".{end}"))
            .tempfile_in(folder)
            .map(|file| Self(file.into_temp_path()))
            .map_err(|error| match error.kind() {
                io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { path: to.to_path_buf() },
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    StoreError::Full { journal: to.display().to_string() }
                }
                _ => StoreError::Open { path: to.to_path_buf(), reason: why(&error) },
            })
    }

    /// Its name, unless somebody else has taken that meanwhile.
    pub(super) fn give_name(self, to: &Path) -> Result<(), StoreError> {
        self.0.persist_noclobber(to).map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => StoreError::Refuses(both!(
                "{} 已被其它程序创建",
                "{} was made by somebody else meanwhile",
                to.display()
            )),
            _ => StoreError::Disk { path: to.to_path_buf(), reason: error.error.to_string() },
        })?;
        sync_folder(to);
        Ok(())
    }
}

impl std::ops::Deref for Place {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

/// The name is on disk, where the system lets one see to that.
pub(super) fn sync_folder(file: &Path) {
    if let Err(error) = files::sync_folder(file) {
        tracing::debug!(%error, "the folder cannot be synchronised");
    }
}

/// On a thread that may block.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(StoreError::Other { journal: String::new(), reason: error.to_string() }))
}
