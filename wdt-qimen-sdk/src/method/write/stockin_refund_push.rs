//! `wdt.stockin.refund.push` 创建退货入库单: goods of a return that have arrived.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Pushed;
use super::definition::Write;
use crate::replay::Replay;
use crate::wire::{Extra, sent};

/// `wdt.stockin.refund.push`: the stock-in of a return (退换单) that waits for its goods (待收货). Whether the ERP knows a
/// second one under the same `outer_no` again is not known: [`Replay::Never`].
///
/// ```
/// use wdt_qimen_sdk::method::write::{ReturnedGoods, StockinRefundInfo, StockinRefundPush};
/// use rust_decimal::Decimal;
/// let goods = ReturnedGoods::builder().spec_no("A001").stockin_num(Decimal::TWO).build();
/// let info = StockinRefundInfo::builder().refund_no("TK1").outer_no("IN1").warehouse_no("WH01").detail_list(vec![goods]).build();
/// let push = StockinRefundPush::from(info);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StockinRefundPush {
    /// All of it goes as one parameter.
    pub stockin_refund_info: StockinRefundInfo,
}

impl From<StockinRefundInfo> for StockinRefundPush {
    fn from(stockin_refund_info: StockinRefundInfo) -> Self {
        Self { stockin_refund_info }
    }
}

/// The stock-in. What it lacks goes into `extra`.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct StockinRefundInfo {
    /// 退换单号, `TK…`.
    pub refund_no: String,
    /// 外部单号.
    pub outer_no: String,
    /// 仓库编号.
    pub warehouse_no: String,
    /// 物流公司编号.
    pub logistics_code: Option<String>,
    /// The goods.
    pub detail_list: Vec<ReturnedGoods>,
    /// Further keys, as `is_created_batch`.
    #[builder(default)]
    pub extra: Extra,
}

sent!(StockinRefundInfo { refund_no, outer_no, warehouse_no, logistics_code, detail_list });

/// One item that has arrived.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ReturnedGoods {
    /// 商家编码.
    pub spec_no: String,
    /// 入库数量.
    pub stockin_num: Decimal,
    /// 入库价.
    pub stockin_price: Option<Decimal>,
    /// 批次.
    pub batch_no: Option<String>,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(ReturnedGoods { spec_no, stockin_num, stockin_price, batch_no });

impl Write for StockinRefundPush {
    const NAME: &'static str = "wdt.stockin.refund.push";
    const REPLAY: Replay = Replay::Never;
    type Answer = Pushed;
}
