//! Pauses that the server asked for: nothing is sent before their end. How fast calls follow each other otherwise is in
//! `limit`; which answer asks for how long, in `error`; how long a refused login is not repeated, in `session/gate`.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::time::Instant;

/// No pause is longer: a kept one that is was written by a clock that was wrong.
const LONGEST: Duration = Duration::from_secs(60 * 60);

/// A pause that the server asked for: until then nothing is sent, and calls that cannot wait so long fail as
/// [`Held`](crate::ErrorKind::Held).
///
/// ```
/// use kingdee_k3cloud_sdk::{Client, HoldKind};
///
/// /// What a page about the connection says.
/// fn told(client: &Client) -> String {
///     let told = client.holds().into_values().map(|hold| match hold.kind {
///         HoldKind::Logins => format!("a login was refused: {}", hold.said),
///         _ => format!("金蝶 wants a pause until {}: {}", hold.until, hold.said),
///     });
///     told.collect::<Vec<_>>().join("\n")
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hold {
    /// Until when, by the client's clock. A person may end it sooner: [`Client::lift_holds`](crate::Client::lift_holds).
    pub until: DateTime<Utc>,
    /// What the server said.
    pub said: String,
    /// What is not sent.
    #[serde(default)]
    pub kind: HoldKind,
}

/// What is not sent during a [`Hold`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HoldKind {
    /// No call at all: the server asked for it.
    #[default]
    Calls,
    /// No login, and so no call that needs one: a login was refused, and repeated failures lock the account.
    Logins,
}

impl HoldKind {
    /// Its name among [`Client::holds`](crate::Client::holds): `calls`, `logins`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Logins => "logins",
        }
    }
}

impl fmt::Display for HoldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Hold {
    /// What lasts `left` from `now` on.
    pub(crate) fn of(kind: HoldKind, left: Duration, said: String, now: DateTime<Utc>) -> Self {
        let until = TimeDelta::from_std(left).ok().and_then(|left| now.checked_add_signed(left));
        Self { until: until.unwrap_or(now), said, kind }
    }
}

/// The pause of a client's calls.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    state: Mutex<Option<(Instant, String)>>,
    lifted: Notify,
}

impl Pause {
    /// Those that an earlier client was asked for.
    pub(crate) fn resumed(holds: Vec<Hold>, now: DateTime<Utc>) -> Self {
        let pause = Self::default();
        for hold in holds.into_iter().filter(|hold| hold.kind == HoldKind::Calls) {
            if let Ok(left) = (hold.until - now).to_std() {
                pause.ask(left.min(LONGEST), hold.said);
            }
        }
        pause
    }

    /// The server wants to be left alone for `wait`; a longer pause stays.
    pub(crate) fn ask(&self, wait: Duration, said: String) {
        let until = Instant::now() + wait.min(LONGEST);
        let mut state = self.state();
        if !wait.is_zero() && state.as_ref().is_none_or(|(before, _)| *before < until) {
            *state = Some((until, said));
        }
    }

    /// Waits for its end; `Err` tells how long it lasts, if that is longer than `patience`.
    pub(crate) async fn sit_out(&self, patience: Duration) -> Result<(), Duration> {
        loop {
            let lifted = self.lifted.notified();
            let Some((left, _)) = self.left() else { return Ok(()) };
            if left > patience {
                return Err(left);
            }
            // Either way it is looked at again.
            let _ = tokio::time::timeout(left, lifted).await;
        }
    }

    /// How long it lasts yet, and what the server said.
    pub(crate) fn left(&self) -> Option<(Duration, String)> {
        let state = self.state();
        let (until, said) = state.as_ref()?;
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then(|| (left, said.clone()))
    }

    /// Ends it. Says whether there was one.
    pub(crate) fn lift(&self) -> bool {
        let was_held = self.left().is_some();
        *self.state() = None;
        self.lifted.notify_waiters();
        was_held
    }

    fn state(&self) -> MutexGuard<'_, Option<(Instant, String)>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
