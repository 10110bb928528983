//! The goods of a return and the lines of its bill, as the page of the return shows them side by side.

use rust_decimal::Decimal;

use super::lang::{money, price};
use crate::model::{BillLine, Return, ReturnBill, ReturnLine};

/// A line of the return (退货明细).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GoodsLine {
    pub(super) spec_no: String,
    pub(super) goods_no: String,
    pub(super) asked: String,
    pub(super) arrived: String,
    /// Fewer or more arrived than were asked back.
    pub(super) differs: bool,
    pub(super) price: String,
    pub(super) value: String,
    pub(super) refund: String,
    pub(super) is_gift: bool,
}

/// An entry of the bill (明细).
#[derive(Debug)]
pub(super) struct EntryLine {
    pub(super) material: String,
    pub(super) stock: String,
    pub(super) quantity: String,
    pub(super) price: String,
    pub(super) amount: String,
    pub(super) tax_rate: String,
    pub(super) lot: String,
}

/// The lines of a return, in its order.
pub(super) fn goods(refund: &Return) -> Vec<GoodsLine> {
    refund.lines.iter().map(|line| GoodsLine::of(line, refund)).collect()
}

/// The entries of a bill, in its order.
pub(super) fn entries(bill: &ReturnBill) -> Vec<EntryLine> {
    bill.lines.iter().map(EntryLine::of).collect()
}

impl GoodsLine {
    fn of(line: &ReturnLine, refund: &Return) -> Self {
        let arrived = line.stockin_num.or_else(|| arrived(line, refund));
        Self {
            spec_no: line.spec_no.clone(),
            goods_no: line.goods_no.clone(),
            asked: plain(line.refund_num),
            arrived: plain(arrived),
            differs: arrived.is_some() && arrived != line.refund_num,
            price: piece(line).map(price).unwrap_or_default(),
            value: line.total_amount.map(money).unwrap_or_default(),
            refund: line.refund_order_amount.map(price).unwrap_or_default(),
            is_gift: line.gift_type > 0,
        }
    }
}

/// What stock-ins brought of a line; `None` where none is known.
fn arrived(line: &ReturnLine, refund: &Return) -> Option<Decimal> {
    let arrivals = refund.stockins.iter().flat_map(|stockin| &stockin.arrivals);
    let own = arrivals.filter(|arrival| !line.order_id.is_empty() && arrival.order_id == line.order_id);
    own.map(|arrival| arrival.num).sum::<Option<Decimal>>().filter(|_| !refund.stockins.is_empty())
}

/// The goods' value of one piece.
fn piece(line: &ReturnLine) -> Option<Decimal> {
    line.total_amount?.checked_div(line.refund_num?)
}

impl EntryLine {
    fn of(line: &BillLine) -> Self {
        Self {
            material: line.material.clone(),
            stock: line.stock.clone(),
            quantity: line.quantity.normalize().to_string(),
            price: line.tax_price.normalize().to_string(),
            amount: money(line.amount),
            tax_rate: line.tax_rate.map(|rate| format!("{} %", rate.normalize())).unwrap_or_default(),
            lot: line.lot.clone().unwrap_or_default(),
        }
    }
}

fn plain(number: Option<Decimal>) -> String {
    number.map_or_else(|| "–".to_owned(), |number| number.normalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Arrival, Stockin};

    fn line(asked: &str, stockin_num: Option<&str>) -> ReturnLine {
        ReturnLine {
            order_id: "7".into(),
            refund_num: Some(asked.parse().unwrap()),
            stockin_num: stockin_num.map(|number| number.parse().unwrap()),
            total_amount: Some("10".parse().unwrap()),
            ..ReturnLine::default()
        }
    }

    fn refund(arrivals: &[(&str, &str)]) -> Return {
        let mut refund: Return = serde_json::from_value(serde_json::json!({
            "refund_no": "TK1", "kind": 2, "process_status": 90, "shop_no": "", "customer_no": "", "warehouse_no": "",
            "modified": null, "finish_time": null, "check_time": null, "goods_amount": null, "refund_amount": null,
            "actual_refund_amount": null, "tid": "", "src_no": "", "sales_tid": "", "return_mask": 0, "lines": [],
        }))
        .unwrap();
        let arrivals = arrivals.iter().map(|(order_id, num)| Arrival {
            order_id: (*order_id).into(),
            num: Some(num.parse().unwrap()),
            ..Arrival::default()
        });
        refund.stockins = vec![Stockin {
            stockin_no: "RK1".into(),
            warehouse_no: "WH01".into(),
            stockin_time: None,
            check_time: None,
            faults: Vec::new(),
            arrivals: arrivals.collect(),
            trimmed: Vec::new(),
        }];
        refund
    }

    #[test]
    fn what_arrived_is_the_rows_word_or_else_what_the_stock_ins_brought_of_that_line() {
        let told = |line: &ReturnLine, refund: &Return| {
            let line = GoodsLine::of(line, refund);
            (line.arrived, line.differs)
        };
        let twice = refund(&[("7", "1"), ("8", "5"), ("7", "1")]);
        assert_eq!(told(&line("2", None), &twice), ("2".into(), false));
        assert_eq!(told(&line("3", None), &twice), ("2".into(), true));
        assert_eq!(told(&line("3", Some("3")), &twice), ("3".into(), false));
    }

    #[test]
    fn a_price_is_the_value_of_one_piece_and_none_for_no_pieces() {
        assert_eq!(GoodsLine::of(&line("4", None), &refund(&[])).price, "¥ 2.50");
        assert_eq!(GoodsLine::of(&line("0", None), &refund(&[])).price, "");
    }
}
