#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! [`Client::builder`] makes a [`Client`]; [`Client::list`] reads a [`Method`] whole, [`Client::page`] one page of it,
//! [`Client::write`] writes by a [`Write`], [`Client::call`] calls anything by name. A call that fails is an [`Error`];
//! a row that cannot be read is a [`RowError`]. What the crate knows is below [`method`], how a list is read in
//! [`window`], how bytes travel in [`transport`].
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod clock;
mod credentials;
mod envelope;
mod error;
mod fate;
pub mod limit;
mod list;
pub mod method;
#[cfg(feature = "mock")]
pub mod mock;
mod page;
pub mod prelude;
mod protocol;
mod repair;
mod replay;
mod retry;
mod row_key;
mod runtime;
pub mod server_clock;
pub mod sign;
mod span;
mod text;
pub mod transport;
pub mod window;
pub mod wire;

pub use client::build_error::{BuildError, SettingFault};
pub use client::builder::ClientBuilder;
pub use client::options::CallOptions;
pub use client::{Client, RawAnswer};
pub use credentials::WDT_TARGET_APP_KEY;
pub use error::{Error, ErrorKind, Refusal, RefusalClass};
pub use fate::{Fate, UnknownFate};
pub use limit::limiter::Limiter;
pub use limit::pace::{Hold, Pace, PaceReason};
pub use limit::quota::Quota;
pub use limit::snapshot::{LaneSnapshot, LimiterSnapshot};
pub use list::{BadCheckpoint, Checkpoint, Latest, List, Listed, ListedPage, Pages, Progress, Walked};
pub use method::definition::{Method, PageRule};
pub use method::write::definition::Write;
pub use page::{Page, PageAsk, RowError};
pub use protocol::{Protocol, UnknownProtocol};
pub use replay::{Replay, UnknownReplay};
pub use retry::RetryPolicy;
pub use row_key::{RowAt, RowKey};
pub use sign::method::{SignMethod, UnknownSignMethod};
pub use span::{BadMonth, ReversedSpan, Span};
pub use text::Text;

// Whose types stand in this crate's own signatures.
#[doc(no_inline)]
pub use {bytes, chrono, http, rust_decimal};

/// What the macros name; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
