#![doc = include_str!("../README.md")]
// The README speaks of the simulator, which is there only with its feature.
#![cfg_attr(not(feature = "mock"), allow(rustdoc::broken_intra_doc_links))]

pub mod class;
pub mod client;
mod clock;
pub mod credentials;
mod envelope;
pub mod error;
pub mod fields;
mod hold;
pub mod limit;
#[cfg(feature = "mock")]
pub mod mock;
pub mod model;
pub mod outcome;
pub mod query;
mod redact;
pub mod resolve;
pub mod retry;
pub mod service;
mod session;
pub mod sign;
pub mod transport;
#[cfg(feature = "reqwest")]
pub mod trust;

pub use class::Class;
pub use client::builder::{BuildError, ClientBuilder};
pub use client::{Client, RawAnswer};
pub use credentials::Credentials;
pub use error::{Error, ErrorKind, Fate};
pub use hold::{Hold, HoldKind};
pub use limit::Quota;
pub use model::Form;
pub use outcome::{BillError, Verdict};
pub use query::{Cell, Filter, FromRow, Query, Row, Rows};
pub use resolve::{Expectation, Resolution};
pub use retry::RetryPolicy;
pub use service::Replay;
pub use service::batch_save::{BatchSave, SaveOptions};
pub use service::numbers::Numbers;
pub use service::update::{BatchUpdate, UnsentRows, Update};
