//! [`Walk`], the proof that a span was read whole. Pure: no clock, no I/O. Which spans to read, and when, is the
//! caller's ledger.

mod count;
mod crowds;
mod proof;
mod round;
mod walk;

pub use proof::{Proof, Why};
pub use walk::{Step, Walk};
