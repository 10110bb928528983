//! The requests that have arrived, as a test may look at them.

use std::collections::VecDeque;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Request};

use super::call::Call;

/// A request as it arrived.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SeenRequest {
    /// The service's short name, as in the vendor's SDK; of a path that names none, the path.
    pub service: String,
    /// The form that it is about; empty where it names none.
    pub form: String,
    /// The headers, signatures and cookies among them.
    pub headers: HeaderMap,
    /// The body, as it was sent.
    pub body: String,
    /// When it arrived, by the site's clock.
    pub at: DateTime<Utc>,
}

impl SeenRequest {
    fn of(request: &Request<Bytes>, at: DateTime<Utc>) -> Self {
        let (service, form) = match Call::read(request, |_| true) {
            Ok(call) => (call.service, call.form),
            Err(_) => (request.uri().path().to_owned(), String::new()),
        };
        let body = String::from_utf8_lossy(request.body()).into_owned();
        Self { service, form, headers: request.headers().clone(), body, at }
    }
}

/// The last requests, as many as fit into some memory.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    requests: VecDeque<(Request<Bytes>, DateTime<Utc>)>,
    bytes: usize,
}

impl Arrivals {
    const BYTES_MAX: usize = 4 << 20;
    const MAX: usize = 1000;

    pub(super) fn keep(&mut self, request: &Request<Bytes>, at: DateTime<Utc>) {
        self.bytes += request.body().len();
        self.requests.push_back((request.clone(), at));
        while self.requests.len() > 1 && (self.bytes > Self::BYTES_MAX || self.requests.len() > Self::MAX) {
            self.bytes -= self.requests.pop_front().map_or(0, |(request, _)| request.body().len());
        }
    }

    pub(super) fn all(&self) -> Vec<SeenRequest> {
        self.requests.iter().map(|(request, at)| SeenRequest::of(request, *at)).collect()
    }
}
