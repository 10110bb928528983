//! The durable journal: what every store must be able to do, each call one transaction.
//! The rules of what may follow what are in `journal`; the SQL is in `store::sqlite` and `store::postgres`, the choice
//! between them in `store::open`.

#[cfg(any(feature = "console", feature = "postgres"))]
mod about;
mod audit;
#[cfg(feature = "tools")]
mod backup;
mod column;
mod error;
mod group;
#[cfg(feature = "tools")]
mod health;
#[cfg(any(feature = "console", feature = "postgres"))]
mod info;
#[cfg(feature = "console")]
mod list;
pub mod lock;
#[cfg(feature = "console")]
mod made;
#[cfg(feature = "console")]
pub mod month;
mod months;
#[cfg(all(feature = "tools", feature = "postgres"))]
mod moving;
mod open;
mod page;
#[cfg(feature = "tools")]
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "console")]
mod queries;
mod report;
mod request;
mod row;
pub(crate) mod short;
mod sqlite;
mod stockins;
#[cfg(all(feature = "tools", feature = "postgres"))]
mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

#[cfg(any(feature = "console", feature = "postgres"))]
pub use about::JournalInfo;
pub(crate) use audit::set_back_to;
pub use audit::{Finding, Plan, Planned, SetAside, Shown, judge};
#[cfg(feature = "tools")]
pub use backup::{Backup, Restored, backup, restore};
pub use error::StoreError;
pub(crate) use error::holder_text;
#[cfg(all(feature = "postgres", feature = "serve"))]
pub(crate) use group::kind;
pub use group::{Group, RollCall, groups};
#[cfg(feature = "tools")]
pub use health::{Health, health};
#[cfg(any(feature = "console", feature = "postgres"))]
pub use info::journal_info;
#[cfg(feature = "console")]
pub use list::{Group as ListGroup, List, ListPage, ListQuery, SortBy};
#[cfg(feature = "console")]
pub use made::{Made, MadeKind, MonthMade};
#[cfg(feature = "console")]
pub use month::{MonthReport, MonthSum, OpenReturn, ShopMonth};
pub use months::{ClosedMonths, Closing, close_months};
#[cfg(all(feature = "tools", feature = "postgres"))]
pub use moving::{Moved, MovedTable, move_journal};
#[cfg(all(feature = "postgres", feature = "serve"))]
pub(crate) use open::who;
pub use open::{OpenJournal, open_for_requests, open_read_only, shares, whole};
pub use page::{MapNow, PageCommit, PageOutcome};
#[cfg(feature = "postgres")]
pub use postgres::{Postgres, Roll};
#[cfg(feature = "console")]
pub use queries::{ActionRow, Hour, ParkedPage, ParkedQuery, PrunedTo, Queries, Walked};
pub use report::{
    ClockNote, DecisionNote, EarlierNote, FilteredCount, HeldNote, Life, LifeEvent, ParkedDocument,
    PipelineStatus, RunRow, WindowRow,
};
pub use request::{Asked, Choice, Decide, MonthOrder, Past, Request, Retry};
pub use row::{Found, ListRow, Sum, filtered};
pub use short::{ShortRow, ShortWindow};
pub use sqlite::Sqlite;
pub use stockins::{StockinCommit, StockinOutcome};

use crate::clock::Clock;
use crate::journal::{Document, Log, State};
use crate::lang::Text;
use crate::model::Names;

/// A holder sends within this time of an intent, or writes the intent anew: once the time limit of the call has passed
/// as well, whoever succeeds it knows that the call is over.
pub const SEND_WITHIN: Duration = Duration::from_secs(10);

/// On this topic it is noted by which steady clock the waits of a pipeline are counted.
pub(crate) const WAITS: &str = "waits";

/// On this topic it is noted what is wrong with the clocks, for people; empty: nothing.
pub(crate) const CLOCK: &str = "clock";

/// On this topic the pause is kept that 金蝶 asked for; empty: there is none.
pub(crate) const KINGDEE_HOLD: &str = "kingdee_hold";

/// On this topic it is noted that calls may be under way that the journal knows nothing of, because it is new, or older than
/// the one that was worked here last; empty: that time is over.
pub(crate) const BEHIND: &str = "restored";

/// On this topic it is kept which materials 金蝶 manages by shelf life, as a JSON list of their numbers.
pub(crate) const SHELF_LIFE: &str = "shelf_life";

/// The materials that 金蝶 manages by shelf life, as far as `check --live` has learned.
///
/// # Errors
/// What the journal fails with.
pub(crate) async fn shelf_lives(store: &dyn Store, pipeline: i64) -> Result<BTreeSet<String>, StoreError> {
    let kept = store.note(pipeline, SHELF_LIFE).await?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Lets `clock` count the waits of a pipeline on. Says whether it can: if not, nobody knows how much of them has passed.
///
/// # Errors
/// What the journal fails with.
pub async fn resume(store: &dyn Store, pipeline: i64, clock: &Clock) -> Result<bool, StoreError> {
    Ok(clock.resume(store.note(pipeline, WAITS).await?.as_deref()))
}

/// The answer of a store, some time later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// A pipeline's own row: its place in time, and what must survive a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineRow {
    /// Row id.
    pub id: i64,
    /// End of the unbroken settled past; `None` before the first window is settled.
    pub cursor: Option<NaiveDateTime>,
    /// Where the ledger begins; `None` while it is empty.
    pub began: Option<NaiveDateTime>,
    /// Server time of 旺店通 minus local time, in milliseconds.
    pub clock_offset_ms: i64,
    /// What the limiter of 旺店通 has learned, as JSON text.
    pub limiter: Option<String>,
    /// When the last nightly watch read the past again.
    pub watched_at: Option<DateTime<Utc>>,
    /// When the past was last pruned to its end.
    pub pruned_at: Option<DateTime<Utc>>,
    /// Up to where the firings of its schedule are done; `None` before the first.
    pub fired_at: Option<DateTime<Utc>>,
    /// Since when a person wants its firings skipped; `None`: they are not.
    pub paused_at: Option<DateTime<Utc>>,
    /// Why nothing is sent at present.
    pub stopped: Option<Stopped>,
}

/// A pipeline that is stopped: something that concerns every document and that only a person can mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Which system refused.
    pub side: Side,
    /// What it said, free of secrets.
    #[serde(flatten, with = "crate::lang::reason")]
    pub reason: Text,
    /// What to do.
    #[serde(flatten, with = "crate::lang::remedy")]
    pub remedy: Text,
    /// Since when (RFC 3339, +08:00).
    pub since: String,
    /// When it was refused last (RFC 3339, +08:00); the next read that asks again counts from there.
    #[serde(default)]
    pub refused: String,
    /// No read can tell whether it is mended: a person has to order the next attempt.
    #[serde(default)]
    pub by_hand: bool,
}

impl Stopped {
    /// As the journal keeps it.
    pub(crate) fn kept(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// One of the two systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// 旺店通
    Wdt,
    /// 金蝶云星空
    Kingdee,
}

/// How far a window of the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// Walked while rows could still appear in it.
    Read,
    /// Walked when it could only shrink, and counted.
    Settled,
}

/// A window that was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRecord {
    /// First second, Asia/Shanghai.
    pub start: NaiveDateTime,
    /// Last second, Asia/Shanghai.
    pub end: NaiveDateTime,
    /// How far it is.
    pub state: WindowState,
    /// The total that the server named.
    pub total: Option<u64>,
    /// How many distinct numbers were seen.
    pub seen: u64,
    /// How many calls it took.
    pub calls: u32,
    /// Why it is only `read`, or by how much it is short.
    pub note: String,
    /// It belongs to the live feed; what is read beside it moves neither end of the ledger.
    pub live: bool,
}

/// Where a change comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The pipeline's row id.
    pub pipeline: i64,
    /// The run's row id.
    pub run: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// A document whose last call was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The document.
    pub document: Document,
    /// When a bill of the same call last appeared in 金蝶.
    pub batch_appeared: Option<DateTime<Utc>>,
}

/// How many documents still move, and when the next one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// Documents the worker can still move, waiting rows included.
    pub documents: u64,
    /// When the next of them is due; `None`: at once, or none at all.
    pub next_due: Option<DateTime<Utc>>,
}

/// The thin program asks nothing more of its journal.
#[cfg(not(feature = "console"))]
mod unasked {
    pub trait Queries {}
    impl<T> Queries for T {}
}
#[cfg(not(feature = "console"))]
use unasked::Queries;

/// The durable journal.
pub trait Store: Queries + std::fmt::Debug + Send + Sync {
    /// The pipeline's row; made if there is none.
    fn pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, PipelineRow>;

    /// The pipeline's row, if there is one: for whoever only reads.
    fn known_pipeline<'a>(&'a self, name: &'a str) -> Answer<'a, Option<PipelineRow>>;

    /// Remembers what 旺店通's server clock and limiter taught.
    fn remember(&self, pipeline: i64, clock_offset_ms: i64, limiter: Option<String>) -> Answer<'_, ()>;

    /// Remembers that the past was read again.
    fn watched(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()>;

    /// Stops the pipeline, or lets it go on.
    fn set_stopped(&self, pipeline: i64, stopped: Option<Stopped>) -> Answer<'_, ()>;

    /// What was noted of a pipeline on this topic.
    fn note(&self, pipeline: i64, topic: &'static str) -> Answer<'_, Option<String>>;

    /// Notes something in place of what was noted on this topic before.
    fn set_note(&self, pipeline: i64, topic: &'static str, text: String) -> Answer<'_, ()>;

    /// What every pipeline of the journal shows for the audit; windows that end after `future` are impossible.
    fn shown(&self, future: NaiveDateTime) -> Answer<'_, Vec<Shown>>;

    /// Gives a pipeline another name, one under which nothing was read yet.
    fn rename(&self, pipeline: i64, to: String) -> Answer<'_, ()>;

    /// Puts the ends of the ledger where they belong, and forgets impossible windows.
    fn set_back(
        &self,
        pipeline: i64,
        began: Option<NaiveDateTime>,
        cursor: Option<NaiveDateTime>,
        future: NaiveDateTime,
    ) -> Answer<'_, ()>;

    /// Every document that contradicts itself. Cheap where there is none.
    fn broken(&self, pipeline: i64) -> Answer<'_, Vec<SetAside>>;

    /// Parks every document that contradicts itself. Cheap where there is none.
    fn set_aside(&self, origin: Origin) -> Answer<'_, Vec<SetAside>>;

    /// Opens a run.
    fn begin_run<'a>(&'a self, pipeline: i64, command: &'a str, at: DateTime<Utc>) -> Answer<'a, i64>;

    /// Closes a run with its outcome as JSON text.
    fn end_run(&self, run: i64, at: DateTime<Utc>, outcome: String) -> Answer<'_, ()>;

    /// Closes the run of a schedule's firing, and with it every firing up to `firing`: both or neither.
    fn end_firing(
        &self,
        run: i64,
        firing: DateTime<Utc>,
        at: DateTime<Utc>,
        outcome: String,
    ) -> Answer<'_, ()>;

    /// Journals one page: every row is folded into the document of its number, with the stock-ins that are kept for it.
    fn commit_page(&self, origin: Origin, page: PageCommit) -> Answer<'_, PageOutcome> {
        self.commit_mapped(origin, page, MapNow::not())
    }

    /// The same, and what it brought is mapped at once.
    fn commit_mapped(&self, origin: Origin, page: PageCommit, map: MapNow) -> Answer<'_, PageOutcome>;

    /// Keeps stock-ins, the newer row of each, and joins them to their returns' documents.
    fn commit_stockins(&self, origin: Origin, commit: StockinCommit) -> Answer<'_, StockinOutcome>;

    /// Numbers of returns without a bill of which no stock-in is kept and that were not looked up for one either.
    fn without_stockin(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<String>>;

    /// Records a walked window; a settled one moves the cursor when `cursor` says so.
    fn record_window(
        &self,
        origin: Origin,
        window: WindowRecord,
        cursor: Option<NaiveDateTime>,
    ) -> Answer<'_, ()>;

    /// Documents in `state` that are due at `now`, oldest first.
    fn due(&self, pipeline: i64, state: State, now: DateTime<Utc>, limit: usize)
    -> Answer<'_, Vec<Document>>;

    /// Documents with a waiting row whose fate is known by now.
    fn waiting(&self, pipeline: i64, limit: usize) -> Answer<'_, Vec<Document>>;

    /// Intended documents that are due at `now`.
    fn unanswered(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Unanswered>>;

    /// Writes documents back, each with its log lines; see [`rebase`](crate::journal::rebase) for those on which a
    /// newer row came meanwhile. Returns the ids of the documents that such a row has taken out of the writer's hands: of
    /// their moves nothing is stored.
    fn save(&self, origin: Origin, moves: Vec<(Document, Vec<Log>)>) -> Answer<'_, Vec<i64>>;

    /// Writes intents: opens a batch and puts its number on every document. Returns the documents as stored, without
    /// those on which a newer row came meanwhile: these must not be sent. `limit` is how long the call may take once it
    /// is sent.
    fn intend(
        &self,
        origin: Origin,
        limit: Duration,
        moves: Vec<(Document, Vec<Log>)>,
    ) -> Answer<'_, Vec<Document>>;

    /// A bill of these batches appeared in 金蝶.
    fn batches_appeared(&self, batches: Vec<i64>, at: DateTime<Utc>) -> Answer<'_, ()>;

    /// After another holder: intended documents without an answer get the time from which their fate is unknown. Where
    /// that holder may still be alive, this is when its call must be over, and they are not due before.
    fn recover(&self, origin: Origin) -> Answer<'_, u64>;

    /// Brings waits that no clock can have meant back to `origin.at` + `longest`, the furthest that any goes. With `anew`
    /// those for unanswered calls begin at `origin.at` again. Says how many of these changed.
    fn restart_waits(&self, origin: Origin, longest: Duration, anew: bool) -> Answer<'_, u64>;

    /// Parked documents that another version of the rules may map.
    fn remap<'a>(&'a self, origin: Origin, rules: &'a str) -> Answer<'a, u64>;

    /// What is left to do.
    fn pending(&self, pipeline: i64, now: DateTime<Utc>) -> Answer<'_, Pending>;

    /// Parked documents by number, or all of them.
    fn parked_documents<'a>(
        &'a self,
        pipeline: i64,
        numbers: Option<&'a [String]>,
    ) -> Answer<'a, Vec<Document>>;

    /// Parked documents that are to be tried again by themselves and whose time has come, the earliest first.
    fn parked_due(&self, pipeline: i64, now: DateTime<Utc>, limit: usize) -> Answer<'_, Vec<Document>>;

    /// The documents of these numbers, as far as there are any.
    fn documents(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<Document>>;

    /// What shops and warehouses are called, as far as rows or 旺店通's lists told it.
    fn names(&self, pipeline: i64) -> Answer<'_, Names>;

    /// Leaves a request for whoever holds the journal. One that is open already is the same request.
    fn leave_request(&self, pipeline: i64, request: Request, at: DateTime<Utc>) -> Answer<'_, i64>;

    /// The open requests of a pipeline. They stay open until they are answered, so a crash in between loses none.
    fn open_requests(&self, pipeline: i64) -> Answer<'_, Vec<Asked>>;

    /// Says what became of a request.
    fn answer_request(&self, request: i64, answer: String) -> Answer<'_, ()>;

    /// What became of a request, once it is done.
    fn request_answer(&self, request: i64) -> Answer<'_, Option<String>>;

    /// Everything that `status` tells.
    fn status(&self) -> Answer<'_, Vec<PipelineStatus>>;

    /// The whole life of one return, in every pipeline that knows it.
    fn life<'a>(&'a self, refund_no: &'a str) -> Answer<'a, Vec<Life>>;

    /// Everything that is parked.
    fn parked(&self) -> Answer<'_, Vec<ParkedDocument>>;
}
