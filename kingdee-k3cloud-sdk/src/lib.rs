#![doc = include_str!("../README.md")]
// The README speaks of the simulator, which is there only with its feature.
#![cfg_attr(not(feature = "mock"), allow(rustdoc::broken_intra_doc_links))]

mod bill_error;
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
mod query;
mod redact;
mod resolve;
mod retry;
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
pub use client::raw_answer::RawAnswer;
pub use credentials::Credentials;
pub use error::{Error, ErrorKind};
pub use fate::Fate;
pub use hold::{Hold, HoldKind};
pub use limit::{Limiter, LimiterSnapshot, Quota};
pub use model::dyn_form::DynForm;
pub use model::form::Form;
pub use query::bill_rows::BillRows;
pub use query::filter::{BadFilter, Filter, IN_LIST_MAX, Literal};
pub use query::pager::Pager;
pub use query::typed::{FromCell, FromRow};
pub use query::{LIMIT_MAX, Query, Row, Rows};
pub use resolve::{Difference, Expectation, Expected, Resolution};
pub use retry::RetryPolicy;
pub use service::batch_save::BatchSave;
pub use service::bills::Bills;
pub use service::options::{SaveOptions, UnsentRows};
pub use service::push::Push;
pub use service::update::{BatchUpdate, Update};
pub use service::{Replay, interaction_flags};
pub use text::Text;
pub use verdict::Verdict;
