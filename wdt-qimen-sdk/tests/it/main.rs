//! The crate's contract, one module a subject.

#![allow(clippy::incompatible_msrv, reason = "tests run with the pinned toolchain")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod bounds;
mod builder;
mod calls;
mod clock;
mod codes;
mod dice;
mod dirt;
mod kept;
mod lies;
mod limits;
mod limits_learned;
mod limits_table;
mod lists;
mod methods;
mod native;
mod no_panic;
mod pacer;
mod people;
mod reading;
mod request_shapes;
mod resume;
mod rows;
mod samples;
mod seen;
mod server_clock;
mod signatures;
mod simulator;
mod support;
mod transport;
mod traps;
mod walk;
mod walk_cost;
mod walk_drift;
mod wire;
mod writes;
