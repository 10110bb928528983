//! A copy of the journal in a file of its own, taken while it is worked, and putting one back. Whatever is in the way, or
//! wrong with a file, is said before anything is changed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::health::Health;
use super::lock::{self, Holder};
use super::place::{Place, blocking, refuse_in_the_way, sync_folder};
use super::sqlite::note_behind;
use super::{Group, Sqlite, StoreError};
use crate::clock::{Clock, shanghai};
use crate::config::{Config, StoreUrl};
use crate::lang::{both, why};

/// A copy that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// The file that holds it.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What was found when it was opened and looked through.
    #[serde(flatten)]
    pub health: Health,
}

/// A copy that was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The journal.
    pub journal: PathBuf,
    /// Where the journal stands that was there before.
    pub kept: Option<PathBuf>,
}

/// Copies the journal, as it is at this moment, into the new file `to`: readable for this user alone, looked through, and
/// under its name only once it is whole. Whoever works the journal goes on.
///
/// # Errors
/// [`StoreError::Refuses`] where there is nothing to copy, or something in its way; what either file fails with.
pub async fn backup(config: &Config, to: &Path) -> Result<Backup, StoreError> {
    refuse_in_the_way(to)?;
    let place = Place::beside(to, "part")?;
    match &config.store.url {
        StoreUrl::Sqlite(path) if !path.exists() => {
            return Err(StoreError::Refuses(both!(
                "{} 还没有同步台账可备份",
                "there is no journal at {} yet",
                path.display()
            )));
        }
        StoreUrl::Sqlite(path) => {
            let (source, copy) = (Sqlite::open_read_only(path)?, place.to_path_buf());
            source.refuse_foreign()?;
            // What cannot be read is the journal, whichever of the two files shows it.
            blocking(move || source.write_to(&copy)).await.map_err(|error| match error {
                StoreError::Damaged { .. } => StoreError::Damaged { path: path.clone() },
                other => other,
            })?;
        }
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => super::moving::write_to(url, &place).await?,
    }
    let copy = Sqlite::open_read_only(&place)?;
    let looked = copy.clone();
    let damage = blocking(move || looked.damage()).await?;
    let mut health = if copy.schema()? == Sqlite::known() {
        Health::of(&copy, Group::whole(&config.pipelines).as_ref()).await?
    } else {
        Health::default()
    };
    health.damage = damage;
    drop(copy);
    let bytes = fs::metadata(&*place).map_or(0, |file| file.len());
    place.give_name(to)?;
    Ok(Backup { file: to.to_path_buf(), bytes, health })
}

/// Puts the journal in `from` in the place of the one that the configuration names, and keeps that one beside it. Until its
/// last step the old one stands.
///
/// # Errors
/// [`StoreError::Held`] while either is worked; [`StoreError::Newer`]; [`StoreError::Damaged`] for a file of somebody else;
/// [`StoreError::Refuses`] for what is no file to restore from.
pub async fn restore(config: &Config, from: &Path) -> Result<Restored, StoreError> {
    let journal = match &config.store.url {
        StoreUrl::Sqlite(path) => path.clone(),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(_) => {
            return Err(StoreError::Refuses(both!(
                "同步台账在 PostgreSQL：请先把 [store] url 指向备份文件（sqlite:FILE），再用 refund-sync journal move --to postgres://… 迁入空库",
                "the journal is in PostgreSQL. Name the backup in [store] url (sqlite:FILE), then `refund-sync journal move --to postgres://…` into an empty database"
            )));
        }
    };
    let from = from.to_path_buf();
    blocking(move || put_back(&journal, &from)).await
}

fn put_back(journal: &Path, from: &Path) -> Result<Restored, StoreError> {
    if !from.is_file() {
        return Err(StoreError::Refuses(both!("备份文件 {} 不存在", "{} is no file", from.display())));
    }
    let unusable = |error: io::Error| StoreError::Open { path: journal.to_path_buf(), reason: why(&error) };
    let resolved = lock::resolve(journal).map_err(unusable)?;
    if from.canonicalize().is_ok_and(|from| from == resolved) {
        return Err(StoreError::Refuses(both!(
            "{} 就是同步台账本身",
            "{} is the journal itself",
            from.display()
        )));
    }
    if let Some(holder) = Holder::of(from) {
        return Err(StoreError::Held { journal: from.display().to_string(), holder });
    }
    let source = Sqlite::open_read_only(from)?;
    source.refuse_foreign()?;
    let was_there = resolved.exists();
    let _holder = Holder::take(journal, "restore")?;
    let restored = copied(&source, from, &resolved).and_then(|copy| replace(&copy, &resolved));
    if restored.is_err() && !was_there {
        // The lock made a file where there was none.
        let _ = fs::remove_file(&resolved);
    }
    Ok(Restored { journal: journal.to_path_buf(), kept: restored? })
}

/// A sound copy beside the place where it is to be.
fn copied(source: &Sqlite, from: &Path, resolved: &Path) -> Result<Place, StoreError> {
    let copy = Place::beside(resolved, "restoring")?;
    source.write_to(&copy)?;
    if Sqlite::open_read_only(&copy)?.damage()?.is_empty() {
        note_behind(&copy)?;
        Ok(copy)
    } else {
        Err(StoreError::Damaged { path: from.to_path_buf() })
    }
}

/// The old one gets a second name, then the new one takes the first: at no moment is there none.
fn replace(copy: &Path, resolved: &Path) -> Result<Option<PathBuf>, StoreError> {
    let failed =
        |error: io::Error| StoreError::Disk { path: resolved.to_path_buf(), reason: error.to_string() };
    let is_empty = fs::metadata(resolved).map_or(true, |file| file.len() == 0);
    let kept = if is_empty { None } else { Some(keep(resolved).map_err(failed)?) };
    if let Err(error) = fs::rename(copy, resolved) {
        if let Some(kept) = &kept {
            let _ = fs::rename(kept, resolved);
        }
        return Err(failed(error));
    }
    sync_folder(resolved);
    Ok(kept)
}

fn keep(resolved: &Path) -> io::Result<PathBuf> {
    let name = free_name(resolved);
    if let Err(error) = Sqlite::make_whole(resolved) {
        tracing::warn!(%error, message_zh = "原台账按原样保留", "the journal that was there is kept as it is");
        // What no program can move into it any more must not be taken for a part of the new one.
        for end in ["-wal", "-shm"] {
            let (from, to) = (lock::with_end(resolved, end), lock::with_end(&name, end));
            if from.exists() {
                fs::rename(from, to)?;
            }
        }
    }
    // Not every file system knows a second name.
    if fs::hard_link(resolved, &name).is_err() {
        fs::rename(resolved, &name)?;
    }
    Ok(name)
}

/// `refund-sync.db.before-20261129-120000`, with `-2` and so on where there is one.
fn free_name(resolved: &Path) -> PathBuf {
    let at = shanghai(Clock::system().now()).format("%Y%m%d-%H%M%S");
    let name = lock::with_end(resolved, &format!(".before-{at}"));
    let mut free = name.clone();
    let mut count = 2;
    while free.exists() {
        free = lock::with_end(&name, &format!("-{count}"));
        count += 1;
    }
    free
}
