//! The life of one return.

use serde::{Serialize, Serializer};

#[cfg(any(feature = "serve", feature = "mcp"))]
use super::AnswerError;
use super::Inquiry;
#[cfg(feature = "console")]
use super::find::look_up;
use crate::journal::State;
#[cfg(any(feature = "serve", feature = "mcp"))]
use crate::lang::Text;
use crate::store::{Found, HeldNote, Life, Store, StoreError};
use crate::worker;

#[derive(Debug, Serialize)]
pub(crate) struct WhyAnswer {
    /// What was asked for.
    pub(crate) refund_no: String,
    pub(crate) documents: Vec<Life>,
    /// Where several returns have the number.
    #[serde(serialize_with = "numbers")]
    pub(crate) matches: Vec<Found>,
}

fn numbers<S: Serializer>(matches: &[Found], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(matches.iter().map(|found| &found.row.refund_no))
}

impl WhyAnswer {
    /// What is said where nothing is known of the number.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    fn nothing(&self) -> Option<Text> {
        let text = &self.refund_no;
        (self.documents.is_empty() && self.matches.is_empty()).then(|| {
            Text::of(
                format!("未读到过 {text}：不在已读窗口内，或不属于该账号"),
                format!("{text} was never read: not in any window so far, or not of this 旺店通 account"),
            )
        })
    }

    /// The same as an error.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    pub(crate) fn known(self) -> Result<Self, AnswerError> {
        self.nothing().map_or(Ok(self), |nothing| Err(AnswerError::Unknown(nothing)))
    }
}

impl Inquiry<'_> {
    /// The life of the return with this number, of whatever kind; or, where several have it, these.
    pub(crate) async fn why(&self, number: &str) -> Result<WhyAnswer, StoreError> {
        let (mut documents, matches) = match self.store {
            None => (Vec::new(), Vec::new()),
            Some(store) => look_up(store, number).await?,
        };
        for life in &mut documents {
            let row = (life.kind, life.process_status, life.shop_no.as_str());
            life.not_in_scope = self.not_in_scope(&life.pipeline, life.state, row);
            if matches!(life.state, State::Mapped | State::Intended) {
                life.writing_waits_until = self.writing_waits(&life.pipeline);
            }
            if life.state == State::Parked {
                life.next_try = self.next_try(&life.pipeline, life.due_at.as_deref());
                // Where nothing is tried by itself, it waits for nothing but a person.
                life.due_at = life.due_at.take().filter(|_| life.next_try.is_some());
            }
            if let Some(store) = self.store.filter(|_| life.state.is_pending()) {
                self.say_what_it_waits_for(life, store).await?;
            }
        }
        Ok(WhyAnswer { refund_no: number.to_owned(), documents, matches })
    }

    /// A stop of its pipeline, or a pause that 金蝶 asked for.
    async fn say_what_it_waits_for(&self, life: &mut Life, store: &dyn Store) -> Result<(), StoreError> {
        let Some(row) = store.known_pipeline(&life.pipeline).await? else { return Ok(()) };
        life.stopped = row.stopped;
        life.held = worker::kept_hold(store, row.id, &self.clock).await?.map(HeldNote::of);
        Ok(())
    }
}

/// By its own number.
#[cfg(not(feature = "console"))]
async fn look_up(store: &dyn Store, refund_no: &str) -> Result<(Vec<Life>, Vec<Found>), StoreError> {
    Ok((store.life(refund_no).await?, Vec::new()))
}
