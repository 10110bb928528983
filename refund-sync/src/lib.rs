//! Finished sales returns of 旺店通企业版, written into 金蝶云星空 as 销售退货单.
//!
//! One way, from left to right: [`source`] reads 旺店通, [`mapping`] makes bills, [`journal`] and [`store`]
//! remember, [`sink`] writes 金蝶, and [`worker`] is the only place that orders these effects.

pub mod alert;
pub mod backfill;
pub mod bill;
pub mod cli;
pub mod clock;
pub mod config;
pub mod coverage;
pub mod demo;
mod files;
pub mod journal;
pub mod live;
pub mod mapping;
pub mod metrics;
pub mod reconcile;
pub mod refund;
pub mod schedule;
pub mod sink;
pub mod source;
mod spreadsheet;
pub mod stockin;
pub mod store;
pub mod supervise;
mod text;
pub mod web;
pub mod worker;
