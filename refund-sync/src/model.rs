//! What is moved, as plain data: a return of 旺店通, what arrived of it, and the bill that is made of both.
//! Knows nobody else: `source` makes the first two, `mapping` the third.

mod bill;
mod refund;
mod stockin;

pub use bill::{BillLine, Free, ReturnBill};
pub use refund::{Return, ReturnLine};
pub use stockin::{Arrival, Stockin, StockinRow};
