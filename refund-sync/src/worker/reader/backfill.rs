//! Reading spans of the past that were asked for, beside the live feed, by the same rule. How far each is stands in the
//! ledger, so whoever works the journal next goes on there. Which part is next is `worker::backfill_plan`'s.

use std::time::Duration;

use tokio::time::Instant;
use wdt_qimen_sdk::Span;

use super::ledger::Place;
use super::{Reader, Reads, Trouble, span};
use crate::store::{Asked, Past, Request};
use crate::worker::backfill_plan::{days, gaps};

/// How long the past is read before the live feed has its turn again.
const SHARE: Duration = Duration::from_mins(2);

impl Reader {
    /// The live feed, then the past that was asked for.
    pub(super) async fn read_round(&self, reads: Reads) -> Result<(), Trouble> {
        loop {
            self.read_cycle().await?;
            let over = self.read_past(Instant::now() + SHARE).await?;
            if over || reads != Reads::AllThePast {
                return Ok(());
            }
        }
    }

    /// Reads what is left of the past until `until`, day by day, oldest first. Says whether nothing is left.
    async fn read_past(&self, until: Instant) -> Result<bool, Trouble> {
        let accepted = self.source.asking_accepted();
        for Asked { id, at, request } in self.run.store.open_requests(self.run.row.id).await? {
            let Request::Backfill(past) = request else { continue };
            let Past { from, to, .. } = past;
            let walked = self.run.store.walked(self.run.row.id, (from, to)).await?;
            let left = gaps(span(from, to)?, &walked, past, at);
            for part in left.into_iter().flat_map(days) {
                if Instant::now() >= until {
                    return Ok(false);
                }
                self.read_day(&accepted, part).await?;
            }
            self.run.store.answer_request(id, "0".into()).await?;
        }
        Ok(true)
    }

    async fn read_day(&self, source: &crate::source::Source, day: Span) -> Result<(), Trouble> {
        self.read_cold(source, day, Place::Beside).await.map(drop)
    }
}
