//! A strict gateway in memory (feature `mock`): it checks what the real one checks, and misbehaves as the real
//! one has been seen to. What it holds is [`World`]; three thin adapters bring it to a client.
//! It is as true as the protocol notes, no more.

mod builder;
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
mod refuse;
mod request;
mod rng;
mod seen;
#[cfg(feature = "mock-server")]
mod server;
mod settings;
mod tables;
#[cfg(feature = "mock-responder")]
mod wiremock;
mod world;
mod writes;

pub use builder::GatewayBuilder;
pub use clock::virtual_clock;
pub use dates::Dates;
pub use dirt::{ByteFault, Dirt};
pub use faults::{Fault, Faults, UnknownFaults};
pub use fill::fill;
pub use gateway::{Counts, Gateway};
pub use in_memory::InMemory;
pub use lies::{Lies, ListLie, TotalLie};
pub use lists::{SHOPS, SPECS, Spec, WAREHOUSES};
pub use master::{stockin_of, stockout_of, trade_of, vip_refund_of};
pub use quota::QuotaRule;
pub use seen::SeenRequest;
#[cfg(feature = "mock-server")]
pub use server::Server;
pub use settings::{APP_KEY, APP_SECRET, RowOrder, SID};
#[cfg(feature = "mock-responder")]
pub use wiremock::Responder;
pub use world::{MockRefund, World};
