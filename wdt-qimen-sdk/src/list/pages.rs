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
