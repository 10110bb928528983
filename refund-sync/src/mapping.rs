//! The mapping: one return in, one bill out, or every reason why not. Pure: no clock, no I/O, no randomness.
//! What the rules may say is in `mapping::rules`, the tables in `mapping::table`.

pub mod rules;
pub mod table;

pub use rules::Rules;
