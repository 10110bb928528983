//! `wdt.stock.sync.by.pd` 创建盘点单: stock counted anew.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};
use serde_with::{DisplayFromStr, serde_as, skip_serializing_none};

use super::{Pushed, Write};
use crate::replay::Replay;

/// `wdt.stock.sync.by.pd`: a count sheet whose quantities **replace** the warehouse's. Whether the ERP knows a second
/// one under the same `outer_no` again is not known: [`Replay::Never`].
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct StockCount {
    /// 仓库编号.
    pub warehouse_no: String,
    /// 外部单号.
    pub outer_no: Option<String>,
    /// 是否调整库存: whether the stock changes at once.
    pub is_adjust_stock: Option<bool>,
    /// What was counted.
    pub goods_list: Vec<CountedStock>,
    /// Further parameters.
    #[serde(flatten)]
    #[builder(default)]
    pub extra: Map<String, Value>,
}

/// One item as counted.
#[serde_as]
#[derive(Debug, Clone, Serialize, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CountedStock {
    /// 商家编码.
    pub spec_no: String,
    /// 库存数量: what there is.
    #[serde_as(as = "DisplayFromStr")]
    pub stock_num: Decimal,
    /// Further keys.
    #[serde(flatten)]
    #[builder(default)]
    pub extra: Map<String, Value>,
}

impl Write for StockCount {
    const NAME: &'static str = "wdt.stock.sync.by.pd";
    const REPLAY: Replay = Replay::Never;
    type Answer = Pushed;
}
