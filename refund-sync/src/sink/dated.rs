//! Every bill of some days, page by page: for a reconciliation, whose memory must not grow with the books.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::{Error, Filter};

use super::Sink;
use super::found::{append, bills};
use crate::journal::FoundBill;

/// Rows a page; one bill gives a row an entry.
const PAGE: u32 = 5_000;
/// The page size that every site gives in full. A smaller page is the last.
const SURE: usize = 2_000;

/// A walk over the bills whose FDate lies in some days.
#[derive(Debug)]
pub struct Dated<'a> {
    sink: &'a Sink,
    filter: Filter,
    start: usize,
    longest: usize,
    last: bool,
    /// The last bill so far: the next page may bring more of its lines.
    open: Vec<FoundBill>,
}

impl Sink {
    /// The bills of these days, both ends included.
    pub fn dated(&self, from: NaiveDate, to: NaiveDate) -> Dated<'_> {
        let after = to.succ_opt().unwrap_or(NaiveDate::MAX);
        Dated {
            sink: self,
            filter: Filter::ge("FDate", from).and(Filter::lt("FDate", after)),
            start: 0,
            longest: 0,
            last: false,
            open: Vec::new(),
        }
    }
}

impl Dated<'_> {
    /// The next bills; `None` after the last. A bill that somebody deletes meanwhile may hide another one, so what is
    /// not among them must be looked up before it is called missing.
    ///
    /// # Errors
    /// As every read of 金蝶; the walk can go on after one.
    pub async fn next(&mut self) -> Result<Option<Vec<FoundBill>>, Error> {
        if self.last {
            return Ok(None);
        }
        let (rows, columns) = self.sink.page(&self.filter, self.start, PAGE).await?;
        self.start += rows.len();
        self.last = rows.len() < self.longest || rows.len() < SURE;
        self.longest = self.longest.max(rows.len());
        let mut found = std::mem::take(&mut self.open);
        append(&mut found, bills(&rows, &columns));
        if !self.last {
            self.open.extend(found.pop());
        }
        Ok(Some(found))
    }
}
