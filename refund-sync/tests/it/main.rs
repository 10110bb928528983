//! The integration tests of `refund-sync`, one binary.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees tests of it, but not the helpers beside them")]

mod alert;
mod backfill;
mod bill_on_the_wire;
mod browser;
mod check_live;
mod command_line;
mod config;
mod doctor;
mod double;
mod end_to_end;
mod keeping;
mod languages;
mod look_up;
mod mapping;
mod mapping_tables;
mod mcp;
mod memory;
mod page;
mod postgres;
mod privacy;
mod private_files;
mod proxy;
mod qeasy;
mod reconcile;
mod returns;
mod samples;
mod scene;
mod serve;
mod shown;
mod site_fields;
mod store;
#[cfg(feature = "xlsx")]
mod table_workbooks;
mod tls;
mod trouble;
#[cfg(feature = "xlsx")]
mod workbooks;
