//! How bytes travel: any `tower` service over `http` requests, and the one over reqwest (feature `reqwest`).
//! The only file that names reqwest. What the bytes mean is `envelope.rs`.

use bytes::Bytes;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;
use tower_service::Service;

/// Any error, as transports give it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The transport a client holds, its type erased.
pub(crate) type Transport = BoxCloneSyncService<http::Request<Bytes>, http::Response<Bytes>, BoxError>;

/// The marker of a request that was **never sent**: the connection was never made. A service wraps its error in
/// it to say so; every other error of a service means that the request's fate is unknown.
#[derive(Debug, thiserror::Error)]
#[error("the connection was never made")]
pub struct NotSent(#[source] pub BoxError);

/// The marker of an answer that broke off while its body was read.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct BrokenOff(#[source] pub BoxError);

/// The marker of an answer that is longer than the client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is longer than {limit} bytes")]
pub struct TooLarge {
    /// The most bytes that are read.
    pub limit: usize,
}

/// Takes any fitting service as a transport.
pub(crate) fn erase<S>(service: S) -> Transport
where
    S: Service<http::Request<Bytes>, Response = http::Response<Bytes>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(service.map_err(Into::into))
}

#[cfg(feature = "reqwest")]
pub(crate) use over_http::over_http;

#[cfg(feature = "reqwest")]
mod over_http {
    use super::{BoxError, BrokenOff, NotSent, TooLarge, Transport, erase};
    use bytes::{Bytes, BytesMut};
    use std::time::Duration;

    /// The transport over HTTP/1.1 with rustls.
    ///
    /// It follows no redirect and sends no Referer (both would hand the signature to another host), replays
    /// nothing (that would pass by the limiter), and gives up idle connections before a gateway closes them
    /// under a request.
    pub(crate) fn over_http(connect_timeout: Duration, max_body: usize) -> Result<Transport, BoxError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .http1_only()
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(erase(tower::service_fn(move |request| exchange(client.clone(), request, max_body))))
    }

    async fn exchange(
        client: reqwest::Client,
        request: http::Request<Bytes>,
        max_body: usize,
    ) -> Result<http::Response<Bytes>, BoxError> {
        let request = reqwest::Request::try_from(request).map_err(|error| NotSent(strip(error)))?;
        let mut answer = client.execute(request).await.map_err(|error| {
            if error.is_connect() || error.is_builder() { NotSent(strip(error)).into() } else { strip(error) }
        })?;
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| BrokenOff(strip(error)))? {
            if body.len() + chunk.len() > max_body {
                return Err(TooLarge { limit: max_body }.into());
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// reqwest's errors carry the URL, and the URL the signature.
    fn strip(error: reqwest::Error) -> BoxError {
        error.without_url().into()
    }
}
