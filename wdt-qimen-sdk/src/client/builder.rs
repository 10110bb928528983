//! A client's settings. Setters take what they are given; `build` checks everything and reports all faults at
//! once. Those of the way there are in `builder/transport.rs`, those of
//! time in `builder/times.rs`.

mod times;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Client;
use super::build_error::{BuildError, SettingFault};
use super::core::Core;
use super::options::CallOptions;
use super::request::{Caller, own_keys};
use super::skew::Skew;
use super::times::Times;
use crate::clock::{self, Clock};
use crate::credentials::{Credentials, WDT_TARGET_APP_KEY};
use crate::limit::{Limiter, LimiterSnapshot, Quota};
use crate::protocol::Protocol;
use crate::retry::{Budget, RetryPolicy};
use crate::sign::method::SignMethod;
use crate::transport::BoxTransport;
#[cfg(feature = "http-transport")]
use crate::transport::Proxy;

/// Settings of a [`Client`]. `sid`, `app_key` and `app_secret` are required, the rest has defaults.
///
/// ```
/// use std::time::Duration;
/// use wdt_qimen_sdk::{Client, Protocol, Quota, RetryPolicy};
///
/// # fn set_up() -> Result<Client, Box<dyn std::error::Error>> {
/// # let secret = "s";
/// let client = Client::builder()
///     .protocol(Protocol::Native)
///     .sid("shop2")
///     .app_key("shop2-ot")
///     .app_secret(secret)
///     .quota(Quota::per_minute(30))
///     .deadline(Duration::from_secs(120))
///     .retry(RetryPolicy::default().attempts(3))
///     .build()?;
/// # Ok(client)
/// # }
/// # set_up().unwrap();
/// ```
#[derive(Clone)]
pub struct ClientBuilder {
    protocol: Protocol,
    sandbox: bool,
    base_url: Option<String>,
    sid: String,
    app_key: String,
    app_secret: SecretString,
    target_app_key: String,
    sign_method: SignMethod,
    catalogue_names: bool,
    extra_params: Vec<(String, String)>,
    quota: Quota,
    limiter: Option<Limiter>,
    resumed: LimiterSnapshot,
    retry: RetryPolicy,
    times: Times,
    connect_timeout: Duration,
    max_body: usize,
    seed: Option<u64>,
    clock: Clock,
    transport: Option<BoxTransport>,
    layers: Vec<Wrap>,
    #[cfg(feature = "http-transport")]
    proxy: Proxy,
    #[cfg(feature = "http-transport")]
    root_certificate_pem: Option<Vec<u8>>,
}

/// Puts a layer around a transport.
type Wrap = Arc<dyn Fn(BoxTransport) -> BoxTransport + Send + Sync>;

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            protocol: Protocol::default(),
            sandbox: false,
            base_url: None,
            sid: String::new(),
            app_key: String::new(),
            app_secret: SecretString::default(),
            target_app_key: WDT_TARGET_APP_KEY.to_owned(),
            sign_method: SignMethod::default(),
            catalogue_names: false,
            extra_params: Vec::new(),
            quota: Quota::default(),
            limiter: None,
            resumed: LimiterSnapshot::default(),
            retry: RetryPolicy::default(),
            times: Times::default(),
            connect_timeout: Duration::from_secs(15),
            max_body: 32 * 1024 * 1024,
            seed: None,
            clock: clock::system(),
            transport: None,
            layers: Vec::new(),
            #[cfg(feature = "http-transport")]
            proxy: Proxy::None,
            #[cfg(feature = "http-transport")]
            root_certificate_pem: None,
        }
    }
}

impl Client {
    /// A builder with the defaults of the protocol notes.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }
}

impl ClientBuilder {
    /// The way to the ERP, Qimen by default. `app_key` and `app_secret` are another pair for each way.
    #[must_use]
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol, ..self }
    }

    /// The protocol's sandbox instead of production, unless `base_url` is set. Qimen's may want another
    /// `target_app_key`: none is documented.
    ///
    /// ```
    /// use wdt_qimen_sdk::Client;
    ///
    /// # fn f(key: &str, secret: &str) -> Result<(), wdt_qimen_sdk::BuildError> {
    /// // Key and secret are the sandbox's own.
    /// let client = Client::builder().sandbox().sid("apidevnew2").app_key(key).app_secret(secret).build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sandbox(self) -> Self {
        Self { sandbox: true, ..self }
    }

    /// The gateway's address, the protocol's production by default; http or https, without query. For the native
    /// protocol the directory of its pages.
    ///
    /// ```
    /// use wdt_qimen_sdk::Client;
    ///
    /// // TOP's official address, whose methods have the catalogue's names:
    /// let builder = Client::builder().base_url("https://gw.api.taobao.com/router/rest").catalogue_names(true);
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: Some(base_url.into()), ..self }
    }

    /// 卖家账号, the seller's account at WDT. Required.
    #[must_use]
    pub fn sid(self, sid: impl Into<String>) -> Self {
        Self { sid: sid.into(), ..self }
    }

    /// The caller's own Qimen application. Required.
    #[must_use]
    pub fn app_key(self, app_key: impl Into<String>) -> Self {
        Self { app_key: app_key.into(), ..self }
    }

    /// The application's secret. Required; never shown.
    #[must_use]
    pub fn app_secret(self, app_secret: impl Into<String>) -> Self {
        Self { app_secret: SecretString::from(app_secret.into()), ..self }
    }

    /// WDT's application on this gateway, [`WDT_TARGET_APP_KEY`](crate::WDT_TARGET_APP_KEY) by default.
    #[must_use]
    pub fn target_app_key(self, target_app_key: impl Into<String>) -> Self {
        Self { target_app_key: target_app_key.into(), ..self }
    }

    /// How requests to Qimen are signed, md5 by default.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Client, SignMethod};
    ///
    /// # fn f() -> Result<(), wdt_qimen_sdk::UnknownSignMethod> {
    /// // As it stands in a configuration:
    /// let method: SignMethod = "hmac-sha256".parse()?;
    /// let builder = Client::builder().sign_method(method);
    /// # Ok(())
    /// # }
    /// # f().unwrap();
    /// ```
    #[must_use]
    pub fn sign_method(self, sign_method: SignMethod) -> Self {
        Self { sign_method, ..self }
    }

    /// Whether Qimen is asked for `hu3cgwt0tc.wdt.refund.query`, as TOP's official generated classes ask
    /// `gw.api.taobao.com/router/rest`, instead of `wdt.refund.query`, as clients of the scene's own host do; false by
    /// default. Which name belongs to which address is inferred (protocol notes, section 2).
    #[must_use]
    pub fn catalogue_names(self, catalogue_names: bool) -> Self {
        Self { catalogue_names, ..self }
    }

    /// Further protocol parameters, sent in the query (native: in the form) and signed. The generated classes name `appkey` and
    /// `app_rights`, which nobody is known to send.
    #[must_use]
    pub fn extra_params<K: Into<String>, V: Into<String>>(
        mut self,
        params: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.extra_params.extend(params.into_iter().map(|(key, value)| (key.into(), value.into())));
        self
    }

    /// How often each method may be called, 60 a minute by default.
    #[must_use]
    pub fn quota(self, quota: Quota) -> Self {
        Self { quota, ..self }
    }

    /// Paces the client's calls together with those of every other client that was given the same limiter. Its
    /// contract replaces [`quota`](Self::quota).
    ///
    /// ```
    /// use wdt_qimen_sdk::{Client, Limiter, Quota};
    ///
    /// # fn f(limiter: &Limiter, shops: &[(String, String, String)]) -> Result<Vec<Client>, wdt_qimen_sdk::BuildError> {
    /// // Several accounts in one process, whose pace is seen and kept in one place:
    /// shops
    ///     .iter()
    ///     .map(|(sid, key, secret)| {
    ///         Client::builder().sid(sid).app_key(key).app_secret(secret).limiter(limiter.clone()).build()
    ///     })
    ///     .collect()
    /// # }
    /// ```
    #[must_use]
    pub fn limiter(self, limiter: Limiter) -> Self {
        Self { limiter: Some(limiter), ..self }
    }

    /// Continues what an earlier client's [`snapshot`](Client::snapshot) tells: bans are sat out, what was learned
    /// is kept, and a call that was long ago needs no waiting for.
    ///
    /// ```
    /// # fn f(builder: wdt_qimen_sdk::ClientBuilder, kept: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
    /// // At the start: what the process before this one has learned, if it left a note.
    /// let builder = match kept {
    ///     Some(kept) => builder.resume(serde_json::from_str(kept)?),
    ///     None => builder,
    /// };
    /// let client = builder.build()?;
    /// // From time to time, and at the end:
    /// let kept = serde_json::to_string(&client.snapshot())?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn resume(self, snapshot: LimiterSnapshot) -> Self {
        Self { resumed: snapshot, ..self }
    }

    /// When and how often a call is tried again.
    #[must_use]
    pub fn retry(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// The time limit of making a connection, 15 s by default. Only for the built-in transport.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// The longest answer that is read, 32 MiB by default.
    #[must_use]
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// The seed of the retries' jitter; by default another one for each client.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// The wall clock that signs requests; the system's by default. Waits follow tokio's clock. Where it is off by more
    /// than the gateway allows (10 minutes), the refusal's `Date` header tells by how much, and the next attempt is
    /// signed for the server's time.
    ///
    #[cfg_attr(feature = "mock", doc = "```")]
    #[cfg_attr(not(feature = "mock"), doc = "```ignore")]
    /// use wdt_qimen_sdk::mock::{self, Gateway};
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // A test whose hours take no time: client and gateway go by a clock that follows tokio's.
    /// let clock = mock::virtual_clock("2026-11-20T00:00:00Z".parse()?);
    /// let gateway = Gateway::builder().now(clock.clone()).build();
    /// let client = gateway.client_builder().clock(clock).build()?;
    /// tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    /// assert_eq!(client.now().to_rfc3339(), "2026-11-20T01:00:00+00:00");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// The client, or everything that is wrong with its settings.
    ///
    /// ```
    /// use wdt_qimen_sdk::Client;
    ///
    /// let error = Client::builder().sid("").app_key("21363512").app_secret("").build().unwrap_err();
    /// // Every fault at once, each with the name of its setting:
    /// assert!(error.to_string().contains("sid") && error.to_string().contains("app_secret"));
    /// ```
    pub fn build(self) -> Result<Client, BuildError> {
        let mut faults = Vec::new();
        let base_url = self.checked_url(&mut faults);
        for (setting, value) in [
            ("sid", self.sid.as_str()),
            ("app_key", &self.app_key),
            ("app_secret", self.app_secret.expose_secret()),
            ("target_app_key", &self.target_app_key),
        ] {
            if value.is_empty() {
                faults.push(SettingFault::new(setting, "is missing"));
            } else if value.trim() != value {
                faults.push(SettingFault::new(setting, "begins or ends with white space"));
            }
        }
        self.times.check(&mut faults);
        if self.max_body == 0 {
            faults.push(SettingFault::new("max_body", "must be more than zero"));
        }
        let own = own_keys(self.protocol);
        if self.extra_params.iter().any(|(key, _)| own.contains(&key.as_str())) {
            faults.push(SettingFault::new("extra_params", "may not set what the client sets itself"));
        }
        let transport = self.transport.clone().or_else(|| self.default_transport(&mut faults));
        let (Some(base_url), Some(transport), true) = (base_url, transport, faults.is_empty()) else {
            return Err(BuildError::new(faults));
        };
        let transport = self.layers.iter().fold(transport, |inner, wrap| wrap(inner));
        let limiter = self.limiter.unwrap_or_else(|| Limiter::new(self.quota));
        limiter.resume(&self.sid, self.resumed);
        let core = Core {
            caller: Caller {
                protocol: self.protocol,
                base_url,
                credentials: Credentials {
                    sid: self.sid,
                    app_key: self.app_key,
                    app_secret: self.app_secret,
                    target_app_key: self.target_app_key,
                },
                sign_method: self.sign_method,
                catalogue_names: self.catalogue_names,
                extra_params: self.extra_params,
            },
            transport,
            timeout: self.times.timeout,
            timeouts: self.times.by_method(),
            deadline: self.times.deadline,
            max_body: self.max_body,
            limiter,
            budget: Budget::new(self.retry.budget),
            retry: self.retry,
            seed: self.seed.unwrap_or_else(|| fastrand::u64(..)),
            calls: AtomicU64::new(0),
            clock: self.clock,
            skew: Skew::default(),
            born: tokio::time::Instant::now(),
            server_clock: std::sync::Mutex::default(),
        };
        Ok(Client { core: Arc::new(core), options: CallOptions::default() })
    }

    fn address(&self) -> &str {
        match &self.base_url {
            Some(base_url) => base_url,
            None if self.sandbox => self.protocol.sandbox(),
            None => self.protocol.production(),
        }
    }

    fn checked_url(&self, faults: &mut Vec<SettingFault>) -> Option<Url> {
        let fault = match Url::parse(self.address()) {
            Err(_) => "is no URL",
            Ok(url) if !matches!(url.scheme(), "http" | "https") => "must begin with http:// or https://",
            Ok(url) if url.host_str().is_none() => "has no host",
            Ok(url) if !url.username().is_empty() || url.password().is_some() => "may not carry a login",
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                "may not have a query or fragment"
            }
            Ok(url) => return Some(url),
        };
        faults.push(SettingFault::new("base_url", fault));
        None
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("protocol", &self.protocol)
            .field("base_url", &self.address())
            .field("sid", &self.sid)
            .field("app_key", &self.app_key)
            .field("timeout", &self.times.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}
