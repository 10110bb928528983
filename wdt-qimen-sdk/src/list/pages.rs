//! A list's pages as a stream that knows where it stands.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream::{self, BoxStream};

use super::checkpoint::Checkpoint;
use super::reading::{Listed, Reading, lock};
use super::standing::Standing;
use crate::error::Error;

/// The pages of a list: a stream, made by [`List::pages`](super::List::pages).
///
#[cfg_attr(feature = "mock", doc = "```")]
#[cfg_attr(not(feature = "mock"), doc = "```ignore")]
/// # use wdt_qimen_sdk::mock::{self, Gateway};
/// use futures_util::TryStreamExt;
/// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
/// use wdt_qimen_sdk::{Listed, Span};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = mock::virtual_clock("2027-01-01T00:00:00Z".parse()?);
/// # let gateway = Gateway::builder().now(clock).build();
/// # gateway.world().extend(mock::fill(1, 120, Span::month(2026, 11)?));
/// # let client = gateway.client()?;
/// let params = RefundParams::builder().span(Span::month(2026, 11)?).build();
/// let mut pages = client.list::<RefundQuery>(params).pages();
/// while let Some(listed) = pages.try_next().await? {
///     match listed {
///         Listed::Page(listed) => {
///             println!("{} rows, {}%", listed.page.rows.len(), listed.progress.percent);
///             // … keep the rows, and then where the list stands:
///             let kept = serde_json::to_string(&pages.checkpoint())?;
///         }
///         Listed::End(proof) => println!("{proof:?}"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<R> {
    stream: BoxStream<'static, Result<Listed<R>, Error>>,
    standing: Arc<Mutex<Standing>>,
}

impl<R: Send + 'static> Pages<R> {
    pub(super) fn new(reading: Reading<R>, standing: Arc<Mutex<Standing>>) -> Self {
        Self { stream: Box::pin(stream::unfold(reading, Reading::next)), standing }
    }
}

impl<R> Pages<R> {
    /// Where the list stands, by the pages that have come: keep it after them, and go on from it with
    /// [`List::resume`](super::List::resume).
    ///
    /// ```
    /// use wdt_qimen_sdk::Pages;
    /// use wdt_qimen_sdk::method::refund::Refund;
    ///
    /// /// Keeps where a list stands: written beside, then put in place, so that a crash leaves the note before.
    /// fn keep(pages: &Pages<Refund>, path: &std::path::Path) -> Result<(), Box<dyn std::error::Error>> {
    ///     let beside = path.with_extension("new");
    ///     std::fs::write(&beside, serde_json::to_string(&pages.checkpoint())?)?;
    ///     Ok(std::fs::rename(beside, path)?)
    /// }
    /// ```
    pub fn checkpoint(&self) -> Checkpoint {
        lock(&self.standing).checkpoint()
    }
}

impl<R> Stream for Pages<R> {
    type Item = Result<Listed<R>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(context)
    }
}

impl<R> fmt::Debug for Pages<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("standing", &self.checkpoint()).finish_non_exhaustive()
    }
}
