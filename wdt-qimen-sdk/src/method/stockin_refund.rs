//! `wdt.stockin.order.query.refund` 销售退货入库单查询: what really arrived of a return, where and when.
//! Names after the protocol notes, section 7, and the vendor's page `stockin_order_query_refund.php`.

use std::time::Duration;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{sent, span_times};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::{FieldFault, read_row};

/// `wdt.stockin.order.query.refund`: stock-ins of sales returns (销售退货入库单).
///
/// Rules: 1..=50 rows a page; a span of at most 30 days, by last modification. A stock-in belongs to a return by
/// [`src_order_no`](StockinRefund::src_order_no), and its details to lines by
/// [`src_order_detail_id`](StockinRefundDetail::src_order_detail_id).
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::stockin_refund::{StockinRefundParams, StockinRefundQuery};
///
/// // What arrived of one return.
/// let params = StockinRefundParams::builder().src_order_no("TK2026112000001").build();
/// let stockins = client.list::<StockinRefundQuery>(params).collect_latest().await?;
/// for stockin in stockins.rows.values() {
///     println!("{} {:?}", stockin.order_no, stockin.modified);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StockinRefundQuery;

/// What [`StockinRefundQuery`] can be asked. A span, or one of the numbers, is needed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct StockinRefundParams {
    /// `start_time` and `end_time` of the last modification, closed at both ends, +08:00, at most 30 days.
    pub span: Option<Span>,
    /// 入库单状态: 10 已取消, 20 编辑中, 30 待审核, 60 待结算, 80 已完成; 80 if not given.
    pub status: Option<i32>,
    /// Only this shop.
    pub shop_no: Option<String>,
    /// 入库单号, `RK…`.
    pub stockin_no: Option<String>,
    /// 退换单号: the stock-ins of one return.
    pub src_order_no: Option<String>,
}

impl Method for StockinRefundQuery {
    const NAME: &'static str = "wdt.stockin.order.query.refund";
    const LIST_KEY: &'static str = "stockin_list";
    const PAGE: PageRule = PageRule::new(50, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "order_no";
    const ID: &'static str = "stockin_id";

    type Params = StockinRefundParams;
    type Row = StockinRefund;

    fn params(params: &StockinRefundParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        sent([
            start,
            end,
            ("status", params.status.map(|code| code.to_string())),
            ("shop_no", params.shop_no.clone()),
            ("stockin_no", params.stockin_no.clone()),
            ("src_order_no", params.src_order_no.clone()),
        ])
    }

    fn span(params: &StockinRefundParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut StockinRefundParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &StockinRefund) -> RowKey {
        RowKey::of(&row.order_no, row.stockin_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &StockinRefund) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<StockinRefund, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 销售退货入库单: one stock-in of a return. A return may have several.
    pub struct StockinRefund {
        /// Primary key.
        pub stockin_id: Option<i64>,
        /// 入库单号, `RK…`: the identity of a stock-in.
        pub order_no: String,
        /// 入库单状态: 10 已取消, 20 编辑中, 30 待审核, 60 待结算, 80 已完成.
        pub status: Option<i32>,
        /// 退换单主键.
        pub refund_id: Option<i64>,
        /// 退换单号: the `refund_no` of the return.
        pub src_order_no: String,
        /// 系统订单号, `JY…`.
        pub trade_no: String,
        /// 原始单号.
        pub tid: String,
        /// 店铺主键.
        pub shop_id: Option<i64>,
        /// 店铺编号.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
        /// 仓库主键.
        pub warehouse_id: Option<i64>,
        /// 仓库编号: the **actual** warehouse.
        pub warehouse_no: String,
        /// 仓库名称.
        pub warehouse_name: String,
        /// 入库时间.
        pub stockin_time: Option<NaiveDateTime>,
        /// 审核时间.
        pub check_time: Option<NaiveDateTime>,
        /// 创建时间.
        pub created_time: Option<NaiveDateTime>,
        /// 最后修改时间: what windows are about.
        pub modified: Option<NaiveDateTime>,
        /// 物流公司主键.
        pub logistics_id: Option<i64>,
        /// 物流单号.
        pub logistics_no: String,
        /// 货品数量.
        pub goods_count: Option<Decimal>,
        /// 总成本.
        pub total_price: Option<Decimal>,
        /// 实际退款金额.
        pub actual_refund_amount: Option<Decimal>,
        /// 制单人.
        pub creator_name: String,
        /// 买家昵称. Personal.
        pub buyer_nick: String,
        /// 备注.
        pub remark: String,
        /// 退换备注.
        pub refund_remark: String,
        /// 入库明细.
        pub details_list: Vec<StockinRefundDetail>,
    }
}

crate::row! {
    /// 入库明细: what arrived of one line, by batch and quality.
    pub struct StockinRefundDetail {
        /// Primary key.
        pub rec_id: Option<i64>,
        /// The header's.
        pub stockin_id: Option<i64>,
        /// 退换单明细主键: the `order_id` of the return's line.
        pub src_order_detail_id: Option<i64>,
        /// 规格主键.
        pub spec_id: Option<i64>,
        /// 商家编码 (SKU).
        pub spec_no: String,
        /// 货品编号 (SPU).
        pub goods_no: String,
        /// 货品名称.
        pub goods_name: String,
        /// 规格名称.
        pub spec_name: String,
        /// 规格码.
        pub spec_code: String,
        /// 条码.
        pub barcode: String,
        /// 入库数量: what arrived.
        pub num: Option<Decimal>,
        /// Beside `num`; what it counts is not public.
        pub num2: Option<Decimal>,
        /// 货品数量; some sites fill this one and not `num`.
        pub goods_count: Option<Decimal>,
        /// Beside `num`; what it counts is not public.
        pub right_num: Option<Decimal>,
        /// 成本价.
        pub cost_price: Option<Decimal>,
        /// 原订单明细实付价.
        pub src_price: Option<Decimal>,
        /// 实际退款金额.
        pub actual_refund_amount: Option<Decimal>,
        /// 批次号.
        pub batch_no: String,
        /// 生产日期.
        pub production_date: Option<NaiveDateTime>,
        /// 有效期至.
        pub expire_date: Option<NaiveDateTime>,
        /// 1 正品, 2 残品.
        pub stock_type: Option<i32>,
        /// 残次标记.
        pub defect: Option<i32>,
        /// 货位编号.
        pub position_no: String,
        /// 单位.
        pub goods_unit: String,
        /// 原始子订单号.
        pub oid: String,
        /// 原始单号.
        pub tid: String,
        /// 备注.
        pub remark: String,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
    }
}
