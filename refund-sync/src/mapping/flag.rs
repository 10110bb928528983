//! What is noted beside a bill that was made: nothing stops, but an accountant should know.
//! What stops a return lives in `mapping::refusal`.

use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::refusal::{LineRef, Name};
use crate::model::FlagKind;

/// One note on a mapped bill. Amounts are yuan, quantities pieces.
///
/// Serialised with its [`kind`](Self::kind) as the tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Flag {
    /// `return_mask & 16`: 退款金额未确认.
    AmountUnconfirmed,
    /// Numbers had blanks around them in 旺店通, which were cut.
    Trimmed {
        /// The fields.
        fields: Vec<String>,
    },
    /// What was asked back and what arrived differ.
    QuantityGap {
        /// The line.
        line: LineRef,
        /// `refund_num`.
        asked: Decimal,
        /// `stockin_num`.
        arrived: Decimal,
    },
    /// The lines do not add up to the head's figure; the bill has the lines' sum.
    Imbalance {
        /// The head's field.
        against: Name,
        /// Its value.
        head: Decimal,
        /// The lines' sum.
        lines: Decimal,
    },
    /// The head's figure is not on the row, so the lines' sum was compared with nothing.
    Unbalanced {
        /// The head's missing field.
        against: Name,
    },
    /// The lines' sum is not whole cents; the bill has it rounded, half away from zero.
    RoundedTotal {
        /// The lines' sum.
        lines: Decimal,
        /// What the bill says.
        written: Decimal,
    },
    /// Goods of value came back without money.
    NoRefund {
        /// The line.
        line: LineRef,
        /// The goods' value.
        value: Decimal,
    },
    /// The date lay in a closed period and was moved to the first open day.
    MovedDate {
        /// The accounting date.
        from: NaiveDate,
        /// The bill's date.
        to: NaiveDate,
    },
    /// 残品 that stand with the sound goods: the warehouse's row names no `defect_to`.
    Defective {
        /// The line.
        line: LineRef,
        /// How many pieces.
        quantity: Decimal,
    },
    /// No one price reproduces the line, so it stands in two entries.
    SplitLine {
        /// The line.
        line: LineRef,
    },
}

impl Flag {
    /// The stable snake_case code; also the serialised tag.
    pub fn kind(&self) -> FlagKind {
        match self {
            Self::AmountUnconfirmed => FlagKind::AmountUnconfirmed,
            Self::Trimmed { .. } => FlagKind::Trimmed,
            Self::QuantityGap { .. } => FlagKind::QuantityGap,
            Self::Imbalance { .. } => FlagKind::Imbalance,
            Self::Unbalanced { .. } => FlagKind::Unbalanced,
            Self::RoundedTotal { .. } => FlagKind::RoundedTotal,
            Self::NoRefund { .. } => FlagKind::NoRefund,
            Self::MovedDate { .. } => FlagKind::MovedDate,
            Self::Defective { .. } => FlagKind::Defective,
            Self::SplitLine { .. } => FlagKind::SplitLine,
        }
    }

    /// The note in Chinese, with the same figures as `Display`.
    pub fn chinese(&self) -> String {
        match self {
            Self::AmountUnconfirmed => "退款金额未确认".into(),
            Self::Trimmed { fields } => format!("{} 首尾有空白，已去除", fields.join("、")),
            Self::QuantityGap { line, asked, arrived } => {
                format!("{}退货数量 {asked}，入库数量 {arrived}", line.chinese())
            }
            Self::Imbalance { against, head, lines } => format!("明细合计 {lines}，表头 {against} {head}"),
            Self::Unbalanced { against } => format!("表头没有 {against}，未核对合计"),
            Self::RoundedTotal { lines, written } => format!("明细合计 {lines} 不是整分，按 {written} 记账"),
            Self::NoRefund { line, value } => format!("{}价值 {value} 的货品退回但未退款", line.chinese()),
            Self::MovedDate { from, to } => format!("日期由 {from} 移至 {to}"),
            Self::Defective { line, quantity } => format!("{}残品 {quantity} 件", line.chinese()),
            Self::SplitLine { line } => format!("{}拆为两行", line.chinese()),
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AmountUnconfirmed => f.write_str("the refund's amount is not confirmed"),
            Self::Trimmed { fields } => write!(f, "blanks around {} were cut", fields.join(", ")),
            Self::QuantityGap { line, asked, arrived } => {
                write!(f, "{line}: {asked} asked back, {arrived} arrived")
            }
            Self::Imbalance { against, head, lines } => {
                write!(f, "the lines add up to {lines}, {against} is {head}")
            }
            Self::Unbalanced { against } => write!(f, "{against} is missing: the lines' sum is unchecked"),
            Self::RoundedTotal { lines, written } => {
                write!(f, "the lines add up to {lines}, no whole cents: written as {written}")
            }
            Self::NoRefund { line, value } => {
                write!(f, "{line}: goods worth {value} came back without a refund")
            }
            Self::MovedDate { from, to } => write!(f, "date moved from {from} to {to}"),
            Self::Defective { line, quantity } => write!(f, "{line}: {quantity} of them defective"),
            Self::SplitLine { line } => write!(f, "{line}: split in two entries"),
        }
    }
}
