//! The seam to the network: any tower service of `http` messages, and the layers around it, erased at once.
//! HTTP itself is in `transport::over_http`. What a reply means is decided in `envelope`.

#[cfg(feature = "http-transport")]
mod over_http;
mod proxy_refused;

use std::fmt;
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt as _};
use tower_service::Service;

#[cfg(feature = "http-transport")]
pub use self::over_http::{BadHttpSetting, HttpTransport, HttpTransportBuilder, Proxy};
pub use self::proxy_refused::ProxyRefused;
pub use crate::certificate::{BadCertificate, CertificateFault};

/// Any error a transport may give.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request, as [layers](crate::ClientBuilder::layer) see it: the whole of it.
pub type RequestBody = Full<Bytes>;

/// The body of an answer, as layers see it: in pieces, as they come.
pub type ReplyBody = UnsyncBoxBody<Bytes, BoxError>;

/// What a request is for, in its extensions: a layer or a transport of your own finds it there.
///
/// ```
/// use kingdee_k3cloud_sdk::transport::Operation;
///
/// /// What a metric of calls is labelled with.
/// fn label<B>(request: &http::Request<B>) -> &'static str {
///     request.extensions().get::<Operation>().map_or("", |operation| match operation.name() {
///         "BatchSave" => "save",
///         "ExecuteBillQuery" => "query",
///         _ => "other",
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    name: std::sync::Arc<str>,
}

impl Operation {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.into() }
    }

    /// The service's short name, such as `BatchSave`; logins are calls too.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Says that a connection was never made, so the server cannot have seen the request.
///
/// A transport of your own wraps its error in this where that is certain: only then is a write
/// sent again. Every other transport error leaves the fate of the request unknown.
///
/// ```
/// use kingdee_k3cloud_sdk::transport::{BoxError, NotSent};
///
/// /// A transport of your own says so where it is sure: then a write may be sent again too.
/// fn failed(error: std::io::Error) -> BoxError {
///     match error.kind() {
///         std::io::ErrorKind::ConnectionRefused => Box::new(NotSent(Box::new(error))),
///         _ => Box::new(error),
///     }
/// }
/// ```
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

/// A body that an answer of a transport may have: whole [`Bytes`], or any [`http_body::Body`]. `M` only tells the two
/// apart and is never named.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no body of an answer",
    note = "a transport answers with `http::Response<Bytes>`, or with a body that implements `http_body::Body`"
)]
pub trait AnswerBody<M> {
    /// The body as the client reads it.
    fn into_reply_body(self) -> ReplyBody;
}

/// Marks whole bytes; see [`AnswerBody`].
#[derive(Debug)]
pub enum Whole {}

/// Marks a body that comes in pieces; see [`AnswerBody`].
#[derive(Debug)]
pub enum Streamed {}

impl AnswerBody<Whole> for Bytes {
    fn into_reply_body(self) -> ReplyBody {
        Full::new(self).map_err(|never| match never {}).boxed_unsync()
    }
}

impl<B> AnswerBody<Streamed> for B
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn into_reply_body(self) -> ReplyBody {
        let bytes = |frame: http_body::Frame<B::Data>| {
            frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))
        };
        self.map_frame(bytes).map_err(Into::into).boxed_unsync()
    }
}

/// The transport as the client keeps it, and as a layer gets it.
#[derive(Clone)]
pub struct BoxTransport(BoxCloneSyncService<Request<RequestBody>, Response<ReplyBody>, BoxError>);

impl BoxTransport {
    /// Erases a transport's type.
    pub(crate) fn new<S, B, M>(service: S) -> Self
    where
        S: Service<Request<Bytes>, Response = Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send + 'static,
        B: AnswerBody<M>,
    {
        let service = service
            .map_request(|request: Request<RequestBody>| request.map(whole))
            .map_response(|reply: Response<B>| reply.map(AnswerBody::into_reply_body))
            .map_err(Into::into);
        Self(BoxCloneSyncService::new(service))
    }

    /// With a layer around it.
    pub(crate) fn layered<L, B>(self, layer: &L) -> Self
    where
        L: Layer<Self>,
        L::Service: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request<RequestBody>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<RequestBody>>>::Future: Send + 'static,
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let reply = |reply: Response<B>| reply.map(AnswerBody::into_reply_body);
        Self(BoxCloneSyncService::new(layer.layer(self).map_response(reply).map_err(Into::into)))
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

/// The bytes of a body that has them all.
pub(crate) fn whole(body: RequestBody) -> Bytes {
    let collected = body.collect().now_or_never().and_then(Result::ok);
    collected.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}
