//! What people ask beyond `status`, `why` and `parked`, each call one transaction.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::{Sqlite, documents, ledger, listing, lists, retention};
use crate::journal::{Document, Number, State};
use crate::model::{MissingCount, Names};
use crate::store::{
    ActionRow, Answer, Found, Hour, ListPage, ListQuery, MonthSum, Origin, ParkedPage, ParkedQuery, PrunedTo,
    Queries, Walked,
};

impl Queries for Sqlite {
    fn parked_page(&self, query: ParkedQuery) -> Answer<'_, ParkedPage> {
        self.call(move |connection| lists::parked(connection, &query))
    }

    fn missing(&self) -> Answer<'_, Vec<MissingCount>> {
        self.call(|connection| lists::missing(connection))
    }

    fn list(&self, query: ListQuery) -> Answer<'_, ListPage> {
        self.call(move |connection| listing::list(connection, &query))
    }

    fn find<'a>(&'a self, text: &'a str, limit: usize) -> Answer<'a, Vec<Found>> {
        let text = text.to_owned();
        self.call(move |connection| listing::find(connection, &text, limit))
    }

    fn numbers<'a>(&'a self, pipeline: &'a str, refund_no: &'a str) -> Answer<'a, Vec<Number>> {
        let (pipeline, refund_no) = (pipeline.to_owned(), refund_no.to_owned());
        self.call(move |connection| listing::numbers(connection, &pipeline, &refund_no))
    }

    fn hours(&self, since: DateTime<Utc>) -> Answer<'_, Vec<Hour>> {
        self.call(move |connection| lists::hours(connection, since))
    }

    fn record_action(&self, action: ActionRow) -> Answer<'_, ()> {
        self.write(move |tx| lists::record(tx, &action))
    }

    fn actions(&self, limit: usize) -> Answer<'_, Vec<ActionRow>> {
        self.call(move |connection| lists::actions(connection, limit))
    }

    fn revision(&self) -> Answer<'_, String> {
        self.call(|connection| lists::revision(connection))
    }

    fn states(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<(State, u64)>> {
        self.call(move |connection| lists::states(connection, pipeline, &numbers))
    }

    fn learn_names(&self, pipeline: i64, names: Names) -> Answer<'_, ()> {
        self.write(move |tx| lists::learn_all(tx, pipeline, &names))
    }

    fn filtered_between(
        &self,
        pipeline: i64,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> Answer<'_, Vec<(String, MonthSum)>> {
        self.call(move |connection| lists::filtered_between(connection, pipeline, (from, to)))
    }

    fn prune(&self, origin: Origin, until: DateTime<Utc>, after: PrunedTo) -> Answer<'_, Option<PrunedTo>> {
        self.write(move |tx| retention::prune(tx, origin, until, after))
    }

    fn walked(&self, pipeline: i64, span: (NaiveDateTime, NaiveDateTime)) -> Answer<'_, Vec<Walked>> {
        self.call(move |connection| lists::walked(connection, pipeline, span))
    }

    fn fired(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| ledger::fired(tx, pipeline, at))
    }

    fn set_paused(&self, pipeline: i64, at: Option<DateTime<Utc>>) -> Answer<'_, ()> {
        self.write(move |tx| ledger::set_paused(tx, pipeline, at))
    }

    fn decided(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::decided(connection, pipeline, after, limit))
    }

    fn dated(
        &self,
        pipeline: i64,
        days: (NaiveDate, NaiveDate),
        after: i64,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::dated(connection, pipeline, days, after, limit))
    }

    fn returns(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.call(move |connection| documents::returns(connection, pipeline, after, limit))
    }
}
