//! The names of the methods that this crate knows, and which of them a name is that was written wrong.

use super::definition::Method;
use super::write::definition::Write;
use super::{
    goods, his_refund, refund, shop, stockin_refund, stockout_trade, suite, trade, vip_refund, warehouse,
    write,
};
use crate::protocol::{SCENE, known_by, native_page};

/// The methods that this crate has a type for.
pub(crate) const KNOWN: [&str; 14] = [
    refund::RefundQuery::NAME,
    his_refund::HisRefundQuery::NAME,
    stockin_refund::StockinRefundQuery::NAME,
    vip_refund::VipRefundQuery::NAME,
    trade::TradeQuery::NAME,
    stockout_trade::StockoutTradeQuery::NAME,
    shop::ShopQuery::NAME,
    warehouse::WarehouseQuery::NAME,
    goods::GoodsQuery::NAME,
    suite::SuiteQuery::NAME,
    write::TradePush::NAME,
    write::GoodsPush::NAME,
    write::StockCount::NAME,
    write::StockinRefundPush::NAME,
];

/// The name by which people are told of a method, whichever of its names it is called by: the one that [`KNOWN`] has, else
/// its own without the scene.
pub(crate) fn told_as(name: &str) -> &str {
    let known = KNOWN.into_iter().find(|known| known_by(known) == known_by(name));
    known.unwrap_or_else(|| name.strip_prefix(SCENE).unwrap_or(name))
}

/// How many letters a slip of the pen adds, drops or changes at most.
const SLIP: usize = 2;

/// The method that is meant by a name that lies near one of [`KNOWN`] and is none of them.
pub(crate) fn meant_by(name: &str) -> Option<&'static str> {
    if KNOWN.iter().any(|known| known_by(known) == known_by(name)) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let is_near = |known: &str| distance(known, &name) <= SLIP;
    KNOWN
        .into_iter()
        .find(|known| is_near(known) || is_near(&native_page(known)) || known_by(known) == known_by(&name))
}

/// How many letters must be added, dropped or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, a) in one.bytes().enumerate() {
        let mut aslant = row[0];
        row[0] = done + 1;
        for (place, b) in other.bytes().enumerate() {
            let changed = aslant + usize::from(a != b);
            aslant = row[place + 1];
            row[place + 1] = changed.min(row[place] + 1).min(aslant + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, distance, meant_by};

    #[test]
    fn letters_that_differ_are_counted() {
        for (one, other, far) in [("", "", 0), ("", "abc", 3), ("refund", "refnd", 1), ("push", "psuh", 2)] {
            assert_eq!((distance(one, other), distance(other, one)), (far, far), "{one} {other}");
        }
    }

    #[test]
    fn no_known_name_is_taken_for_another() {
        for known in KNOWN {
            assert_eq!(meant_by(known), None);
        }
    }
}
