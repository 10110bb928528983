//! What ends a step early: a stop that only a person can lift, something that passes, or the journal itself.

use std::time::Duration;

use crate::lang::Text;
use crate::store::{Stopped, StoreError};

/// What ends a step early.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Concerns everything; only a person can mend it.
    Stop(Box<Stopped>),
    /// Passes; try again later.
    Later { message: Text, after: Option<Duration> },
    /// The journal itself.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<crate::journal::Illegal> for Trouble {
    fn from(illegal: crate::journal::Illegal) -> Self {
        Self::Store(illegal.into())
    }
}
