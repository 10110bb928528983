//! What a call shows to the outside: one span of `tracing`, whose fields are in the README. Never a secret, never content.

use tracing::Span;
use tracing::field::Empty;

use super::course::Course;
use crate::error::Error;
use crate::service::Service;

/// The span of a call.
pub(super) fn span(service: &Service, host: &str) -> Span {
    let operation = service.short();
    tracing::debug_span!(
        "kingdee.call",
        otel.name = operation,
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system = "kingdee",
        rpc.method = operation,
        server.address = host,
        error.r#type = Empty,
        kingdee.replay = service.replay.as_str(),
        kingdee.attempts = Empty,
        kingdee.queued_ms = Empty,
        kingdee.fate = Empty,
        kingdee.code = Empty,
    )
}

/// What the call took, and how it failed.
pub(super) fn over(span: &Span, course: &Course, failure: Option<&Error>) {
    span.record("kingdee.attempts", course.attempts());
    span.record("kingdee.queued_ms", u64::try_from(course.queued().as_millis()).unwrap_or(u64::MAX));
    let Some(error) = failure else { return };
    span.record("otel.status_code", "ERROR");
    span.record("error.type", error.kind().as_str());
    span.record("kingdee.fate", error.fate().as_str());
    if let Some(code) = error.code() {
        span.record("kingdee.code", code);
    }
}
