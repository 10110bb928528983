//! The seam to the network: any tower service over whole requests and responses, erased at once.
//! The one file that names reqwest. What a reply means is decided in `envelope`.

use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt as _;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

pub use crate::certificate::{BadCertificate, CertificateFault};

/// Any error a transport may give.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The transport as the client keeps it.
pub(crate) type Transport = BoxCloneSyncService<Request<Bytes>, Response<Bytes>, BoxError>;

/// Says that a connection was never made, so the server cannot have seen the request.
///
/// A transport of your own wraps its error in this where that is certain: only then is a write
/// sent again. Every other transport error leaves the fate of the request unknown.
#[derive(Debug, thiserror::Error)]
#[error("the connection was never made")]
pub struct NotSent(#[source] pub BoxError);

/// Says that an answer broke off while its body was read.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct BrokenOff(#[source] pub BoxError);

/// Says that an answer is longer than the client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reply is longer than {limit} bytes")]
pub struct TooLarge {
    /// The most bytes that are read.
    pub limit: usize,
}

/// Erases a transport's type.
pub(crate) fn erase<S>(service: S) -> Transport
where
    S: Service<Request<Bytes>, Response = Response<Bytes>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(service.map_err(Into::into))
}

#[cfg(feature = "reqwest")]
pub(crate) use over_http::{HttpSettings, over_http};

#[cfg(feature = "reqwest")]
mod over_http {
    use std::time::Duration;

    use bytes::{Bytes, BytesMut};
    use http::{Request, Response};

    use super::{BoxError, BrokenOff, NotSent, TooLarge, Transport, erase};
    use crate::certificate::{BadCertificate, CertificateFault};
    use crate::trust::Trusted;

    /// What the HTTP transport can be told.
    #[derive(Debug)]
    pub(crate) struct HttpSettings {
        pub(crate) connect_timeout: Duration,
        pub(crate) root_certificate_pem: Option<Vec<u8>>,
        pub(crate) max_body: usize,
    }

    /// Builds the transport over HTTP. Certificates are always verified; a redirect is handed back
    /// as it came, because following it would carry the signature to another host.
    pub(crate) fn over_http(settings: &HttpSettings) -> Result<Transport, BoxError> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .http1_only()
            .retry(reqwest::retry::never())
            .pool_idle_timeout(Duration::from_secs(15))
            .connect_timeout(settings.connect_timeout)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = &settings.root_certificate_pem {
            builder = builder.tls_backend_preconfigured(Trusted::from_pem(pem)?.config()?);
        }
        let client = builder.build()?;
        let max_body = settings.max_body;
        Ok(erase(tower::service_fn(move |request| exchange(client.clone(), request, max_body))))
    }

    async fn exchange(
        client: reqwest::Client,
        request: Request<Bytes>,
        max_body: usize,
    ) -> Result<Response<Bytes>, BoxError> {
        let request = reqwest::Request::try_from(request.map(reqwest::Body::from))
            .map_err(|error| Box::new(NotSent(error.without_url().into())))?;
        let mut reply = client.execute(request).await.map_err(|error| -> BoxError {
            let never_connected = error.is_connect();
            let error: BoxError = error.without_url().into();
            match refused_certificate(&*error) {
                Some(refused) => Box::new(NotSent(refused.into())),
                None if never_connected => Box::new(NotSent(error)),
                None => error,
            }
        })?;
        let mut body = BytesMut::new();
        while let Some(chunk) = reply.chunk().await.map_err(|error| BrokenOff(error.without_url().into()))? {
            if body.len() + chunk.len() > max_body {
                return Err(Box::new(TooLarge { limit: max_body }));
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = Response::new(body.freeze());
        *response.status_mut() = reply.status();
        *response.headers_mut() = std::mem::take(reply.headers_mut());
        Ok(response)
    }

    /// The refusal of a certificate, wherever it is in the chain. An I/O error hides what it wraps from `source`.
    fn refused_certificate(error: &(dyn std::error::Error + 'static)) -> Option<BadCertificate> {
        std::iter::successors(Some(error), |error| match error.downcast_ref::<std::io::Error>() {
            Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
            None => error.source(),
        })
        .find_map(|error| match error.downcast_ref()? {
            rustls::Error::InvalidCertificate(why) => {
                Some(BadCertificate { fault: CertificateFault::of(why), detail: why.to_string() })
            }
            _ => None,
        })
    }
}
