//! The journal in the schema `refund_sync` of a PostgreSQL database: who may write in it, and each call as one
//! transaction on one connection. The statements live beside: `documents`, `ledger`, `requests`, `reports`, `lists`; the connection and the
//! proof of the right to write in `session`; migrations and the copy for a dry run in `schema`.

mod address;
mod audit;
mod changes;
mod documents;
mod ledger;
#[cfg(feature = "console")]
mod listing;
#[cfg(feature = "console")]
mod lists;
#[cfg(feature = "console")]
mod queries;
mod reports;
mod requests;
#[cfg(feature = "console")]
mod retention;
mod roll;
mod rows;
mod schema;
mod search;
mod session;
mod stockins;
#[cfg(feature = "tools")]
mod tables;
mod tls;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use futures_util::future::BoxFuture;
use secrecy::SecretString;

use self::address::{Address, Connection, classed};
use self::documents::long;
pub use self::roll::Roll;
use self::session::{Access, Failure, Right, Session, Tx};
#[cfg(feature = "tools")]
pub(in crate::store) use self::tables::{Copying, Filling};
use super::{
    Answer, Asked, JournalInfo, Life, MapNow, Origin, PageCommit, PageOutcome, ParkedDocument, Pending,
    PipelineRow, PipelineStatus, Request, SetAside, Shown, StockinCommit, StockinOutcome, Stopped, Store,
    StoreError, Unanswered, WindowRecord,
};
use crate::clock::Clock;
use crate::journal::{Document, Log, State};
use crate::model::Names;

/// The journal in a PostgreSQL database, through one connection. Clones share it.
#[derive(Debug, Clone)]
pub struct Postgres {
    session: Arc<Session>,
}

impl Postgres {
    /// Takes the advisory locks of a lock group and with them the right to write; makes or migrates the journal as
    /// needed. The right ends with the last clone, and when the server has heard nothing for 15 s.
    ///
    /// # Errors
    /// [`StoreError::Held`] with the holder when one of the locks is taken.
    pub async fn work(url: &SecretString, locks: &[i64], who: &str) -> Result<Self, StoreError> {
        let (place, mut connection) = open(url, who).await?;
        let client = &mut connection.client;
        let beside = async { Address::parse(url)?.connect(who).await };
        session::refuse_pooler(client, &place, beside).await?;
        schema::migrate(client, &place).await?;
        let right = answered(&place, session::take_locks(client, &place, locks, who)).await?;
        let session = Session::new(place, right, connection);
        session.beat().await?;
        tokio::spawn(Session::keep(Arc::downgrade(&session)));
        Ok(Self { session })
    }

    /// Opens the journal to read it and to leave requests for those who work it.
    pub async fn ask(url: &SecretString, who: &str) -> Result<Self, StoreError> {
        let (place, mut connection) = open(url, who).await?;
        schema::migrate(&mut connection.client, &place).await?;
        Self::without_locks(place, connection, session::SETTINGS).await
    }

    /// Opens a journal that exists, only to read it. `None`: there is none in this database.
    pub async fn read(url: &SecretString, who: &str) -> Result<Option<Self>, StoreError> {
        let (place, connection) = open(url, who).await?;
        if !schema::is_there(&connection.client, &place).await? {
            return Ok(None);
        }
        let settings = format!("{}; SET default_transaction_read_only = on", session::SETTINGS);
        Self::without_locks(place, connection, &settings).await.map(Some)
    }

    /// A copy of the journal for a dry run: nothing written there reaches the original, and the server sees to it.
    pub async fn open_copy(url: &SecretString, who: &str) -> Result<Self, StoreError> {
        let (place, mut connection) = open(url, who).await?;
        schema::copy(&mut connection.client, &place).await?;
        let session = Session::new(place, Right::Rehearse, connection);
        session.beat().await?;
        Ok(Self { session })
    }

    /// What can be told of the journal without working it.
    pub(super) async fn about(url: &SecretString, who: &str) -> Result<JournalInfo, StoreError> {
        let (place, connection) = open(url, who).await?;
        schema::refuse_read_only(&connection.client, &place).await?;
        let beside = async { Address::parse(url)?.connect(who).await };
        session::refuse_pooler(&connection.client, &place, beside).await?;
        let schema = schema::version(&connection.client, &place).await?;
        let (bytes, holders) =
            schema::size_and_holders(&connection.client).await.map_err(|error| classed(&place, &error))?;
        let bytes = schema.and_then(|_| u64::try_from(bytes).ok());
        Ok(JournalInfo { place, bytes, schema, known: schema::known(), holders })
    }

    async fn without_locks(
        place: String,
        connection: Connection,
        settings: &str,
    ) -> Result<Self, StoreError> {
        connection.client.batch_execute(settings).await.map_err(|error| classed(&place, &error))?;
        let session = Session::new(place, Right::Ask, connection);
        session.beat().await?;
        Ok(Self { session })
    }

    /// The clock that everybody who works with this database shares: the server's.
    pub fn clock(&self) -> Clock {
        self.session.clock()
    }

    fn within<T, F>(&self, access: Access, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx<'t>) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        Box::pin(self.session.run(access, work))
    }

    fn look<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx<'t>) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        self.within(Access::Read, work)
    }

    fn write<T, F>(&self, work: F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t Tx<'t>) -> BoxFuture<'t, Result<T, Failure>> + Send + 'static,
    {
        self.within(Access::Write, work)
    }
}

/// Connects to a server that the journal can live on.
async fn open(url: &SecretString, who: &str) -> Result<(String, Connection), StoreError> {
    let address = Address::parse(url)?;
    let connected = async {
        let connection = address.connect(who).await?;
        schema::check_server(&connection.client, &address.place).await?;
        Ok(connection)
    };
    let connection = answered(&address.place, connected).await?;
    Ok((address.place, connection))
}

/// A server that takes a connection and says nothing is as good as none.
async fn answered<T>(
    place: &str,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    tokio::time::timeout(session::PATIENCE, answer).await.unwrap_or_else(|_| {
        Err(StoreError::Unreachable { journal: place.to_owned(), reason: session::SILENT.into() })
    })
}

impl Store for Postgres {
    fn pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, PipelineRow> {
        let name = name.to_owned();
        self.within(Access::Leave, move |tx| Box::pin(ledger::pipeline(tx, name)))
    }

    fn known_pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, Option<PipelineRow>> {
        let name = name.to_owned();
        self.look(move |tx| Box::pin(ledger::known_pipeline(tx, name)))
    }

    fn remember(&self, pipeline: i64, clock_offset_ms: i64, limiter: Option<String>) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::remember(tx, pipeline, clock_offset_ms, limiter)))
    }

    fn watched(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::watched(tx, pipeline, at)))
    }

    fn set_stopped(&self, pipeline: i64, stopped: Option<Stopped>) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::set_stopped(tx, pipeline, stopped)))
    }

    // Whoever looks at the page may not write anything else: it is a wish, like a request.
    fn note(&self, pipeline: i64, topic: &'static str) -> Answer<'_, Option<String>> {
        self.look(move |tx| Box::pin(ledger::note(tx, pipeline, topic)))
    }

    fn set_note(&self, pipeline: i64, topic: &'static str, text: String) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::set_note(tx, pipeline, topic, text)))
    }

    fn shown(&self, future: NaiveDateTime) -> Answer<'_, Vec<Shown>> {
        self.look(move |tx| Box::pin(audit::shown(tx, future)))
    }

    fn rename(&self, pipeline: i64, to: String) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(audit::rename(tx, pipeline, to)))
    }

    fn set_back(
        &self,
        pipeline: i64,
        began: Option<NaiveDateTime>,
        cursor: Option<NaiveDateTime>,
        future: NaiveDateTime,
    ) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(audit::set_back(tx, pipeline, began, cursor, future)))
    }

    fn broken(&self, pipeline: i64) -> Answer<'_, Vec<SetAside>> {
        self.look(move |tx| Box::pin(audit::broken(tx, pipeline)))
    }

    fn set_aside(&self, origin: Origin) -> Answer<'_, Vec<SetAside>> {
        self.write(move |tx| Box::pin(audit::set_aside(tx, origin)))
    }

    fn begin_run<'a>(&'a self, pipeline: i64, command: &'a str, at: DateTime<Utc>) -> Answer<'a, i64> {
        let command = command.to_owned();
        self.write(move |tx| Box::pin(ledger::begin_run(tx, pipeline, command, at)))
    }

    fn end_run(&self, run: i64, at: DateTime<Utc>, outcome: String) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::end_run(tx, run, at, outcome)))
    }

    fn end_firing(
        &self,
        run: i64,
        firing: DateTime<Utc>,
        at: DateTime<Utc>,
        outcome: String,
    ) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::end_firing(tx, run, firing, at, outcome)))
    }

    fn commit_mapped(&self, origin: Origin, page: PageCommit, map: MapNow) -> Answer<'_, PageOutcome> {
        self.write(move |tx| Box::pin(documents::commit_page(tx, origin, page, map)))
    }

    fn commit_stockins(&self, origin: Origin, commit: StockinCommit) -> Answer<'_, StockinOutcome> {
        self.write(move |tx| Box::pin(stockins::commit(tx, origin, commit)))
    }

    fn without_stockin(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<String>> {
        self.look(move |tx| Box::pin(stockins::without(tx, pipeline, long(limit))))
    }

    fn record_window(
        &self,
        origin: Origin,
        window: WindowRecord,
        cursor: Option<NaiveDateTime>,
    ) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::record_window(tx, origin, window, cursor)))
    }

    fn due(
        &self,
        pipeline: i64,
        state: State,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::due(tx, pipeline, state, now, long(limit))))
    }

    fn waiting(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::waiting(tx, pipeline, long(limit))))
    }

    fn unanswered(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Unanswered>> {
        self.look(move |tx| Box::pin(documents::unanswered(tx, pipeline, now, long(limit))))
    }

    fn save(&self, origin: Origin, moves: Vec<(Document, Vec<Log>)>) -> Answer<'_, Vec<i64>> {
        if moves.is_empty() {
            return Box::pin(async { Ok(Vec::new()) });
        }
        self.write(move |tx| Box::pin(documents::save(tx, origin, moves)))
    }

    fn intend(
        &self,
        origin: Origin,
        limit: Duration,
        moves: Vec<(Document, Vec<Log>)>,
    ) -> Answer<'_, Vec<Document>> {
        self.write(move |tx| Box::pin(documents::intend(tx, origin, limit, moves)))
    }

    fn batches_appeared(&self, batches: Vec<i64>, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(documents::batches_appeared(tx, batches, at)))
    }

    fn recover(&self, origin: Origin) -> Answer<'_, u64> {
        self.write(move |tx| Box::pin(documents::recover(tx, origin)))
    }

    fn restart_waits(&self, origin: Origin, longest: Duration, anew: bool) -> Answer<'_, u64> {
        self.write(move |tx| Box::pin(waits::restart(tx, origin, longest, anew)))
    }

    fn remap<'a>(&'a self, origin: Origin, rules: &'a str) -> Answer<'a, u64> {
        let rules = rules.to_owned();
        self.write(move |tx| Box::pin(documents::remap(tx, origin, rules)))
    }

    fn pending(&self, pipeline: i64, now: DateTime<Utc>) -> Answer<'_, Pending> {
        self.look(move |tx| Box::pin(documents::pending(tx, pipeline, now)))
    }

    fn parked_documents<'a>(
        &'a self,
        pipeline: i64,
        numbers: Option<&'a [String]>,
    ) -> Answer<'a, Vec<Document>> {
        let numbers = numbers.map(<[String]>::to_vec);
        self.look(move |tx| Box::pin(documents::parked(tx, pipeline, numbers)))
    }

    fn parked_due(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::parked_due(tx, pipeline, now, limit)))
    }

    fn documents(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::numbered(tx, pipeline, numbers)))
    }

    fn names(&self, pipeline: i64) -> Answer<'_, Names> {
        self.look(move |tx| Box::pin(search::names(tx, pipeline)))
    }

    fn leave_request(&self, pipeline: i64, request: Request, at: DateTime<Utc>) -> Answer<'_, i64> {
        self.within(Access::Leave, move |tx| Box::pin(requests::leave(tx, pipeline, request, at)))
    }

    fn open_requests(&self, pipeline: i64) -> Answer<'_, Vec<Asked>> {
        self.look(move |tx| Box::pin(requests::open(tx, pipeline)))
    }

    fn answer_request(&self, request: i64, answer: String) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(requests::answer(tx, request, answer)))
    }

    fn request_answer(&self, request: i64) -> Answer<'_, Option<String>> {
        self.look(move |tx| Box::pin(requests::answered(tx, request)))
    }

    fn status(&self) -> Answer<'_, Vec<PipelineStatus>> {
        self.look(|tx| Box::pin(reports::status(tx)))
    }

    fn life<'a>(&'a self, refund_no: &'a str) -> Answer<'a, Vec<Life>> {
        let refund_no = refund_no.to_owned();
        self.look(move |tx| Box::pin(reports::life(tx, refund_no)))
    }

    fn parked(&self) -> Answer<'_, Vec<ParkedDocument>> {
        self.look(|tx| Box::pin(reports::parked(tx)))
    }
}
