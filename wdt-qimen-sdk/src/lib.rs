#![doc = include_str!("../README.md")]

pub mod client;
mod credentials;
mod envelope;
pub mod error;
pub mod limit;
pub mod list;
pub mod method;
#[cfg(feature = "mock")]
pub mod mock;
pub mod page;
mod protocol;
mod repair;
mod retry;
pub mod server_clock;
pub mod sign;
pub mod transport;
pub mod window;
pub mod wire;

pub use client::{BuildError, Client, ClientBuilder, RawAnswer};
pub use credentials::WDT_TARGET_APP_KEY;
pub use error::{Error, ErrorKind, Fate};
pub use limit::{Limiter, LimiterSnapshot, Quota};
pub use list::{ItemError, List, Listed};
pub use method::Method;
pub use page::{Page, PageAsk, RowAt, RowError, RowKey};
pub use protocol::Protocol;
pub use retry::RetryPolicy;
pub use server_clock::{ClockReading, ClockState};
pub use sign::SignMethod;
pub use window::Span;

/// What the macros name; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
