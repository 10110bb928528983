//! What is moved, as plain data: a return of 旺店通, what arrived of it, and the bill that is made of both; and the stable
//! words for what holds one up, what is noted of it, how a person wants it booked, and what called for a run.
//! Knows nobody else: `source` makes the first two, `mapping` the third.

mod bill;
mod cause;
mod direction;
mod firing;
mod flag_kind;
mod missing_key;
mod month;
mod move_reason;
pub mod named;
mod names;
mod refund;
mod run_trigger;
mod scope;
mod sent_cell;
mod stockin;

pub use bill::{BillLine, Field, Free, ReturnBill};
pub use cause::Cause;
pub use direction::{Direction, Quantities};
pub use firing::Firing;
pub use flag_kind::FlagKind;
pub use missing_key::{MissingCount, MissingKey};
pub use month::{Month, NoMonth};
pub use move_reason::MoveReason;
pub use names::Names;
pub use refund::{Further, Return, ReturnLine};
pub use run_trigger::RunTrigger;
pub use scope::{scope_title, status_title, type_title};
pub use sent_cell::SentCell;
pub use stockin::{Arrival, Stockin, StockinRow};
