//! The file of a mapping table: which it is and what it held when it was read. Writing into it is `config::table_fill`'s.

use std::fmt;
use std::path::PathBuf;

#[cfg(feature = "serve")]
use sha2::{Digest as _, Sha256};

use super::reader::ReadFile;

/// A table's file as it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct TableFile {
    /// The table's name: `customers`, …
    pub table: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it held, as a digest.
    pub(super) digest: [u8; 32],
}

impl TableFile {
    /// One that the configuration's reading noted.
    pub(super) fn read(ReadFile { name, path, digest }: ReadFile) -> Self {
        Self { table: name, path, digest }
    }

    /// The same file as another table's.
    #[must_use]
    pub fn of_table(&self, table: &str) -> Self {
        Self { table: table.to_owned(), ..self.clone() }
    }

    /// What the file holds now, as a digest; `None` where it cannot be read.
    #[cfg(feature = "serve")]
    pub fn held(&self) -> Option<[u8; 32]> {
        let bytes = std::fs::read(&self.path).ok()?;
        Some(Sha256::digest(bytes).into())
    }

    /// Whether that is what it held when it was read.
    #[cfg(feature = "serve")]
    pub fn holds(&self, held: Option<[u8; 32]>) -> bool {
        held == Some(self.digest)
    }

    /// The first eight digits of the digest: the version of the table that people see.
    pub fn version(&self) -> String {
        base16ct::lower::encode_string(&self.digest[..4])
    }
}

impl fmt::Debug for TableFile {
    /// Wherever its folder is, it is the same table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default();
        f.debug_struct("TableFile")
            .field("table", &self.table)
            .field("file", &name)
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
