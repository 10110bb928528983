//! What people and programs ask about the work, answered from the journal in the shapes of `--json`: the command line, the
//! listener's `/api/v1` and the assistant's tools have them from here. Only reads; what is asked of 金蝶 is `reconcile`'s.

#[cfg(feature = "reconcile")]
mod differences;
#[cfg(any(feature = "serve", feature = "mcp"))]
mod explain;
#[cfg(feature = "console")]
mod find;
#[cfg(feature = "console")]
mod month;
mod parked;
#[cfg(any(feature = "serve", feature = "mcp"))]
mod question;
#[cfg(any(feature = "serve", feature = "mcp"))]
mod reconciliation;
mod status;
mod why;

use chrono::DateTime;

#[cfg(feature = "reconcile")]
pub(crate) use differences::Differences;
#[cfg(any(feature = "serve", feature = "mcp"))]
pub(crate) use explain::explain;
#[cfg(feature = "console")]
pub(crate) use find::{FindAnswer, NUMBERS};
#[cfg(feature = "console")]
pub(crate) use month::NOT_IN_SCOPE;
#[cfg(feature = "serve")]
pub(crate) use month::reconciled;
#[cfg(any(feature = "serve", feature = "mcp"))]
pub(crate) use question::{Kind, Limits, Question};
pub(crate) use why::WhyAnswer;

use crate::clock::{Clock, rfc3339, shanghai};
use crate::config::Pipeline;
use crate::journal::State;
use crate::lang::Text;
use crate::source::why_left_out;
use crate::store::Store;
#[cfg(feature = "console")]
use crate::store::StoreError;

/// What a question is answered from.
#[derive(Debug)]
pub(crate) struct Inquiry<'a> {
    store: Option<&'a dyn Store>,
    pipelines: Vec<&'a Pipeline>,
    clock: Clock,
}

/// What is said where a number is asked for that is empty.
pub(crate) const NO_NUMBER: Text = Text::new("要查的单号是空的", "the number to look for is empty");

/// Why there is no answer.
#[cfg(feature = "console")]
#[derive(Debug, thiserror::Error)]
#[cfg_attr(
    not(any(feature = "serve", feature = "mcp")),
    expect(dead_code, reason = "the command line asks by types")
)]
pub(crate) enum AnswerError {
    /// The journal does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The question makes no sense as it is put.
    #[error("{0}")]
    Question(Text),
    /// It makes sense, and nothing is known of what it asks about.
    #[error("{0}")]
    Unknown(Text),
}

impl<'a> Inquiry<'a> {
    /// Of a journal, which is `None` before anything was journalled, and of these pipelines of the configuration.
    pub(crate) fn new(
        store: Option<&'a dyn Store>,
        pipelines: impl IntoIterator<Item = &'a Pipeline>,
        clock: Clock,
    ) -> Self {
        Self { store, pipelines: pipelines.into_iter().collect(), clock }
    }

    fn pipeline(&self, name: &str) -> Option<&'a Pipeline> {
        self.pipelines.iter().find(|known| known.name == name).copied()
    }

    /// Until when nothing is written for a pipeline, by its hours and freezes.
    fn writing_waits(&self, pipeline: &str) -> Option<String> {
        let until = self.pipeline(pipeline)?.kingdee.waits_until(shanghai(self.clock.now()))?;
        Some(until.to_string())
    }

    /// When a parked document is tried again by itself, if it is: not before its writing may go on.
    fn next_try(&self, pipeline: &str, due_at: Option<&str>) -> Option<String> {
        let kingdee = &self.pipeline(pipeline)?.kingdee;
        let due = DateTime::parse_from_rfc3339(due_at?).ok()?.to_utc();
        kingdee.next_try(due, self.clock.now()).map(rfc3339)
    }

    /// Why a return that is left out is.
    fn not_in_scope(
        &self,
        pipeline: &str,
        state: State,
        (kind, process_status, shop_no): (Option<i32>, Option<i32>, &str),
    ) -> Option<Text> {
        let pipeline = self.pipeline(pipeline).filter(|_| state == State::Filtered)?;
        Some(why_left_out(&pipeline.wdt, kind, process_status, shop_no))
    }
}
