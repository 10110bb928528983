//! Reading a list beside the returns of a window by the same rule: their stock-ins before them, the archived ones after.
//! What a window means for the ledger is in `reader::cycle`.

use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::window::{Proof, Step, Walk};

use super::{Reader, Trouble};
use crate::source::Source;

/// What a list showed of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Every row that the server delivers was seen.
    pub(super) is_proven: bool,
    /// What the server counts.
    pub(super) total: u64,
    /// Distinct rows.
    pub(super) rows: usize,
    /// Rows that the server counts and does not deliver.
    pub(super) missing: u64,
    /// Calls made.
    pub(super) calls: u32,
}

impl Default for Seen {
    /// Of a list that is not read.
    fn default() -> Self {
        Self { is_proven: true, total: 0, rows: 0, missing: 0, calls: 0 }
    }
}

impl Reader {
    /// Walks a span of `list` that can only shrink, cut as the proof demands. Without a list there is nothing to see.
    pub(super) async fn read_list(&self, list: Option<Source>, cold: Span) -> Result<Seen, Trouble> {
        let mut seen = Seen::default();
        let Some(list) = list else { return Ok(seen) };
        let mut stack = vec![cold];
        while let Some(part) = stack.pop() {
            let mut walk = Walk::new(part, list.page_size(), self.run.settings.wdt.window_pages);
            let (step, calls) = self.walk(&list, &mut walk).await?;
            seen.calls += calls;
            let proof = match step {
                Step::Done(proof) => proof,
                Step::Cut(parts) => {
                    stack.extend(parts.into_iter().rev());
                    continue;
                }
                // A step that this version does not know proves nothing.
                _ => {
                    seen.is_proven = false;
                    continue;
                }
            };
            let (rows, nameless) = named(&walk);
            seen.rows += rows;
            seen.missing += nameless;
            match proof {
                Proof::Proved { total } => seen.total += total,
                Proof::ShortBy { total, missing } => {
                    seen.total += total;
                    seen.missing += missing;
                }
                _ => seen.is_proven = false,
            }
        }
        Ok(seen)
    }
}

/// The rows that showed their number, and how many did not. These are parked as they came, and nobody can ask for them:
/// they count as not delivered, so that their window is read again.
pub(super) fn named(walk: &Walk) -> (usize, u64) {
    let nameless = walk.nameless();
    (walk.seen().saturating_sub(usize::try_from(nameless).unwrap_or(usize::MAX)), nameless)
}
