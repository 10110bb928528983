//! The one gate through which every login of a client goes, whichever of its sessions it is for: what a refusal says is the
//! account's, and repeated failures lock that. Which sessions there are is not known here.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::bill_error::BillError;
use crate::error::ErrorKind;

/// After a refused login no other is tried for this long.
const HOLD: Duration = Duration::from_secs(30 * 60);

/// Lets one login through at a time, and none for a while after one was refused.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Held while a login is under way: who waits behind a refused one learns of it before asking.
    turn: tokio::sync::Mutex<()>,
    refusal: Mutex<Option<(Instant, Refusal)>>,
}

/// Why a login was refused, to be told again without asking again.
#[derive(Debug, Clone)]
enum Refusal {
    Result { result: i64, message: String },
    Envelope { code: i64, errors: Vec<BillError> },
    Credentials(String),
}

impl Gate {
    /// Awaits a login, unless one was refused a short while ago.
    pub(super) async fn pass<T>(
        &self,
        login: impl Future<Output = Result<T, ErrorKind>>,
    ) -> Result<T, ErrorKind> {
        let _turn = self.turn.lock().await;
        match self.refused() {
            Some((_, refused)) => Err(refused),
            None => self.noted(login).await,
        }
    }

    /// Awaits a login also while a refusal is held against it.
    pub(super) async fn pass_by_name<T>(
        &self,
        login: impl Future<Output = Result<T, ErrorKind>>,
    ) -> Result<T, ErrorKind> {
        let _turn = self.turn.lock().await;
        self.noted(login).await
    }

    /// Does this while no login is under way.
    pub(super) async fn turn<T>(&self, work: impl FnOnce() -> T) -> T {
        let _turn = self.turn.lock().await;
        work()
    }

    async fn noted<T>(&self, login: impl Future<Output = Result<T, ErrorKind>>) -> Result<T, ErrorKind> {
        let outcome = login.await;
        match &outcome {
            Ok(_) => *self.refusal() = None,
            // What passes by itself is no reason to wait.
            Err(kind) if !kind.is_transient() => {
                if let Some(refusal) = Refusal::of(kind) {
                    *self.refusal() = Some((Instant::now() + HOLD, refusal));
                }
            }
            Err(_) => {}
        }
        outcome
    }

    /// How long no login is tried, and why.
    pub(crate) fn refused(&self) -> Option<(Duration, ErrorKind)> {
        let refusal = self.refusal();
        let (until, refusal) = refusal.as_ref()?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| (left, refusal.clone().into()))
    }

    /// The next call logs in again, whatever was refused. Says whether it would not have done so.
    pub(crate) fn forgive(&self) -> bool {
        let was_refused = self.refused().is_some();
        *self.refusal() = None;
        was_refused
    }

    fn refusal(&self) -> MutexGuard<'_, Option<(Instant, Refusal)>> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Refusal {
    fn of(kind: &ErrorKind) -> Option<Self> {
        Some(match kind {
            ErrorKind::Login { result, message } => {
                Self::Result { result: *result, message: message.clone() }
            }
            ErrorKind::Refused { code, errors } => Self::Envelope { code: *code, errors: errors.clone() },
            ErrorKind::Credentials(text) => Self::Credentials(text.clone()),
            _ => return None,
        })
    }
}

impl From<Refusal> for ErrorKind {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Result { result, message } => Self::Login { result, message },
            Refusal::Envelope { code, errors } => Self::Refused { code, errors },
            Refusal::Credentials(text) => Self::Credentials(text),
        }
    }
}
