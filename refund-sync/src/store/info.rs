//! Looking at a journal from outside, whichever store it is. What can be told of it is `store::about`.

use std::fs;
use std::path::Path;

#[cfg(feature = "postgres")]
use super::Postgres;
use super::lock::Holder;
use super::{JournalInfo, Sqlite, StoreError};
use crate::config::StoreUrl;

/// Looks at a journal. Makes nothing, changes nothing.
///
/// # Errors
/// When it cannot be reached, or is not one that this program can open.
pub async fn journal_info(url: &StoreUrl) -> Result<JournalInfo, StoreError> {
    match url {
        StoreUrl::Sqlite(path) => file(path),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => Postgres::about(url, "refund-sync doctor").await,
    }
}

fn file(path: &Path) -> Result<JournalInfo, StoreError> {
    let place = path.display().to_string();
    let known = Sqlite::known();
    if !path.exists() {
        return Ok(JournalInfo { place, bytes: None, schema: None, known, holders: Vec::new() });
    }
    let bytes = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    // What was committed but not moved into the file yet stands beside it.
    let mut beside = path.as_os_str().to_owned();
    beside.push("-wal");
    Ok(JournalInfo {
        place,
        bytes: Some(bytes(path) + bytes(Path::new(&beside))),
        schema: Some(Sqlite::open_read_only(path)?.schema()?),
        known,
        holders: Holder::of(path).into_iter().collect(),
    })
}
