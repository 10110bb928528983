//! One page of a method. The last resort for one that cannot be read however it is mended: smaller pages of the same
//! rows, down to one row, so that the others are read.

use super::Client;
use super::rows;
use crate::error::{Error, ErrorKind};
use crate::method::definition::Method;
use crate::method::raw::RawRow;
use crate::page::{Naming, Page, PageAsk, RowError};
use crate::span::Span;
use crate::wire::format_time;

impl Client {
    /// One page of a method, signed, limited and retried.
    ///
    /// A row that cannot be read is an `Err` within the page, never the page's error: dirty text is cleaned, then the
    /// list is cut into its rows, and as a last resort smaller pages are asked for.
    ///
    /// ```
    /// use wdt_qimen_sdk::PageAsk;
    /// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
    ///
    /// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
    /// // One return by its number. Its page is all there is of it.
    /// let params = RefundParams::builder().refund_no("TK2026112000001").build();
    /// let page = client.page::<RefundQuery>(&params, PageAsk::new(0, 40)).await?;
    /// for row in page.rows {
    ///     match row {
    ///         Ok(refund) => println!("{:?} {:?}", refund.process_status, refund.refund_amount),
    ///         Err(broken) => println!("it cannot be read: {broken}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn page<M: Method>(&self, params: &M::Params, ask: PageAsk) -> Result<Page<M::Row>, Error> {
        let rule = M::PAGE;
        if ask.page_size == 0 || ask.page_size > rule.max {
            return Err(Error::request(
                M::NAME,
                format!("page_size {} is not 1..={}", ask.page_size, rule.max),
            ));
        }
        if let (Some(span), Some(window)) = (M::span(params), M::WINDOW)
            && span.length().to_std().is_ok_and(|length| length > window)
        {
            let most = match window.as_secs() {
                seconds if seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
                seconds => format!("{} minutes", seconds / 60),
            };
            return Err(Error::request(M::NAME, format!("the span {span} is longer than {most}")));
        }
        let mut business: Vec<_> =
            M::params(params).into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        business.push(("page_no".to_owned(), ask.page_no.to_string()));
        business.push(("page_size".to_owned(), ask.page_size.to_string()));
        let order = self.reading(M::NAME, &business);
        let answered = self.core.exchange(order, |body| rows::read_rows::<M>(body, ask.page_no)).await;
        match answered {
            Ok(answered) => Ok(answered.into_page(ask.page_size)),
            Err(error) if ask.page_size > 1 && is_broken_list(&error, M::LIST_KEY) => {
                self.page_in_parts::<M>(params, ask, error).await
            }
            Err(error) => Err(error),
        }
    }

    /// One page of any method as raw rows.
    pub(crate) async fn raw_page(
        &self,
        method: &str,
        list_key: &str,
        mut business: Vec<(String, String)>,
        span: Option<Span>,
        ask: PageAsk,
    ) -> Result<Page<RawRow>, Error> {
        if let Some(span) = span {
            business.push(("start_time".to_owned(), format_time(span.start())));
            business.push(("end_time".to_owned(), format_time(span.end())));
        }
        business.push(("page_no".to_owned(), ask.page_no.to_string()));
        business.push(("page_size".to_owned(), ask.page_size.to_string()));
        let order = self.reading(method, &business);
        let answered =
            self.core.exchange(order, |body| rows::read_raw_rows(body, list_key, ask.page_no)).await?;
        Ok(answered.into_page(ask.page_size))
    }

    /// The rows of a page that cannot be read, from pages that divide it. Its own error where these bring nothing.
    async fn page_in_parts<M: Method>(
        &self,
        params: &M::Params,
        ask: PageAsk,
        error: Error,
    ) -> Result<Page<M::Row>, Error> {
        let part_size =
            (1..ask.page_size).rev().find(|size| ask.page_size.is_multiple_of(*size)).unwrap_or(1);
        let parts = ask.page_size / part_size;
        let mut whole: Option<Page<M::Row>> = None;
        let mut rows = Vec::new();
        let (mut calls, mut total) = (error.attempts(), None);
        for part in 0..parts {
            let Some(page_no) = ask.page_no.checked_mul(parts).and_then(|first| first.checked_add(part))
            else {
                return Err(error);
            };
            let smaller = PageAsk::new(page_no, part_size);
            match Box::pin(self.page::<M>(params, smaller)).await {
                Ok(mut page) => {
                    calls += page.calls;
                    if page_no == 0 {
                        total = page.total;
                    }
                    rows.append(&mut page.rows);
                    whole = Some(match whole {
                        Some(first) => Page { server_time: page.server_time, ..first },
                        None => page,
                    });
                }
                Err(broken) if part_size == 1 && is_broken_list(&broken, M::LIST_KEY) => {
                    calls += broken.attempts();
                    if let ErrorKind::Unreadable { excerpt, .. } = broken.kind() {
                        rows.push(Err(RowError::broken(excerpt, Naming::of::<M>())));
                    }
                }
                Err(_) => return Err(error),
            }
        }
        match whole {
            Some(first) if rows.iter().any(Result::is_ok) => {
                Ok(Page { rows, total, calls, page_size: ask.page_size, ..first })
            }
            _ => Err(error),
        }
    }
}

/// Whether an error is a page that was cut out of its shape, and not something else than a page.
fn is_broken_list(error: &Error, list_key: &str) -> bool {
    match error.kind() {
        ErrorKind::Unreadable { why: None, excerpt } => excerpt.contains(&format!("\"{list_key}\"")),
        _ => false,
    }
}
