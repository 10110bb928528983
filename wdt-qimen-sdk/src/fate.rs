//! What is known of a request that failed.

/// What became of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It never left.
    NotSent,
    /// The server answered that it will not do it.
    Refused,
    /// It may have been carried out. All of this crate's own methods only read, so they may be repeated.
    Unknown,
}
