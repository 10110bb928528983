//! What the writer does to documents: each move is a document as it shall be and the log lines that say why.
//! What moves are allowed is `journal::state`'s; what the store does with them, `store`'s.

use serde_json::json;

use super::{Trouble, Writer};
use crate::clock::rfc3339;
use crate::config::RetryParked;
use crate::journal::{Document, Event, Log, Parking, Retries, State, comes_back};

/// A document as it shall be, and why.
pub(super) type Move = (Document, Vec<Log>);

impl Writer {
    /// Stores moves. The tally follows: a document counts as parked only while the journal has it so.
    pub(in crate::worker) async fn save(&self, moves: Vec<Move>) -> Result<(), Trouble> {
        let unparked: Vec<_> = moves
            .iter()
            .filter(|(document, _)| document.state != State::Parked)
            .map(|(document, _)| document.id)
            .collect();
        let overtaken = self.run.store.save(self.run.origin(), moves).await?;
        let mut tally = self.run.tally();
        for document in unparked.into_iter().chain(overtaken) {
            tally.unpark(document);
        }
        Ok(())
    }

    /// Parks a document and counts it.
    pub(in crate::worker) fn parked(
        &self,
        mut document: Document,
        event: Event,
        parking: Parking,
    ) -> Result<Move, Trouble> {
        let why = parking.reasons.first().map(|reason| reason.message.clone()).unwrap_or_default();
        tracing::warn!(
            pipeline = self.run.settings.name,
            refund_no = document.refund_no,
            cause = parking.cause,
            message_zh = format!("待处理 {}：{}", document.refund_no, why.zh),
            "parked {}: {}",
            document.refund_no,
            why.en
        );
        self.run.tally().park(document.id, &parking.cause);
        let comes_back = comes_back(&parking, event != Event::Refused);
        let mut log = document.park(event, parking)?;
        if comes_back {
            let now = self.run.clock.steady();
            let retries = Retries::going_on(document.retries, now);
            document.retries = Some(retries);
            // Also where they are switched off: who switches them on finds them waiting.
            document.due_at = retries.next(now);
            if self.run.settings.kingdee.retry_parked == RetryParked::Auto {
                log.detail["next_try"] = json!(document.due_at.map(rfc3339));
            }
        } else {
            document.retries = None;
        }
        Ok((document, vec![log]))
    }
}
