//! Reading the part in which rows may still appear: nothing settles there, so nothing need be proven. What is cold is
//! `reader::cycle`'s.

use std::collections::HashSet;

use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::window::{Step, Walk};

use super::ledger::{Place, Walked};
use super::{Reader, Trouble};
use crate::source::Source;
use crate::store::WindowState;

/// How often the hot part is walked at most before the next cycle takes over.
const MOST_WALKS: u32 = 8;
/// Walks in a row without a new number after which the total is taken to count what is not delivered yet.
const IDLE_WALKS: u32 = 2;

impl Reader {
    pub(super) async fn read_hot(&self, hot: Span) -> Result<(), Trouble> {
        self.read_hot_stockins(&self.source, hot).await?;
        let (total, seen, calls) = self.walk_hot(&self.source, hot).await?;
        let (state, place, note) = (WindowState::Read, Place::Live, String::new());
        self.record(Walked { span: hot, state, total, seen, calls, note, place }).await
    }

    /// The total, how many were seen, and the calls. Rows of one second may come in another order at each call, so it is
    /// walked again while the server names more than was seen and walks bring something new.
    pub(super) async fn walk_hot(
        &self,
        source: &Source,
        hot: Span,
    ) -> Result<(Option<u64>, usize, u32), Trouble> {
        let mut seen = HashSet::new();
        let mut total = None;
        let (mut calls, mut idle) = (0, 0);
        for _ in 0..MOST_WALKS {
            let before = seen.len();
            let mut walk = Walk::once(hot, source.page_size());
            while let Step::Ask { page_no } = walk.step() {
                let page = self.ask(source, hot, page_no).await?;
                calls += page.calls;
                if page_no == 0 {
                    total = page.total;
                }
                seen.extend(page.keys.iter().map(|row| row.key.clone()));
                walk.answer(page.total, page.keys);
            }
            idle = if seen.len() > before { 0 } else { idle + 1 };
            if total.is_none_or(|total| seen.len() as u64 >= total) || idle >= IDLE_WALKS {
                break;
            }
        }
        Ok((total, seen.len(), calls))
    }
}
