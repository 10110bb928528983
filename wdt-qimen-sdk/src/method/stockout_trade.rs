//! `wdt.stockout.order.query.trade` 销售出库单查询. Names after the protocol notes, section 7, and the vendor's page
//! `stockout_order_query_trade.php`.

use std::time::Duration;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::definition::{Method, PageRule};
use super::params::{flag, sent, span_times};
use crate::row_key::RowKey;
use crate::span::Span;
use crate::wire::{FieldFault, read_row};

/// `wdt.stockout.order.query.trade`: shipments of orders (销售出库单).
///
/// Rules: 1..=100 rows a page, 40 documented; a span of at most 30 days.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), wdt_qimen_sdk::Error> {
/// use wdt_qimen_sdk::method::stockout_trade::{StockoutTradeParams, StockoutTradeQuery};
///
/// // What was sent for one order.
/// let params = StockoutTradeParams::builder().src_order_no("JY202611200001").build();
/// let stockouts = client.list::<StockoutTradeQuery>(params).collect_latest().await?;
/// for stockout in stockouts.rows.values() {
///     println!("{} {}", stockout.order_no, stockout.logistics_no);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct StockoutTradeQuery;

/// What [`StockoutTradeQuery`] can be asked. A span, or one of the numbers, is needed.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct StockoutTradeParams {
    /// `start_time` and `end_time`, closed at both ends, +08:00, at most 30 days. Without a status, or from 95 on, they are about 发货时间 unless `is_by_modified` is set; below 95 about the last modification.
    pub span: Option<Span>,
    /// 5 已取消, 55 已审核, 95 已发货, 105 部分打款, 110 已完成, 113 异常发货.
    pub status: Option<i32>,
    /// With a status: the span is about the last modification.
    pub is_by_modified: Option<bool>,
    /// Only this shop.
    pub shop_no: Option<String>,
    /// Only this warehouse.
    pub warehouse_no: Option<String>,
    /// 出库单号, `CK…`.
    pub stockout_no: Option<String>,
    /// 系统订单号, `JY…`.
    pub src_order_no: Option<String>,
    /// 原始单号.
    pub src_tid: Option<String>,
}

impl Method for StockoutTradeQuery {
    const NAME: &'static str = "wdt.stockout.order.query.trade";
    const LIST_KEY: &'static str = "stockout_list";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "order_no";
    const ID: &'static str = "stockout_id";
    const TIME: &'static str = "consign_time";

    type Params = StockoutTradeParams;
    type Row = StockoutTrade;

    fn params(params: &StockoutTradeParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        sent([
            start,
            end,
            ("status", params.status.map(|code| code.to_string())),
            ("is_by_modified", params.is_by_modified.map(flag)),
            ("shop_no", params.shop_no.clone()),
            ("warehouse_no", params.warehouse_no.clone()),
            ("stockout_no", params.stockout_no.clone()),
            ("src_order_no", params.src_order_no.clone()),
            ("src_tid", params.src_tid.clone()),
        ])
    }

    fn span(params: &StockoutTradeParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut StockoutTradeParams, span: Span) {
        params.span = Some(span);
    }

    fn key(row: &StockoutTrade) -> RowKey {
        RowKey::of(&row.order_no, row.stockout_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &StockoutTrade) -> Option<NaiveDateTime> {
        row.consign_time
    }

    fn read(text: &str) -> Result<StockoutTrade, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 销售出库单: one shipment of an order.
    pub struct StockoutTrade {
        /// Primary key.
        pub stockout_id: Option<i64>,
        /// 出库单号, `CK…`: the identity of a shipment.
        pub order_no: String,
        /// 系统订单号, `JY…`.
        pub src_order_no: String,
        /// 原始单号; several comma separated.
        pub src_trade_no: String,
        /// 出库单类型.
        pub order_type: Option<i32>,
        /// 出库单状态.
        pub status: Option<i32>,
        /// 订单状态.
        pub trade_status: Option<i32>,
        /// 订单类型.
        pub trade_type: Option<i32>,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 店铺编号.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
        /// 仓库编号.
        pub warehouse_no: String,
        /// 仓库名称.
        pub warehouse_name: String,
        /// 发货时间.
        pub consign_time: Option<NaiveDateTime>,
        /// 下单时间.
        pub trade_time: Option<NaiveDateTime>,
        /// 付款时间.
        pub pay_time: Option<NaiveDateTime>,
        /// 客户编号.
        pub customer_no: String,
        /// 客户名称. Personal.
        pub customer_name: String,
        /// 买家昵称. Personal.
        pub buyer_nick: String,
        /// 收件人. Personal.
        pub receiver_name: String,
        /// 收件省. Personal.
        pub receiver_province: String,
        /// 收件市. Personal.
        pub receiver_city: String,
        /// 收件区. Personal.
        pub receiver_district: String,
        /// 收件省市区. Personal.
        pub receiver_area: String,
        /// 收件地址. Personal.
        pub receiver_address: String,
        /// 收件人手机. Personal.
        pub receiver_mobile: String,
        /// 收件人电话. Personal.
        pub receiver_telno: String,
        /// 收件邮编. Personal.
        pub receiver_zip: String,
        /// 物流公司编号.
        pub logistics_code: String,
        /// 物流公司.
        pub logistics_name: String,
        /// 物流单号.
        pub logistics_no: String,
        /// 货品总数.
        pub goods_count: Option<Decimal>,
        /// 货品总额.
        pub goods_total_amount: Option<Decimal>,
        /// 货品总成本.
        pub goods_total_cost: Option<Decimal>,
        /// 邮费.
        pub post_amount: Option<Decimal>,
        /// 邮资成本.
        pub post_fee: Option<Decimal>,
        /// 应收金额.
        pub receivable: Option<Decimal>,
        /// 已付金额.
        pub paid: Option<Decimal>,
        /// 优惠.
        pub discount: Option<Decimal>,
        /// 货到付款金额.
        pub cod_amount: Option<Decimal>,
        /// 税额.
        pub tax: Option<Decimal>,
        /// 税率.
        pub tax_rate: Option<Decimal>,
        /// 实际重量, kg.
        pub weight: Option<Decimal>,
        /// 预估重量, kg.
        pub calc_weight: Option<Decimal>,
        /// 预估邮费成本.
        pub calc_post_cost: Option<Decimal>,
        /// 币种.
        pub currency: String,
        /// 买家留言. Personal.
        pub buyer_message: String,
        /// 客服备注.
        pub cs_remark: String,
        /// 备注.
        pub remark: String,
        /// 审单员.
        pub checker_name: String,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 出库明细.
        pub details_list: Vec<StockoutTradeDetail>,
    }
}

crate::row! {
    /// 出库明细: one line of a shipment.
    pub struct StockoutTradeDetail {
        /// Primary key.
        pub rec_id: Option<i64>,
        /// The header's.
        pub stockout_id: Option<i64>,
        /// 系统子订单主键.
        pub src_order_detail_id: Option<i64>,
        /// 原始子订单号.
        pub src_oid: String,
        /// 原始单号.
        pub src_tid: String,
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
        /// 组合装编号.
        pub suite_no: String,
        /// 组合装名称.
        pub suite_name: String,
        /// 数量.
        pub goods_count: Option<Decimal>,
        /// 单价.
        pub price: Option<Decimal>,
        /// 总金额.
        pub total_amount: Option<Decimal>,
        /// 成本价.
        pub cost_price: Option<Decimal>,
        /// 分摊后价格.
        pub share_price: Option<Decimal>,
        /// 分摊后总价.
        pub share_amount: Option<Decimal>,
        /// 分摊邮费.
        pub share_post: Option<Decimal>,
        /// 市场价.
        pub market_price: Option<Decimal>,
        /// 优惠.
        pub discount: Option<Decimal>,
        /// 已付金额.
        pub paid: Option<Decimal>,
        /// 税率.
        pub tax_rate: Option<Decimal>,
        /// 重量, kg.
        pub weight: Option<Decimal>,
        /// 赠品类型.
        pub gift_type: Option<i32>,
        /// 批次号.
        pub batch_no: String,
        /// 货位编号.
        pub position_no: String,
        /// 单位.
        pub unit_name: String,
        /// 备注.
        pub remark: String,
    }
}
