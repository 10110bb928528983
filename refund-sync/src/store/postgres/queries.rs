//! What people ask beyond `status`, `why` and `parked`, each call one transaction.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::documents::long;
use super::session::Access;
use super::{Postgres, documents, ledger, listing, lists, retention, search};
use crate::journal::{Document, Number, State};
use crate::model::{MissingCount, Names};
use crate::store::{
    ActionRow, Answer, Found, Hour, ListPage, ListQuery, MonthSum, Origin, ParkedPage, ParkedQuery, PrunedTo,
    Queries, Walked,
};

impl Queries for Postgres {
    fn parked_page(&self, query: ParkedQuery) -> Answer<'_, ParkedPage> {
        self.look(move |tx| Box::pin(lists::parked(tx, query)))
    }

    fn missing(&self) -> Answer<'_, Vec<MissingCount>> {
        self.look(|tx| Box::pin(lists::missing(tx)))
    }

    fn list(&self, query: ListQuery) -> Answer<'_, ListPage> {
        self.look(move |tx| Box::pin(listing::list(tx, query)))
    }

    fn find<'a>(&'a self, text: &'a str, limit: usize) -> Answer<'a, Vec<Found>> {
        let text = text.to_owned();
        self.look(move |tx| Box::pin(listing::find(tx, text, limit)))
    }

    fn numbers<'a>(&'a self, pipeline: &'a str, refund_no: &'a str) -> Answer<'a, Vec<Number>> {
        let (pipeline, refund_no) = (pipeline.to_owned(), refund_no.to_owned());
        self.look(move |tx| Box::pin(listing::numbers(tx, pipeline, refund_no)))
    }

    fn hours(&self, since: DateTime<Utc>) -> Answer<'_, Vec<Hour>> {
        self.look(move |tx| Box::pin(lists::hours(tx, since)))
    }

    fn record_action(&self, action: ActionRow) -> Answer<'_, ()> {
        self.within(Access::Leave, move |tx| Box::pin(lists::record(tx, action)))
    }

    fn actions(&self, limit: usize) -> Answer<'_, Vec<ActionRow>> {
        self.look(move |tx| Box::pin(lists::actions(tx, long(limit))))
    }

    fn revision(&self) -> Answer<'_, String> {
        self.look(|tx| Box::pin(lists::revision(tx)))
    }

    fn states(&self, pipeline: i64, numbers: Vec<String>) -> Answer<'_, Vec<(State, u64)>> {
        self.look(move |tx| Box::pin(lists::states(tx, pipeline, numbers)))
    }

    fn learn_names(&self, pipeline: i64, names: Names) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(search::learn_all(tx, pipeline, names)))
    }

    fn filtered_between(
        &self,
        pipeline: i64,
        from: NaiveDateTime,
        to: NaiveDateTime,
    ) -> Answer<'_, Vec<(String, MonthSum)>> {
        self.look(move |tx| Box::pin(lists::filtered_between(tx, pipeline, (from, to))))
    }

    fn prune(&self, origin: Origin, until: DateTime<Utc>, after: PrunedTo) -> Answer<'_, Option<PrunedTo>> {
        self.write(move |tx| Box::pin(retention::prune(tx, origin, until, after)))
    }

    fn walked(&self, pipeline: i64, span: (NaiveDateTime, NaiveDateTime)) -> Answer<'_, Vec<Walked>> {
        self.look(move |tx| Box::pin(lists::walked(tx, pipeline, span)))
    }

    fn fired(&self, pipeline: i64, at: DateTime<Utc>) -> Answer<'_, ()> {
        self.write(move |tx| Box::pin(ledger::fired(tx, pipeline, at)))
    }

    fn set_paused(&self, pipeline: i64, at: Option<DateTime<Utc>>) -> Answer<'_, ()> {
        self.within(Access::Leave, move |tx| Box::pin(ledger::set_paused(tx, pipeline, at)))
    }

    fn decided(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::decided(tx, pipeline, after, limit)))
    }

    fn dated(
        &self,
        pipeline: i64,
        days: (NaiveDate, NaiveDate),
        after: i64,
        limit: usize,
    ) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::dated(tx, pipeline, days, after, long(limit))))
    }

    fn returns(&self, pipeline: i64, after: i64, limit: usize) -> Answer<'_, Vec<Document>> {
        self.look(move |tx| Box::pin(documents::returns(tx, pipeline, after, long(limit))))
    }
}
