//! The crate's contract, one module a subject.

mod builder;
mod calls;
mod codes;
mod limits;
mod rows;
mod samples;
mod signatures;
mod simulator;
mod support;
mod walk;
mod walk_drift;
mod wire;
