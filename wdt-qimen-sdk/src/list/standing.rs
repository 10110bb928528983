//! Where a reading stands between two pages: its course and its progress, seen by the stream and by who asks for a
//! checkpoint.

use chrono::NaiveDateTime;

use super::checkpoint::{Checkpoint, State};
use super::course::{Course, Walked};
use super::progress::Progress;
use crate::row_key::RowAt;
use crate::span::Span;

/// What was asked, and where the answers have come to.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) method: String,
    pub(super) question: String,
    pub(super) span: Option<Span>,
    pub(super) course: Course,
    pub(super) progress: Progress,
    /// Where the last span ended whose total was added to the progress.
    pub(super) counted: Option<NaiveDateTime>,
}

impl Standing {
    /// Takes a page: its total and rows, from this span and of this number.
    pub(super) fn answer(
        &mut self,
        (span, page_no): (Option<Span>, u32),
        total: Option<u64>,
        rows: Vec<RowAt>,
    ) -> Option<Walked> {
        self.progress.pages += 1;
        self.progress.rows += rows.len() as u64;
        if page_no == 0 && self.is_new(span) {
            self.progress.total = match (self.progress.total, total) {
                (Some(before), Some(total)) => Some(before + total),
                (before, total) => before.or(total),
            };
        }
        let walked = self.course.answer(total, rows);
        self.progress.percent = self.progress.percent.max(self.course.percent(self.span));
        walked
    }

    /// Whether a span is no part of those whose total is counted already; spans come in their order.
    fn is_new(&mut self, span: Option<Span>) -> bool {
        let end = span.map(|span| span.end());
        let new = self.progress.pages == 1 || end > self.counted;
        self.counted = self.counted.max(end);
        new
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint::of(State {
            method: self.method.clone(),
            question: self.question.clone(),
            span: self.span,
            left: self.course.left(),
            finished: self.course.is_finished(),
            verdict: self.course.verdict.clone(),
            progress: self.progress,
            counted: self.counted,
        })
    }
}
