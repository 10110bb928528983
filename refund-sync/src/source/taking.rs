//! What is kept of a row of 旺店通: everything a bill needs, nothing about a person, and every number without the blanks
//! that people and imports leave around it. Which rows are kept is the parent's to say.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use wdt_qimen_sdk::method::refund::{Refund, RefundLine};

use crate::journal::{Number, NumberKind};
use crate::model::named::LINE;
use crate::model::{Further, Return, ReturnLine};

/// Takes numbers without their blanks, and notes in which fields there were any.
#[derive(Debug, Default)]
pub(super) struct Trim {
    fields: Vec<String>,
}

impl Trim {
    /// `text` without blanks at either end.
    pub(super) fn number(&mut self, field: &str, text: &str) -> String {
        let number = number(text);
        if number.len() != text.len() && !self.fields.iter().any(|known| known == field) {
            self.fields.push(field.to_owned());
        }
        number.to_owned()
    }

    /// The fields that had blanks, in the order they were taken.
    pub(super) fn noted(self) -> Vec<String> {
        self.fields
    }
}

/// A number without what nobody sees at its ends: blanks of any width, line breaks, controls, marks of no width.
pub(super) fn number(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

/// What a return that is not kept is looked for by.
pub(super) fn numbers(refund: &Refund) -> Vec<Number> {
    Number::all([
        (NumberKind::Tid, refund.tid.as_str()),
        (NumberKind::SrcNo, &refund.src_no),
        (NumberKind::SalesTid, &refund.sales_tid),
        (NumberKind::Logistics, &refund.logistics_no),
        (NumberKind::Logistics, &refund.return_logistics_no),
    ])
}

/// The return; of free texts those that a rule of the configuration names.
pub(super) fn keep(refund: &Refund, free: &BTreeSet<&'static str>) -> Return {
    let mut trim = Trim::default();
    Return {
        refund_no: trim.number("refund_no", &refund.refund_no),
        kind: refund.kind.code(),
        process_status: refund.process_status.code(),
        shop_no: trim.number("shop_no", &refund.shop_no),
        customer_no: trim.number("customer_no", &refund.customer_no),
        warehouse_no: trim.number("warehouse_no", &refund.warehouse_no),
        created: refund.created,
        modified: refund.modified,
        finish_time: refund.finish_time,
        check_time: refund.check_time,
        goods_amount: refund.goods_amount,
        refund_amount: refund.refund_amount,
        actual_refund_amount: refund.actual_refund_amount,
        tid: trim.number("tid", &refund.tid),
        src_no: trim.number("src_no", &refund.src_no),
        sales_tid: trim.number("sales_tid", &refund.sales_tid),
        return_mask: refund.return_mask.unwrap_or_default(),
        lines: refund.refund_order_list.iter().map(|line| keep_line(line, free, &mut trim)).collect(),
        stockins: Vec::new(),
        trimmed: trim.noted(),
        further: Some(further(refund, free)),
    }
}

fn further(refund: &Refund, free: &BTreeSet<&'static str>) -> Further {
    let figure =
        |figure: Option<Decimal>| figure.map(|figure| figure.normalize().to_string()).unwrap_or_default();
    let (post_amount, other_amount) = (figure(refund.post_amount), figure(refund.other_amount));
    let fields = [
        ("shop_name", &refund.shop_name),
        ("logistics_no", &refund.logistics_no),
        ("logistics_name", &refund.logistics_name),
        ("return_logistics_no", &refund.return_logistics_no),
        ("return_logistics_name", &refund.return_logistics_name),
        ("api_outer_no", &refund.api_outer_no),
        ("outer_no", &refund.outer_no),
        ("wms_outer_no", &refund.wms_outer_no),
        ("swap_trade_no", &refund.swap_trade_no),
        ("stockin_pre_no", &refund.stockin_pre_no),
        ("fenxiao_tid", &refund.fenxiao_tid),
        ("fenxiao_refund_no", &refund.fenxiao_refund_no),
        ("flag_name", &refund.flag_name),
        ("post_amount", &post_amount),
        ("other_amount", &other_amount),
    ];
    let texts = [("remark", &refund.remark), ("refund_reason", &refund.refund_reason)];
    gathered(&fields, &texts, "", free)
}

/// Fields that say something, and of `texts` those that are named, whatever they say.
fn gathered(
    fields: &[(&'static str, &String)],
    texts: &[(&'static str, &String)],
    prefix: &str,
    free: &BTreeSet<&'static str>,
) -> Further {
    let fields = fields.iter().filter(|(_, value)| !number(value).is_empty());
    let texts = texts
        .iter()
        .filter(|(name, _)| !free.is_empty() && free.contains(format!("{prefix}{name}").as_str()));
    fields.chain(texts).map(|(name, value)| ((*name).to_owned(), number(value).to_owned())).collect()
}

fn keep_line(line: &RefundLine, free: &BTreeSet<&'static str>, trim: &mut Trim) -> ReturnLine {
    let fields = [
        ("goods_name", &line.goods_name),
        ("spec_name", &line.spec_name),
        ("spec_code", &line.spec_code),
        ("barcode", &line.barcode),
        ("brand_name", &line.brand_name),
        ("suite_no", &line.suite_no),
        ("suite_name", &line.suite_name),
        ("tid", &line.tid),
        ("src_no", &line.src_no),
        ("sales_tid", &line.sales_tid),
        ("position_no", &line.position_no),
    ];
    ReturnLine {
        order_id: line.order_id.map(|id| id.to_string()).unwrap_or_default(),
        oid: number(&line.oid).to_owned(),
        spec_no: trim.number("spec_no", &line.spec_no),
        goods_no: trim.number("goods_no", &line.goods_no),
        refund_num: line.refund_num,
        stockin_num: line.stockin_num,
        refund_order_amount: line.refund_order_amount,
        total_amount: line.total_amount,
        gift_type: line.gift_type.unwrap_or_default(),
        further: gathered(&fields, &[("remark", &line.remark)], LINE, free),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_cannot_be_seen_at_the_ends_of_a_number_is_no_part_of_it() {
        for text in [" TK 1", "TK 1\t", "\u{3000}TK 1\u{a0}", "\u{feff}TK 1\u{200b}\r\n", "TK 1\0", "TK 1"] {
            assert_eq!(number(text), "TK 1", "{text:?}");
        }
        assert_eq!(number("\u{3000} "), "");
    }

    #[test]
    fn each_field_is_noted_once_and_only_if_it_had_blanks() {
        let mut trim = Trim::default();
        for (field, text) in [("spec_no", "A "), ("shop_no", "S001"), ("spec_no", " B"), ("tid", "")] {
            trim.number(field, text);
        }
        assert_eq!(trim.noted(), ["spec_no"]);
    }
}
