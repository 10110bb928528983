//! What can be told of a journal without working it: where it is, how big, in which schema, and who works it.

use std::fs;
use std::path::Path;

use super::lock::Holder;
use super::{Postgres, Sqlite, StoreError};
use crate::config::StoreUrl;

/// What can be told of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// A file, or host, port and database; no password.
    pub place: String,
    /// Its size in bytes; `None` where there is no journal yet.
    pub bytes: Option<u64>,
    /// How many migrations it has seen; `None` where there is no journal yet.
    pub schema: Option<usize>,
    /// How many migrations this program knows.
    pub known: usize,
    /// Who works it at present.
    pub holders: Vec<String>,
}

impl About {
    /// Whether this program can read it as it is: it exists, and the next run has nothing to bring up to date.
    pub fn is_current(&self) -> bool {
        self.schema == Some(self.known)
    }
}

/// Looks at a journal. Makes nothing, changes nothing.
///
/// # Errors
/// When it cannot be reached, or is not one that this program can open.
pub async fn about(url: &StoreUrl) -> Result<About, StoreError> {
    match url {
        StoreUrl::Sqlite(path) => file(path),
        StoreUrl::Postgres(url) => Postgres::about(url, "refund-sync doctor").await,
    }
}

fn file(path: &Path) -> Result<About, StoreError> {
    let place = path.display().to_string();
    let known = Sqlite::known();
    if !path.exists() {
        return Ok(About { place, bytes: None, schema: None, known, holders: Vec::new() });
    }
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    // What was committed but not moved into the file yet stands beside it.
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    Ok(About {
        place,
        bytes: Some(bytes(path) + bytes(Path::new(&beside))),
        schema: Some(Sqlite::open_read_only(path)?.schema()?),
        known,
        holders: Holder::of(path).into_iter().collect(),
    })
}
