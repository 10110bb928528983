//! The journal in one SQLite file: each call is one transaction. It is opened in `opening` and watched over in `presence`;
//! the statements live beside: `documents`, `changes`, `ledger`, `requests`, `reports`, `lists`, `listing`, `search`.

mod audit;
mod calls_out;
mod changes;
mod documents;
mod failure;
#[cfg(feature = "tools")]
mod keeping;
mod ledger;
#[cfg(feature = "console")]
mod listing;
#[cfg(feature = "console")]
mod lists;
mod opening;
mod packed;
mod presence;
#[cfg(feature = "console")]
mod queries;
mod reports;
mod requests;
#[cfg(feature = "console")]
mod retention;
mod rows;
mod search;
mod stockins;
#[cfg(all(feature = "tools", feature = "postgres"))]
mod tables;
mod texts;
mod waits;

#[cfg(feature = "tools")]
pub(super) use self::keeping::note_behind;

use std::any::Any;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use calls_out::CallsOut;
use chrono::{DateTime, NaiveDateTime, Utc};
use failure::Failure;
use presence::Presence;
use rusqlite::{Connection, TransactionBehavior};
use texts::{Texts, Tx};

use super::{
    Answer, Asked, Life, MapNow, Origin, PageCommit, PageOutcome, ParkedDocument, Pending, PipelineRow,
    PipelineStatus, Request, SetAside, Shown, StockinCommit, StockinOutcome, Stopped, Store, StoreError,
    Unanswered, WindowRecord,
};
use crate::journal::{Document, Log, State};
use crate::model::Names;
use crate::store::column::micros;

/// Every schema this program knows, oldest first; `PRAGMA user_version` says how many are applied.
const MIGRATIONS: [&str; 11] = [
    include_str!("migrations/sqlite/001.sql"),
    include_str!("migrations/sqlite/002.sql"),
    include_str!("migrations/sqlite/003.sql"),
    include_str!("migrations/sqlite/004.sql"),
    include_str!("migrations/sqlite/005.sql"),
    include_str!("migrations/sqlite/006.sql"),
    include_str!("migrations/sqlite/007.sql"),
    include_str!("migrations/sqlite/008.sql"),
    include_str!("migrations/sqlite/009.sql"),
    include_str!("migrations/sqlite/010.sql"),
    include_str!("migrations/sqlite/011.sql"),
];

/// What is done with the connection.
type Work = Box<dyn FnOnce(&mut Connection) -> Result<Boxed, Failure> + Send>;

/// What is done in a transaction.
type Writing = Box<dyn FnOnce(&Tx<'_>) -> Result<Boxed, Failure> + Send>;

/// What comes of it.
type Boxed = Box<dyn Any + Send>;

/// The journal in one SQLite file.
#[derive(Debug, Clone)]
pub struct Sqlite {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
    texts: Arc<Mutex<Texts>>,
    inline: bool,
    /// Whether the path still leads to the file that was opened, where that is watched.
    presence: Option<Arc<Presence>>,
    /// The calls under way, for whoever works the journal.
    calls_out: Option<Arc<CallsOut>>,
    /// A call may be under way that the file knew nothing of when it was opened.
    is_behind: bool,
}

impl Sqlite {
    /// Runs its SQL on the caller's thread: for simulations, whose order of events must replay.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }

    /// Its connection, for tests that look at what statements do.
    #[doc(hidden)]
    pub fn with_connection<T>(&self, look: impl FnOnce(&mut Connection) -> T) -> T {
        look(&mut lock(&self.connection))
    }

    /// Runs `work` on a thread that may block, with the connection to itself.
    fn call<T, F>(&self, work: F) -> Answer<'static, T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.typed(self.call_boxed(Box::new(move |connection| Ok(Box::new(work(connection)?)))))
    }

    /// Runs `work` as one transaction that writes.
    fn write<T, F>(&self, work: F) -> Answer<'static, T>
    where
        T: Send + 'static,
        F: FnOnce(&Tx<'_>) -> Result<T, Failure> + Send + 'static,
    {
        self.typed(self.write_boxed(Box::new(move |tx| Ok(Box::new(work(tx)?)))))
    }

    // What starts work and waits for it is the same for work of any type, and is compiled once.
    fn call_boxed(&self, work: Work) -> Answer<'static, Boxed> {
        let path = self.path.clone();
        let connection = Arc::clone(&self.connection);
        let presence = self.presence.clone();
        let work = move || {
            let mut connection = lock(&connection);
            if let Some(presence) = &presence {
                presence.check()?;
            }
            let done = work(&mut connection);
            if let (Some(presence), Err(Failure::Sql(error))) = (&presence, &done) {
                presence.failed(error);
            }
            done
        };
        let inline = self.inline;
        Box::pin(async move {
            let done = if inline {
                work()
            } else {
                tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Failure::Interrupted))
            };
            done.map_err(|failure| failure.at(&path))
        })
    }

    fn write_boxed(&self, work: Writing) -> Answer<'static, Boxed> {
        let (presence, texts) = (self.presence.clone(), Arc::clone(&self.texts));
        self.call_boxed(Box::new(move |connection| {
            let tx = Tx::of(connection.transaction_with_behavior(TransactionBehavior::Immediate)?);
            let value = work(&tx)?;
            tx.commit(&texts)?;
            if let Some(presence) = presence {
                presence.wrote();
            }
            Ok(value)
        }))
    }

    fn typed<T: Send + 'static>(&self, done: Answer<'static, Boxed>) -> Answer<'static, T> {
        let path = self.path.clone();
        Box::pin(async move {
            let value = done.await?.downcast().map_err(|_| Failure::Interrupted.at(&path))?;
            Ok(*value)
        })
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for Sqlite {
    fn pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, PipelineRow> {
        let (name, is_behind) = (name.to_owned(), self.is_behind);
        self.write(move |tx| ledger::pipeline(tx, &name, is_behind))
    }

    fn known_pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, Option<PipelineRow>> {
        let name = name.to_owned();
        self.call(move |connection| ledger::known_pipeline(connection, &name))
    }

    fn remember(&self, pipeline: i64, clock_offset_ms: i64, limiter: Option<String>) -> Answer<'_, ()> {
        self.write(move |tx| ledger::remember(tx, pipeline, clock_offset_ms, limiter.as_deref()))
    }

    fn watched(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| ledger::watched(tx, pipeline, at))
    }

    fn set_stopped(&self, pipeline: i64, stopped: Option<Stopped>) -> Answer<'_, ()> {
        self.write(move |tx| ledger::set_stopped(tx, pipeline, stopped.as_ref()))
    }

    fn note(&self, pipeline: i64, topic: &'static str) -> Answer<'_, Option<String>> {
        self.call(move |connection| ledger::note(connection, pipeline, topic))
    }

    fn set_note(&self, pipeline: i64, topic: &'static str, text: String) -> Answer<'_, ()> {
        self.write(move |tx| ledger::set_note(tx, pipeline, topic, &text))
    }

    fn shown(&self, future: NaiveDateTime) -> Answer<'_, Vec<Shown>> {
        self.call(move |connection| audit::shown(connection, future))
    }

    fn rename(&self, pipeline: i64, to: String) -> Answer<'_, ()> {
        self.write(move |tx| audit::rename(tx, pipeline, &to))
    }

    fn set_back(
        &self,
        pipeline: i64,
        began: Option<NaiveDateTime>,
        cursor: Option<NaiveDateTime>,
        future: NaiveDateTime,
    ) -> Answer<'_, ()> {
        self.write(move |tx| audit::set_back(tx, pipeline, began, cursor, future))
    }

    fn broken(&self, pipeline: i64) -> Answer<'_, Vec<SetAside>> {
        self.call(move |connection| audit::broken(connection, pipeline))
    }

    fn set_aside(&self, origin: Origin) -> Answer<'_, Vec<SetAside>> {
        self.write(move |tx| audit::set_aside(tx, origin))
    }

    fn begin_run<'a>(&'a self, pipeline: i64, command: &'a str, at: DateTime<Utc>) -> Answer<'a, i64> {
        let command = command.to_owned();
        self.write(move |tx| ledger::begin_run(tx, pipeline, &command, at))
    }

    fn end_run(&self, run: i64, at: DateTime<Utc>, outcome: String) -> Answer<'_, ()> {
        self.write(move |tx| ledger::end_run(tx, run, at, &outcome))
    }

    fn end_firing(
        &self,
        run: i64,
        firing: DateTime<Utc>,
        at: DateTime<Utc>,
        outcome: String,
    ) -> Answer<'_, ()> {
        self.write(move |tx| ledger::end_firing(tx, run, firing, at, &outcome))
    }

    fn commit_mapped(&self, origin: Origin, page: PageCommit, map: MapNow) -> Answer<'_, PageOutcome> {
        self.write(move |tx| documents::commit_page(tx, origin, page, &map))
    }

    fn commit_stockins(&self, origin: Origin, commit: StockinCommit) -> Answer<'_, StockinOutcome> {
        self.write(move |tx| stockins::commit(tx, origin, &commit))
    }

    fn without_stockin(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<String>> {
        self.call(move |connection| stockins::without(connection, pipeline, limit))
    }

    fn record_window(
        &self,
        origin: Origin,
        window: WindowRecord,
        cursor: Option<NaiveDateTime>,
    ) -> Answer<'_, ()> {
        self.write(move |tx| ledger::record_window(tx, origin, &window, cursor))
    }

    fn due(
        &self,
        pipeline: i64,
        state: State,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        let texts = Arc::clone(&self.texts);
        self.call(move |connection| documents::due(connection, &texts, (pipeline, state), now, limit))
    }

    fn waiting(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::waiting(connection, pipeline, limit))
    }

    fn unanswered(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Unanswered>> {
        self.call(move |connection| documents::unanswered(connection, pipeline, now, limit))
    }

    fn save(&self, origin: Origin, moves: Vec<(Document, Vec<Log>)>) -> Answer<'_, Vec<i64>> {
        if moves.is_empty() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        let calls = self.calls_out.clone();
        self.write(move |tx| {
            if let Some(calls) = calls {
                calls.end(moves.iter().map(|(document, _)| document))?;
            }
            documents::save(tx, origin, moves)
        })
    }

    // Who dies lets go of the file: no successor needs to know how long a call may last.
    fn intend(
        &self,
        origin: Origin,
        _limit: Duration,
        moves: Vec<(Document, Vec<Log>)>,
    ) -> Answer<'_, Vec<Document>> {
        let calls = self.calls_out.clone();
        self.write(move |tx| {
            let (batch, documents) = documents::intend(tx, origin, moves)?;
            if let Some(calls) = calls {
                calls.begin((batch, micros(origin.at)), &documents)?;
            }
            Ok(documents)
        })
    }

    fn batches_appeared(&self, batches: Vec<i64>, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| documents::batches_appeared(tx, &batches, at))
    }

    fn recover(&self, origin: Origin) -> Answer<'_, u64> {
        self.write(move |tx| documents::recover(tx, origin))
    }

    fn restart_waits(&self, origin: Origin, longest: Duration, anew: bool) -> Answer<'_, u64> {
        self.write(move |tx| waits::restart(tx, origin, longest, anew))
    }

    fn remap<'a>(&'a self, origin: Origin, rules: &'a str) -> Answer<'a, u64> {
        let rules = rules.to_owned();
        self.write(move |tx| documents::remap(tx, origin, &rules))
    }

    fn pending(&self, pipeline: i64, now: DateTime<Utc>) -> Answer<'_, Pending> {
        self.call(move |connection| documents::pending(connection, pipeline, now))
    }

    fn parked_documents<'a>(
        &'a self,
        pipeline: i64,
        numbers: Option<&'a [String]>,
    ) -> Answer<'a, Vec<Document>> {
        let numbers = numbers.map(<[String]>::to_vec);
        self.call(move |connection| documents::parked(connection, pipeline, numbers.as_deref()))
    }

    fn parked_due(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::parked_due(connection, pipeline, now, limit))
    }

    fn documents(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::numbered(connection, pipeline, &numbers))
    }

    fn names(&self, pipeline: i64) -> Answer<'_, Names> {
        self.call(move |connection| search::names(connection, pipeline))
    }

    fn leave_request(&self, pipeline: i64, request: Request, at: DateTime<Utc>) -> Answer<'_, i64> {
        self.write(move |tx| requests::leave(tx, pipeline, &request, at))
    }

    fn open_requests(&self, pipeline: i64) -> Answer<'_, Vec<Asked>> {
        self.call(move |connection| requests::open(connection, pipeline))
    }

    fn answer_request(&self, request: i64, answer: String) -> Answer<'_, ()> {
        self.write(move |tx| requests::answer(tx, request, &answer))
    }

    fn request_answer(&self, request: i64) -> Answer<'_, Option<String>> {
        self.call(move |connection| requests::answered(connection, request))
    }

    fn status(&self) -> Answer<'_, Vec<PipelineStatus>> {
        self.call(|connection| reports::status(connection))
    }

    fn life<'a>(&'a self, refund_no: &'a str) -> Answer<'a, Vec<Life>> {
        let refund_no = refund_no.to_owned();
        self.call(move |connection| reports::life(connection, &refund_no))
    }

    fn parked(&self) -> Answer<'_, Vec<ParkedDocument>> {
        self.call(|connection| reports::parked(connection))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Row;
    use crate::store::column::instant;

    /// Filtered rows with numbers that take some room.
    fn page(first: usize, rows: usize) -> PageCommit {
        let row = |n: usize| Row::Filtered {
            refund_no: format!("TK{n:0200}"),
            kind: 4,
            process_status: 90,
            shop_no: "S001".into(),
            modified: None,
            amount: None,
            numbers: Vec::new(),
        };
        let window = (NaiveDateTime::default(), NaiveDateTime::default());
        PageCommit { rows: (first..first + rows).map(row).collect(), asked_at: instant(1), window }
    }

    async fn documents(store: &Sqlite) -> u64 {
        store.status().await.unwrap()[0].documents.values().sum()
    }

    #[tokio::test]
    async fn on_a_full_disk_a_page_is_journalled_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("journal.db")).unwrap();
        let space =
            |pages: u32| lock(&store.connection).pragma_update(None, "max_page_count", pages).unwrap();
        let pipeline = store.pipeline("main").await.unwrap().id;
        let origin = Origin { pipeline, run: 1, at: instant(1) };
        store.commit_page(origin, page(0, 10)).await.unwrap();

        space(60);
        let full = store.commit_page(origin, page(10, 1_000)).await;
        assert!(matches!(full, Err(StoreError::Full { .. })), "{full:?}");
        assert_eq!(documents(&store).await, 10, "nothing of the page that did not fit");

        space(10_000);
        assert_eq!(store.commit_page(origin, page(10, 1_000)).await.unwrap().filtered, 1_000);
        assert_eq!(documents(&store).await, 1_010);
    }

    #[test]
    fn on_a_full_disk_a_journal_stays_of_its_schema_until_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let old = Connection::open(&path).unwrap();
        for schema in &MIGRATIONS[..5] {
            old.execute_batch(schema).unwrap();
        }
        old.execute_batch(
            "INSERT INTO pipeline (id, name) VALUES (1, 'main');
             INSERT INTO document (pipeline, refund_no, state, asked_at, source)
                 WITH RECURSIVE up (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM up WHERE n < 1000)
                 SELECT 1, 'TK' || n, 'seen', 0, hex(zeroblob(500)) FROM up;
             PRAGMA user_version = 5",
        )
        .unwrap();
        let pages: u32 = old.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        drop(old);
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        for room in [0, pages / 4, pages / 2] {
            let store = Sqlite::connect(&path, flags).unwrap();
            lock(&store.connection).pragma_update(None, "max_page_count", pages + room).unwrap();
            let full = store.migrate();
            assert!(matches!(full, Err(StoreError::Full { .. })), "{full:?}");
            assert_eq!(store.schema().unwrap(), 5);
        }
        assert_eq!(Sqlite::open(&path).unwrap().schema().unwrap(), MIGRATIONS.len());
    }
}
