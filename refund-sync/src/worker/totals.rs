//! What a rehearsal comes to, by shop: what would be written, what would not, and what is not in scope. The returns
//! themselves are in `worker::preview`, the workbook in `worker::plan`.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use rust_decimal::{Decimal, RoundingStrategy};

use super::preview::{Forecast, Preview};
use crate::model::Names;
use crate::store::FilteredCount;

/// The rehearsal of one pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Its name.
    pub pipeline: &'a str,
    /// What would become of each return.
    pub previews: &'a [Preview],
    /// What the shops are called.
    pub names: &'a Names,
    /// What was read and is not in scope.
    pub left_out: &'a [FilteredCount],
}

/// So many, and their money in yuan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How many.
    pub count: u64,
    /// 元
    pub yuan: Decimal,
}

/// What would become of one shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Would be written.
    pub written: Part,
    /// The pieces of that.
    pub pieces: Decimal,
    /// Would not be written.
    pub not_written: Part,
    /// Only 金蝶 can tell.
    pub uncertain: Part,
    /// Not in scope.
    pub left_out: Part,
}

impl<'a> Plan<'a> {
    /// What a shop is called; nothing where nobody said.
    pub fn shop(&self, shop_no: &str) -> &'a str {
        self.names.shops.get(shop_no).map_or("", String::as_str)
    }

    /// By shop.
    pub fn totals(&self) -> BTreeMap<&'a str, Total> {
        let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
        for preview in self.previews {
            totals.entry(&preview.shop_no).or_default().count(preview);
        }
        for left_out in self.left_out {
            let yuan = left_out.amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            totals.entry(&left_out.shop_no).or_default().left_out += Part { count: left_out.count, yuan };
        }
        totals
    }
}

impl Total {
    fn count(&mut self, preview: &Preview) {
        let yuan = preview.mapped.as_ref().map(crate::model::ReturnBill::amount).or(preview.amount);
        let part = Part { count: 1, yuan: yuan.unwrap_or_default() };
        match (preview.forecast, &preview.mapped) {
            (Forecast::Will, Some(bill)) => {
                self.written += part;
                self.pieces += bill.lines.iter().map(|line| line.quantity).sum::<Decimal>();
            }
            (Forecast::CannotTell, _) => self.uncertain += part,
            _ => self.not_written += part,
        }
    }
}

impl AddAssign for Part {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.yuan += other.yuan;
    }
}

impl AddAssign for Total {
    fn add_assign(&mut self, other: Self) {
        self.written += other.written;
        self.pieces += other.pieces;
        self.not_written += other.not_written;
        self.uncertain += other.uncertain;
        self.left_out += other.left_out;
    }
}
