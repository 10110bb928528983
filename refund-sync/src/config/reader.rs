//! Reading a configuration without losing a fault: the walk over file and environment, sections and settings that know
//! their place, secrets, what can be wrong, and what was asked for (the JSON Schema's matter). Knows no key.

mod fault;
mod file_error;
pub(super) mod json_schema;
pub(super) mod secret;
mod section;
mod setting;
mod walk;

pub use fault::{Fault, Faults, Notes, Place, Position};
pub(super) use file_error::unreadable;
pub(super) use json_schema::Shape;
pub(super) use section::{Section, variable_part};
pub(super) use setting::{Setting, narrowed};
pub(super) use walk::{ReadFile, Walk, nearest};
