//! Answers whose text is dirty: what strict reading refuses is cleaned, then cut into rows, so that one broken row costs
//! one row. Only reached where strict reading failed.

mod clean;
mod cut;
mod xml;

pub(crate) use clean::clean;
pub(crate) use cut::{cut, seen_text};
pub(crate) use xml::refusal_of;
