//! The journal as the listener has it: a connection that may be away for a while. Who opens it anew is `serve::journal_link`.

use std::sync::Arc;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::lang::Text;
use crate::store::{Store, StoreError};

/// A journal that was reached, and the time there.
#[derive(Debug, Clone)]
pub struct Reached {
    /// The journal.
    pub store: Arc<dyn Store>,
    /// The time that everybody who works it shares.
    pub clock: Clock,
}

/// The journal, or why there is none at present.
#[derive(Debug, Clone)]
pub struct Journal(watch::Receiver<Result<Reached, Text>>);

impl Journal {
    /// A journal that is never away.
    pub fn of(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self(watch::channel(Ok(Reached { store, clock })).1)
    }

    /// What is sent last holds; an error is the reason that people are told.
    pub fn following(link: &watch::Sender<Result<Reached, Text>>) -> Self {
        Self(link.subscribe())
    }

    /// The journal, to be asked once: by the next time it may be another connection.
    ///
    /// # Errors
    /// [`StoreError::Away`]
    pub fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        match &*self.0.borrow() {
            Ok(reached) => Ok(Arc::clone(&reached.store)),
            Err(reason) => Err(StoreError::Away { reason: reason.clone() }),
        }
    }

    /// The time at the journal; while it is away, this machine's.
    pub fn clock(&self) -> Clock {
        let (journal, machine) = (self.0.clone(), Clock::system());
        Clock::of(move || {
            journal.borrow().as_ref().map_or_else(|_| machine.now(), |reached| reached.clock.now())
        })
    }

    /// Returns once the journal is there.
    pub async fn reached(&mut self) -> Option<Arc<dyn Store>> {
        let reached = self.0.wait_for(Result::is_ok).await.ok()?;
        reached.as_ref().ok().map(|reached| Arc::clone(&reached.store))
    }
}
