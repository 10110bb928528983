//! What the server objects to, classed by code and by text: one table, the first rule that fits decides.
//! The rules are in `class/table`; what an objection means for a bill is in `bill_error`, for a call in `error`.

mod markdown;
mod objection;
mod pattern;
pub(crate) mod rule;
mod table;

pub use self::markdown::markdown;
pub use self::objection::Objection;
pub use self::rule::{Code, Rule, Scope};
pub use self::table::RULES;
