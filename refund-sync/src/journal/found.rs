//! A bill as a look-up found it in 金蝶, and the points in which it may differ from the one that was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lang::{Text, money};

/// What FThirdSrcType says on every bill of ours.
pub const MARK_SOURCE: &str = "refund-sync";

/// The point of a [`Difference`] in the customer.
pub const CUSTOMER: &str = "customer 客户";

/// The point of the [`Difference`] that there is no such bill.
pub const NO_BILL: &str = "bill 单据";

/// The point of a [`Difference`] in the status.
pub const STATUS: &str = "status 单据状态";

/// The point of a [`Difference`] in the date.
pub const DATE: &str = "date 日期";

/// A bill as a look-up found it. `None`: the cell could not be read, so it proves nothing; `unread` names its column.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FoundBill {
    /// FID
    pub id: String,
    /// FBillNo
    pub number: String,
    /// FDocumentStatus: Z 暂存, A 创建, B 审核中, C 已审核, D 重新审核.
    pub document_status: Option<String>,
    /// FCancelStatus is B: 已作废.
    pub voided: bool,
    /// FThirdBillNo
    pub third_bill_no: Option<String>,
    /// FThirdSrcType
    pub third_src_type: Option<String>,
    /// FThirdBillId
    pub third_bill_id: Option<String>,
    /// FRetcustId.FNumber
    pub customer: Option<String>,
    /// FDate
    pub date: Option<NaiveDate>,
    /// FEntity; `None` when the site did not answer the entry's columns.
    pub lines: Option<Vec<FoundLine>>,
    /// Further fields of head and 财务信息 by column; empty where 金蝶 has nothing there. What could not be read is not
    /// here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub further: BTreeMap<String, String>,
    /// Columns of further fields, of the head and of entries, that could not be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub further_unread: BTreeSet<String>,
    /// Columns of the head and of the entries, a cell of which is masked (`***`), empty or not answered, though a bill
    /// has a value there.
    #[serde(default)]
    pub unread: BTreeSet<String>,
    /// A cell of the mark is masked or not answered: whether it carries ours cannot be said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mark_unread: bool,
    /// Of a bill whose number cannot be read: the numbers that were asked for when it was found, one of which may be its.
    /// None: it was found without being asked for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub asked: BTreeSet<String>,
}

/// An entry as a look-up found it. `None`: the cell could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct FoundLine {
    /// FMaterialId.FNumber
    pub material: Option<String>,
    /// FRealQty
    pub quantity: Option<Decimal>,
    /// FAllAmount 价税合计
    pub amount: Option<Decimal>,
    /// FUnitID.FNumber
    #[serde(default)]
    pub unit: Option<String>,
    /// FBaseunitQty: the quantity in the material's own unit.
    #[serde(default)]
    pub base_quantity: Option<Decimal>,
    /// Further fields by column, as in [`FoundBill::further`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub further: BTreeMap<String, String>,
}

/// In the place of a state that a voided bill does not have any more.
pub(super) const VOIDED: &str = "voided 已作废";

/// What the point of a [`Difference`] is called: `line 明细 TS` in each language.
pub fn point_text(what: &str) -> Text {
    match what.splitn(3, ' ').collect::<Vec<_>>()[..] {
        [en, zh] => Text::of(zh, en),
        [en, zh, of] => Text::of(format!("{zh} {of}"), format!("{en} {of}")),
        _ => Text::same(what),
    }
}

/// One point in which the bill found is not the bill sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What differs: `customer`, `date`, `line 物料`, `field FNote`.
    pub what: String,
    /// In the bill that we sent.
    pub ours: String,
    /// In 金蝶.
    pub theirs: String,
}

impl Difference {
    /// For people.
    pub fn text(&self) -> Text {
        let Self { what, ours, theirs } = self;
        let Text { zh, en } = point_text(what);
        let (ours, theirs) = (side(what, ours), side(what, theirs));
        Text::of(
            format!("{zh}：应为 {}，金蝶为 {}", ours.zh, theirs.zh),
            format!("{en}: ours {}, 金蝶 {}", ours.en, theirs.en),
        )
    }
}

/// What stands on one side, as people write it: what is kept speaks no language.
fn side(what: &str, text: &str) -> Text {
    let yuan = |figure: &str| figure.parse().map_or_else(|_| figure.to_owned(), money);
    match text {
        "-" => return Text::new("无", "none"),
        VOIDED => return point_text(text),
        _ if what.starts_with("amount ") => return Text::same(yuan(text)),
        _ if !what.starts_with("line ") => return Text::same(text),
        _ => {}
    }
    let lines = |pieces: &str| {
        let line = |line: &str| match line.split_once(" × = ") {
            // With a unit of its own: `2 Box (= 24)`.
            Some((quantity, amount)) if quantity.contains(' ') => format!("{quantity} {}", yuan(amount)),
            Some((quantity, amount)) => format!("{quantity} {pieces} {}", yuan(amount)),
            None => line.to_owned(),
        };
        text.split(" + ").map(line).collect::<Vec<_>>().join(" + ")
    };
    Text::of(lines("件"), lines("pcs"))
}

/// In the language that this process speaks.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

/// What a look-up for many found, by what each may be asked for.
#[derive(Debug)]
pub struct FoundBills<'f> {
    found: &'f [FoundBill],
    places: BTreeMap<&'f str, Vec<usize>>,
}

impl<'f> FoundBills<'f> {
    /// These.
    pub fn of(found: &'f [FoundBill]) -> Self {
        let mut places: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, bill) in found.iter().enumerate() {
            for number in [Some(bill.number.as_str()), bill.third_bill_no.as_deref()].into_iter().flatten() {
                places.entry(number).or_default().push(place);
            }
        }
        Self { found, places }
    }

    /// Everything that may stand for this number or this refund, and those whose number cannot be read, in their order.
    pub fn about(&self, number: &str, refund_no: &str) -> Vec<&'f FoundBill> {
        let at = |number: &str| self.places.get(number).into_iter().flatten();
        let mut places: Vec<usize> = at(number).chain(at(refund_no)).chain(at("")).copied().collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|place| self.found.get(place)).collect()
    }
}

impl FoundBill {
    /// It stands under this number, or carries the mark of this refund. Collations differ: 金蝶 may answer `tk1` for
    /// `TK1`. A number matches exactly or not at all.
    pub fn stands_for(&self, number: &str, refund_no: &str) -> bool {
        self.number == number || self.is_marked_as(refund_no)
    }

    /// 价税合计 of the whole bill, in yuan; `None` when a line's could not be read.
    pub fn amount(&self) -> Option<Decimal> {
        self.lines.as_ref()?.iter().map(|line| line.amount).sum()
    }

    /// Pieces of the whole bill; `None` when a line's could not be read.
    pub fn pieces(&self) -> Option<Decimal> {
        self.lines.as_ref()?.iter().map(|line| line.quantity).sum()
    }

    /// Neither its number nor its mark can be read.
    pub fn is_nameless(&self) -> bool {
        self.number.is_empty() && self.third_bill_no.is_none()
    }

    /// Its mark may be this refund's, as far as it can be seen.
    pub(super) fn may_be_marked_as(&self, refund_no: &str) -> bool {
        self.mark_unread
            && self.third_src_type.as_deref().is_none_or(|source| source == MARK_SOURCE)
            && self.third_bill_no.as_deref().is_none_or(|number| number == refund_no)
    }

    pub(super) fn is_marked_as(&self, refund_no: &str) -> bool {
        self.third_src_type.as_deref() == Some(MARK_SOURCE)
            && self.third_bill_no.as_deref() == Some(refund_no)
    }
}
