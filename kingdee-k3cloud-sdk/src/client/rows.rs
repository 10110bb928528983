//! The rows of a query, however many answers hold them: as many as are wanted, or every one. What is asked is in `query`,
//! which answer is the last in `answers`.

use super::Client;
use crate::error::{Error, ErrorKind};
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
        let has_order = !query.order.trim().is_empty();
        let (mut ask, mut rows) = (query.clone(), Rows::new());
        // The answer before: how many rows, and whether it was short.
        let (mut before, mut cut) = (0, false);
        loop {
            let left = query.limit.map(|limit| limit.saturating_sub(count(rows.len())));
            ask.limit = left.map(|left| left.min(LIMIT_MAX));
            let asked = ask.page_size() as usize;
            let page = self.page(service, &ask, read).await?;
            let came = page.len();
            let is_short = came < asked;
            let is_again = before > 0 && page == rows[rows.len() - before..];
            if is_again && has_key(&page, &["FID", "FNumber", "FBillNo"]) && is_short {
                // It looks at no StartRow, and everything fits into one answer.
                return Ok(rows);
            } else if is_again && (is_short || has_key(&page, &["FID"])) {
                let why = Text::new(
                    "服务器又给出同样的行：请把 FID 也列入要查的字段",
                    "the server gives the same page again: if its rows are others, ask for FID as well",
                );
                return Err(failed(ErrorKind::Unreadable(why)));
            }
            if cut && came > 0 {
                self.core.answers.was_cut(before);
            }
            let is_last = self.core.answers.is_last(came, asked);
            let may_be_last = self.core.answers.may_be_last(came, asked);
            self.core.answers.came(came);
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

/// Whether rows tell by one of these keys which they are.
fn has_key(rows: &[Row], keys: &[&str]) -> bool {
    rows.first().is_some_and(|row| keys.iter().any(|key| row.by_key(key).is_some()))
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
