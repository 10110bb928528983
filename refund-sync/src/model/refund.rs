//! One sales return as the program keeps it: only what a bill, a filter or an accountant needs.
//! The list of fields is an allow-list, so a buyer's name, phone, address, nick or pay account cannot reach
//! the journal. The wire's own row lives in `wdt_qimen_sdk`; `source` makes one of these from it.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::model::Stockin;
use crate::model::named::{self, Kept, NamedField};

/// Further fields by their names on the wire, as `model::named` lists them: those that say something, and free text where
/// a rule names it, empty or not.
pub type Further = BTreeMap<String, String>;

/// A sales return (退换单) of 旺店通, without personal data.
///
/// Times are naive Asia/Shanghai, money is yuan with up to four decimals, as on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// 退换单号, the identity of everything that follows.
    pub refund_no: String,
    /// 类型: 2 退货, 3 换货; others bring no goods back.
    pub kind: i32,
    /// 处理状态: 90 已完成.
    pub process_status: i32,
    /// 店铺编号.
    pub shop_no: String,
    /// 客户编号.
    pub customer_no: String,
    /// 预期退货仓库编号.
    pub warehouse_no: String,
    /// 创建时间: before it no bill of this return can have been written by anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<NaiveDateTime>,
    /// 最后修改时间.
    pub modified: Option<NaiveDateTime>,
    /// 结算时间.
    pub finish_time: Option<NaiveDateTime>,
    /// 审核/入库时间; named by the seed, usually absent on this row.
    pub check_time: Option<NaiveDateTime>,
    /// 退货金额: the goods' value.
    pub goods_amount: Option<Decimal>,
    /// 买家申请退款金额.
    pub refund_amount: Option<Decimal>,
    /// 实际退款金额.
    pub actual_refund_amount: Option<Decimal>,
    /// 原始单号; may hold several, separated by commas.
    pub tid: String,
    /// 平台退款单号.
    pub src_no: String,
    /// 系统订单编号 JY….
    pub sales_tid: String,
    /// 标记 bits; 16 = 退款金额未确认.
    pub return_mask: i64,
    /// 退货明细, in the order of the wire.
    pub lines: Vec<ReturnLine>,
    /// What arrived of it, by 入库单号, as far as the journal knows; empty where stock-ins are not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stockins: Vec<Stockin>,
    /// Fields whose numbers had blanks around them, which are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trimmed: Vec<String>,
    /// What rules may name beside these; `None` in a journal that is older than such rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub further: Option<Further>,
}

/// One line of a return (退货明细): a single item already, 组合装 numbers are labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// 明细 id; joins the stock-in's `src_order_detail_id`.
    pub order_id: String,
    /// 原始子订单号; joins a stock-in that names no `src_order_detail_id`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub oid: String,
    /// 商家编码 (SKU).
    pub spec_no: String,
    /// 货品编号 (SPU).
    pub goods_no: String,
    /// 退货数量: pieces asked back.
    pub refund_num: Option<Decimal>,
    /// 入库数量: pieces that arrived, where the row carries it.
    pub stockin_num: Option<Decimal>,
    /// 明细退款金额: the header's refund shared out over the lines, up to four decimals.
    pub refund_order_amount: Option<Decimal>,
    /// 退货金额 of the line: the goods' value.
    pub total_amount: Option<Decimal>,
    /// 赠品类型: above 0 is a gift.
    pub gift_type: i32,
    /// What rules may name beside these.
    #[serde(default, skip_serializing_if = "Further::is_empty")]
    pub further: Further,
}

impl Return {
    /// It says the same as `other`, apart from when it was made and touched: older journals did not keep the one, and
    /// the other moves with every remark. What only one of them was asked for says nothing.
    pub fn says_the_same(&self, other: &Self) -> bool {
        // Nearly always: a window is read again and again while it is young.
        if self == other {
            return true;
        }
        let (mut ours, mut theirs) = (self.clone(), other.clone());
        ours.complete(other);
        theirs.complete(self);
        (ours.created, ours.modified) = (theirs.created, theirs.modified);
        ours == theirs
    }

    /// Takes from `other`, the same return as read at another time, what this one was not asked for.
    pub fn complete(&mut self, other: &Self) {
        let was_asked = self.further.is_some();
        match (&mut self.further, &other.further) {
            (further @ None, theirs) => further.clone_from(theirs),
            (Some(ours), Some(theirs)) => complete_free(ours, theirs, ""),
            (Some(_), None) => {}
        }
        if self.lines.len() != other.lines.len() {
            return;
        }
        for (line, theirs) in self.lines.iter_mut().zip(&other.lines) {
            if was_asked {
                complete_free(&mut line.further, &theirs.further, named::LINE);
            } else {
                line.further.clone_from(&theirs.further);
            }
        }
    }

    /// Whether it was asked for everything that `other` was asked for.
    pub fn is_asked_all_of(&self, other: &Self) -> bool {
        let mut whole = self.clone();
        whole.complete(other);
        whole == *self
    }

    /// The refund's money as lists show it while there is no bill: 买家申请退款金额, or else 实际退款金额.
    pub fn money(&self) -> Option<Decimal> {
        self.refund_amount.or(self.actual_refund_amount)
    }

    /// Its goods are known, and nothing of them arrived.
    pub fn nothing_arrived(&self) -> bool {
        let is_zero = |line: &ReturnLine| line.stockin_num.is_some_and(|pieces| pieces.is_zero());
        self.stockins.is_empty() && !self.lines.is_empty() && self.lines.iter().all(is_zero)
    }

    /// 店铺名称, where the row names it.
    pub fn shop_name(&self) -> Option<&str> {
        self.further.as_ref()?.get("shop_name").map(String::as_str)
    }

    /// `return_mask & 16`: 退款金额未确认.
    pub fn amount_unconfirmed(&self) -> bool {
        self.return_mask & 16 != 0
    }
}

/// Adds the free texts of `theirs` that `ours` was not asked for.
fn complete_free(ours: &mut Further, theirs: &Further, prefix: &str) {
    for (key, value) in theirs {
        let is_free =
            NamedField::of(&format!("{prefix}{key}")).is_some_and(|field| field.kept == Kept::Named);
        if is_free && !ours.contains_key(key) {
            ours.insert(key.clone(), value.clone());
        }
    }
}
