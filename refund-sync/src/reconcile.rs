//! Is what should stand in 金蝶 what stands there? Pure: one return against the bills found for it, each difference named.
//! Reading both sides is in `reconcile::reader`, keeping them in bounded memory in `reconcile::comparison`, the sheet by shop
//! and month in `reconcile::sheet`, as a workbook in `reconcile::workbook`.

mod comparison;
mod decided;
mod expected;
mod reader;
mod sheet;
mod verdict;
#[cfg(feature = "xlsx")]
mod workbook;

use std::fmt;

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use comparison::{Comparison, ComparisonError};
pub use decided::DecidedRow;
pub use expected::ExpectedBill;
pub use reader::{Reader, ReaderError, Reconciled, Report};
pub use sheet::{Sheet, SheetRow, findings_csv};
pub use verdict::ReconcileSummary;
#[cfg(feature = "xlsx")]
pub use workbook::{Compared, Occasion, workbook_bytes, write_workbook};

use crate::journal::finish::{Status, since_confirmed};
use crate::journal::{CUSTOMER, DATE, Difference, FoundBill, Identity, STATUS, identify};
use crate::lang::Text;

/// The accounting days that are compared, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// What is wrong with one return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// ExpectedBill, and never became a bill.
    Missing,
    /// A bill of ours that nothing is due for.
    Extra,
    /// Its customer, lines, quantities, cents or further fields are not those that are due.
    Altered,
    /// 已作废
    Voided,
    /// Confirmed once, and gone from 金蝶.
    Removed,
    /// The bill lies in another month, or outside the period while its return lies within, or the other way round.
    OtherPeriod,
    /// Several bills for one return.
    Doubled,
    /// Its status went backwards since it was confirmed (反审核、驳回、撤销), or is a letter that is not known.
    Status,
}

/// One return that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// In what way.
    pub kind: Kind,
    /// 退换单号; for a bill that nothing is due for, what its mark or number says.
    pub refund_no: String,
    /// FBillNo, of 金蝶 if there is a bill, else the one that is due.
    pub bill_no: String,
    /// FID, comma separated where there are several.
    pub fid: Option<String>,
    /// 店铺编号; empty where nobody knows.
    pub shop_no: String,
    /// 平台订单号; empty where nobody knows.
    #[serde(default)]
    pub tid: String,
    /// The accounting date that is due, or else the bill's.
    pub date: Option<NaiveDate>,
    /// What the buyer got back, in yuan; `None` where nothing is due or nobody knows.
    #[serde(default)]
    pub due: Option<Decimal>,
    /// 价税合计 of the bills that stand in 金蝶, in yuan; `None` where there is none.
    #[serde(default)]
    pub booked: Option<Decimal>,
    /// Each point that differs.
    pub points: Vec<Difference>,
    /// What is known of the cause: where its document stands, why it was parked, what 旺店通 says.
    #[serde(flatten, with = "crate::lang::why")]
    pub why: Text,
}

/// What is said of one return.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// The bills that stand for it. 已作废 ones do not.
    pub bills: Vec<FoundBill>,
    /// What is wrong, if anything.
    pub finding: Option<Finding>,
}

impl Finding {
    /// By how many yuan what is due and what is booked differ. What nobody knows counts as nothing.
    pub fn gap(&self) -> Decimal {
        (self.due.unwrap_or_default() - self.booked.unwrap_or_default()).abs()
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Missing,
        Self::Extra,
        Self::Altered,
        Self::Voided,
        Self::Removed,
        Self::OtherPeriod,
        Self::Doubled,
        Self::Status,
    ];

    /// The stable word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Altered => "altered",
            Self::Voided => "voided",
            Self::Removed => "removed",
            Self::OtherPeriod => "other_period",
            Self::Doubled => "doubled",
            Self::Status => "status",
        }
    }

    /// The word in Chinese.
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Missing => "缺单",
            Self::Extra => "多单",
            Self::Altered => "不一致",
            Self::Voided => "已作废",
            Self::Removed => "已删除",
            Self::OtherPeriod => "跨期",
            Self::Doubled => "重单",
            Self::Status => "状态不符",
        }
    }

    /// The worker can set it right by itself, or park it where a person looks.
    pub fn is_mendable(self) -> bool {
        matches!(self, Self::Missing | Self::Removed | Self::Voided | Self::Status)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Period {
    /// What is compared every day: this month up to yesterday, and last month until the tenth, when it is closed.
    pub fn daily(today: NaiveDate) -> Self {
        Self { from: month(today - TimeDelta::days(10)), to: today - TimeDelta::days(1) }
    }

    /// Whether a day lies within.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether two days are booked apart: only one lies within, or they lie in different months.
    fn parts(self, one: NaiveDate, other: NaiveDate) -> bool {
        self.contains(one) != self.contains(other) || month(one) != month(other)
    }
}

/// The first day of a day's month.
fn month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// Compares a return with the bills that were found for it.
pub fn judge(due: &ExpectedBill, found: &[FoundBill], period: Period) -> Judged {
    if let Some(decision) = &due.decided {
        return due.judge_decided(decision, found, period);
    }
    let theirs: Vec<_> =
        found.iter().filter(|bill| bill.stands_for(&due.bill_no, &due.refund_no)).cloned().collect();
    let dated = |bill: &FoundBill| bill.date.is_none_or(|date| period.contains(date));
    if !period.contains(due.date) && !theirs.iter().any(|bill| dated(bill) && !bill.voided) {
        return Judged::default();
    }
    let finding = |kind, points| due.finding(kind, &theirs, points);
    let verdict = match due.bill.as_ref().map(|bill| identify(bill, found)) {
        None if theirs.is_empty() => Some(finding(Kind::Missing, Vec::new())),
        // Nothing can be compared: today's rules make no bill of it and yet one stands, or its number cannot be read.
        None | Some(Identity::Illegible { .. }) => Some(finding(Kind::Altered, Vec::new())),
        Some(Identity::Absent) => {
            let kind = if due.confirmed { Kind::Removed } else { Kind::Missing };
            Some(finding(kind, Vec::new()))
        }
        Some(Identity::Voided { .. }) => Some(finding(Kind::Voided, Vec::new())),
        Some(Identity::Doubled { .. }) => Some(finding(Kind::Doubled, Vec::new())),
        Some(Identity::Conflict { differences, .. }) => Some(finding(Kind::Altered, differences)),
        Some(Identity::Ours { bill, mut altered, fields }) => {
            // Of the head it has its own view: another day within the period is no difference.
            altered.retain(|point| point.what != CUSTOMER && point.what != DATE);
            altered.extend(fields);
            compare(due, &bill, altered, period).map(|(kind, points)| finding(kind, points))
        }
        // As far as it can be seen; that not all of it can, the report says.
        Some(Identity::Foreign { bill } | Identity::Unseen { bill, .. }) => {
            compare(due, &bill, Vec::new(), period).map(|(kind, points)| finding(kind, points))
        }
    };
    Judged { bills: theirs.into_iter().filter(|bill| !bill.voided).collect(), finding: verdict }
}

/// What else differs besides the lines.
fn compare(
    due: &ExpectedBill,
    bill: &FoundBill,
    mut points: Vec<Difference>,
    period: Period,
) -> Option<(Kind, Vec<Difference>)> {
    let ours = due.bill.as_ref()?;
    if let Some(theirs) = bill.customer.as_ref().filter(|customer| **customer != ours.customer) {
        points.push(Difference {
            what: CUSTOMER.into(),
            ours: ours.customer.clone(),
            theirs: theirs.clone(),
        });
    }
    let mut kind = (!points.is_empty()).then_some(Kind::Altered);
    if let Some(theirs) = bill.date.filter(|theirs| period.parts(due.date, *theirs)) {
        points.push(Difference { what: DATE.into(), ours: due.date.to_string(), theirs: theirs.to_string() });
        kind = kind.or(Some(Kind::OtherPeriod));
    }
    if let Some(point) = due.status.as_deref().and_then(|before| status_point(before, bill)) {
        points.push(point);
        kind = kind.or(Some(Kind::Status));
    }
    kind.map(|kind| (kind, points))
}

/// A status that is not to be expected of a bill that was confirmed at `before`.
fn status_point(before: &str, bill: &FoundBill) -> Option<Difference> {
    let (before, now) = (Status::of(Some(before)), Status::of(bill.document_status.as_deref()));
    since_confirmed(&before, &now)?;
    Some(Difference { what: STATUS.into(), ours: before.to_string(), theirs: now.to_string() })
}

#[cfg(test)]
mod tests;
