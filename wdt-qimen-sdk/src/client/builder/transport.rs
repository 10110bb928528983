//! A client's way to the network: the built-in one and its settings, one of the caller's own, layers around it.

use std::sync::Arc;

use bytes::Bytes;
use tower_service::Service;

use super::ClientBuilder;
use crate::client::build_error::SettingFault;
use crate::transport::{AnswerBody, BoxError, BoxTransport, RequestBody};
#[cfg(feature = "http-transport")]
use crate::transport::{HttpTransport, Proxy};

impl ClientBuilder {
    /// Which proxy calls go through; none by default, also where the environment names one. Only for the built-in
    /// transport.
    ///
    /// ```
    /// use wdt_qimen_sdk::Client;
    /// use wdt_qimen_sdk::transport::Proxy;
    ///
    /// // The one that `HTTPS_PROXY` names, where it names one:
    /// let builder = Client::builder().proxy(Proxy::Environment);
    /// # let _ = builder;
    /// ```
    #[cfg(feature = "http-transport")]
    #[must_use]
    pub fn proxy(self, proxy: Proxy) -> Self {
        Self { proxy, ..self }
    }

    /// Further certificates to trust, in PEM: those of a proxy that looks into the traffic, or of a gateway of your own.
    /// Verification is never switched off. Only for the built-in transport.
    #[cfg(feature = "http-transport")]
    #[must_use]
    pub fn root_certificate_pem(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { root_certificate_pem: Some(pem.into()), ..self }
    }

    /// Another transport than the built-in one: an [`HttpTransport`](crate::transport::HttpTransport) of your own
    /// settings, a simulator, a recorder. Any service that answers `http::Request<Bytes>` with `Bytes` or with an
    /// [`http_body::Body`].
    ///
    /// Its errors leave the request's fate unknown unless they are a
    /// [`NotSent`](crate::transport::NotSent). It must not follow redirects.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use wdt_qimen_sdk::bytes::Bytes;
    /// use wdt_qimen_sdk::{Client, Replay, http};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // A function that answers every request is a transport:
    /// let empty = tower::service_fn(|_request: http::Request<Bytes>| async {
    ///     let body = Bytes::from_static(br#"{"response":{"errorcode":0,"total_count":0,"shoplist":[]}}"#);
    ///     Ok::<_, Infallible>(http::Response::new(body))
    /// });
    /// let client = Client::builder().sid("s").app_key("1").app_secret("x").transport(empty).build()?;
    /// let shops = client.call_as(Replay::Safe, "wdt.shop.query", ()).await?;
    /// assert_eq!(shops.total, Some(0));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn transport<S, B, M>(self, service: S) -> Self
    where
        S: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: AnswerBody<M>,
    {
        Self { transport: Some(BoxTransport::new(service)), ..self }
    }

    /// A layer around the transport, whichever it is: it sees each request that is sent, retries included, and in its
    /// extensions the [`Operation`](crate::transport::Operation). A further layer goes around those before it.
    ///
    /// Let it repeat nothing: the client knows what may be sent again.
    ///
    /// ```
    /// use tower_http::trace::TraceLayer;
    /// use wdt_qimen_sdk::Client;
    /// let builder = Client::builder().layer(TraceLayer::new_for_http());
    /// ```
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: tower::Layer<BoxTransport> + Send + Sync + 'static,
        L::Service:
            Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<http::Request<RequestBody>>>::Error: Into<BoxError>,
        <L::Service as Service<http::Request<RequestBody>>>::Future: Send + 'static,
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        self.layers.push(Arc::new(move |transport: BoxTransport| transport.within(&layer)));
        self
    }

    #[cfg(feature = "http-transport")]
    pub(super) fn default_transport(&self, faults: &mut Vec<SettingFault>) -> Option<BoxTransport> {
        if cfg!(not(feature = "tls-own-provider")) && self.address().starts_with("https:") {
            faults.push(SettingFault::new("base_url", "is https, which needs the feature tls"));
            return None;
        }
        let mut http =
            HttpTransport::builder().connect_timeout(self.connect_timeout).proxy(self.proxy.clone());
        if let Some(pem) = &self.root_certificate_pem {
            http = http.root_certificate_pem(pem.clone());
        }
        match http.build() {
            Ok(http) => Some(BoxTransport::new::<_, crate::transport::ReplyBody, _>(http)),
            Err(bad) => {
                faults.push(SettingFault::new(bad.setting, bad.fault));
                None
            }
        }
    }

    #[cfg(not(feature = "http-transport"))]
    #[allow(clippy::unused_self, reason = "its twin reads the settings")]
    pub(super) fn default_transport(&self, faults: &mut Vec<SettingFault>) -> Option<BoxTransport> {
        faults.push(SettingFault::new("transport", "is missing: the feature http-transport is off"));
        None
    }
}
