//! The simulated site as a transport inside the process, on tokio's clock.
//! Over sockets it is reached by `wiremock` and `server`.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Request, Response};

use super::faults::Wire;
use super::site::Site;
use crate::transport::{BoxError, BrokenOff, NotSent};

/// A transport that ends at a [`Site`].
#[derive(Debug, Clone)]
pub struct InMemory {
    site: Site,
}

impl Site {
    /// An in-memory transport for [`ClientBuilder::transport`](crate::ClientBuilder::transport). It
    /// waits on tokio's clock, so paused time works.
    pub fn service(&self) -> InMemory {
        InMemory { site: self.clone() }
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
                Wire::Cut(_) => Err(BrokenOff(broken(io::ErrorKind::UnexpectedEof)).into()),
                Wire::Stall => std::future::pending().await,
            }
        })
    }
}
