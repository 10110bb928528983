//! The rules of the mapping, typed: what `[pipeline.mapping]` says, with its tables loaded.
//! Read by `mapping`, built by `config`. No expression language.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::fields::FieldRules;
use super::table::Table;
use crate::model::Stockin;
use crate::model::{Return, ReturnLine};

/// Everything the mapping needs besides the return itself.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Goods stand where their stock-ins (销售退货入库单) say (`enrich = "stockin"`), else in the expected warehouse.
    pub joins_stockins: bool,
    /// 批号 is the stock-in's batch (`lot_from = "batch_no"`); else no entry has one.
    pub lots: bool,
    /// With which lots 生产日期 and 有效期至 go.
    pub shelf_life: ShelfLife,
    /// 序列号 are the stock-in's, under this key of its rows, where they name as many as there are pieces.
    pub serials_from: Option<String>,
    /// 单据类型, `XSTHD01_SYS`.
    pub bill_type: String,
    /// Put before the refund number; usually empty.
    pub bill_no_prefix: String,
    /// 退货类型, `THLX01_SYS`.
    pub return_type: String,
    /// 销售组织 where no table names one for the shop.
    pub sale_org: String,
    /// 结算组织 where no table names one for the shop.
    pub settle_org: String,
    /// 库存组织 and 货主 where the warehouse's row names none.
    pub stock_org: String,
    /// 结算币别, `PRE001`.
    pub currency: String,
    /// Which time gives the accounting date: the first that is present.
    pub date_from: Vec<DateField>,
    /// Which quantity is written.
    pub quantity_from: QuantityFrom,
    /// What to do when both quantities are there and differ.
    pub on_quantity_gap: OnQuantityGap,
    /// Which amount of the line is written (退货; 换货 always takes `total_amount`).
    pub amount_from: AmountFrom,
    /// Which figure of the head the lines' amounts must add up to.
    pub balance_against: BalanceAgainst,
    /// What to do when they do not.
    pub on_imbalance: FlagOrPark,
    /// What to do when goods of value came back without money.
    pub on_no_refund: FlagOrPark,
    /// Which number of the line is looked up in `materials`.
    pub material_from: MaterialFrom,
    /// Which number of the head is looked up in `customers`.
    pub customer_from: CustomerFrom,
    /// Decimals of 含税单价.
    pub price_scale: u32,
    /// 税率.
    pub tax_rate: TaxRate,
    /// 单位 of every line; `None` leaves it to 金蝶.
    pub unit: Option<String>,
    /// The first open day; earlier dates follow `closed_period`.
    pub open_from: Option<OpenFrom>,
    /// What to do with a date in a closed period.
    pub closed_period: ClosedPeriod,
    /// On this day of a month the month before is closed by itself (`close_day`).
    pub close_day: Option<u32>,
    /// The first day after the months that are closed, by a person or by `close_day`, when the run began.
    pub closed_before: Option<NaiveDate>,
    /// 客户 by shop (or customer number).
    pub customers: Table,
    /// 物料 by spec (or goods number).
    pub materials: Table,
    /// 仓库 by warehouse number; columns `stock_org`, `owner_org`, `defect_to`.
    pub warehouses: Table,
    /// Organisations by shop; columns `sale_org`, `settle_org`, `stock_org`, `owner_org`. A shop without a row has the
    /// defaults; where the warehouse's row names its own, that one counts.
    pub orgs: Option<Table>,
    /// Further fields of the bill.
    pub further: FieldRules,
    /// The first 16 hex digits of a SHA-256 over the rules and tables: which version mapped a bill.
    pub version: String,
}

impl Rules {
    /// What is joined to a return: nothing where stock-ins are not read, whatever the journal holds of them.
    pub fn stockins<'a>(&self, refund: &'a Return) -> &'a [Stockin] {
        if self.joins_stockins { &refund.stockins } else { &[] }
    }

    /// The first open day of 库存组织 `org`; `None`: every day is open.
    pub fn open_from(&self, org: Option<&str>) -> Option<NaiveDate> {
        let by_rule = match self.open_from.as_ref() {
            Some(OpenFrom::Day(day)) => Some(*day),
            Some(OpenFrom::ByOrg(days)) => org.and_then(|org| days.get(org)).copied(),
            None => None,
        };
        by_rule.max(self.closed_before)
    }

    /// The accounting date that a return has by itself: of the first time that is present.
    pub fn date(&self, refund: &Return) -> Option<NaiveDate> {
        let stockins = self.stockins(refund);
        self.date_from.iter().find_map(|field| field.of(refund, stockins))
    }
}

/// With which materials the stock-in's 生产日期 and 有效期至 are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ShelfLife {
    /// With none.
    #[default]
    None,
    /// With every one whose stock-in names a day.
    All,
    /// With those of which 金蝶 said that it manages them by shelf life.
    Learned(BTreeSet<String>),
}

impl ShelfLife {
    /// Whether a material's days are written.
    pub fn dates(&self, material: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Learned(materials) => materials.contains(material),
        }
    }
}

/// A time of the return that can give the accounting date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateField {
    /// `check_time`: the return's own, else the last one of its stock-ins.
    CheckTime,
    /// `finish_time` 结算时间
    FinishTime,
    /// `modified`: moves with any later edit, so only when named.
    Modified,
}

impl DateField {
    /// The field's name on the wire.
    pub fn key(self) -> &'static str {
        match self {
            Self::CheckTime => "check_time",
            Self::FinishTime => "finish_time",
            Self::Modified => "modified",
        }
    }

    /// The day it gives, where the row or its stock-ins carry it.
    fn of(self, refund: &Return, stockins: &[Stockin]) -> Option<NaiveDate> {
        let time = match self {
            Self::CheckTime => refund.check_time.or_else(|| stockins.iter().filter_map(Stockin::time).max()),
            Self::FinishTime => refund.finish_time,
            Self::Modified => refund.modified,
        };
        time.map(|time| time.date())
    }
}

/// Which quantity is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityFrom {
    /// `refund_num`: asked back.
    RefundNum,
    /// `stockin_num`: arrived.
    StockinNum,
}

/// What to do when the quantity asked back and the one that arrived differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnQuantityGap {
    /// Park the return.
    Park,
    /// Write it and flag it.
    Flag,
    /// Write what arrived.
    UseStockin,
}

/// Which amount of the line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFrom {
    /// `refund_order_amount`: the refund shared out over the lines.
    RefundOrderAmount,
    /// `total_amount`: the goods' value.
    TotalAmount,
}

impl AmountFrom {
    /// The field's name on the wire.
    pub fn key(self) -> &'static str {
        match self {
            Self::RefundOrderAmount => "refund_order_amount",
            Self::TotalAmount => "total_amount",
        }
    }

    /// The line's amount in yuan, where the row carries it.
    pub fn of(self, line: &ReturnLine) -> Option<Decimal> {
        match self {
            Self::RefundOrderAmount => line.refund_order_amount,
            Self::TotalAmount => line.total_amount,
        }
    }
}

/// Which figure of the head the lines' amounts must add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalanceAgainst {
    /// `refund_amount` for `refund_order_amount`, `goods_amount` for `total_amount`.
    Auto,
    /// `refund_amount`
    RefundAmount,
    /// `actual_refund_amount`
    ActualRefundAmount,
    /// `goods_amount`
    GoodsAmount,
    /// No check.
    None,
}

impl BalanceAgainst {
    /// The head's figure and its name on the wire, for lines that carry `amount`; `None`: no check.
    pub fn of(self, refund: &Return, amount: AmountFrom) -> Option<(&'static str, Option<Decimal>)> {
        match (self, amount) {
            (Self::Auto, AmountFrom::RefundOrderAmount) | (Self::RefundAmount, _) => {
                Some(("refund_amount", refund.refund_amount))
            }
            (Self::Auto, AmountFrom::TotalAmount) | (Self::GoodsAmount, _) => {
                Some(("goods_amount", refund.goods_amount))
            }
            (Self::ActualRefundAmount, _) => Some(("actual_refund_amount", refund.actual_refund_amount)),
            (Self::None, _) => None,
        }
    }
}

/// A fault that can be noted or stop the one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagOrPark {
    /// Write the bill and flag it.
    Flag,
    /// Park the return.
    Park,
}

/// Which number of a line is the material's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaterialFrom {
    /// `spec_no` (SKU)
    SpecNo,
    /// `goods_no` (SPU)
    GoodsNo,
}

/// Which number of the head is the customer's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerFrom {
    /// `shop_no`
    ShopNo,
    /// `customer_no`
    CustomerNo,
}

/// 税率.
#[derive(Debug, Clone)]
pub enum TaxRate {
    /// One rate in percent for every line.
    Fixed(Decimal),
    /// A rate in percent by 物料 number (the mapped one).
    ByMaterial(Table),
    /// Left out: 金蝶 takes it from the material.
    Kingdee,
}

/// The first open day of the books.
#[derive(Debug, Clone)]
pub enum OpenFrom {
    /// One day for all.
    Day(NaiveDate),
    /// By 库存组织; an organisation without a row is open.
    ByOrg(BTreeMap<String, NaiveDate>),
}

/// What to do with a date in a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedPeriod {
    /// Park the return.
    Park,
    /// Move the bill to the first open day; the head note keeps the original date.
    Move,
}
