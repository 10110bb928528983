//! The client: what it is, its session, and calls by name. Saving and changing bills is in `writes`,
//! asking for them in `reads`; how a call is built, sent and tried again, in `core`.

pub(crate) mod build_error;
pub(crate) mod builder;
pub(crate) mod core;
mod course;
mod identity;
mod login;
pub(crate) mod options;
mod org;
pub(crate) mod raw_answer;
mod reads;
mod seen;
#[cfg(feature = "mock")]
mod simulated;
mod writes;

use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use self::core::Core;
use self::options::CallOptions;
use self::org::Org;
use self::raw_answer::RawAnswer;
use crate::envelope::Answer;
use crate::error::{Error, ErrorKind};
use crate::hold::Hold;
use crate::limit::Limiter;
use crate::service::{Replay, Service};

/// A client of one data centre (账套) for one user. Cheap to clone; clones share session, quota and
/// connections.
#[derive(Clone)]
pub struct Client {
    core: Arc<Core>,
    options: CallOptions,
    org: Option<Arc<Org>>,
}

impl Client {
    pub(crate) fn from_core(core: Core) -> Self {
        Self { core: Arc::new(core), options: CallOptions::default(), org: None }
    }

    /// The same client, sharing session, quota and connections, whose calls are bounded otherwise.
    #[must_use]
    pub fn with(&self, options: CallOptions) -> Self {
        Self { options, ..self.clone() }
    }

    /// The same client in another organisation, by its number: it shares limiter, pauses and connections. With header
    /// signing it is named in the signature; with a login it has a session of its own, which is switched (SwitchOrg) before its
    /// first call. A number that does not exist is refused there; header signing does not notice it. Keep it: each
    /// one made logs in anew.
    #[must_use]
    pub fn for_org(&self, number: impl Into<String>) -> Self {
        Self { org: Some(Arc::new(Org::new(number.into()))), ..self.clone() }
    }

    /// What bounds the calls: for a snapshot, or to share it with another client.
    pub fn limiter(&self) -> Limiter {
        self.core.limiter.clone()
    }

    async fn exchange<T>(
        &self,
        service: &Service,
        body: String,
        read: impl Fn(Answer) -> Result<T, ErrorKind>,
    ) -> Result<T, Error> {
        self.core.exchange(&self.options, self.org.as_deref(), service, body, read).await
    }

    /// Any other service, by short (`Push`) or full name, with the body as it stands. The client
    /// does not know what it does, so it is sent once ([`Replay::Never`]).
    ///
    /// An answer of the service is `Ok` whatever it says: [`RawAnswer::verdicts`] and [`RawAnswer::read`] tell whether it
    /// says no. `SwitchOrg` holds for the session only, and a session can be renewed
    /// at any call: give the client an [`org_num`](crate::ClientBuilder::org_num) rather.
    pub async fn call(&self, service: &str, body: Box<RawValue>) -> Result<RawAnswer, Error> {
        self.call_as(Replay::Never, service, body).await
    }

    /// [`call`](Self::call), for who knows how this service may be replayed: [`Replay::Safe`] if it
    /// only reads, [`Replay::Keyed`] if the body names what it changes.
    pub async fn call_as(
        &self,
        replay: Replay,
        service: &str,
        body: Box<RawValue>,
    ) -> Result<RawAnswer, Error> {
        let service = Service::named(service, replay)?;
        let answer = self.exchange(&service, body.get().to_owned(), Ok).await?;
        Ok(RawAnswer::new(&service, answer))
    }

    /// Logs in now, even if a login was refused a short while ago. Header signing needs no login,
    /// so there it does nothing. Calls log in by themselves.
    pub async fn login(&self) -> Result<(), Error> {
        self.core.login().await
    }

    /// The pause that the server asked for, if one lasts: by a `Retry-After`, or by a refused login, after which no
    /// other is tried for half an hour because repeated failures lock the account. The longer one of the two. Keep it
    /// and give it to [`ClientBuilder::resume`](crate::ClientBuilder::resume) after a restart.
    pub fn hold(&self) -> Option<Hold> {
        self.core.hold()
    }

    /// Ends every pause, because a person knows better, and says how many there were. The next refusal makes another.
    pub fn lift_holds(&self) -> usize {
        self.core.lift_holds()
    }

    /// Ends the session, if there is one.
    pub async fn logout(&self) -> Result<(), Error> {
        self.core.logout(self.org.as_deref()).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.core.base_url)
            .field("acct_id", &self.core.identity.acct_id)
            .field("username", &self.core.identity.username)
            .field("credentials", &self.core.credentials)
            .finish_non_exhaustive()
    }
}
