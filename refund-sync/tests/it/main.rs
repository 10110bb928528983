//! The integration tests of `refund-sync`, one binary.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees tests of it, but not the helpers beside them")]

mod config;
mod mapping;
mod postgres;
