//! What the crate promises, as tests: one module per noun. The simulated site stands in for 金蝶.

#![allow(clippy::incompatible_msrv, reason = "tests run with the pinned toolchain")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod attachments;
mod base_data;
mod bounds;
mod builder;
mod cells;
mod classes;
mod clients;
mod doubts;
mod echoes;
mod encodings;
mod errors;
mod faults;
mod filter;
mod form;
mod form_info;
mod holds;
mod logins;
mod made;
mod own_forms;
mod pace;
mod pricing;
mod quirks;
mod read_back;
mod resolve;
mod resume;
mod retries;
mod robust;
mod rows;
mod runtimes;
mod samples;
mod seen;
mod sign;
mod site;
mod support;
mod table;
mod transports;
mod traps;
mod updates;
mod vendor;
mod verdicts;
mod whole;
mod wire;
