//! The mapping: one return in, one bill out, or every reason why not. Pure: no clock, no I/O, no randomness.
//! What the rules may say is in `mapping::rules`, the tables in `mapping::table`.

pub mod flag;
pub mod refusal;
pub mod rules;
pub mod table;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::bill::ReturnBill;
use crate::refund::Return;
pub use flag::Flag;
pub use refusal::Refusal;
pub use rules::Rules;

/// A return that became a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// The bill to write.
    pub bill: ReturnBill,
    /// What an accountant should know about it, head first, then by line.
    pub flags: Vec<Flag>,
    /// Lines with quantity 0 and amount 0, which the bill does not have.
    pub left_out: usize,
    /// The accounting date before any closed period: what `map` takes as `fixed_date` from now on.
    pub original_date: NaiveDate,
    /// `refund_amount` − `goods_amount` (邮费、补偿、折让), in yuan: no fault. `None` where either is missing.
    pub refund_minus_goods: Option<Decimal>,
}

/// Maps one return to one bill, or names every reason why it cannot be one.
///
/// `fixed_date` is the accounting date fixed when the return was first mapped
/// ([`Mapped::original_date`]); `date_from` is not asked again then, closed periods apply as they now stand.
///
/// # Errors
/// Every [`Refusal`] at once, head first, then by line; never empty.
pub fn map(refund: &Return, rules: &Rules, fixed_date: Option<NaiveDate>) -> Result<Mapped, Vec<Refusal>> {
    let _ = (refund, rules, fixed_date);
    Err(vec![Refusal::NoLines])
}
