//! The methods of the gateway that this crate knows, one file a method, and what one of your own needs. The trait is
//! open: another project's method is an implementation like any other. How a call is made is `client.rs`.

pub(crate) mod definition;
pub mod goods;
pub mod his_refund;
pub(crate) mod names;
mod params;
pub mod raw;
pub mod refund;
pub mod shop;
pub mod stockin_refund;
pub mod stockout_trade;
pub mod suite;
pub mod trade;
pub mod vip_refund;
pub mod warehouse;
pub mod write;

pub(crate) use params::pairs;
pub use params::{flag, sent, span_times};
