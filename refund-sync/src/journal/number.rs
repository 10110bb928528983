//! The numbers by which people look for a return: its own, its order's, its parcel's, its bill's. Pure; the index over them
//! is `store`'s.

use serde::{Deserialize, Serialize};

use crate::lang::vocabulary;
use crate::model::Return;

vocabulary! {
    /// What a number is the number of.
    pub enum NumberKind {
        /// `refund_no`.
        Refund = "refund_no" { title: "退换单号", "refund number"; }
        /// `tid`: the order on the platform.
        Tid = "tid" { title: "原始单号", "platform order"; }
        /// `src_no`: the refund on the platform.
        SrcNo = "src_no" { title: "平台退款单号", "platform refund"; }
        /// `sales_tid`: the order in 旺店通, JY….
        SalesTid = "sales_tid" { title: "系统订单编号", "system order"; }
        /// Of the parcel out, or of the one that came back.
        Logistics = "logistics_no" { title: "物流单号", "parcel number"; }
        /// FBillNo.
        Bill = "bill_no" { title: "单据编号", "bill number"; }
        /// FID.
        Fid = "fid" { title: "单据内码 FID", "FID"; }
    }
}

/// So many characters of a number are looked for.
const LONGEST: usize = 64;

/// A number of a return, as it is looked for: in capitals, without blanks at its ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Number {
    /// What it is the number of.
    pub kind: NumberKind,
    /// The number.
    pub text: String,
}

impl NumberKind {
    /// As the index has it.
    pub fn code(self) -> i16 {
        match self {
            Self::Refund => 0,
            Self::Tid => 1,
            Self::SrcNo => 2,
            Self::SalesTid => 3,
            Self::Logistics => 4,
            Self::Bill => 5,
            Self::Fid => 6,
        }
    }

    /// The one of a [`code`](Self::code).
    pub fn of_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Number {
    /// Those of one kind, as a row names them.
    pub fn joined(numbers: &[Self], kind: NumberKind) -> String {
        let own = numbers.iter().filter(|number| number.kind == kind);
        own.map(|number| number.text.as_str()).collect::<Vec<_>>().join(",")
    }

    /// `text` as a number of this kind; `None` where it says nothing.
    pub fn new(kind: NumberKind, text: &str) -> Option<Self> {
        sought(text).map(|text| Self { kind, text })
    }

    /// Everything that a row names: several orders are separated by commas.
    pub fn all<'a>(named: impl IntoIterator<Item = (NumberKind, &'a str)>) -> Vec<Self> {
        let split = |(kind, text): (NumberKind, &'a str)| {
            text.split([',', '，']).filter_map(move |text| Self::new(kind, text))
        };
        let mut all: Vec<_> = named.into_iter().flat_map(split).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Those of a return, but its own, which the journal has anyway.
    pub fn of(refund: &Return) -> Vec<Self> {
        let further = |name: &str| {
            refund.further.as_ref().and_then(|further| further.get(name)).map_or("", String::as_str)
        };
        Self::all([
            (NumberKind::Tid, refund.tid.as_str()),
            (NumberKind::SrcNo, &refund.src_no),
            (NumberKind::SalesTid, &refund.sales_tid),
            (NumberKind::Logistics, further("logistics_no")),
            (NumberKind::Logistics, further("return_logistics_no")),
        ])
    }
}

/// What a person typed, or a row says, as numbers are compared; `None` where nothing is left of it.
pub fn sought(text: &str) -> Option<String> {
    let hidden = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let text = text.trim_matches(hidden);
    (!text.is_empty()).then(|| text.to_uppercase().chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_sought_in_capitals_and_without_what_nobody_sees() {
        assert_eq!(sought("\u{feff} jy2026\u{3000}\t").as_deref(), Some("JY2026"));
        assert_eq!(sought("\u{200b} \n"), None);
        assert_eq!(sought(&"9".repeat(100)).map(|text| text.len()), Some(LONGEST));
    }

    #[test]
    fn several_orders_of_one_return_are_each_a_number_and_none_is_there_twice() {
        let all = Number::all([(NumberKind::Tid, "26-2, 26-1,,26-2"), (NumberKind::SrcNo, "")]);
        let texts: Vec<_> = all.iter().map(|number| number.text.as_str()).collect();
        assert_eq!(texts, ["26-1", "26-2"]);
    }

    #[test]
    fn every_kind_is_found_by_its_code() {
        for kind in NumberKind::ALL {
            assert_eq!(NumberKind::of_code(kind.code()), Some(kind));
        }
        assert_eq!(NumberKind::of_code(99), None);
    }
}
