//! The transport over HTTP: the one file that names reqwest. Certificates are always verified, redirects never followed.
//! Which servers are believed is in `trust`.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use tower_service::Service;
use url::Url;

use super::{BoxError, BrokenOff, NotSent, ProxyRefused, ReplyBody, RequestBody, whole};
use crate::certificate::BadCertificate;
use crate::runtime::NoIo;

/// HTTP/1.1, pooled. Cheap to clone; clones share connections.
///
/// ```
/// use kingdee_k3cloud_sdk::Client;
/// use kingdee_k3cloud_sdk::transport::{HttpTransport, Proxy};
///
/// # fn set_up() -> Result<(), Box<dyn std::error::Error>> {
/// let http = HttpTransport::builder()
///     .user_agent("our-shop/2.1")
///     .proxy(Proxy::Url("http://proxy.example.com:3128".to_owned()))
///     .build()?;
/// let builder = Client::builder().transport(http);
/// # let _ = builder;
/// # Ok(())
/// # }
/// # set_up().unwrap();
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
    /// The one that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, with `NO_PROXY`.
    Environment,
    /// This one, such as `http://proxy.example.com:3128`.
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

/// Configures an [`HttpTransport`].
#[derive(Clone)]
pub struct HttpTransportBuilder {
    user_agent: String,
    proxy: Proxy,
    root_certificate_pem: Option<Vec<u8>>,
    connect_timeout: Duration,
    idle_timeout: Duration,
}

/// A setting of an [`HttpTransport`] that cannot be used.
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
    /// Starts configuring one.
    pub fn builder() -> HttpTransportBuilder {
        HttpTransportBuilder {
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            proxy: Proxy::None,
            root_certificate_pem: None,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(15),
        }
    }

    /// A client of yours, as it is set up. It should follow no redirect, which would carry the signature to another host,
    /// and repeat nothing by itself (`redirect(Policy::none())`, `retry(never())`): a write would be doubled.
    pub fn from_reqwest(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl HttpTransportBuilder {
    /// What the server is told of the caller. Default: this crate and its version.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Which proxy calls go through. Default: none, also where the environment names one.
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Further certificates to trust, in PEM; see [`ClientBuilder::root_certificate_pem`].
    ///
    /// [`ClientBuilder::root_certificate_pem`]: crate::ClientBuilder::root_certificate_pem
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificate_pem = Some(pem.into());
        self
    }

    /// How long to wait for a connection. Default 10 s. How long for an answer is the client's.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an unused connection is kept. Default 15 s: a server that closes one at the same moment leaves a write
    /// in doubt.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Builds it, or names the setting that cannot be used.
    pub fn build(self) -> Result<HttpTransport, BadHttpSetting> {
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .map_err(|_| BadHttpSetting::new("user_agent", "is no text that a header can carry"))?;
        if self.connect_timeout.is_zero() {
            return Err(BadHttpSetting::new("connect_timeout", "must be more than zero"));
        }
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .http1_only()
            .retry(reqwest::retry::never())
            .pool_idle_timeout(self.idle_timeout)
            .connect_timeout(self.connect_timeout)
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
        let builder = trusting(builder, self.root_certificate_pem)?;
        let client = builder
            .build()
            .map_err(|error| BadHttpSetting::new("transport", error.without_url().to_string()))?;
        Ok(HttpTransport { client })
    }
}

#[cfg(feature = "tls-own-provider")]
fn trusting(
    builder: reqwest::ClientBuilder,
    pem: Option<Vec<u8>>,
) -> Result<reqwest::ClientBuilder, BadHttpSetting> {
    let Some(pem) = pem else {
        let config = crate::trust::system()
            .map_err(|why| BadHttpSetting::new("transport", format!("cannot be used: {why}")))?;
        return Ok(builder.tls_backend_preconfigured(config));
    };
    let bad = |why: String| BadHttpSetting::new("root_certificate_pem", format!("cannot be used: {why}"));
    let trusted = crate::trust::Trusted::from_pem(&pem).map_err(|why| bad(why.to_string()))?;
    let config = trusted.config().map_err(|why| bad(why.to_string()))?;
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(not(feature = "tls-own-provider"))]
fn trusting(
    builder: reqwest::ClientBuilder,
    pem: Option<Vec<u8>>,
) -> Result<reqwest::ClientBuilder, BadHttpSetting> {
    match pem {
        None => Ok(builder),
        Some(_) => Err(BadHttpSetting::new("root_certificate_pem", "needs the feature tls")),
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

/// The same for layers that are put around it by hand.
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
        return Err(Box::new(NotSent(why.into())));
    }
    let request = reqwest::Request::try_from(request.map(reqwest::Body::from))
        .map_err(|error| Box::new(NotSent(error.without_url().into())))?;
    let reply = client.execute(request).await.map_err(|error| -> BoxError {
        let never_connected = error.is_connect();
        let error: BoxError = error.without_url().into();
        if let Some(refused) = ProxyRefused::of_tunnel(&*error) {
            return Box::new(NotSent(refused.into()));
        }
        match refused_certificate(&*error) {
            Some(refused) => Box::new(NotSent(refused.into())),
            None if never_connected => Box::new(NotSent(error)),
            None => error,
        }
    })?;
    if reply.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        return Err(Box::new(NotSent(ProxyRefused.into())));
    }
    let broken = |error: reqwest::Error| BrokenOff(error.without_url().into()).into();
    Ok(Response::from(reply).map(|body| body.map_err(broken).boxed_unsync()))
}

/// The refusal of a certificate, wherever it is in the chain. An I/O error hides what it wraps from `source`.
#[cfg(feature = "tls-own-provider")]
fn refused_certificate(error: &(dyn std::error::Error + 'static)) -> Option<BadCertificate> {
    std::iter::successors(Some(error), |error| match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
        None => error.source(),
    })
    .find_map(|error| match error.downcast_ref()? {
        rustls::Error::InvalidCertificate(why) => Some(BadCertificate {
            fault: crate::certificate::CertificateFault::of(why),
            detail: crate::certificate::CertificateFault::detail(why),
        }),
        _ => None,
    })
}

#[cfg(not(feature = "tls-own-provider"))]
fn refused_certificate(_: &(dyn std::error::Error + 'static)) -> Option<BadCertificate> {
    None
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpTransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's address may carry a password.
        f.debug_struct("HttpTransportBuilder").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}
