//! Every bill of some days, page by page: for a reconciliation, whose memory must not grow with the books.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::{BillRows, Error, Filter, Pager, Rows};

use super::Sink;
use super::found::bill;
use crate::journal::FoundBill;

/// Rows a page; one bill gives a row an entry.
const PAGE: u32 = 5_000;

/// A walk over the bills whose FDate lies in some days.
#[derive(Debug)]
pub struct Dated<'a> {
    sink: &'a Sink,
    pager: Pager,
    /// The rows of the last bill so far: the next page may bring more of them.
    open: Rows,
}

impl Sink {
    /// The bills of these days, both ends included.
    pub fn dated(&self, from: NaiveDate, to: NaiveDate) -> Dated<'_> {
        let after = to.succ_opt().unwrap_or(NaiveDate::MAX);
        let days = Filter::ge("FDate", from).and(Filter::lt("FDate", after));
        Dated { sink: self, pager: self.pager(days, PAGE), open: Rows::new() }
    }
}

impl Dated<'_> {
    /// The next bills; `None` after the last. A bill that somebody deletes meanwhile may hide another one, so what is
    /// not among them must be looked up before it is called missing.
    ///
    /// # Errors
    /// As every read of 金蝶; the walk can go on after one.
    pub async fn next(&mut self) -> Result<Option<Vec<FoundBill>>, Error> {
        let Some(rows) = self.sink.page(&mut self.pager).await? else { return Ok(None) };
        let mut bills = BillRows::gather(std::mem::take(&mut self.open).into_iter().chain(rows));
        if !self.pager.is_over() {
            self.open = bills.pop().map(|bill| bill.rows).unwrap_or_default();
        }
        let columns = self.sink.columns();
        Ok(Some(bills.iter().map(|found| bill(found, &columns)).collect()))
    }
}
