//! The journal's nouns and its pure rules: what a document is, how a row read changes it, what a look-up proves.
//! Nothing here reads a clock or a database: `store` keeps these values, `worker` orders the effects.

mod comparison;
mod document;
pub mod finish;
mod first_send;
mod fold;
mod identity;
mod joining;
mod retries;
mod state;

pub use document::{Document, Flag, Log, Parking, Reason, Version};
pub use first_send::needs_look_up;
pub use fold::{Folded, Row, fold, fold_pending, rebase};
pub use identity::{
    CUSTOMER, DATE, Difference, FoundBill, FoundLine, Identity, MARK_SOURCE, identify, strangers,
};
pub use joining::join;
pub use retries::{LONGEST_PAUSE as LONGEST_RETRY_PAUSE, Retries, comes_back, question};
pub use state::{Event, Illegal, State};
