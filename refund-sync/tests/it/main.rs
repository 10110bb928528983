//! The integration tests of refund-sync, one binary.

mod config;
mod mapping;
