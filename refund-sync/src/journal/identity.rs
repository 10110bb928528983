//! Is the bill that stands in 金蝶 under our number ours? Pure: what the look-up found against what we sent.
//! Asking 金蝶 is `sink`'s; what follows from the answer is `worker`'s.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::bill::ReturnBill;

/// What FThirdSrcType says on every bill of ours.
pub const MARK_SOURCE: &str = "refund-sync";

/// A bill as a look-up found it. `None`: the site did not answer that column, so it proves nothing.
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
}

/// An entry as a look-up found it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundLine {
    /// FMaterialId.FNumber
    pub material: String,
    /// FRealQty
    pub quantity: Decimal,
    /// FAllAmount 价税合计
    pub amount: Decimal,
}

/// One point in which the bill found is not the bill sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What differs: `customer`, `date`, `line 物料`.
    pub what: String,
    /// In the bill that we sent.
    pub ours: String,
    /// In 金蝶.
    pub theirs: String,
}

/// What a look-up proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nothing stands there under either number.
    Absent,
    /// It carries our mark. The differences, if any, say that somebody or 金蝶 altered it.
    Ours {
        /// The bill.
        bill: FoundBill,
        /// Lines whose quantity or cents are not what we sent.
        altered: Vec<Difference>,
    },
    /// No mark, but customer and lines are the same: entered by hand or by another tool.
    Foreign {
        /// The bill.
        bill: FoundBill,
    },
    /// Our number, something else behind it.
    Conflict {
        /// FID
        id: String,
        /// Every point that differs.
        differences: Vec<Difference>,
    },
    /// 已作废: holds the number, must never be adopted.
    Voided {
        /// FID
        id: String,
    },
    /// More than one bill stands under our number.
    Doubled {
        /// Their FIDs.
        ids: Vec<String>,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ours {}, 金蝶 {}", self.what, self.ours, self.theirs)
    }
}

impl FoundBill {
    /// 已审核
    pub fn is_audited(&self) -> bool {
        self.document_status.as_deref() == Some("C")
    }

    /// 已提交, or further.
    pub fn is_submitted(&self) -> bool {
        matches!(self.document_status.as_deref(), Some("B" | "C"))
    }

    /// It stands under this number, or carries the mark of this refund. Collations differ: 金蝶 may answer `tk1` for
    /// `TK1`. A number matches exactly or not at all.
    pub fn stands_for(&self, number: &str, refund_no: &str) -> bool {
        self.number == number || self.is_marked_as(refund_no)
    }

    /// 价税合计 of the whole bill, in yuan; `None` when the site did not answer the lines.
    pub fn amount(&self) -> Option<Decimal> {
        Some(self.lines.as_ref()?.iter().map(|line| line.amount).sum())
    }

    fn is_marked_as(&self, refund_no: &str) -> bool {
        self.third_src_type.as_deref() == Some(MARK_SOURCE)
            && self.third_bill_no.as_deref() == Some(refund_no)
    }
}

/// Judges what was found under the numbers of `ours`.
pub fn identify(ours: &ReturnBill, found: &[FoundBill]) -> Identity {
    let mut ids: Vec<&FoundBill> = Vec::new();
    for bill in found.iter().filter(|bill| bill.stands_for(&ours.number, &ours.refund_no)) {
        if !ids.iter().any(|known| known.id == bill.id) {
            ids.push(bill);
        }
    }
    let bill = match ids.as_slice() {
        [] => return Identity::Absent,
        [bill] => *bill,
        several => return Identity::Doubled { ids: several.iter().map(|bill| bill.id.clone()).collect() },
    };
    if bill.voided {
        return Identity::Voided { id: bill.id.clone() };
    }
    let lines = line_differences(ours, bill);
    if bill.is_marked_as(&ours.refund_no) {
        return Identity::Ours { bill: bill.clone(), altered: lines };
    }
    let mut differences = Vec::new();
    if bill.customer.as_deref() != Some(ours.customer.as_str()) {
        differences.push(Difference {
            what: "customer 客户".into(),
            ours: ours.customer.clone(),
            theirs: bill.customer.clone().unwrap_or_else(|| "?".into()),
        });
    }
    if bill.lines.is_none() {
        // Without its lines nothing shows that the content is ours.
        differences.push(Difference {
            what: "lines 明细".into(),
            ours: format!("{}", ours.lines.len()),
            theirs: "?".into(),
        });
    }
    differences.extend(lines);
    if differences.is_empty() {
        Identity::Foreign { bill: bill.clone() }
    } else {
        Identity::Conflict { id: bill.id.clone(), differences }
    }
}

/// The lines as multisets of (material, quantity, cents): order, prices and notes are 金蝶's to normalise.
fn line_differences(ours: &ReturnBill, bill: &FoundBill) -> Vec<Difference> {
    let Some(theirs) = &bill.lines else { return Vec::new() };
    let mut balance: BTreeMap<(&str, Decimal, Decimal), i64> = BTreeMap::new();
    for line in &ours.lines {
        *balance.entry((&line.material, line.quantity, line.amount)).or_default() += 1;
    }
    for line in theirs {
        *balance.entry((&line.material, line.quantity, line.amount)).or_default() -= 1;
    }
    let mut by_material: BTreeMap<&str, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for ((material, quantity, amount), count) in balance {
        let (missing, extra) = by_material.entry(material).or_default();
        for _ in 0..count.unsigned_abs() {
            let text = format!("{} × = {}", quantity.normalize(), amount.normalize());
            if count > 0 { missing.push(text) } else { extra.push(text) }
        }
    }
    by_material
        .into_iter()
        .filter(|(_, (missing, extra))| !(missing.is_empty() && extra.is_empty()))
        .map(|(material, (missing, extra))| Difference {
            what: format!("line 明细 {material}"),
            ours: or_none(&missing),
            theirs: or_none(&extra),
        })
        .collect()
}

fn or_none(parts: &[String]) -> String {
    if parts.is_empty() { "-".into() } else { parts.join(" + ") }
}
