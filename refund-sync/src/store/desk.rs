//! `[store] url` alone decides which store is opened: here, and nowhere else. Everything behind is a [`Store`].

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::lock::Holder;
use super::{Group, Postgres, Sqlite, Store, StoreError, groups};
use crate::clock::Clock;
use crate::config::{Config, StoreUrl};

/// A place to work at: the journal with the right to order effects on it, held until dropped.
#[derive(Debug)]
pub struct Desk {
    /// The journal.
    pub store: Arc<dyn Store>,
    /// The time that everybody who works this journal shares.
    pub clock: Clock,
    _holder: Holder,
}

/// A copy of the journal to try things on, gone when dropped.
#[derive(Debug)]
pub struct Rehearsal {
    /// The copy.
    pub store: Arc<dyn Store>,
    /// As of a [`Desk`].
    pub clock: Clock,
    _folder: Option<TempDir>,
}

/// The parts that are worked each by itself: with SQLite the whole, with PostgreSQL the lock groups.
pub fn shares(config: &Config) -> Vec<Group<'_>> {
    match config.store.url {
        StoreUrl::Sqlite(_) => Group::whole(&config.pipelines).into_iter().collect(),
        StoreUrl::Postgres(_) => groups(&config.pipelines),
    }
}

impl Desk {
    /// Takes the right to work `share`, or says who has it.
    pub async fn take(url: &StoreUrl, share: &Group<'_>, command: &str) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => Ok(Self {
                _holder: Holder::take(path, command)?,
                store: Arc::new(Sqlite::open(path)?),
                clock: Clock::system(),
            }),
            StoreUrl::Postgres(url) => {
                let postgres = Postgres::work(url, &share.locks(), &who(command)).await?;
                Ok(Self {
                    clock: postgres.clock(),
                    store: Arc::new(postgres.clone()),
                    _holder: Holder::Session(postgres),
                })
            }
        }
    }
}

impl Rehearsal {
    /// Copies the journal, or begins an empty one.
    pub async fn begin(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let folder = tempfile::tempdir()
                    .map_err(|error| StoreError::Open { path: path.clone(), reason: error.to_string() })?;
                let copy = copy(path, &folder.path().join("dry-run.db"))?;
                Ok(Self { store: Arc::new(copy), clock: Clock::system(), _folder: Some(folder) })
            }
            StoreUrl::Postgres(url) => {
                let postgres = Postgres::rehearse(url, &who("run --dry-run")).await?;
                Ok(Self { clock: postgres.clock(), store: Arc::new(postgres), _folder: None })
            }
        }
    }
}

fn copy(path: &Path, copy: &Path) -> Result<Sqlite, StoreError> {
    if path.exists() { Sqlite::open_read_only(path)?.copy_to(copy) } else { Sqlite::open(copy) }
}

/// The journal, only to be read. `None`: nothing was journalled yet.
pub async fn read(url: &StoreUrl) -> Result<Option<Arc<dyn Store>>, StoreError> {
    let store: Arc<dyn Store> = match url {
        StoreUrl::Sqlite(path) if !path.exists() => return Ok(None),
        StoreUrl::Sqlite(path) => Arc::new(Sqlite::open_read_only(path)?),
        StoreUrl::Postgres(url) => match Postgres::read(url, &who("reader")).await? {
            Some(postgres) => Arc::new(postgres),
            None => return Ok(None),
        },
    };
    Ok(Some(store))
}

/// The journal, to leave a request for whoever works it.
pub async fn ask(url: &StoreUrl) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match url {
        StoreUrl::Sqlite(path) => Arc::new(Sqlite::open(path)?),
        StoreUrl::Postgres(url) => Arc::new(Postgres::ask(url, &who("retry")).await?),
    })
}

/// How this process is called in the journal and by the server. A container's name is its host name.
fn who(command: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("this machine");
    format!("refund-sync {command} (process {} on {host})", std::process::id())
}
