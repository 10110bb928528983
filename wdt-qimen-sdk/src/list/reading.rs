//! A reading under way: the course, the source of its pages, and what comes out of the streams.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;

use super::course::{Move, Walked};
use super::progress::Progress;
use super::standing::Standing;
use crate::client::Client;
use crate::error::{CallLog, Error, ErrorKind};
use crate::method::definition::Method;
use crate::page::{Page, PageAsk, RowError};
use crate::replay::Replay;
use crate::row_key::RowAt;
use crate::span::Span;
use crate::window::Proof;
use crate::wire::to_beijing;

/// How a page is asked for: of which span, which page.
pub(super) type Ask<R> =
    Arc<dyn Fn(Option<Span>, PageAsk) -> BoxFuture<'static, Result<Page<R>, Error>> + Send + Sync>;

/// Where the pages come from.
pub(super) struct Source<R> {
    pub(super) client: Client,
    pub(super) method: String,
    pub(super) ask: Ask<R>,
    pub(super) rows: fn(&Page<R>) -> Vec<RowAt>,
}

/// One item of [`List::pages`](super::List::pages).
///
/// ```
/// use wdt_qimen_sdk::Listed;
/// use wdt_qimen_sdk::window::Proof;
///
/// fn told<R: std::fmt::Debug>(listed: &Listed<R>) -> String {
///     match listed {
///         Listed::Page(listed) => format!("page {}: {} rows", listed.page_no, listed.page.rows.len()),
///         Listed::End(Proof::Proved { total }) => format!("all {total} rows were seen"),
///         other => format!("not all of it is sure: {other:?}"),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Listed<R> {
    /// A page.
    Page(ListedPage<R>),
    /// The last item: everything was read, and this is what it proves. A row in a second that two spans share is
    /// counted in both.
    End(Proof),
}

/// One page of a list, with where it stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ListedPage<R> {
    /// The page itself.
    pub page: Page<R>,
    /// Its number within its span, from 0. They do not come in order.
    pub page_no: u32,
    /// The span it was asked from: one that is walked, or a crowded second within it.
    pub span: Option<Span>,
    /// The span that was read to its end with this page, if one was.
    pub walked: Option<Walked>,
    /// How far the reading has come.
    pub progress: Progress,
    /// What each row counts by, and its time.
    pub(super) rows_at: Vec<RowAt>,
}

impl<R> ListedPage<R> {
    /// A page of a list as the only one of no span, for tests of code that takes them. What it says beside the page may be set.
    ///
    /// ```
    /// use wdt_qimen_sdk::method::refund::RefundQuery;
    /// use wdt_qimen_sdk::{Listed, ListedPage, Page};
    ///
    /// let refund = serde_json::from_str(r#"{"refund_no": "TK1", "refund_amount": "9.90"}"#)?;
    /// let mut listed = ListedPage::of::<RefundQuery>(Page::of(vec![Ok(refund)]));
    /// listed.page_no = 3;
    /// let listed = Listed::Page(listed);
    /// # let _ = listed;
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn of<M: Method<Row = R>>(page: Page<R>) -> Self {
        let rows_at: Vec<RowAt> = page.rows_at::<M>().collect();
        let progress = Progress { pages: 1, rows: rows_at.len() as u64, total: page.total, percent: 100 };
        Self { page, page_no: 0, span: None, walked: None, progress, rows_at }
    }
}

pub(super) struct Reading<R> {
    source: Source<R>,
    standing: Arc<Mutex<Standing>>,
    page_size: u32,
    pages_left: u64,
    bound: u64,
    over: bool,
}

impl<R> Reading<R> {
    pub(super) fn new(source: Source<R>, standing: Arc<Mutex<Standing>>, page_size: u32, bound: u64) -> Self {
        Self { source, standing, page_size, pages_left: bound, bound, over: false }
    }

    /// The next item, and the reading after it.
    pub(super) async fn next(mut self) -> Option<(Result<Listed<R>, Error>, Self)> {
        if self.over {
            return None;
        }
        let now = to_beijing(&self.source.client.clock_reading().reached());
        let next = lock(&self.standing).course.next(now);
        let (span, page_no) = match next {
            Move::Ask(span, page_no) => (span, page_no),
            Move::End(proof) => {
                self.over = true;
                return Some((Ok(Listed::End(proof)), self));
            }
        };
        let Some(left) = self.pages_left.checked_sub(1) else {
            self.over = true;
            let kind = ErrorKind::Bound { pages: self.bound };
            return Some((Err(Error::new(&self.source.method, CallLog::new(Replay::Safe), kind)), self));
        };
        self.pages_left = left;
        let asked = (self.source.ask)(span, PageAsk::new(page_no, self.page_size));
        match asked.await {
            Ok(page) => {
                let rows_at = (self.source.rows)(&page);
                let (walked, progress) = {
                    let standing = &mut *lock(&self.standing);
                    let walked = standing.answer((span, page_no), page.total, rows_at.clone());
                    (walked, standing.progress)
                };
                let listed = ListedPage { page, page_no, span, walked, progress, rows_at };
                Some((Ok(Listed::Page(listed)), self))
            }
            Err(error) => {
                self.over = !error.is_transient();
                Some((Err(error), self))
            }
        }
    }
}

/// Held for no longer than a look.
pub(super) fn lock(standing: &Mutex<Standing>) -> MutexGuard<'_, Standing> {
    standing.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rows of a page, or the error that came instead.
pub(crate) fn rows_of<R>(listed: Result<Listed<R>, Error>) -> Vec<Result<Result<R, RowError>, Error>> {
    match listed {
        Ok(Listed::Page(listed)) => listed.page.rows.into_iter().map(Ok).collect(),
        Ok(Listed::End(_)) => Vec::new(),
        Err(error) => vec![Err(error)],
    }
}
