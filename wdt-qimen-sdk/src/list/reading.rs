//! A reading under way: the course, the source of its pages, and what comes out of the streams.

use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use futures_util::future::BoxFuture;

use super::course::{Course, Move, Walked};
use crate::client::Client;
use crate::error::{CallLog, Error, ErrorKind};
use crate::page::{Page, PageAsk, RowError};
use crate::replay::Replay;
use crate::row_key::RowAt;
use crate::span::Span;
use crate::window::Proof;

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
#[derive(Debug, Clone)]
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

/// How far a reading has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Pages read.
    pub pages: u64,
    /// Rows read, repeated and unreadable ones included.
    pub rows: u64,
    /// What the first answer to each span of the list said there is; `None` as long as none said anything.
    pub total: Option<u64>,
}

pub(super) struct Reading<R> {
    source: Source<R>,
    course: Course,
    page_size: u32,
    pages_left: u64,
    bound: u64,
    progress: Progress,
    /// Where the last span ended whose total was added to the progress.
    counted: Option<NaiveDateTime>,
    over: bool,
}

impl<R> Reading<R> {
    pub(super) fn new(source: Source<R>, course: Course, page_size: u32, bound: u64) -> Self {
        let progress = Progress::default();
        Self { source, course, page_size, pages_left: bound, bound, progress, counted: None, over: false }
    }

    /// The next item, and the reading after it.
    pub(super) async fn next(mut self) -> Option<(Result<Listed<R>, Error>, Self)> {
        if self.over {
            return None;
        }
        let now = self.source.client.clock_reading().reached().naive_utc() + TimeDelta::hours(8);
        let (span, page_no) = match self.course.next(now) {
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
        let asked = (self.source.ask)(span, PageAsk { page_no, page_size: self.page_size });
        match asked.await {
            Ok(page) => {
                let listed = self.listed(page, page_no, span);
                Some((Ok(Listed::Page(listed)), self))
            }
            Err(error) => {
                self.over = !error.is_transient();
                Some((Err(error), self))
            }
        }
    }

    fn listed(&mut self, page: Page<R>, page_no: u32, span: Option<Span>) -> ListedPage<R> {
        let rows = (self.source.rows)(&page);
        self.progress.pages += 1;
        self.progress.rows += page.rows.len() as u64;
        if page_no == 0 && self.is_new(span) {
            self.progress.total = match (self.progress.total, page.total) {
                (Some(before), Some(total)) => Some(before + total),
                (before, total) => before.or(total),
            };
        }
        let walked = self.course.answer(page.total, rows.clone());
        ListedPage { page, page_no, span, walked, progress: self.progress, rows_at: rows }
    }

    /// Whether a span is no part of those whose total is counted already; spans come in their order.
    fn is_new(&mut self, span: Option<Span>) -> bool {
        let end = span.map(|span| span.end());
        let new = self.progress.pages == 1 || end > self.counted;
        self.counted = self.counted.max(end);
        new
    }
}

/// The rows of a page, or the error that came instead.
pub(super) fn rows_of<R>(listed: Result<Listed<R>, Error>) -> Vec<Result<Result<R, RowError>, Error>> {
    match listed {
        Ok(Listed::Page(listed)) => listed.page.rows.into_iter().map(Ok).collect(),
        Ok(Listed::End(_)) => Vec::new(),
        Err(error) => vec![Err(error)],
    }
}
