//! The simulated site as a transport inside the process, on tokio's clock.
//! Over sockets it is reached by `responder` and `server`.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};

use super::Site;
use super::faults::Wire;
use crate::transport::{BoxError, NotSent};

/// A transport that ends at a [`Site`].
#[derive(Debug, Clone)]
pub struct InMemory {
    site: Site,
}

impl InMemory {
    pub(super) fn new(site: Site) -> Self {
        Self { site }
    }
}

impl tower_service::Service<Request<Bytes>> for InMemory {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let site = self.site.clone();
        Box::pin(async move {
            let broken = |kind: io::ErrorKind| io::Error::from(kind).into();
            match site.answer(request).await {
                Wire::Reply(reply) => Ok(reply),
                Wire::Refuse => Err(NotSent(broken(io::ErrorKind::ConnectionRefused)).into()),
                Wire::Reset => Err(broken(io::ErrorKind::ConnectionReset)),
                Wire::Cut(_) => Err(broken(io::ErrorKind::UnexpectedEof)),
                Wire::Stall => std::future::pending().await,
            }
        })
    }
}
