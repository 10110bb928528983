//! The journal's nouns and its pure rules: what a document is, how a row read changes it, what a look-up proves.
//! Nothing here reads a clock or a database: `store` keeps these values, `worker` orders the effects.

#[cfg(feature = "console")]
mod booked;
mod comparison;
mod decided;
#[cfg(feature = "console")]
pub mod decision;
mod document;
mod event_facts;
pub mod finish;
mod first_send;
mod fold;
mod found;
mod identity;
mod joining;
mod kept;
mod number;
mod parking;
mod retries;
mod seen;
mod state;

#[cfg(feature = "console")]
pub use booked::{Expected, find_booked};
pub use decided::{Decision, DecisionKind, Earlier, Wish};
pub use document::{Document, Flag, Log, Version, question};
pub use event_facts::facts_in_words;
pub use first_send::needs_look_up;
pub use fold::{Folded, Row, fold, fold_pending, rebase};
pub use found::{
    CUSTOMER, DATE, Difference, FoundBill, FoundBills, FoundLine, MARK_SOURCE, NO_BILL, STATUS, point_text,
};
pub use identity::{Identity, answers_for_others, identify};
pub use joining::join;
pub use kept::Kept;
pub use number::{Number, NumberKind, sought};
pub use parking::{Parking, Reason, comes_back};
pub use retries::{LONGEST_PAUSE as LONGEST_RETRY_PAUSE, Retries};
pub use seen::seen;
pub use state::{Event, Illegal, State};
