//! A strict gateway in memory (feature `mock`): it checks what the real one checks, and misbehaves as the real
//! one has been seen to. What it holds is [`World`]; three thin adapters bring it to a client.
//! It is as true as the protocol notes, no more.

mod build;
mod checks;
mod clock;
mod dates;
mod dirt;
mod faults;
mod fill;
mod gateway;
mod in_memory;
mod lies;
mod lists;
mod master;
mod query;
mod quota;
mod request;
mod rng;
#[cfg(feature = "mock-server")]
mod server;
mod tables;
#[cfg(feature = "mock-wiremock")]
mod wiremock;
mod world;

pub use build::GatewayBuilder;
pub use clock::virtual_clock;
pub use dates::Dates;
pub use dirt::{ByteFault, Dirt};
pub use faults::{Faults, UnknownFaults};
pub use fill::fill;
pub use gateway::{Counts, Gateway};
pub use in_memory::InMemory;
pub use lies::{Lies, ListLie, TotalLie};
pub use lists::{SHOPS, SPECS, Spec, WAREHOUSES};
pub use master::{stockin_of, stockout_of, trade_of, vip_refund_of};
pub use query::RowOrder;
pub use quota::QuotaRule;
#[cfg(feature = "mock-server")]
pub use server::Server;
#[cfg(feature = "mock-wiremock")]
pub use wiremock::Responder;
pub use world::{MockRefund, World};

/// The simulator's 卖家账号, unless told otherwise.
pub const SID: &str = "demo2";
/// The application that the simulator knows, unless told otherwise.
pub const APP_KEY: &str = "20000000";
/// That application's secret.
pub const APP_SECRET: &str = "demosecret";
