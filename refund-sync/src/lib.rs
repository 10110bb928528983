//! Finished sales returns of 旺店通企业版, written into 金蝶云星空 as 销售退货单.
//!
//! One way, from left to right: [`source`] reads 旺店通, [`mapping`] makes bills, [`journal`] and [`store`]
//! remember, [`sink`] writes 金蝶, and [`worker`] is the only place that orders these effects.

pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
mod files;
pub mod journal;
pub mod lang;
pub mod mapping;
pub mod model;
pub mod reconcile;
pub mod schedule;
pub mod serve;
pub mod sink;
pub mod source;
mod spreadsheet;
pub mod store;
mod text;
pub mod worker;
