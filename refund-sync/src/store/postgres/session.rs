//! One connection, and what may be done through it: every call one transaction, one after the other. A session that
//! works a lock group proves in each writing transaction that it still does; one that has ended writes nothing more.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, IsolationLevel, Row, SimpleQueryMessage, Statement, Transaction};

use super::address::{self, Connection, classed, ends_session, words};
use crate::clock::Clock;
use crate::journal::Illegal;
use crate::store::StoreError;
use crate::store::column::{instant, micros};

/// How long a transaction may take before the link counts as frozen, and how that is told.
pub(super) const SILENT: &str = "the server did not answer for 30 s";
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a working session says that it is alive. The server ends one that is silent for 15 s.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How a pooler between us and the server is told.
const SWAPPED: &str = "this session was given another process of the server";
/// How long the server may take to show that nothing is in between.
const SHOWN_WITHIN: Duration = Duration::from_secs(3);
/// A clock that is off by less is left alone: the way to the server takes some time, too.
const NOTICEABLE: i64 = 250_000;

/// What every session begins with, and what the session of a worker adds: whatever freezes, the server lets go of its
/// locks after 15 s. A commit must be on disk even where the server is set up to be quicker than that.
pub(super) const SETTINGS: &str = "SET search_path = refund_sync";
pub(super) const WORKING: &str = "
    SET idle_session_timeout = '15s';
    SET idle_in_transaction_session_timeout = '15s';
    SET tcp_user_timeout = '15s';
    SET statement_timeout = '20s';
    SET lock_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// The server's time in microseconds.
pub(super) const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Reads, as one view.
    Read,
    /// Writes what whoever works a lock group shares with those who do not: requests.
    Leave,
    /// Writes what only the one who works a lock group may write.
    Write,
}

/// What a session may write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Right {
    /// Requests for others to do.
    Ask,
    /// Everything, in a copy.
    Rehearse,
    /// Everything that belongs to its lock group, as long as this is true: so many locks are held under this epoch.
    Work { epoch: i64, locks: i64 },
}

/// One connection.
pub(super) struct Session {
    pub(super) place: String,
    right: Right,
    client: tokio::sync::Mutex<Client>,
    statements: Statements,
    last_words: Arc<OnceLock<String>>,
    lost: OnceLock<String>,
    /// The server's time as it was told at first and as it was told last.
    told: Mutex<Option<(Told, Told)>>,
}

/// The server's time at one moment of this process.
#[derive(Clone, Copy)]
struct Told {
    micros: i64,
    at: Instant,
}

impl Told {
    /// What it is by now.
    fn now(self) -> DateTime<Utc> {
        let since = i64::try_from(self.at.elapsed().as_micros()).unwrap_or(i64::MAX);
        instant(self.micros.saturating_add(since))
    }
}

type Statements = Mutex<HashMap<String, Statement>>;

/// A transaction whose statements are prepared once a session.
pub(super) struct Tx<'a> {
    tx: Transaction<'a>,
    statements: &'a Statements,
}

/// What is done in a transaction.
type Work = Box<dyn for<'t> FnOnce(&'t Tx<'t>) -> BoxFuture<'t, Result<Boxed, Failure>> + Send>;

/// What comes of it.
type Boxed = Box<dyn Any + Send>;

/// What can fail inside a transaction.
pub(super) enum Failure {
    Sql(Error),
    Illegal(Illegal),
    /// The right to write is gone, or never was there.
    Lost(&'static str),
    /// The server's process was swapped under the session.
    Swapped,
    /// The journal holds what no program of ours wrote.
    Damaged(&'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Illegal> for Failure {
    fn from(illegal: Illegal) -> Self {
        Self::Illegal(illegal)
    }
}

impl Session {
    pub(super) fn new(place: String, right: Right, connection: Connection) -> Arc<Self> {
        let Connection { client, last_words } = connection;
        Arc::new(Self {
            place,
            right,
            client: tokio::sync::Mutex::new(client),
            statements: Mutex::default(),
            last_words,
            lost: OnceLock::new(),
            told: Mutex::default(),
        })
    }

    /// Runs `work` as one transaction with the connection to itself, and not for ever.
    pub(super) async fn run<T, F>(&self, access: Access, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx<'t>) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        let boxed = self.run_boxed(
            access,
            Box::new(move |tx| Box::pin(async move { Ok(Box::new(work(tx).await?) as Boxed) })),
        );
        let value = boxed.await?.downcast().map_err(|_| self.end("the answer is of another type".into()))?;
        Ok(*value)
    }

    // The frame around work of any type is compiled once.
    async fn run_boxed(&self, access: Access, work: Work) -> Result<Boxed, StoreError> {
        let mut client = self.client.lock().await;
        if let Some(reason) = self.lost.get() {
            return Err(StoreError::Lost { journal: self.place.clone(), reason: reason.clone() });
        }
        let transaction = async {
            let mut begin = client.build_transaction();
            if access == Access::Read {
                begin = begin.isolation_level(IsolationLevel::RepeatableRead).read_only(true);
            }
            let tx = Tx { tx: begin.start().await?, statements: &self.statements };
            if access != Access::Read {
                self.right.prove(&tx, access).await?;
            }
            let value = work(&tx).await?;
            tx.tx.commit().await?;
            Ok(value)
        };
        match timeout(PATIENCE, transaction).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(failure)) => Err(self.failed(failure)),
            Err(_) => Err(self.end(SILENT.into())),
        }
    }

    /// What a failure means for whoever called.
    fn failed(&self, failure: Failure) -> StoreError {
        match failure {
            Failure::Illegal(illegal) => illegal.into(),
            Failure::Lost(reason) => self.end(reason.into()),
            Failure::Swapped => {
                let reason = SWAPPED.to_owned();
                // Whoever is told that the right is lost would stand by for it, and lose it again.
                tracing::error!(
                    "{}",
                    StoreError::Pooled { journal: self.place.clone(), reason: reason.clone() }
                );
                self.end(reason)
            }
            Failure::Damaged(reason) => {
                StoreError::Other { journal: self.place.clone(), reason: reason.into() }
            }
            Failure::Sql(error) if ends_session(&error) => {
                let said = self.last_words.get().cloned();
                self.end(said.unwrap_or_else(|| words(&error)))
            }
            Failure::Sql(error) => classed(&self.place, &error),
        }
    }

    /// The session is over, for good.
    fn end(&self, reason: String) -> StoreError {
        let journal = self.place.clone();
        if !matches!(self.right, Right::Work { .. }) {
            return StoreError::Unreachable { journal, reason };
        }
        let reason = self.lost.get_or_init(|| reason).clone();
        StoreError::Lost { journal, reason }
    }

    /// The clock that all workers of this database share: the server's, whatever this machine's shows. The steady one
    /// begins with the first time that the session was told.
    pub(super) fn clock(self: &Arc<Self>) -> Clock {
        let (wall, steady) = (Arc::clone(self), Arc::clone(self));
        Clock::shared(
            move || wall.told().map_or_else(|| Clock::system().now(), |(_, last)| last.now()),
            move || steady.told().map_or_else(|| Clock::system().now(), |(first, _)| first.now()),
        )
    }

    fn told(&self) -> Option<(Told, Told)> {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the server for its time: a sign of life that also keeps the clock right.
    pub(super) async fn beat(&self) -> Result<(), StoreError> {
        let client = self.client.lock().await;
        let asked = Instant::now();
        match timeout(SIGN_OF_LIFE, client.query_one(&format!("SELECT {NOW}"), &[])).await {
            Ok(Ok(row)) => {
                // It was told half way.
                let told = Told { micros: row.get(0), at: asked + asked.elapsed() / 2 };
                let mut kept = self.told.lock().unwrap_or_else(PoisonError::into_inner);
                let off = kept.map_or(i64::MAX, |(_, last)| {
                    micros(last.now()).saturating_sub(micros(told.now())).saturating_abs()
                });
                if off > NOTICEABLE {
                    *kept = Some((kept.map_or(told, |(first, _)| first), told));
                }
                Ok(())
            }
            Ok(Err(error)) => Err(self.failed(error.into())),
            Err(_) => Err(self.end("the server did not answer a sign of life".into())),
        }
    }

    /// Gives signs of life until the session is dropped or has ended.
    pub(super) async fn keep(session: Weak<Self>) {
        loop {
            tokio::time::sleep(SIGN_OF_LIFE).await;
            let Some(session) = session.upgrade() else { return };
            // A transaction that is under way is a sign of life, too.
            if session.client.try_lock().is_err() {
                continue;
            }
            if let Err(error) = session.beat().await {
                tracing::error!(%error, message_zh = "已失去写入权", "the right to write is lost");
                return;
            }
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, right, .. } = self;
        f.debug_struct("Session").field("place", place).field("right", right).finish_non_exhaustive()
    }
}

impl Right {
    /// The holder's rows are still its own, and stay so until the transaction ends. The server's process is looked at as
    /// well: a pooler in between may have swapped it, and the locks belong to the old one.
    async fn prove(self, tx: &Tx<'_>, access: Access) -> Result<(), Failure> {
        let (epoch, locks) = match (self, access) {
            (Self::Work { epoch, locks }, _) => (epoch, locks),
            (Self::Ask, Access::Write) => return Err(Failure::Lost("it took no lock group")),
            (Self::Ask | Self::Rehearse, _) => return Ok(()),
        };
        let sql = "SELECT backend = pg_backend_pid() FROM holder WHERE epoch = $1 FOR SHARE";
        let held = tx.rows(sql, &[&epoch]).await?;
        if i64::try_from(held.len()).is_ok_and(|held| held != locks) {
            return Err(Failure::Lost("another worker has taken over"));
        }
        if held.iter().all(|row| row.get(0)) { Ok(()) } else { Err(Failure::Swapped) }
    }
}

type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Tx<'_> {
    pub(super) async fn rows(&self, sql: &str, params: Params<'_>) -> Result<Vec<Row>, Error> {
        self.tx.query(&self.prepared(sql).await?, params).await
    }

    pub(super) async fn row(&self, sql: &str, params: Params<'_>) -> Result<Row, Error> {
        self.tx.query_one(&self.prepared(sql).await?, params).await
    }

    pub(super) async fn maybe(&self, sql: &str, params: Params<'_>) -> Result<Option<Row>, Error> {
        self.tx.query_opt(&self.prepared(sql).await?, params).await
    }

    pub(super) async fn execute(&self, sql: &str, params: Params<'_>) -> Result<u64, Error> {
        self.tx.execute(&self.prepared(sql).await?, params).await
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, Error> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.tx.prepare(sql).await?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Refuses a pooler in transaction mode: beside another session that is in a transaction, this one must keep its process of
/// the server. `beside` opens the other one; where none can be had nothing is shown.
pub(super) async fn refuse_pooler(
    client: &Client,
    place: &str,
    beside: impl Future<Output = Result<Connection, StoreError>>,
) -> Result<(), StoreError> {
    // Asked the simple way: a prepared statement would be closed at some later time, on whatever process comes.
    let process = async |client: &Client| -> Result<String, Error> {
        let answer = client.simple_query("SELECT pg_backend_pid()").await?;
        let words = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(words.unwrap_or_default().to_owned())
    };
    let failed = |error: Error| address::classed(place, &error);
    let before = process(client).await.map_err(failed)?;
    let Ok(Ok(other)) = timeout(SHOWN_WITHIN, beside).await else { return Ok(()) };
    let busy = async {
        other.client.simple_query("BEGIN").await?;
        process(&other.client).await
    };
    let Ok(Ok(theirs)) = timeout(SHOWN_WITHIN, busy).await else { return Ok(()) };
    // With one process for both this one would wait for the other's end.
    let after = timeout(SHOWN_WITHIN, process(client)).await;
    match after {
        Ok(Ok(after)) if after == before && theirs != before => Ok(()),
        Ok(Err(error)) => Err(failed(error)),
        _ => Err(StoreError::Pooled { journal: place.to_owned(), reason: SWAPPED.to_owned() }),
    }
}

/// Takes the advisory locks for this connection, or says who has one of them. What was taken ends with the connection.
pub(super) async fn take_locks(
    client: &mut Client,
    place: &str,
    locks: &[i64],
    who: &str,
) -> Result<Right, StoreError> {
    let failed = |error: Error| address::classed(place, &error);
    client.batch_execute(SETTINGS).await.map_err(failed)?;
    client.batch_execute(WORKING).await.map_err(failed)?;
    for lock in locks {
        let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[lock]).await.map_err(failed)?;
        if !row.get::<_, bool>(0) {
            let holder = client.query_opt("SELECT who FROM holder WHERE lock = $1", &[lock]).await;
            let holder = holder.map_err(failed)?.map(|row| row.get(0));
            return Err(StoreError::Held {
                journal: place.to_owned(),
                holder: holder.unwrap_or_else(|| "another process".to_owned()),
            });
        }
    }
    let tx = client.transaction().await.map_err(failed)?;
    let epoch: i64 = tx.query_one("SELECT nextval('epoch')", &[]).await.map_err(failed)?.get(0);
    let sql = format!(
        "INSERT INTO holder (lock, epoch, backend, who, since)
         SELECT lock, $2, pg_backend_pid(), $3, {NOW} FROM unnest($1::bigint[]) AS lock
         ON CONFLICT (lock) DO UPDATE SET epoch = excluded.epoch, backend = excluded.backend, who = excluded.who,
             since = excluded.since"
    );
    tx.execute(&sql, &[&locks, &epoch, &who]).await.map_err(failed)?;
    tx.commit().await.map_err(failed)?;
    Ok(Right::Work { epoch, locks: i64::try_from(locks.len()).unwrap_or(i64::MAX) })
}
