//! Services that a test answers itself.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

use super::reply;

/// What a test answers to a service: a JSON value, a text, or a whole HTTP response.
#[derive(Debug, Clone)]
pub struct Reply(pub(super) Response<Bytes>);

impl From<serde_json::Value> for Reply {
    fn from(body: serde_json::Value) -> Self {
        Self(reply::ok(body.to_string()))
    }
}

impl From<String> for Reply {
    fn from(body: String) -> Self {
        Self(reply::ok(body))
    }
}

impl From<&str> for Reply {
    fn from(body: &str) -> Self {
        Self(reply::ok(body.to_owned()))
    }
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        Self(response)
    }
}

/// Answers one service.
pub(super) type Handler = Arc<dyn Fn(&Request<Bytes>) -> Reply + Send + Sync>;

/// Handlers by service, whose name has no case.
#[derive(Clone, Default)]
pub(super) struct Handlers(BTreeMap<String, Handler>);

impl Handlers {
    pub(super) fn set(&mut self, service: &str, handler: Handler) {
        self.0.insert(service.to_ascii_lowercase(), handler);
    }

    pub(super) fn of(&self, service: &str) -> Option<Handler> {
        self.0.get(&service.to_ascii_lowercase()).cloned()
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
