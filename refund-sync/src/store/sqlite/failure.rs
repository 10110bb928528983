//! What can fail inside a transaction.

use std::path::Path;

use super::presence::Gone;
use crate::journal::Illegal;
use crate::store::StoreError;

/// What can fail inside a transaction.
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Illegal(Illegal),
    Gone(Gone),
    /// A file beside the journal's.
    Disk(std::io::Error),
    Interrupted,
}

impl From<Gone> for Failure {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Illegal> for Failure {
    fn from(illegal: Illegal) -> Self {
        Self::Illegal(illegal)
    }
}

impl Failure {
    pub(super) fn at(self, path: &Path) -> StoreError {
        match self {
            Self::Sql(error) => StoreError::sqlite(path, &error),
            Self::Illegal(illegal) => illegal.into(),
            Self::Gone(Gone(how)) => StoreError::Gone { journal: path.display().to_string(), how },
            Self::Disk(error) => StoreError::disk(path, &error),
            Self::Interrupted => {
                StoreError::Other { journal: path.display().to_string(), reason: "interrupted".into() }
            }
        }
    }
}
