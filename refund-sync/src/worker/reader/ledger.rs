//! What a walked window means for the ledger, and its record. How it is walked is `reader::cycle`'s.

use wdt_qimen_sdk::Span;

use super::{Reader, Trouble};
use crate::store::{WindowRecord, WindowState};

/// What a walked window means for the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Read beside the live feed.
    Beside,
    /// Of the live feed, but not joined to its settled past.
    Live,
    /// Of the live feed and joined to it: once settled, the cursor is its end.
    Joined,
}

impl Place {
    pub(super) fn unjoined(self) -> Self {
        if self == Self::Joined { Self::Live } else { self }
    }
}

/// A window that was walked.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) span: Span,
    pub(super) state: WindowState,
    pub(super) total: Option<u64>,
    pub(super) seen: usize,
    pub(super) calls: u32,
    /// Why it is only `read`, or by how much it is short.
    pub(super) note: String,
    pub(super) place: Place,
}

impl Reader {
    pub(super) async fn record(&self, walked: Walked) -> Result<(), Trouble> {
        let Walked { span, state, total, seen, calls, note, place } = walked;
        let state = self.settled_or_read(state, span.end());
        let window = WindowRecord {
            start: span.start(),
            end: span.end(),
            state,
            total,
            seen: seen as u64,
            calls,
            note,
            live: place != Place::Beside,
        };
        if state == WindowState::Settled {
            self.run.tally().windows_settled += 1;
        }
        if seen > 0 {
            let (zh, en) = if state == WindowState::Settled {
                ("已完整读取", "settled")
            } else {
                ("已读取", "read")
            };
            tracing::info!(
                pipeline = self.run.settings.name,
                rows = seen,
                calls,
                message_zh = %format_args!("{zh} {span}"),
                "{en} {span}"
            );
        }
        let joins = state == WindowState::Settled && place == Place::Joined && self.may_join();
        let cursor = joins.then_some(span.end());
        self.run.store.record_window(self.run.origin(), window, cursor).await?;
        match cursor {
            Some(cursor) => self.pass_short(cursor).await,
            None => Ok(()),
        }
    }
}
