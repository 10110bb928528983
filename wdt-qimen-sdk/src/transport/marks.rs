//! What a transport's errors say of a request: that it never left, that its answer broke off or is too long.

/// Any error, as transports give it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The marker of a request that was **never sent**: the connection was never made. A service wraps its error in
/// it to say so; every other error of a service means that the request's fate is unknown.
///
/// ```
/// use wdt_qimen_sdk::transport::{BoxError, NotSent};
///
/// /// A transport of your own says so where it is sure: then a write may be sent again.
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

/// The marker of an answer that broke off while its body was read.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub struct BrokenOff(#[source] pub BoxError);

/// The marker of an answer that is longer than the client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is longer than {limit} bytes")]
pub struct TooLarge {
    /// The most bytes that are read.
    pub limit: usize,
}
