//! Parameters as they go on the wire.

use crate::span::Span;
use crate::wire::format_time;

/// The parameters that are given, as [`Method::params`](crate::Method::params) wants them.
pub fn sent<const N: usize>(params: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    params.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// `start_time` and `end_time` of a span, if there is one.
pub fn span_times(span: Option<Span>) -> [(&'static str, Option<String>); 2] {
    [
        ("start_time", span.map(|span| format_time(span.start()))),
        ("end_time", span.map(|span| format_time(span.end()))),
    ]
}

/// A yes or no as the gateway reads it: 1 or 0.
pub fn flag(flag: bool) -> String {
    i32::from(flag).to_string()
}
