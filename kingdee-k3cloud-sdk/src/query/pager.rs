//! Paging by StartRow: which page comes next, and when there is none. Pure: the asking is in
//! `client`.

use super::{Query, Row};
use crate::error::ErrorKind;

/// The page size that every site gives in full: the server's own default.
const SURE: usize = 2000;

/// The state of a walk over the pages of a query.
#[derive(Debug)]
pub(crate) struct Pager {
    query: Query,
    /// The longest page so far: what a full one is.
    longest: usize,
    /// The page before, to notice a server that stands still.
    before: Vec<Row>,
    last: bool,
}

impl Pager {
    pub(crate) fn new(query: Query) -> Self {
        Self { query, longest: 0, before: Vec::new(), last: false }
    }

    /// The next page to ask for, if there is one.
    pub(crate) fn next(&self) -> Result<Option<&Query>, ErrorKind> {
        if self.query.order.trim().is_empty() {
            return Err(ErrorKind::Request("pages need an order, such as FID ASC".to_owned()));
        }
        if self.query.limit == 0 {
            return Err(ErrorKind::Request("a page needs at least one row".to_owned()));
        }
        Ok((!self.last).then_some(&self.query))
    }

    /// Takes note of a page.
    pub(crate) fn received(&mut self, rows: &[Row]) -> Result<(), ErrorKind> {
        // With their ids among them, the same rows are the same page.
        if rows.first().is_some_and(|row| row.by_key("FID").is_some()) && rows == self.before {
            return Err(ErrorKind::Unreadable("the server gives the same page again".to_owned()));
        }
        let short = rows.len() < self.longest || rows.len() < SURE.min(self.query.limit as usize);
        self.last = rows.is_empty() || short;
        self.longest = self.longest.max(rows.len());
        self.before = rows.to_vec();
        let next = u32::try_from(rows.len()).ok().and_then(|rows| self.query.start_row.checked_add(rows));
        self.query.start_row = next.ok_or_else(|| ErrorKind::Unreadable("too many rows".to_owned()))?;
        Ok(())
    }
}
