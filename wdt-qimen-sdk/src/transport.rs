//! How bytes travel: any `tower` service of `http` messages, and the layers around it, erased at once. HTTP itself is
//! `transport/over_http.rs`; what the bytes mean is `envelope.rs`.

mod body;
mod marks;
#[cfg(feature = "http-transport")]
mod over_http;
mod proxy_refused;

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt};
use tower_service::Service;

pub(crate) use body::read;
use body::whole;
pub use body::{AnswerBody, ReplyBody, RequestBody, Streamed, Whole};
pub use marks::{BoxError, BrokenOff, NotSent, TooLarge};
#[cfg(feature = "http-transport")]
pub use over_http::{BadHttpSetting, HttpTransport, HttpTransportBuilder, Proxy};
pub use proxy_refused::ProxyRefused;

/// What a request calls, in its extensions, for layers and transports of your own: a span, a label of a metric.
///
/// ```
/// use wdt_qimen_sdk::transport::Operation;
///
/// fn label<B>(request: &http::Request<B>) -> &str {
///     request.extensions().get::<Operation>().map_or("", Operation::name)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation(Arc<str>);

impl Operation {
    pub(crate) fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The method's name, as `wdt.refund.query`.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// The transport that a client holds, its type erased: what a [layer](crate::ClientBuilder::layer) is put around.
#[derive(Clone)]
pub struct BoxTransport(BoxCloneSyncService<Request<RequestBody>, Response<ReplyBody>, BoxError>);

impl BoxTransport {
    /// Takes any fitting service as a transport.
    pub(crate) fn new<S, B, M>(service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: AnswerBody<M>,
    {
        let service = service
            .map_request(|request: Request<RequestBody>| request.map(whole))
            .map_response(|response: Response<B>| response.map(AnswerBody::into_reply_body))
            .map_err(Into::into);
        Self(BoxCloneSyncService::new(service))
    }

    /// The same within a layer.
    pub(crate) fn within<L, B>(self, layer: &L) -> Self
    where
        L: Layer<Self>,
        L::Service: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<RequestBody>>>::Future: Send + 'static,
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let service = layer
            .layer(self)
            .map_response(|response: Response<B>| response.map(AnswerBody::into_reply_body))
            .map_err(Into::into);
        Self(BoxCloneSyncService::new(service))
    }
}

impl Service<Request<RequestBody>> for BoxTransport {
    type Response = Response<ReplyBody>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<ReplyBody>, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.0.call(request)
    }
}

impl fmt::Debug for BoxTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxTransport").finish_non_exhaustive()
    }
}
