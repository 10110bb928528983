#![doc = include_str!("../README.md")]

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
mod protocol;
mod repair;
mod replay;
mod retry;
mod row_key;
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
pub use fate::Fate;
pub use limit::limiter::Limiter;
pub use limit::pace::{Hold, Pace, PaceReason};
pub use limit::quota::Quota;
pub use limit::snapshot::{LaneSnapshot, LimiterSnapshot};
pub use list::{BadCheckpoint, Checkpoint, Latest, List, Listed, ListedPage, Pages, Progress, Walked};
pub use method::definition::{Method, PageRule};
pub use method::write::Write;
pub use page::{Page, PageAsk, RowError};
pub use protocol::Protocol;
pub use replay::Replay;
pub use retry::RetryPolicy;
pub use row_key::{RowAt, RowKey};
pub use sign::method::{SignMethod, UnknownSignMethod};
pub use span::{BadMonth, ReversedSpan, Span};
pub use text::Text;

/// What the macros name; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
