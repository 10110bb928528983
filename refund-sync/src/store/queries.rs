//! What people ask of the journal beyond `status`, `why` and `parked`: lists and searches, sums, what was
//! done on the page, letting go of the past. The worker needs none of it.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::list::{ListPage, ListQuery};
use super::{Answer, Found, MonthSum, Origin, ParkedDocument, WindowState};
use crate::journal::{Document, Number, State};
use crate::model::{MissingCount, Names};

/// Where a part of the past ended that was taken out: when, and at which document.
pub type PrunedTo = (i64, i64);

/// Which parked documents the status page asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParkedQuery {
    /// Of this pipeline only.
    pub pipeline: Option<String>,
    /// With this first cause only.
    pub cause: Option<String>,
    /// Those behind this place: 0, or the `next` of the page before.
    pub after: i64,
    /// So many at most.
    pub limit: usize,
}

/// A page of parked documents, those first that were read first.
#[derive(Debug, Clone)]
pub struct ParkedPage {
    /// The documents.
    pub documents: Vec<ParkedDocument>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<i64>,
}

/// How many documents a pipeline brought to their end within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour {
    /// The pipeline's name.
    pub pipeline: String,
    /// When the hour begins.
    pub start: DateTime<Utc>,
    /// How many. Hours without any have no row.
    pub confirmed: u64,
}

/// Something that a person did on the status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// When.
    pub at: DateTime<Utc>,
    /// From which network address.
    pub remote: String,
    /// Who, by the name of `[[server.user]]`; empty where there is none.
    pub by: String,
    /// What: a stable word.
    pub action: String,
    /// The pipeline it concerns.
    pub pipeline: String,
    /// The return or the cause it concerns; empty where that is the pipeline itself.
    pub subject: String,
}

/// A window of the ledger as it was walked once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walked {
    /// First second, Asia/Shanghai.
    pub start: NaiveDateTime,
    /// Last second, Asia/Shanghai.
    pub end: NaiveDateTime,
    /// How far it is.
    pub state: WindowState,
    /// When it was walked.
    pub at: DateTime<Utc>,
}

/// The journal as people look through it.
pub trait Queries {
    /// Some of what is parked.
    fn parked_page(&self, query: ParkedQuery) -> Answer<'_, ParkedPage>;

    /// The numbers that mapping tables lack, with how much waits for each; the most money first.
    fn missing(&self) -> Answer<'_, Vec<MissingCount>>;

    /// Some of a list, and what all of it comes to.
    fn list(&self, query: ListQuery) -> Answer<'_, ListPage>;

    /// The returns of all pipelines of which a number begins with `text`, as [`sought`](crate::journal::sought) makes it:
    /// `limit` at most.
    fn find<'a>(&'a self, text: &'a str, limit: usize) -> Answer<'a, Vec<Found>>;

    /// The numbers by which a return of a pipeline is found, beside its own. Every number there is, is looked at: for one
    /// page, not for a list.
    fn numbers<'a>(&'a self, pipeline: &'a str, refund_no: &'a str) -> Answer<'a, Vec<Number>>;

    /// How much each pipeline got done in each hour since then.
    fn hours(&self, since: DateTime<Utc>) -> Answer<'_, Vec<Hour>>;

    /// Keeps what a person did on the status page.
    fn record_action(&self, action: ActionRow) -> Answer<'_, ()>;

    /// What persons did last on the status page, newest first.
    fn actions(&self, limit: usize) -> Answer<'_, Vec<ActionRow>>;

    /// A text that is another one whenever something that the page shows has changed. Cheap.
    fn revision(&self) -> Answer<'_, String>;

    /// How many documents of these numbers are in each state.
    fn states(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<(State, u64)>>;

    /// Remembers what shops and warehouses are called.
    fn learn_names(&self, pipeline: i64, names: Names) -> Answer<'_, ()>;

    /// How many returns the filter leaves out that were last changed from `from` on and before `to`, by shop.
    fn filtered_between(
        &self,
        pipeline: i64,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> Answer<'_, Vec<(String, MonthSum)>>;

    /// Takes a part of what is over since before `until` out of the journal: what happened to documents at rest, settled
    /// windows, runs and answered requests. The documents themselves stay. `after` is where the last part ended, zeroes
    /// at first. Says where the next one begins; `None`: nothing is left, which is remembered.
    fn prune(&self, origin: Origin, until: DateTime<Utc>, after: PrunedTo) -> Answer<'_, Option<PrunedTo>>;

    /// The windows that touch a span, by their start.
    fn walked(&self, pipeline: i64, span: (NaiveDateTime, NaiveDateTime)) -> Answer<'_, Vec<Walked>>;

    /// Takes every firing up to `at` as done, without a run.
    fn fired(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()>;

    /// A person wants the pipeline's firings skipped from now on, or no more.
    fn set_paused(&self, pipeline: i64, at: Option<DateTime<Utc>>) -> Answer<'_, ()>;

    /// Documents that a person decided not to have written, those with an id above `after`, by id.
    fn decided(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>>;

    /// Documents whose bill, or else whose accounting date, is of these days (both ends included): those with an id
    /// above `after`, by id.
    fn dated(
        &self,
        pipeline: i64,
        days: (NaiveDate, NaiveDate),
        after: i64,
        limit: usize,
    ) -> Answer<'_, Vec<Document>>;

    /// Documents that hold a return, whatever became of it: those with an id above `after`, by id.
    fn returns(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>>;
}
