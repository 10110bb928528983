//! What most callers name: `use kingdee_k3cloud_sdk::prelude::*;`

pub use crate::client::Client;
pub use crate::client::builder::ClientBuilder;
pub use crate::client::options::CallOptions;
pub use crate::client::pages::Pages;
pub use crate::credentials::Credentials;
pub use crate::error::{Error, ErrorKind};
pub use crate::fate::Fate;
pub use crate::limit::{Limiter, Quota};
pub use crate::model::dyn_form::DynForm;
pub use crate::model::form::Form;
pub use crate::query::Query;
pub use crate::query::checkpoint::Checkpoint;
pub use crate::query::filter::Filter;
pub use crate::query::pager::Pager;
pub use crate::resolve::{Expectation, Resolution};
pub use crate::retry::RetryPolicy;
pub use crate::service::Replay;
pub use crate::service::batch_save::BatchSave;
pub use crate::service::bills::Bills;
pub use crate::service::options::{SaveOptions, UnsentRows};
pub use crate::service::push::Push;
pub use crate::service::update::{BatchUpdate, Update};
pub use crate::verdict::Verdict;
