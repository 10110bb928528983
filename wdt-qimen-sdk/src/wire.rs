//! What one JSON value of the gateway may look like, and how it is read: tolerant of shape, exact in value.
//! Rows are declared with [`row!`](crate::row); a value that cannot be read is noted, never raised.
//! Envelopes around the rows are read in `envelope.rs`.

mod decimal;
mod field;
mod list;
pub mod mask;
mod notes;
mod row;
mod scalar;
mod time;
mod token;

pub use decimal::parse_decimal;
pub use field::Wire;
pub(crate) use list::OneOrMany;
pub use notes::{FieldFault, Notes};
pub use row::{Extra, Row, RowSeed, Written, read_row};
pub(crate) use time::GatewayTime;
pub use time::{BadTime, TIME_FORMAT, format_time, from_beijing, parse_time, to_beijing};
pub use token::{Scalar, Token};
