//! refund-sync as a specification: one binary, one module a part.
#![allow(clippy::unwrap_used, reason = "clippy.toml frees tests of it, but not the helpers beside them")]

mod config;
