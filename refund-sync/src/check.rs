//! What can be known before anything is written: whether the tables cover the returns of late, and whether both systems
//! can be reached, and have and allow all that the bills will need.

mod certificate;
pub mod coverage;
pub mod data_centres;
pub mod preflight;
pub mod route;
pub mod step;
mod tunnel;
