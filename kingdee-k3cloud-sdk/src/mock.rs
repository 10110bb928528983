//! A strict 金蝶 site in memory, for contract tests: it checks signatures, fields, base data and
//! numbers as the real one does, and can misbehave by seed. What it stores is in `bill`; how it is
//! reached is in `in_memory`, `wiremock` and `server`.

#![allow(clippy::result_large_err, reason = "a refusal is a whole reply")]

mod attachments;
mod auth;
mod behaviour;
mod bill;
mod builder;
mod call;
mod cells;
mod cipher;
mod desk;
mod faults;
mod file;
mod filter;
mod free;
mod handler;
mod in_memory;
mod json;
mod line;
mod login;
mod meta;
mod old;
mod other;
mod query;
mod reply;
mod request;
mod returned;
mod save;
mod seen;
mod selection;
#[cfg(feature = "mock-server")]
mod server;
mod settings;
mod shared;
mod site;
mod state;
mod value;
mod view;
#[cfg(feature = "mock-responder")]
mod wiremock;
mod words;
mod world;

pub use self::behaviour::{Commit, OwnStep, Rounding, StockQuestion, Uniqueness};
pub use self::bill::StoredBill;
pub use self::builder::SiteBuilder;
pub use self::faults::{Fault, Faults, UnknownFaults};
pub use self::file::StoredFile;
pub use self::handler::Reply;
pub use self::in_memory::InMemory;
pub use self::line::StoredLine;
pub use self::seen::SeenRequest;
#[cfg(feature = "mock-server")]
pub use self::server::Server;
pub use self::site::Site;
#[cfg(feature = "mock-responder")]
pub use self::wiremock::Responder;
pub use self::world::Counts;
