//! The transport over HTTP: the only file that names reqwest. Certificates are always verified, redirects never
//! followed, nothing is repeated.

use std::fmt;
#[cfg(feature = "tls-own-provider")]
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
#[cfg(feature = "tls-own-provider")]
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
#[cfg(feature = "tls-own-provider")]
use rustls::{ClientConfig, RootCertStore, crypto::CryptoProvider};
#[cfg(feature = "tls-own-provider")]
use rustls_platform_verifier::Verifier;
use tower_service::Service;
use url::Url;

use super::body::{ReplyBody, RequestBody, whole};
use super::marks::{BoxError, BrokenOff, NotSent};
use super::proxy_refused::ProxyRefused;
use crate::runtime::NoIo;

/// The transport over HTTP/1.1. Cheap to clone; clones share connections.
///
/// It follows no redirect and sends no Referer (both would hand the signature to another host), replays nothing (that
/// would pass by the limiter), and gives up idle connections before a gateway closes them under a request.
///
/// ```
/// use wdt_qimen_sdk::Client;
/// use wdt_qimen_sdk::transport::{HttpTransport, Proxy};
///
/// let http = HttpTransport::builder()
///     .user_agent("our-shop/2.1")
///     .proxy(Proxy::Url("http://proxy.example.com:3128".to_owned()))
///     .build()?;
/// let builder = Client::builder().transport(http);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HttpTransport {
    client: reqwest::Client,
}

/// Which proxy calls go through.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// None, whatever the environment says.
    #[default]
    None,
    /// The one that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    Environment,
    /// This one, as `http://proxy.example.com:3128`.
    Url(String),
}

/// A proxy's address may carry a password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Environment => "Environment",
            Self::Url(_) => "Url(…)",
        })
    }
}

/// Settings of an [`HttpTransport`].
#[derive(Clone)]
pub struct HttpTransportBuilder {
    user_agent: String,
    proxy: Proxy,
    root_certificates: Vec<Vec<u8>>,
    connect_timeout: Duration,
    idle_timeout: Duration,
}

/// A setting of an [`HttpTransport`] that cannot be used. It shows no address: that of a proxy may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {fault}")]
#[non_exhaustive]
pub struct BadHttpSetting {
    /// The setter's name.
    pub setting: &'static str,
    /// What is wrong with it.
    pub fault: String,
}

impl BadHttpSetting {
    fn new(setting: &'static str, fault: impl Into<String>) -> Self {
        Self { setting, fault: fault.into() }
    }
}

impl HttpTransport {
    /// Settings with their defaults.
    pub fn builder() -> HttpTransportBuilder {
        HttpTransportBuilder {
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: Proxy::None,
            root_certificates: Vec::new(),
            connect_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(15),
        }
    }

    /// A client of your own, as it is set up. Let it follow no redirect and repeat nothing
    /// (`redirect(Policy::none())`, `retry(never())`): the one hands the signature to another host, the other doubles
    /// writes.
    ///
    /// ```
    /// use wdt_qimen_sdk::Client;
    /// use wdt_qimen_sdk::transport::HttpTransport;
    ///
    /// /// Over a client that the application has set up: it follows no redirect and repeats nothing.
    /// fn over(client: reqwest::Client) -> wdt_qimen_sdk::ClientBuilder {
    ///     Client::builder().transport(HttpTransport::from_reqwest(client))
    /// }
    /// ```
    pub fn from_reqwest(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl HttpTransportBuilder {
    /// What the server is told of the caller; this crate and its version by default.
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// Which proxy calls go through; none by default, also where the environment names one.
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }

    /// Certificates that are trusted besides the system's, in PEM: of a company's own authority, as of a proxy that reads
    /// along.
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// The time limit of making a connection, 15 s by default. That of an answer is the client's.
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// How long an unused connection is kept, 15 s by default.
    #[must_use]
    pub fn idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// The transport, or the setting that cannot be used.
    pub fn build(self) -> Result<HttpTransport, BadHttpSetting> {
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| BadHttpSetting::new("user_agent", "is no text that a header can carry"))?;
        if self.connect_timeout.is_zero() {
            return Err(BadHttpSetting::new("connect_timeout", "must be more than zero"));
        }
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .http1_only()
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(self.idle_timeout)
            .user_agent(user_agent);
        let builder = match self.proxy {
            Proxy::None => builder.no_proxy(),
            Proxy::Environment => builder,
            Proxy::Url(url) => {
                // The address may carry a password, and an error the address.
                let bad = |why: &str| BadHttpSetting::new("proxy", why);
                if !Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                    return Err(bad("is no address that begins with http:// or https://"));
                }
                builder.proxy(reqwest::Proxy::all(url).map_err(|_| bad("is no address"))?)
            }
        };
        let client = trusting(builder, &self.root_certificates)?.build().map_err(|error| {
            BadHttpSetting::new("transport", format!("cannot be used: {}", error.without_url()))
        })?;
        Ok(HttpTransport { client })
    }
}

#[cfg(feature = "tls-own-provider")]
fn trusting(
    builder: reqwest::ClientBuilder,
    pems: &[Vec<u8>],
) -> Result<reqwest::ClientBuilder, BadHttpSetting> {
    let bad = |why: String| BadHttpSetting::new("root_certificate_pem", why);
    let mut certificates = Vec::new();
    for pem in pems {
        let before = certificates.len();
        for (index, block) in CertificateDer::pem_slice_iter(pem).enumerate() {
            let place = index + 1;
            let block = block.map_err(|_| bad(format!("block {place} is cut or no base64")))?;
            if RootCertStore::empty().add(block.clone()).is_err() {
                return Err(bad(format!("block {place} holds no certificate")));
            }
            certificates.push(block);
        }
        if certificates.len() == before {
            return Err(bad("holds no certificate in PEM".to_owned()));
        }
    }
    let (at_fault, config) = if certificates.is_empty() {
        ("transport", system())
    } else {
        ("root_certificate_pem", provider().and_then(|provider| believing(certificates, provider)))
    };
    let config = config.map_err(|error| BadHttpSetting::new(at_fault, format!("cannot be used: {error}")))?;
    Ok(builder.tls_backend_preconfigured(config))
}

/// A client that believes the system's authorities. They are read once a process: for a program with many clients that is
/// most of its start. What the system trusts from then on counts with the next start.
#[cfg(feature = "tls-own-provider")]
fn system() -> Result<ClientConfig, rustls::Error> {
    static SYSTEM: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(known) = SYSTEM.get() {
        return Ok(known.clone());
    }
    let config = believing(Vec::new(), provider()?)?;
    Ok(SYSTEM.get_or_init(|| config).clone())
}

/// A client that believes the system's authorities and these.
#[cfg(feature = "tls-own-provider")]
fn believing(
    further: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<ClientConfig, rustls::Error> {
    let verifier = Arc::new(Verifier::new_with_extra_roots(further, provider.clone())?);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The cryptography of the application, or this crate's own.
#[cfg(feature = "tls-own-provider")]
#[cfg_attr(
    any(feature = "tls", feature = "tls-ring"),
    allow(clippy::unnecessary_wraps, reason = "without the feature there may be none")
)]
fn provider() -> Result<Arc<CryptoProvider>, rustls::Error> {
    if let Some(installed) = CryptoProvider::get_default() {
        return Ok(Arc::clone(installed));
    }
    #[cfg(feature = "tls")]
    return Ok(Arc::new(rustls::crypto::aws_lc_rs::default_provider()));
    #[cfg(all(feature = "tls-ring", not(feature = "tls")))]
    return Ok(Arc::new(rustls::crypto::ring::default_provider()));
    #[cfg(not(any(feature = "tls", feature = "tls-ring")))]
    Err(rustls::Error::General(
        "no CryptoProvider is installed: call CryptoProvider::install_default".to_owned(),
    ))
}

#[cfg(not(feature = "tls-own-provider"))]
fn trusting(
    builder: reqwest::ClientBuilder,
    pems: &[Vec<u8>],
) -> Result<reqwest::ClientBuilder, BadHttpSetting> {
    if pems.is_empty() {
        Ok(builder)
    } else {
        Err(BadHttpSetting::new("root_certificate_pem", "needs the feature tls"))
    }
}

impl Service<Request<Bytes>> for HttpTransport {
    type Response = Response<ReplyBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<ReplyBody>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(exchange(self.client.clone(), request))
    }
}

/// For layers that are put around it by hand.
impl Service<Request<RequestBody>> for HttpTransport {
    type Response = Response<ReplyBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<ReplyBody>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        Box::pin(exchange(self.client.clone(), request.map(whole)))
    }
}

async fn exchange(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<ReplyBody>, BoxError> {
    if let Some(why) = NoIo::here() {
        return Err(NotSent(why.into()).into());
    }
    let request = reqwest::Request::try_from(request).map_err(|error| NotSent(strip(error)))?;
    let response = client.execute(request).await.map_err(|error| {
        let never_left = error.is_connect() || error.is_builder();
        let error = strip(error);
        match ProxyRefused::of_tunnel(&*error) {
            Some(refused) => NotSent(refused.into()).into(),
            None if never_left => NotSent(error).into(),
            None => error,
        }
    })?;
    if response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(NotSent(ProxyRefused.into()).into());
    }
    let broken = |error: reqwest::Error| BoxError::from(BrokenOff(strip(error)));
    Ok(Response::from(response).map(|body| body.map_err(broken).boxed_unsync()))
}

/// reqwest's errors carry the URL, and the URL the signature.
fn strip(error: reqwest::Error) -> BoxError {
    error.without_url().into()
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransportBuilder").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}
