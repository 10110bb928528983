//! What can be known before anything is written: whether the tables cover the returns of late, and whether both systems
//! have and allow all that the bills will need.

pub mod coverage;
pub mod preflight;
