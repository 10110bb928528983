//! A client's way to the network: the built-in one and its settings, one of the caller's own, layers around it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use super::ClientBuilder;
use crate::client::build_error::SettingFault;
use crate::transport::{AnswerBody, BoxError, BoxTransport, RequestBody};
#[cfg(feature = "http-transport")]
use crate::transport::{HttpTransport, Proxy, ReplyBody};

impl ClientBuilder {
    /// Another transport than the default [`HttpTransport`](crate::transport::HttpTransport), or one that you configured:
    /// any service that answers `http::Request<Bytes>`, with whole `Bytes` or any `http_body::Body`. Its errors should say
    /// [`transport::NotSent`](crate::transport::NotSent) where that is certain.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use kingdee_k3cloud_sdk::bytes::Bytes;
    /// use kingdee_k3cloud_sdk::{Client, Credentials, Query, http};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // A function that answers every request is a transport:
    /// let one_row = tower::service_fn(|_request: http::Request<Bytes>| async {
    ///     Ok::<_, Infallible>(http::Response::new(Bytes::from_static(b"[[\"TK1\"]]")))
    /// });
    /// let client = Client::builder()
    ///     .base_url("https://erp.example.com/k3cloud/")
    ///     .acct_id("65f0")
    ///     .username("api")
    ///     .credentials(Credentials::signature("260001_key", "s"))
    ///     .transport(one_row)
    ///     .build()?;
    /// let query = Query::builder().form_id("SAL_RETURNSTOCK").field_keys(["FBillNo"]).build();
    /// assert_eq!(client.query(&query).await?[0][0].text(), "TK1");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn transport<S, B, M>(mut self, service: S) -> Self
    where
        S: tower_service::Service<Request<Bytes>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: AnswerBody<M>,
    {
        self.transport = Some(BoxTransport::new(service));
        self
    }

    /// A layer around the transport, whichever it is: it sees each request that is sent, logins and retries included,
    /// with its headers and its [`Operation`](crate::transport::Operation). A further layer goes around those before it.
    ///
    /// Let it repeat nothing: the client knows what may be sent again.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Client;
    ///
    /// let builder = Client::builder().layer(tower_http::trace::TraceLayer::new_for_http());
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: tower::Layer<BoxTransport> + Send + Sync + 'static,
        L::Service: tower_service::Service<Request<RequestBody>, Response = Response<B>>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as tower_service::Service<Request<RequestBody>>>::Error: Into<BoxError>,
        <L::Service as tower_service::Service<Request<RequestBody>>>::Future: Send + 'static,
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.layers.push(Arc::new(move |transport: BoxTransport| transport.layered(&layer)));
        self
    }

    /// Which proxy calls go through. Default: none, also where the environment names one. For the HTTP transport only.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Client;
    /// use kingdee_k3cloud_sdk::transport::Proxy;
    ///
    /// // The one that `HTTPS_PROXY` names, where it names one:
    /// let builder = Client::builder().proxy(Proxy::Environment);
    /// # let _ = builder;
    /// ```
    #[cfg(feature = "http-transport")]
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = Some(proxy);
        self
    }

    /// Further certificates to trust, in PEM: those of a site's own authority, or the very certificate that
    /// its server presents, also a self-signed one. Verification is never switched off: see
    /// [`Trusted`](crate::trust::Trusted). For the HTTP transport only.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Client, ClientBuilder};
    ///
    /// /// A site whose certificate its own IT has signed.
    /// fn of_the_site(pem_file: &str) -> std::io::Result<ClientBuilder> {
    ///     Ok(Client::builder().root_certificate_pem(std::fs::read(pem_file)?))
    /// }
    /// ```
    #[cfg(feature = "http-transport")]
    #[must_use]
    pub fn root_certificate_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificate_pem = Some(pem.into());
        self
    }

    #[cfg(feature = "http-transport")]
    pub(super) fn over_http(&mut self) -> Result<BoxTransport, SettingFault> {
        if self.base_url.starts_with("https:") && cfg!(not(feature = "tls-own-provider")) {
            return Err(SettingFault::new("base_url", "is https, which needs the feature tls"));
        }
        let mut http = HttpTransport::builder()
            .connect_timeout(self.connect_timeout)
            .proxy(self.proxy.take().unwrap_or_default());
        if let Some(pem) = self.root_certificate_pem.take() {
            http = http.root_certificate_pem(pem);
        }
        let http = http.build().map_err(|bad| SettingFault::new(bad.setting, bad.fault))?;
        Ok(BoxTransport::new::<_, ReplyBody, _>(http))
    }

    #[cfg(not(feature = "http-transport"))]
    #[allow(clippy::unused_self, reason = "the same call as with the feature")]
    pub(super) fn over_http(&mut self) -> Result<BoxTransport, SettingFault> {
        Err(SettingFault::new("transport", "is missing: the feature http-transport is off"))
    }
}
