//! What most callers name: `use wdt_qimen_sdk::prelude::*;`

pub use crate::client::Client;
pub use crate::client::builder::ClientBuilder;
pub use crate::client::options::CallOptions;
pub use crate::error::{Error, ErrorKind};
pub use crate::fate::Fate;
pub use crate::limit::limiter::Limiter;
pub use crate::limit::quota::Quota;
pub use crate::list::{Checkpoint, Latest, List, Listed, Pages};
pub use crate::method::definition::Method;
pub use crate::method::write::definition::Write;
pub use crate::page::{PageAsk, RowError};
pub use crate::protocol::Protocol;
pub use crate::replay::Replay;
pub use crate::retry::RetryPolicy;
pub use crate::row_key::RowKey;
pub use crate::sign::method::SignMethod;
pub use crate::span::Span;
pub use crate::window::Proof;
