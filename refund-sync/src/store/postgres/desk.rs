//! What people ask at their desks, each call one transaction.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::documents::long;
use super::session::Access;
use super::{Postgres, listing, lists, retention, search};
use crate::journal::State;
use crate::model::{MissingCount, Names};
use crate::store::{
    ActionRow, Answer, Desk, Found, Hour, ListPage, ListQuery, Origin, ParkedPage, ParkedQuery, PrunedTo,
};

impl Desk for Postgres {
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
    ) -> Answer<'_, Vec<(String, u64)>> {
        self.look(move |tx| Box::pin(lists::filtered_between(tx, pipeline, (from, to))))
    }

    fn prune(&self, origin: Origin, until: DateTime<Utc>, after: PrunedTo) -> Answer<'_, Option<PrunedTo>> {
        self.write(move |tx| Box::pin(retention::prune(tx, origin, until, after)))
    }
}
