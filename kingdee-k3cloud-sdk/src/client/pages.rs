//! A query's pages as a stream that knows where it stands. Which page comes next is `query/pager.rs`.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream};

use super::Client;
use crate::error::{Error, ErrorKind};
use crate::query::Rows;
use crate::query::checkpoint::Checkpoint;
use crate::query::pager::Pager;

/// How many failures in a row end the stream.
const FAILURES_MAX: u32 = 3;

/// The pages of a query: a stream, made by [`Client::pages`](crate::Client::pages).
///
/// It ends when every row is read, or after an error that does not [pass](Error::is_transient): a page that fails in passing
/// three times in a row is one ([`ErrorKind::GaveUp`]), so that no rows are left unread behind an error that calls for another
/// try.
///
/// It may be dropped, and its `next()` cancelled, at any await: a call under way is then continued by the next poll.
///
#[cfg_attr(feature = "mock", doc = "```")]
#[cfg_attr(not(feature = "mock"), doc = "```ignore")]
/// # use kingdee_k3cloud_sdk::mock::Site;
/// use futures_util::StreamExt as _;
/// use kingdee_k3cloud_sdk::Query;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let site = Site::builder().build();
/// # let client = site.client()?;
/// let query = Query::builder().form_id("SAL_OUTSTOCK").field_keys(["FID", "FBillNo"]).order("FID ASC").build();
/// let mut pages = client.pages(query);
/// while let Some(page) = pages.next().await {
///     match page {
///         // … keep the rows, and then where it stands:
///         Ok(rows) => println!("{} rows, next {}", rows.len(), serde_json::to_string(&pages.checkpoint())?),
///         // It stays where it stood: polled again, it asks for the same page.
///         Err(error) if error.is_transient() => eprintln!("{error}, again"),
///         Err(error) => return Err(error.into()),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages {
    client: Client,
    pager: Pager,
    call: Option<BoxFuture<'static, Result<Rows, Error>>>,
    failures: u32,
    over: bool,
    /// The pager is another caller's: told instead of the first page.
    foreign: Option<Error>,
}

impl Pages {
    pub(super) fn new(client: Client, mut pager: Pager) -> Self {
        let foreign = pager.called_by(&client.core.caller(client.org.as_deref())).err();
        Self { client, pager, call: None, failures: 0, over: false, foreign }
    }

    /// Where it stands, by the pages that have come: keep it after their rows, and go on from it with
    /// [`Pager::resume`](crate::Pager::resume).
    pub fn checkpoint(&self) -> Checkpoint {
        self.pager.checkpoint()
    }

    /// The call of the next page, unless there is none.
    fn ask(&mut self) -> Result<Option<BoxFuture<'static, Result<Rows, Error>>>, Error> {
        if let Some(foreign) = self.foreign.take() {
            return Err(foreign);
        }
        let Some(query) = self.pager.next()? else { return Ok(None) };
        let (client, query) = (self.client.clone(), query.clone());
        Ok(Some(async move { client.page_of(&query).await }.boxed()))
    }

    /// Takes note of an answer. An empty page ends the stream and is not shown.
    fn take(&mut self, answer: Result<Rows, Error>) -> Option<Result<Rows, Error>> {
        let rows = match answer {
            Ok(rows) => rows,
            Err(error) => {
                self.failures += 1;
                let gives_up = error.is_transient() && self.failures >= FAILURES_MAX;
                self.over = gives_up || !error.is_transient();
                return Some(Err(if gives_up { gave_up(error, self.failures) } else { error }));
            }
        };
        self.failures = 0;
        if let Err(error) = self.pager.filled(&rows) {
            self.over = true;
            return Some(Err(error));
        }
        (!rows.is_empty()).then_some(Ok(rows))
    }
}

/// What ends a stream whose page failed in passing, time and again: no one may take that for the end of the rows.
fn gave_up(last: Error, failures: u32) -> Error {
    let (attempts, elapsed, fate) = (last.attempts(), last.elapsed(), last.fate());
    let operation = last.operation().to_owned();
    let kind = ErrorKind::GaveUp { failures, last: Box::new(last) };
    Error::of_read(&operation, kind).after(attempts, elapsed, fate)
}

impl Stream for Pages {
    type Item = Result<Rows, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let pages = &mut *self;
        if pages.over {
            return Poll::Ready(None);
        }
        if pages.call.is_none() {
            match pages.ask() {
                Ok(call) => pages.call = call,
                Err(error) => {
                    pages.over = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        let Some(call) = &mut pages.call else { return Poll::Ready(None) };
        let answer = ready!(call.as_mut().poll(context));
        pages.call = None;
        Poll::Ready(pages.take(answer))
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("standing", &self.checkpoint()).finish_non_exhaustive()
    }
}
