//! What really arrived of a return (销售退货入库单), as the program keeps it: places, pieces and times, no person.
//! `source::stockin` makes it of the wire's row, the journal joins it to its return, `mapping::goods` splits lines by it.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A stock-in as a page brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockinRow {
    /// `src_order_no`: the 退换单号 it belongs to.
    pub refund_no: String,
    /// 最后修改时间: the newer row wins. Not part of the stock-in, so that a touched remark is no news.
    pub modified: Option<NaiveDateTime>,
    /// 仓库名称, where the row names it; not part of the stock-in, either.
    pub warehouse_name: String,
    /// The stock-in itself.
    pub stockin: Stockin,
}

/// One 销售退货入库单 of a return. Times are naive Asia/Shanghai.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stockin {
    /// 入库单号 RK….
    pub stockin_no: String,
    /// 仓库编号: the **actual** warehouse.
    pub warehouse_no: String,
    /// 入库时间.
    pub stockin_time: Option<NaiveDateTime>,
    /// 审核时间.
    pub check_time: Option<NaiveDateTime>,
    /// What of its row cannot be read; empty for a sound one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// 入库明细, in the order of the wire.
    pub arrivals: Vec<Arrival>,
    /// Fields whose numbers had blanks around them, which are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trimmed: Vec<String>,
}

/// One line of a stock-in (入库明细).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// `src_order_detail_id`: the `order_id` of the return's line; empty where the row names none.
    pub order_id: String,
    /// 原始子订单号, where the row names one; several lines of a return may share it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub oid: String,
    /// 商家编码 (SKU).
    pub spec_no: String,
    /// Pieces that arrived: 入库数量 `num`, else `goods_count`.
    pub num: Option<Decimal>,
    /// 批次号.
    pub batch_no: String,
    /// 生产日期.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub produced: Option<NaiveDate>,
    /// 有效期至.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    /// 残品.
    pub defective: bool,
    /// 序列号, where the row names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
}

impl Stockin {
    /// When the goods were there: 审核时间, else 入库时间.
    pub fn time(&self) -> Option<NaiveDateTime> {
        self.check_time.or(self.stockin_time)
    }
}
