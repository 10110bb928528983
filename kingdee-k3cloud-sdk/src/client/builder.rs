//! Configuring a client: setters that cannot fail, and one `build` that reports everything wrong.
//! What the client does with it is in `core`; settings of the way there in `builder/transport`.

mod transport;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Client;
use super::answers::Answers;
use super::build_error::{BuildError, SettingFault};
use super::core::Core;
use super::identity::Identity;
use super::org::Orgs;
use crate::clock::{self, Clock};
use crate::credentials::Credentials;
use crate::hold::{Hold, Pause};
use crate::limit::{Limiter, Quota};
use crate::retry::{Budget, RetryPolicy};
use crate::service::names;
use crate::session::Session;
use crate::session::gate::Gate;
use crate::transport::BoxTransport;
#[cfg(feature = "http-transport")]
use crate::transport::Proxy;

/// Settings of a [`Client`]. `base_url`, `acct_id`, `username` and `credentials` are required, the rest has defaults.
///
/// ```
/// use std::time::Duration;
/// use kingdee_k3cloud_sdk::{Client, Credentials, Quota, RetryPolicy};
///
/// # fn set_up() -> Result<Client, Box<dyn std::error::Error>> {
/// # let secret = "s";
/// let client = Client::builder()
///     .base_url("http://erp.example.com/k3cloud/")
///     .acct_id("65f0c0ffee")
///     .username("api")
///     .credentials(Credentials::signature("260001_key", secret))
///     .quota(Quota::per_minute(120))
///     .timeout_of("BatchSave", Duration::from_secs(300))
///     .retry(RetryPolicy::default().attempts(3))
///     .build()?;
/// # Ok(client)
/// # }
/// # set_up().unwrap();
/// ```
#[derive(Clone)]
pub struct ClientBuilder {
    base_url: String,
    acct_id: String,
    username: String,
    credentials: Option<Credentials>,
    lcid: u32,
    org_num: String,
    quota: Option<Quota>,
    concurrency: (usize, usize),
    limiter: Option<Limiter>,
    timeout: Duration,
    deadline: Option<Duration>,
    timeouts: BTreeMap<String, Duration>,
    connect_timeout: Duration,
    max_body: usize,
    resumed: Vec<Hold>,
    retry: RetryPolicy,
    seed: Option<u64>,
    clock: Clock,
    transport: Option<BoxTransport>,
    layers: Vec<Wrap>,
    #[cfg(feature = "http-transport")]
    proxy: Option<Proxy>,
    #[cfg(feature = "http-transport")]
    root_certificate_pem: Option<Vec<u8>>,
}

/// Puts a layer around a transport.
type Wrap = Arc<dyn Fn(BoxTransport) -> BoxTransport + Send + Sync>;

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
            limiter: None,
            timeout: Duration::from_secs(3 * 60),
            deadline: None,
            timeouts: BTreeMap::new(),
            connect_timeout: Duration::from_secs(10),
            max_body: 64 << 20,
            resumed: Vec::new(),
            retry: RetryPolicy::default(),
            seed: None,
            clock: clock::system(),
            transport: None,
            layers: Vec::new(),
            #[cfg(feature = "http-transport")]
            proxy: None,
            #[cfg(feature = "http-transport")]
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
    /// one is not noticed by the server. For header signing; with a login take [`Client::for_org`].
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Client;
    /// // A text, not a number: "001" and "101.2" are such numbers.
    /// let builder = Client::builder().org_num("101.2");
    /// # let _ = builder;
    /// ```
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
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Quota};
    ///
    /// // Four reads beside each other; writes one by one, as parallel saves fight over stock rows.
    /// let builder = Client::builder().concurrency(4, 1).quota(Quota::per_minute(120));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn concurrency(mut self, reads: usize, writes: usize) -> Self {
        self.concurrency = (reads, writes);
        self
    }

    /// Bounds that are shared with other clients, in place of [`quota`](Self::quota) and
    /// [`concurrency`](Self::concurrency).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Limiter, Quota};
    ///
    /// // Two users of one server, who share its bounds:
    /// let shared = Limiter::new(Some(Quota::per_minute(120)), 2, 1);
    /// let [first, second] = ["api1", "api2"].map(|user| Client::builder().username(user).limiter(shared.clone()));
    /// # let _ = (first, second);
    /// ```
    #[must_use]
    pub fn limiter(mut self, limiter: Limiter) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// How long to wait for the whole answer to one attempt. Default 180 s. A call waits for its turn besides, and may be
    /// tried again: [`deadline`](Self::deadline) bounds all of that.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long a whole call may take: waiting for its turn, logging in, every attempt and the pauses between them.
    /// Default: no bound. What is not over by then fails as [`ErrorKind::Deadline`](crate::ErrorKind::Deadline); a write
    /// that was under way is in doubt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::Client;
    ///
    /// // A fifth caller behind four slow saves is told so after five minutes, and was not sent:
    /// let builder = Client::builder().deadline(Duration::from_secs(300));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Another time-out for one operation, by its short name, such as `View` or `BatchSave`; of ExcuteOperation and
    /// AttachmentUpLoad, by either spelling. Any other service goes by its full name. A short name that the Web API does not
    /// have, and a full one within two letters of one that it has, are taken for slips, and [`build`](Self::build) refuses them.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use kingdee_k3cloud_sdk::Client;
    /// let builder = Client::builder().timeout_of("BatchSave", Duration::from_secs(300));
    /// # let _ = builder;
    /// ```
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

    /// Takes up the pause of all calls that an earlier client was asked for ([`Client::holds`]): the rest of it is sat out,
    /// at most an hour from the making of this client. A refused login is not: what was wrong with it may be mended.
    ///
    /// ```
    /// # fn f(builder: kingdee_k3cloud_sdk::ClientBuilder, kept: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::collections::BTreeMap;
    /// # use kingdee_k3cloud_sdk::Hold;
    /// // At the start: the pauses that the process before this one was asked for, if it left a note.
    /// let holds: BTreeMap<String, Hold> = kept.map_or_else(|| Ok(BTreeMap::new()), serde_json::from_str)?;
    /// let client = builder.resume(holds.into_values()).build()?;
    /// // At the end:
    /// let kept = serde_json::to_string(&client.holds())?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume(mut self, holds: impl IntoIterator<Item = Hold>) -> Self {
        self.resumed = holds.into_iter().collect();
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
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Client;
    /// use kingdee_k3cloud_sdk::chrono::{DateTime, Utc};
    ///
    /// // A test whose signatures are always the same:
    /// let now: DateTime<Utc> = "2026-11-03T08:00:00Z".parse()?;
    /// let builder = Client::builder().clock(move || now);
    /// # let _ = builder;
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The longest reply to read, in bytes. Default 64 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Builds the client, or names everything that is wrong.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, Credentials};
    ///
    /// let error = Client::builder()
    ///     .base_url("erp.example.com/k3cloud")
    ///     .acct_id("65f0c0ffee")
    ///     .username("")
    ///     .credentials(Credentials::password("made-up"))
    ///     .build()
    ///     .unwrap_err();
    /// // Every fault at once, each with the name of its setting:
    /// assert!(error.to_string().contains("base_url") && error.to_string().contains("username"));
    /// ```
    pub fn build(mut self) -> Result<Client, BuildError> {
        let mut faults = self.faults();
        let transport = self.transport.take().map_or_else(|| self.over_http(), Ok);
        let transport = transport.map_err(|fault| faults.push(fault)).ok();
        let (Some(transport), Some(credentials), []) = (transport, self.credentials, &*faults) else {
            return Err(BuildError::new(faults));
        };
        let transport = self.layers.iter().fold(transport, |inner, wrap| wrap(inner));
        if !self.base_url.ends_with('/') {
            self.base_url.push('/');
        }
        let host = url::Url::parse(&self.base_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        Ok(Client::from_core(Core {
            base_url: self.base_url,
            host: host.unwrap_or_default(),
            identity: Identity {
                acct_id: self.acct_id,
                username: self.username,
                lcid: self.lcid,
                org_num: self.org_num,
            },
            credentials,
            gate: Gate::default(),
            session: Session::default(),
            orgs: Orgs::default(),
            answers: Answers::default(),
            transport,
            limiter: self
                .limiter
                .unwrap_or_else(|| Limiter::new(self.quota, self.concurrency.0, self.concurrency.1)),
            pause: Pause::resumed(self.resumed, (self.clock)()),
            timeout: self.timeout,
            deadline: self.deadline,
            timeouts: (self.timeouts.into_iter())
                .filter_map(|(name, time)| Some((names::timed(&name).ok()?, time)))
                .collect(),
            max_body: self.max_body,
            budget: Budget::new(self.retry.budget),
            retry: self.retry,
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..)),
            clock: self.clock,
            spelling: AtomicUsize::new(0),
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
        let required = [("acct_id", &self.acct_id), ("username", &self.username), ("org_num", &self.org_num)];
        for (setting, value) in required {
            check(!value.is_empty(), setting, "is missing");
            check(value.trim() == value, setting, "begins or ends with white space");
        }
        check(self.concurrency.0 > 0 && self.concurrency.1 > 0, "concurrency", "must be more than zero");
        check(!self.timeout.is_zero(), "timeout", "must be more than zero");
        check(self.deadline.is_none_or(|deadline| !deadline.is_zero()), "deadline", "must be more than zero");
        check(self.max_body > 0, "max_body", "must be more than zero");
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
                // A line's end that came along from a file, mostly. A password may be anything.
                let is_trim = credentials.app_id().is_none() || secret.trim() == secret;
                check(is_trim, "credentials", "have a secret that begins or ends with white space");
            }
        }
        for (name, time) in &self.timeouts {
            if let Err(why) = names::timed(name) {
                faults.push(SettingFault::new("timeout_of", why));
            } else if time.is_zero() {
                faults.push(SettingFault::new("timeout_of", "must be more than zero"));
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
