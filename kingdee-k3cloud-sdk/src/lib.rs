//! A typed, asynchronous client of the 金蝶云星空 (Kingdee K3Cloud) Web API.
//!
// The README's first example is on the simulator, which is there only with its feature.
#![cfg_attr(any(feature = "mock", not(doctest)), doc = include_str!("../README.md"))]
//!
//! # Where to begin
//!
//! [`Client::builder`] makes a [`Client`]; [`Client::batch_save`] saves bills of a [`Form`], [`Client::query`] and
//! [`Client::pages`] read by a [`Query`] with a [`Filter`], [`Client::call`] calls anything by name. What became of a bill is
//! a [`Verdict`], a call that fails an [`Error`]. Forms and base data are below [`model`], how bytes travel in
//! [`transport`].
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bill_error;
#[cfg(feature = "blocking")]
pub mod blocking;
mod cell;
mod certificate;
pub mod class;
mod client;
mod clock;
mod credentials;
mod envelope;
mod error;
mod fate;
pub mod fields;
mod hold;
mod limit;
#[cfg(feature = "mock")]
pub mod mock;
pub mod model;
pub mod prelude;
mod query;
mod redact;
mod resolve;
mod retry;
mod runtime;
mod scalar;
mod service;
mod session;
pub mod sign;
mod text;
pub mod transport;
#[cfg(feature = "tls-own-provider")]
pub mod trust;
mod verdict;

pub use bill_error::BillError;
pub use cell::{BadCell, Cell};
pub use class::rule::Class;
pub use client::Client;
pub use client::build_error::{BuildError, SettingFault};
pub use client::builder::ClientBuilder;
pub use client::options::CallOptions;
pub use client::pages::Pages;
pub use client::raw_answer::RawAnswer;
pub use client::returned::Returned;
pub use credentials::Credentials;
pub use error::{Error, ErrorKind};
pub use fate::{Fate, UnknownFate};
pub use hold::{Hold, HoldKind};
pub use limit::{Limiter, LimiterSnapshot, Quota};
pub use model::dyn_form::DynForm;
pub use model::form::Form;
pub use query::bill_rows::BillRows;
pub use query::checkpoint::{BadCheckpoint, Checkpoint};
pub use query::filter::{BadFilter, Filter, IN_LIST_MAX, Literal};
pub use query::pager::Pager;
pub use query::typed::{FromCell, FromRow, RowError};
pub use query::{LIMIT_MAX, Query, Row, Rows};
pub use resolve::{Difference, Expectation, Expected, Resolution};
pub use retry::RetryPolicy;
pub use service::attachment::{Attached, AttachedFile, Attachment};
pub use service::batch_save::BatchSave;
pub use service::bills::Bills;
pub use service::options::{SaveOptions, UnsentRows};
pub use service::push::Push;
pub use service::update::{BatchUpdate, Update};
pub use service::{Replay, UnknownReplay, interaction_flags};
pub use text::Text;
pub use verdict::Verdict;

// Whose types stand in this crate's own signatures.
#[doc(no_inline)]
pub use {bytes, chrono, http, rust_decimal};
