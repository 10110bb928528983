//! `[store] url` alone decides which store is opened: here, and nowhere else. Everything behind is a [`Store`].

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use super::audit::audit;
use super::error::holder_text;
use super::lock::Holder;
use super::{Group, Sqlite, Store, StoreError};
#[cfg(feature = "postgres")]
use super::{Postgres, groups};
use crate::clock::{Clock, shanghai};
use crate::config::{Config, StoreUrl};
use crate::files;

/// How long a look at who holds a journal takes at the most.
const GLANCE: Duration = Duration::from_millis(50);

/// A place to work at: the journal and the right to order effects on it, or a copy to try things on. Both end when it
/// is dropped.
#[derive(Debug)]
pub struct OpenJournal {
    /// The journal.
    pub store: Arc<dyn Store>,
    /// The time that everybody who works this journal shares.
    pub clock: Clock,
    /// Since when nobody else can have worked the journal.
    pub held_since: Instant,
    holder: Option<Holder>,
    _copy: Option<TempDir>,
}

/// The parts that are worked each by itself: with SQLite the whole, with PostgreSQL the lock groups.
pub fn shares(config: &Config) -> Vec<Group<'_>> {
    match config.store.url {
        StoreUrl::Sqlite(_) => Group::whole(&config.pipelines).into_iter().collect(),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(_) => groups(&config.pipelines),
    }
}

impl OpenJournal {
    /// Takes the right to work `share`, or says who has it. The journal is audited first: what was repaired, or what
    /// somebody should know, is logged.
    pub async fn acquire(url: &StoreUrl, share: &Group<'_>, command: &str) -> Result<Self, StoreError> {
        let desk = Self::open_locked(url, share, command).await?;
        if let StoreUrl::Sqlite(path) = url
            && files::others_may_read(path)
        {
            tracing::warn!(
                journal = %path.display(),
                message_zh = "本机所有用户都能读取同步台账，请 chmod 600",
                "everybody on this machine can read the journal: chmod 600"
            );
        }
        let now = shanghai(desk.clock.now());
        for note in audit(desk.store.as_ref(), share, now).await? {
            tracing::warn!("{note}");
        }
        Ok(desk)
    }

    #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "a file has one group"))]
    async fn open_locked(url: &StoreUrl, share: &Group<'_>, command: &str) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let mut holder = Holder::take(path, command);
                if let Err(StoreError::Held { .. }) = holder {
                    // Somebody who only looks has the locks for a moment.
                    tokio::time::sleep(GLANCE).await;
                    holder = Holder::take(path, command);
                }
                let mut holder = holder?;
                let held_since = Instant::now();
                let store = match Sqlite::open_locked(path) {
                    Err(StoreError::Locked { .. }) if holder.let_go_of_the_file() => {
                        Sqlite::open_locked(path)
                    }
                    opened => opened,
                }?;
                let (store, clock) = (Arc::new(store), Clock::system());
                Ok(Self { store, clock, held_since, holder: Some(holder), _copy: None })
            }
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => {
                let postgres = Postgres::work(url, &share.locks(), &who(command)).await?;
                Ok(Self {
                    clock: postgres.clock(),
                    held_since: Instant::now(),
                    store: Arc::new(postgres.clone()),
                    holder: Some(Holder::Session(postgres)),
                    _copy: None,
                })
            }
        }
    }

    /// Lets others know that this process writes nothing any more, although it holds the journal.
    pub fn tell_gone(&mut self, error: &StoreError) {
        if let (StoreError::Gone { how, .. }, Some(holder)) = (error, &mut self.holder) {
            holder.tell(how);
        }
    }

    /// A copy of the journal, or an empty one: nothing done here reaches the original.
    #[cfg_attr(
        not(feature = "postgres"),
        expect(clippy::unused_async, reason = "only a server is waited for")
    )]
    pub async fn open_copy(url: &StoreUrl) -> Result<Self, StoreError> {
        match url {
            StoreUrl::Sqlite(path) => {
                let folder = tempfile::tempdir().map_err(|error| StoreError::disk(path, &error))?;
                let copy = copy(path, &folder.path().join("dry-run.db"))?;
                Ok(Self {
                    store: Arc::new(copy),
                    clock: Clock::system(),
                    held_since: Instant::now(),
                    holder: None,
                    _copy: Some(folder),
                })
            }
            #[cfg(feature = "postgres")]
            StoreUrl::Postgres(url) => {
                let postgres = Postgres::open_copy(url, &who("run --dry-run")).await?;
                let clock = postgres.clock();
                let held_since = Instant::now();
                Ok(Self { clock, held_since, store: Arc::new(postgres), holder: None, _copy: None })
            }
        }
    }
}

fn copy(path: &Path, copy: &Path) -> Result<Sqlite, StoreError> {
    if path.exists() { Sqlite::open_read_only(path)?.copy_to(copy) } else { Sqlite::open(copy) }
}

/// Whoever works the journal at `path` says that it is not there any more: nothing may be put in its place, and what
/// stands there says nothing of the work.
fn refuse_astray(path: &Path) -> Result<(), StoreError> {
    let Some((holder, how)) = Holder::astray(path) else { return Ok(()) };
    let holder = holder_text(&holder);
    let how = how.and(&format!("（{}）", holder.zh), &format!(" ({})", holder.en));
    Err(StoreError::Gone { journal: path.display().to_string(), how })
}

/// What makes the journal useless for whoever works it at present: a file that was removed, replaced or damaged under it.
///
/// # Errors
/// [`StoreError::Gone`], with who works it.
pub fn whole(url: &StoreUrl) -> Result<(), StoreError> {
    match url {
        StoreUrl::Sqlite(path) => refuse_astray(path),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(_) => Ok(()),
    }
}

/// The journal, only to be read. `None`: nothing was journalled yet.
pub async fn open_read_only(url: &StoreUrl) -> Result<Option<Arc<dyn Store>>, StoreError> {
    let store: Arc<dyn Store> = match url {
        StoreUrl::Sqlite(path) if !path.exists() => return Ok(None),
        StoreUrl::Sqlite(path) => Arc::new(Sqlite::open_read_only(path)?.refuse_older()?),
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => match Postgres::read(url, &who("reader")).await? {
            Some(postgres) => Arc::new(postgres),
            None => return Ok(None),
        },
    };
    Ok(Some(store))
}

/// The journal, to leave requests for whoever works it, and the time there; made if there is none.
#[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "a file's sessions need no name"))]
pub async fn open_for_requests(url: &StoreUrl, command: &str) -> Result<(Arc<dyn Store>, Clock), StoreError> {
    Ok(match url {
        StoreUrl::Sqlite(path) => {
            if let Some(holder) = Holder::by_another_path(path) {
                return Err(StoreError::Held { journal: path.display().to_string(), holder });
            }
            refuse_astray(path)?;
            if Holder::of(path).is_some() && path.exists() {
                // Whoever works it knows the journal as it is: it is not brought up to date under their hands.
                Sqlite::open_read_only(path)?.refuse_between()?;
            }
            (Arc::new(Sqlite::open_for_requests(path)?), Clock::system())
        }
        #[cfg(feature = "postgres")]
        StoreUrl::Postgres(url) => {
            let postgres = Postgres::ask(url, &who(command)).await?;
            let clock = postgres.clock();
            (Arc::new(postgres), clock)
        }
    })
}

/// How this process is called in the journal and by the server. A container's name is its host name.
#[cfg(feature = "postgres")]
pub(crate) fn who(command: &str) -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("this machine");
    format!("refund-sync {command} (process {} on {host})", std::process::id())
}
