//! Configuring a client: setters that cannot fail, and one `build` that reports everything wrong.
//! What the client does with it is in `core`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use tokio::sync::Semaphore;

use super::Client;
use super::build_error::{BuildError, SettingFault};
use super::core::Core;
use super::identity::Identity;
use crate::clock::{self, Clock};
use crate::credentials::Credentials;
use crate::hold::{Hold, Pause};
use crate::limit::{Pace, Quota};
use crate::retry::{Budget, RetryPolicy};
use crate::session::Session;
use crate::transport::{self, BoxError, Transport};

/// Configures a [`Client`].
pub struct ClientBuilder {
    base_url: String,
    acct_id: String,
    username: String,
    credentials: Option<Credentials>,
    lcid: u32,
    org_num: String,
    quota: Option<Quota>,
    concurrency: (usize, usize),
    timeout: Duration,
    timeouts: BTreeMap<String, Duration>,
    connect_timeout: Duration,
    max_body: usize,
    resumed: Option<Hold>,
    retry: RetryPolicy,
    seed: Option<u64>,
    clock: Clock,
    transport: Option<Transport>,
    root_certificate_pem: Option<Vec<u8>>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            acct_id: String::new(),
            username: String::new(),
            credentials: None,
            lcid: 2052,
            org_num: "0".to_owned(),
            quota: None,
            concurrency: (2, 1),
            timeout: Duration::from_mins(3),
            timeouts: BTreeMap::new(),
            connect_timeout: Duration::from_secs(10),
            max_body: 64 << 20,
            resumed: None,
            retry: RetryPolicy::default(),
            seed: None,
            clock: clock::system(),
            transport: None,
            root_certificate_pem: None,
        }
    }
}

impl Client {
    /// Starts configuring a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// The site's address, such as `https://erp.example.com/k3cloud/`. Required. Signed as written.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The data centre's id (账套 acctID). Required.
    #[must_use]
    pub fn acct_id(mut self, acct_id: impl Into<String>) -> Self {
        self.acct_id = acct_id.into();
        self
    }

    /// The integration user. Required.
    #[must_use]
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = username.into();
        self
    }

    /// How to prove who is calling. Required.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Language of names and messages: 2052 simplified Chinese (default), 1033 English, 3076
    /// traditional Chinese.
    #[must_use]
    pub fn lcid(mut self, lcid: u32) -> Self {
        self.lcid = lcid;
        self
    }

    /// The organisation's number, as text: `101.2` and `001` are such numbers. Default `0`. A wrong
    /// one is not noticed by the server.
    #[must_use]
    pub fn org_num(mut self, org_num: impl Into<String>) -> Self {
        self.org_num = org_num.into();
        self
    }

    /// At most so many calls a minute, logins and retries included. Default: no bound. Whatever
    /// the quota, calls come more slowly while the server says that it is busy: MsgCode 13 (lock) and
    /// 14 (call limit), status 429 and 503.
    #[must_use]
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = Some(quota);
        self
    }

    /// At most so many reads and writes in flight. Default 2 and 1: parallel saves that touch the
    /// same materials fight over stock rows.
    #[must_use]
    pub fn concurrency(mut self, reads: usize, writes: usize) -> Self {
        self.concurrency = (reads, writes);
        self
    }

    /// How long to wait for the whole answer. Default 180 s.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Another time-out for one operation, by its short name, such as `View` or `BatchSave`.
    #[must_use]
    pub fn timeout_of(mut self, operation: impl Into<String>, timeout: Duration) -> Self {
        self.timeouts.insert(operation.into(), timeout);
        self
    }

    /// How long to wait for a connection. Default 10 s. For the HTTP transport only.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Takes up a pause of all calls that an earlier client was asked for ([`Client::hold`]): the rest of it is sat out,
    /// at most an hour from the making of this client. A refused login is not: what was wrong with it may be mended.
    #[must_use]
    pub fn resume(mut self, hold: Option<Hold>) -> Self {
        self.resumed = hold;
        self
    }

    /// How often and how long to try again.
    #[must_use]
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The seed of the retries' jitter; by default another one for each client.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The wall clock that signatures are dated with. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Another transport than HTTP by reqwest. Its errors should say [`transport::NotSent`] where
    /// that is certain.
    #[must_use]
    pub fn transport<S>(mut self, service: S) -> Self
    where
        S: tower_service::Service<Request<Bytes>, Response = Response<Bytes>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
    {
        self.transport = Some(transport::erase(service));
        self
    }

    /// Further certificates to trust, in PEM: those of a site's own authority, or the very certificate that
    /// its server presents, also a self-signed one. Verification is never switched off: see
    /// [`Trusted`](crate::trust::Trusted). For the HTTP transport only.
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: Vec<u8>) -> Self {
        self.root_certificate_pem = Some(pem);
        self
    }

    /// The longest reply to read, in bytes. Default 64 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the client, or names everything that is wrong.
    pub fn build(mut self) -> Result<Client, BuildError> {
        let mut faults = self.faults();
        let transport = self.transport.take().map_or_else(|| self.over_http(), Ok);
        let transport = transport.map_err(|fault| faults.push(fault)).ok();
        let (Some(transport), Some(credentials), []) = (transport, self.credentials, &*faults) else {
            return Err(BuildError::new(faults));
        };
        if !self.base_url.ends_with('/') {
            self.base_url.push('/');
        }
        Ok(Client::from_core(Core {
            base_url: self.base_url,
            identity: Identity {
                acct_id: self.acct_id,
                username: self.username,
                lcid: self.lcid,
                org_num: self.org_num,
            },
            credentials,
            session: Session::default(),
            transport,
            pace: Pace::new(self.quota),
            pause: Pause::resumed(self.resumed, (self.clock)()),
            reads: Semaphore::new(self.concurrency.0),
            writes: Semaphore::new(self.concurrency.1),
            timeout: self.timeout,
            timeouts: self.timeouts,
            max_body: self.max_body,
            budget: Budget::new(self.retry.budget),
            retry: self.retry,
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..)),
            clock: self.clock,
            calls: AtomicU64::new(0),
        }))
    }

    fn faults(&self) -> Vec<SettingFault> {
        let mut faults = self.faults_of_url();
        let mut check = |ok: bool, setting: &'static str, fault: &'static str| {
            if !ok {
                faults.push(SettingFault::new(setting, fault));
            }
        };
        check(!self.acct_id.is_empty(), "acct_id", "is missing");
        check(!self.username.is_empty(), "username", "is missing");
        check(self.concurrency.0 > 0 && self.concurrency.1 > 0, "concurrency", "must be more than zero");
        match &self.credentials {
            None => check(false, "credentials", "are missing"),
            Some(credentials) => {
                let printable = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
                check(
                    credentials.app_id().is_none_or(printable),
                    "credentials",
                    "have an app_id that is empty or not plain ASCII",
                );
                let secret = secrecy::ExposeSecret::expose_secret(credentials.secret());
                check(!secret.is_empty(), "credentials", "have an empty secret or password");
            }
        }
        faults
    }

    fn faults_of_url(&self) -> Vec<SettingFault> {
        let fault = |fault: &'static str| SettingFault::new("base_url", fault);
        let url = match url::Url::parse(&self.base_url) {
            Ok(url) => url,
            Err(error) => return vec![SettingFault::new("base_url", format!("is no address: {error}"))],
        };
        let has_user = !url.username().is_empty() || url.password().is_some();
        let faults = [
            (!matches!(url.scheme(), "http" | "https")).then(|| fault("starts with neither http nor https")),
            (!url.has_host()).then(|| fault("has no host")),
            (url.query().is_some() || url.fragment().is_some()).then(|| fault("has a query or fragment")),
            has_user.then(|| fault("has a user in it")),
        ];
        faults.into_iter().flatten().collect()
    }

    #[cfg(feature = "reqwest")]
    fn over_http(&self) -> Result<Transport, SettingFault> {
        let settings = transport::HttpSettings {
            connect_timeout: self.connect_timeout,
            root_certificate_pem: self.root_certificate_pem.clone(),
            max_body: self.max_body,
        };
        transport::over_http(&settings)
            .map_err(|error| SettingFault::new("transport", format!("over HTTP cannot be set up: {error}")))
    }

    #[cfg(not(feature = "reqwest"))]
    #[allow(clippy::unused_self, reason = "the same call as with the feature")]
    fn over_http(&self) -> Result<Transport, SettingFault> {
        Err(SettingFault::new("transport", "is missing: the reqwest feature is off"))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url)
            .field("acct_id", &self.acct_id)
            .field("username", &self.username)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
