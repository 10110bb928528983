//! What one JSON value of the gateway may look like, and how it is read: tolerant of shape, exact in value.
//! Rows are declared with [`row!`](crate::row); a value that cannot be read is noted, never raised.
//! Envelopes around the rows are read in `envelope.rs`.

mod decimal;
mod extra;
mod field;
mod list;
pub mod mask;
mod notes;
mod row;
mod scalar;
pub(crate) mod sent;
mod time;
mod token;

pub use decimal::parse_decimal;
pub use extra::Extra;
pub use field::Wire;
pub(crate) use list::OneOrMany;
pub use notes::{FieldFault, Notes};
pub use row::{Row, RowSeed, Written, read_row};
pub(crate) use sent::sent;
pub use time::{BadTime, TIME_FORMAT, format_time, from_beijing, parse_time, to_beijing};
pub use token::{Scalar, Token};
