//! The rows of a query, however many answers hold them: as many as are wanted, or every one. What is asked is in `query`,
//! which answer is the last in `answers`.

use std::collections::BTreeSet;

use super::Client;
use crate::cell::Cell;
use crate::error::{Error, ErrorKind};
use crate::query::pager::SAME_PAGE;
use crate::query::{LIMIT_MAX, Query, Row, Rows};
use crate::service::Service;
use crate::text::Text;

pub(super) const QUERY: Service = Service::read("ExecuteBillQuery");

/// How the rows of an answer are read.
pub(super) type ReadRows = fn(&Query, &str) -> Result<Rows, ErrorKind>;

impl Client {
    /// As many rows as the query's limit says, or every row.
    pub(super) async fn rows_of(
        &self,
        service: &Service,
        query: &Query,
        read: ReadRows,
    ) -> Result<Rows, Error> {
        let failed = |kind| Error::of_read(service.short(), kind);
        let answers = self.core.answers.of(service.short(), query);
        let has_order = !query.order.trim().is_empty();
        let (mut ask, mut rows) = (query.clone(), Rows::new());
        // The answer before: how many rows, and whether it had fewer than were asked for.
        let (mut before, mut cut) = (0, false);
        loop {
            let left = query.limit.map(|limit| limit.saturating_sub(count(rows.len())));
            ask.limit = left.map(|left| left.min(LIMIT_MAX));
            let asked = ask.page_size() as usize;
            let page = self.page(service, &ask, read).await?;
            let came = page.len();
            let is_short = came < asked;
            let both = came.min(before);
            let is_again =
                both > 0 && came >= asked.min(before) && page[..both] == rows[rows.len() - before..][..both];
            if is_again && is_short && are_told_apart(&page, &query.order) {
                // In the order that was asked for, other rows could not be the same: the server looks at no StartRow, and
                // everything fits into one answer.
                return Ok(rows);
            } else if is_again {
                return Err(failed(ErrorKind::Unreadable(SAME_PAGE)));
            }
            if cut && came > 0 {
                answers.was_cut(before);
            }
            let is_last = answers.is_last(came, asked);
            let may_be_last = answers.may_be_last(came, asked);
            answers.came(came);
            rows.extend(page);
            let wanted = query.limit.map(|limit| limit as usize);
            if let Some(wanted) = wanted.filter(|wanted| rows.len() >= *wanted) {
                rows.truncate(wanted);
                return Ok(rows);
            }
            if is_last || (may_be_last && !has_order) {
                return Ok(rows);
            }
            if !has_order {
                return Err(failed(ErrorKind::Cut { rows: rows.len() }));
            }
            (before, cut) = (came, is_short);
            let next = ask.start_row.checked_add(count(came));
            ask.start_row = next.ok_or_else(|| {
                failed(ErrorKind::Unreadable(Text::new("行数过多", "there are too many rows")))
            })?;
        }
    }

    /// The rows of one page: all that there are, where they are fewer than its limit.
    pub(super) async fn page_of(&self, query: &Query) -> Result<Rows, Error> {
        self.rows_of(&QUERY, query, Query::rows).await
    }

    /// The rows of one answer.
    async fn page(&self, service: &Service, query: &Query, read: ReadRows) -> Result<Rows, Error> {
        let body = query.body().map_err(|kind| Error::new(service.short(), kind))?;
        self.exchange(service, body, |answer| read(query, answer.into_data()?.get())).await
    }
}

/// Whether no two rows are equal in the keys that the order begins with, as far as these were asked for. Lines of a bill may
/// be equal in everything else, its number among it.
fn are_told_apart(rows: &[Row], order: &str) -> bool {
    let keys: Vec<&str> = order.split(',').filter_map(|term| term.split_whitespace().next()).collect();
    let place =
        |row| -> Vec<&str> { keys.iter().map_while(|key| Row::by_key(row, key)).map(Cell::text).collect() };
    let places: BTreeSet<Vec<&str>> = rows.iter().map(place).filter(|place| !place.is_empty()).collect();
    places.len() == rows.len()
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
