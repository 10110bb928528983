//! What is known of a call that failed.

/// Whether a failed call may have had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The server never saw the request.
    NotSent,
    /// The server saw it and did nothing.
    Refused,
    /// The server may have done it, or may still be doing it: look it up before sending again.
    Unknown,
}
