//! What tracing sees of a call: one span, with OpenTelemetry's names where they exist. No parameter, no answer, no
//! secret. The names are part of the crate's contract: README, "Seen from outside".

use tracing::Span;
use tracing::field::Empty;
use url::Url;

use crate::error::Error;
use crate::replay::Replay;

/// The span of a call, of level DEBUG.
pub(super) fn span(method: &str, base_url: &Url, replay: Replay) -> Span {
    tracing::debug_span!(
        "wdt.call",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        rpc.system = "wdt",
        rpc.method = method,
        server.address = base_url.host_str().unwrap_or_default(),
        error.r#type = Empty,
        wdt.replay = replay.as_str(),
        wdt.attempts = Empty,
        wdt.queued_ms = Empty,
        wdt.fate = Empty,
        wdt.code = Empty,
        wdt.request_id = Empty,
    )
}

/// What a call took.
pub(super) fn took(span: &Span, attempts: u32, queued: std::time::Duration) {
    span.record("wdt.attempts", attempts);
    span.record("wdt.queued_ms", u64::try_from(queued.as_millis()).unwrap_or(u64::MAX));
}

/// How it failed.
pub(super) fn failed(span: &Span, error: &Error) {
    took(span, error.attempts(), error.queued());
    span.record("otel.status_code", "ERROR");
    span.record("error.type", error.kind().as_str());
    span.record("wdt.fate", error.fate().as_str());
    if let Some(code) = error.code() {
        span.record("wdt.code", code);
    }
    if let Some(id) = error.request_id() {
        span.record("wdt.request_id", id);
    }
}
