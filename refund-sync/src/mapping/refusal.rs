//! Why a return became no bill: one refusal a cause, with the figures a person needs to act on it.
//! What is noted beside a bill that was made lives in `mapping::flag`; who decides, in `mapping` itself.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::table::{Gap, Miss};
use crate::lang::Text;
use crate::model::{Cause, MissingKey};

/// A name known when the program was built: a field, a table.
pub type Name = Cow<'static, str>;

/// A line of the return (退货明细), as a person finds it again. Shown counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineRef {
    /// Its place in the return, counted from 0.
    pub index: usize,
    /// 商家编码; may be empty.
    pub spec_no: String,
}

/// Goods of a stock-in, as a person finds them again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockinGoods {
    /// 入库单号.
    pub stockin_no: String,
    /// 商家编码.
    pub spec_no: String,
    /// How many pieces, where that is said.
    pub quantity: Option<Decimal>,
}

/// One reason why a return cannot become a bill. Amounts are yuan, quantities pieces.
///
/// Serialised with its [`cause`](Self::cause) as the tag, so a parked return can be read back as data.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The return has no 退换单号: nothing could tell its bill from another.
    #[error("the return has no refund_no")]
    NoRefundNo,
    /// The bill number is longer than 单据编号 takes.
    #[error("bill number {number} has {length} characters, 80 are the most")]
    NumberTooLong {
        /// The prefix and the refund number.
        number: String,
        /// Its length in characters.
        length: usize,
    },
    /// The bill number has a character that 金蝶's firewall takes for an attack: neither a save nor a look-up gets through.
    #[error("bill number {number} has one of ' \" < > ; -- in it, which 金蝶's firewall refuses")]
    UnsafeNumber {
        /// The prefix and the refund number.
        number: String,
    },
    /// Stock-ins are read, and none of this return is known.
    #[error("no 销售退货入库单 of this return is known")]
    NoStockin,
    /// A stock-in of the return cannot be read.
    #[error("stock-in {stockin_no} cannot be read: {}", faults.join("; "))]
    UnreadableStockin {
        /// 入库单号.
        stockin_no: String,
        /// What is wrong with its row.
        faults: Vec<String>,
    },
    /// Stock-ins bring goods that cannot be given to one line of the return.
    #[error("goods of stock-ins cannot be given to one line of the return: {}", listed(goods))]
    UnjoinedStockin {
        /// The goods.
        goods: Vec<StockinGoods>,
    },
    /// Stock-ins name goods, but not how many.
    #[error("stock-ins name no quantity, neither num nor goods_count: {}", listed(goods))]
    UncountedStockin {
        /// The goods.
        goods: Vec<StockinGoods>,
    },
    /// The goods arrived in warehouses of several organisations; a bill has one.
    #[error("the goods arrived in warehouses of several organisations: {}", orgs.join(", "))]
    SeveralOrgs {
        /// Their 库存组织, a pair of equal ones where only the 货主 differs.
        orgs: Vec<String>,
    },
    /// No time that gives the accounting date is on the row.
    #[error("no accounting date: {} missing", asked.join(", "))]
    NoDate {
        /// The fields asked, in the configured order.
        asked: Vec<Name>,
    },
    /// The accounting date lies in a closed period.
    #[error("{date} is in a closed period, the books are open from {open_from}")]
    ClosedPeriod {
        /// The accounting date.
        date: NaiveDate,
        /// The first open day for the bill's 库存组织.
        open_from: NaiveDate,
    },
    /// A number that a mapping table does not know, or not on that day.
    #[error("{table} ({origin}) {}{}", Missed(key, gap.as_ref()), Near(nearest))]
    Unmapped {
        /// The table's name.
        table: Name,
        /// Where the table came from: a file's path or "inline".
        origin: String,
        /// The number looked up.
        key: String,
        /// The number is there, but not on the accounting date.
        #[serde(default)]
        gap: Option<Gap>,
        /// The nearest numbers of the table, best first.
        nearest: Vec<String>,
    },
    /// The field whose number is looked up is empty.
    #[error("{}{field} is empty, so {table} cannot be asked", At(line.as_ref()))]
    NoKey {
        /// The line, where the field is a line's.
        line: Option<LineRef>,
        /// The empty field.
        field: Name,
        /// The table it is the key of.
        table: Name,
    },
    /// A further field that the rules require comes to nothing.
    #[error("{}{key} is required by its rule and comes to nothing", At(line.as_ref()))]
    EmptyField {
        /// The line, where the field is a line's.
        line: Option<LineRef>,
        /// The field of the bill.
        key: String,
    },
    /// A rule names a field that was not kept when the return was read.
    #[error("{field} is named by a rule, and this return was read before it was")]
    UnreadField {
        /// The field of 旺店通.
        field: Name,
    },
    /// The tax table gives no rate for the material: what it gives is not a number from 0 to 100.
    #[error("the tax rate of material {material} is {found:?}, not a number from 0 to 100")]
    NoTaxRate {
        /// The mapped 物料.
        material: String,
        /// What the table says.
        found: String,
    },
    /// The return has no line at all.
    #[error("the return has no lines")]
    NoLines,
    /// Every line has quantity 0 and amount 0.
    #[error("nothing is left: quantity and amount are 0 on each of {left_out} lines")]
    NothingLeft {
        /// How many lines were left out.
        left_out: usize,
    },
    /// A quantity is not on the row.
    #[error("{line}: {field} is missing")]
    MissingQuantity {
        /// The line.
        line: LineRef,
        /// The missing field.
        field: Name,
    },
    /// A quantity is negative, 10¹³ or more, or has more than ten decimals.
    #[error("{line}: {field} {value} is no quantity")]
    BadQuantity {
        /// The line.
        line: LineRef,
        /// The field.
        field: Name,
        /// Its value.
        value: Decimal,
    },
    /// What was asked back and what arrived differ, and the rules park that.
    #[error("{line}: {asked} asked back, {arrived} arrived")]
    QuantityGap {
        /// The line.
        line: LineRef,
        /// `refund_num`.
        asked: Decimal,
        /// `stockin_num`.
        arrived: Decimal,
    },
    /// Money for no goods: a bill line of quantity 0 cannot carry it.
    #[error("{line}: quantity 0 with an amount of {amount}")]
    QuantityZeroWithAmount {
        /// The line.
        line: LineRef,
        /// The line's amount.
        amount: Decimal,
    },
    /// An amount is not on the row, or was no number.
    #[error("{line}: {field} is missing or no number")]
    MissingAmount {
        /// The line.
        line: LineRef,
        /// The missing field.
        field: Name,
    },
    /// An amount is below zero.
    #[error("{}{field} {amount} is negative", At(line.as_ref()))]
    NegativeAmount {
        /// The line; `None` for a figure of the head.
        line: Option<LineRef>,
        /// The field.
        field: Name,
        /// Its value.
        amount: Decimal,
    },
    /// An amount is 10¹³ yuan or more, or has more than ten decimals.
    #[error("{}amount {amount} is out of range", At(line.as_ref()))]
    AmountOutOfRange {
        /// The line; `None` for the total.
        line: Option<LineRef>,
        /// The amount.
        amount: Decimal,
    },
    /// The lines do not add up to the head's figure, and the rules park that.
    #[error("the lines add up to {lines}, {against} is {head}")]
    Imbalance {
        /// The head's field.
        against: Name,
        /// Its value.
        head: Decimal,
        /// The lines' sum.
        lines: Decimal,
    },
    /// No 含税单价 of the configured scale gives the amount back, not even in two entries.
    #[error("{line}: no price of {scale} decimals makes {amount} of {quantity} pieces")]
    NoPrice {
        /// The line.
        line: LineRef,
        /// The quantity to write.
        quantity: Decimal,
        /// The amount to arrive at, in whole cents.
        amount: Decimal,
        /// `price_scale`.
        scale: u32,
    },
    /// Goods of value came back without money, and the rules park that.
    #[error("{line}: goods worth {value} came back without a refund")]
    NoRefund {
        /// The line.
        line: LineRef,
        /// The goods' value.
        value: Decimal,
    },
}

impl Refusal {
    /// The stable snake_case code that parked returns are grouped by; also the serialised tag.
    pub fn cause(&self) -> Cause {
        match self {
            Self::NoRefundNo => Cause::NoRefundNo,
            Self::NumberTooLong { .. } => Cause::NumberTooLong,
            Self::UnsafeNumber { .. } => Cause::UnsafeNumber,
            Self::NoStockin => Cause::NoStockin,
            Self::UnreadableStockin { .. } => Cause::UnreadableStockin,
            Self::UnjoinedStockin { .. } => Cause::UnjoinedStockin,
            Self::UncountedStockin { .. } => Cause::UncountedStockin,
            Self::SeveralOrgs { .. } => Cause::SeveralOrgs,
            Self::NoDate { .. } => Cause::NoDate,
            Self::ClosedPeriod { .. } => Cause::ClosedPeriod,
            Self::Unmapped { .. } => Cause::Unmapped,
            Self::NoKey { .. } => Cause::NoKey,
            Self::EmptyField { .. } => Cause::EmptyField,
            Self::UnreadField { .. } => Cause::UnreadField,
            Self::NoTaxRate { .. } => Cause::NoTaxRate,
            Self::NoLines => Cause::NoLines,
            Self::NothingLeft { .. } => Cause::NothingLeft,
            Self::MissingQuantity { .. } => Cause::MissingQuantity,
            Self::BadQuantity { .. } => Cause::BadQuantity,
            Self::QuantityGap { .. } => Cause::QuantityGap,
            Self::QuantityZeroWithAmount { .. } => Cause::QuantityZeroWithAmount,
            Self::MissingAmount { .. } => Cause::MissingAmount,
            Self::NegativeAmount { .. } => Cause::NegativeAmount,
            Self::AmountOutOfRange { .. } => Cause::AmountOutOfRange,
            Self::Imbalance { .. } => Cause::Imbalance,
            Self::NoPrice { .. } => Cause::NoPrice,
            Self::NoRefund { .. } => Cause::NoRefund,
        }
    }

    /// The number that a table lacks, where that is what is wrong.
    pub fn missing(&self) -> Option<MissingKey> {
        let Self::Unmapped { table, key, gap, .. } = self else { return None };
        Some(MissingKey { table: table.to_string(), key: key.clone(), out_of_validity: gap.is_some() })
    }

    /// What a person can do about it, in Chinese and English.
    pub fn remedy(&self) -> Text {
        self.cause().remedy()
    }

    /// The reason in Chinese, with the same figures as `Display`.
    pub fn chinese(&self) -> String {
        match self {
            Self::NoRefundNo => "退换单没有退换单号".into(),
            Self::NumberTooLong { number, length } => {
                format!("单据编号 {number} 有 {length} 个字符，最多 80 个")
            }
            Self::UnsafeNumber { number } => {
                format!("单据编号 {number} 含有金蝶防火墙拦截的字符（' \" < > ; -- 之一）")
            }
            Self::NoStockin => "没有查到该退换单的销售退货入库单".into(),
            Self::UnreadableStockin { stockin_no, faults } => {
                format!("入库单 {stockin_no} 无法识别：{}", faults.join("；"))
            }
            Self::UnjoinedStockin { goods } => {
                format!("入库货品无法对应到唯一一行退货明细：{}", listed(goods))
            }
            Self::UncountedStockin { goods } => {
                format!("入库单没有数量（num、goods_count 均无）：{}", listed(goods))
            }
            Self::SeveralOrgs { orgs } => format!("货品入了多个组织的仓库：{}", orgs.join("、")),
            Self::NoDate { asked } => format!("没有记账日期：{} 均为空", asked.join("、")),
            Self::ClosedPeriod { date, open_from } => {
                format!("日期 {date} 在已关账期间，{open_from} 起才可记账")
            }
            Self::Unmapped { table, origin, key, gap, nearest } => {
                let how = match gap {
                    Some(gap) => format!("：{key} 在 {} 不在有效期内（{}）", gap.day, gap.text().zh),
                    None => format!("中没有 {key}"),
                };
                let near = if nearest.is_empty() {
                    String::new()
                } else {
                    format!("，相近的有 {}", nearest.join("、"))
                };
                format!("对照表 {table}（{origin}）{how}{near}")
            }
            Self::NoKey { line, field, table } => {
                format!("{}{field} 为空，无法查对照表 {table}", chinese_at(line.as_ref()))
            }
            Self::EmptyField { line, key } => {
                format!("{}{key} 按规则必填，但没有值", chinese_at(line.as_ref()))
            }
            Self::UnreadField { field } => format!("规则用到 {field}，而该退换单读取时尚未保存此字段"),
            Self::NoTaxRate { material, found } => {
                format!("物料 {material} 的税率为“{found}”，不是 0 到 100 的数")
            }
            Self::NoLines => "退换单没有退货明细".into(),
            Self::NothingLeft { left_out } => format!("{left_out} 行明细的数量和金额均为 0，没有可写的行"),
            Self::MissingQuantity { line, field } => format!("{}缺少数量 {field}", line.chinese()),
            Self::BadQuantity { line, field, value } => {
                format!("{}数量 {field} 为 {value}，不可用", line.chinese())
            }
            Self::QuantityGap { line, asked, arrived } => {
                format!("{}退货数量 {asked}，入库数量 {arrived}，不一致", line.chinese())
            }
            Self::QuantityZeroWithAmount { line, amount } => {
                format!("{}数量为 0 但金额为 {amount}", line.chinese())
            }
            Self::MissingAmount { line, field } => format!("{}缺少金额 {field} 或不是数字", line.chinese()),
            Self::NegativeAmount { line, field, amount } => {
                format!("{}{field} 为负数 {amount}", chinese_at(line.as_ref()))
            }
            Self::AmountOutOfRange { line, amount } => {
                format!("{}金额 {amount} 超出范围", chinese_at(line.as_ref()))
            }
            Self::Imbalance { against, head, lines } => {
                format!("明细合计 {lines} 与表头 {against} {head} 不等")
            }
            Self::NoPrice { line, quantity, amount, scale } => {
                format!("{}没有 {scale} 位小数的含税单价能使 {quantity} 件合计为 {amount}", line.chinese())
            }
            Self::NoRefund { line, value } => format!("{}价值 {value} 的货品退回但未退款", line.chinese()),
        }
    }
}

impl From<Miss> for Refusal {
    fn from(miss: Miss) -> Self {
        let Miss { table, origin, key, gap, nearest } = miss;
        Self::Unmapped { table, origin, key, gap, nearest }
    }
}

impl LineRef {
    pub(super) fn chinese(&self) -> String {
        match self.spec_no.as_str() {
            "" => format!("第 {} 行", self.index + 1),
            spec_no => format!("第 {} 行（{spec_no}）", self.index + 1),
        }
    }
}

impl fmt::Display for LineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.index + 1)?;
        if self.spec_no.is_empty() { Ok(()) } else { write!(f, " ({})", self.spec_no) }
    }
}

/// `RK1 3 × TS-BLK-L`, one after the other.
fn listed(goods: &[StockinGoods]) -> String {
    let one = |goods: &StockinGoods| {
        let quantity =
            goods.quantity.map_or_else(|| "?".to_owned(), |quantity| quantity.normalize().to_string());
        let spec_no = if goods.spec_no.is_empty() { "?" } else { &goods.spec_no };
        format!("{} {quantity} × {spec_no}", goods.stockin_no)
    };
    goods.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn chinese_at(line: Option<&LineRef>) -> String {
    line.map(LineRef::chinese).unwrap_or_default()
}

/// `has no row for S9`, or on which day S9 is not valid.
struct Missed<'a>(&'a str, Option<&'a Gap>);

impl fmt::Display for Missed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(key, gap) = self;
        match gap {
            Some(gap) => write!(f, "has {key}, but not valid on {} ({})", gap.day, gap.text().en),
            None => write!(f, "has no row for {key}"),
        }
    }
}

/// `line 2 (TS): `, or nothing for the head.
struct At<'a>(Option<&'a LineRef>);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, "{line}: "))
    }
}

/// `, nearest: A, B`, or nothing.
struct Near<'a>(&'a [String]);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ", nearest: {}", self.0.join(", ")) }
    }
}
