//! Finished sales returns of 旺店通企业版, written into 金蝶云星空 as 销售退货单.
//!
//! One way, from left to right: [`source`] reads 旺店通, [`mapping`] makes bills, [`journal`] and [`store`]
//! remember, [`sink`] writes 金蝶, and [`worker`] is the only place that orders these effects.

mod answer;
#[cfg(feature = "tools")]
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
mod files;
pub mod journal;
pub mod lang;
pub mod mapping;
#[cfg(feature = "mcp")]
mod mcp;
pub mod model;
#[cfg(feature = "tools")]
pub mod qeasy;
#[cfg(feature = "reconcile")]
pub mod reconcile;
#[cfg(feature = "console")]
pub mod schedule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod sink;
pub mod source;
#[cfg(any(feature = "tools", feature = "reconcile", feature = "serve"))]
mod spreadsheet;
pub mod store;
mod text;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "xlsx")]
mod workbook;
pub mod worker;
