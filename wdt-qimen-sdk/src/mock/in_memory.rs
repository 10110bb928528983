//! The simulator as a `tower` service: no socket, tokio's clock, a wire that breaks as told.

use std::future::Future;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

use super::faults::Fault;
use super::gateway::Gateway;
use crate::transport::{BoxError, BrokenOff, NotSent};

/// A gateway in memory, made by [`Gateway::service`].
#[derive(Debug, Clone)]
pub struct InMemory {
    gateway: Gateway,
}

impl Gateway {
    /// A `tower` service over this gateway, for [`ClientBuilder::transport`](crate::ClientBuilder::transport):
    /// breaks the wire as told and waits on tokio's clock, so that paused time works.
    pub fn service(&self) -> InMemory {
        InMemory { gateway: self.clone() }
    }
}

impl Service<Request<Bytes>> for InMemory {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        Box::pin(exchange(self.gateway.clone(), request))
    }
}

async fn exchange(gateway: Gateway, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
    let fault = gateway.roll();
    let (latency, delay) = gateway.latency();
    let broken = |kind: ErrorKind| BoxError::from(Error::from(kind));
    if fault == Some(Fault::Refuse) {
        return Err(NotSent(broken(ErrorKind::ConnectionRefused)).into());
    }
    pause(latency / 2).await;
    if fault == Some(Fault::Reset) {
        return Err(broken(ErrorKind::ConnectionReset));
    }
    let response = gateway.answer(&request, fault);
    pause(latency / 2).await;
    match fault {
        Some(Fault::Lost) => Err(broken(ErrorKind::ConnectionReset)),
        Some(Fault::Cut) => Err(BrokenOff(broken(ErrorKind::UnexpectedEof)).into()),
        Some(Fault::Slow | Fault::Drip) => {
            pause(delay).await;
            Ok(response)
        }
        _ => Ok(response),
    }
}

async fn pause(time: std::time::Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
