//! `wdt.vip.api.refund.query` 原始退款单查询: refunds as the platforms report them, before the ERP's own bill.
//! Names after the protocol notes, section 7, and the vendor's page `vip_api_refund_query.php`.

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

/// `wdt.vip.api.refund.query`: the platforms' refunds (原始退款单).
///
/// Rules: 1..=100 rows a page, 40 documented; a span of at most 30 days (inferred from the vendor's other lists), or
/// one number of one platform.
///
/// ```
/// # async fn f(client: &wdt_qimen_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use wdt_qimen_sdk::Span;
/// use wdt_qimen_sdk::method::vip_refund::{VipRefundParams, VipRefundQuery};
///
/// let params = VipRefundParams::builder().span(Span::day("2026-11-20".parse()?)).build();
/// let refunds = client.list::<VipRefundQuery>(params).collect_latest().await?;
/// println!("{} refunds as the platforms tell them", refunds.rows.len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct VipRefundQuery;

/// What [`VipRefundQuery`] can be asked.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[serde(default)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct VipRefundParams {
    /// `start_time` and `end_time`, closed at both ends, +08:00, at most 30 days.
    pub span: Option<Span>,
    /// 0 last modified (default), 1 退款时间.
    pub time_type: Option<i32>,
    /// Only this shop.
    pub shop_no: Option<String>,
    /// One platform's number.
    pub number: Option<PlatformNumber>,
}

/// A number of a platform: the platform is always needed with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformNumber {
    /// 平台退款单号.
    Refund {
        /// 平台.
        platform_id: i32,
        /// The refund's number there.
        refund_no: String,
    },
    /// 原始单号.
    Order {
        /// 平台.
        platform_id: i32,
        /// The order's number there.
        tid: String,
    },
}

impl Method for VipRefundQuery {
    const NAME: &'static str = "wdt.vip.api.refund.query";
    const LIST_KEY: &'static str = "trade_list";
    const PAGE: PageRule = PageRule::new(100, 40);
    const WINDOW: Option<Duration> = Some(Duration::from_secs(30 * 24 * 3600));
    const NUMBER: &'static str = "refund_no";
    const ID: &'static str = "refund_id";

    type Params = VipRefundParams;
    type Row = VipRefund;

    fn params(params: &VipRefundParams) -> Vec<(&'static str, String)> {
        let [start, end] = span_times(params.span);
        let (platform_id, refund_no, tid) = match params.number.clone() {
            None => (None, None, None),
            Some(PlatformNumber::Refund { platform_id, refund_no }) => {
                (Some(platform_id), Some(refund_no), None)
            }
            Some(PlatformNumber::Order { platform_id, tid }) => (Some(platform_id), None, Some(tid)),
        };
        sent([
            start,
            end,
            ("time_type", params.time_type.map(|code| code.to_string())),
            ("shop_no", params.shop_no.clone()),
            ("platform_id", platform_id.map(|id| id.to_string())),
            ("refund_no", refund_no),
            ("tid", tid),
        ])
    }

    fn span(params: &VipRefundParams) -> Option<Span> {
        params.span
    }

    fn set_span(params: &mut VipRefundParams, span: Span) {
        params.span = Some(span);
    }

    /// Platforms number by themselves, so the platform belongs to the key.
    fn key(row: &VipRefund) -> RowKey {
        let number = match row.platform_id {
            Some(platform) if !row.refund_no.is_empty() => format!("{platform}/{}", row.refund_no),
            _ => row.refund_no.clone(),
        };
        RowKey::of(&number, row.refund_id, || serde_json::to_string(row).unwrap_or_default())
    }

    fn time(row: &VipRefund) -> Option<NaiveDateTime> {
        row.modified
    }

    fn read(text: &str) -> Result<VipRefund, Vec<FieldFault>> {
        read_row(text)
    }
}

crate::row! {
    /// 原始退款单: one refund as its platform reports it.
    pub struct VipRefund {
        /// Primary key.
        pub refund_id: Option<i64>,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 店铺主键.
        pub shop_id: Option<i64>,
        /// 店铺编号.
        pub shop_no: String,
        /// 平台退款单号: the identity within a platform.
        pub refund_no: String,
        /// 原始单号.
        pub tid: String,
        /// 0 取消订单, 1 退款(未发货), 2 退货, 3 换货, 4 退款不退货.
        pub kind: Option<i32> = "type",
        /// 平台状态, as in `wdt.refund.query`.
        pub status: Option<i32>,
        /// 0 待递交, 10 已取消, 15 未递交, 20 已递交.
        pub process_status: Option<i32>,
        /// AG 操作状态: 0 未回传, 3 成功, 4 失败.
        pub op_constraint: String,
        /// 是否售后退款单.
        pub is_aftersale: Option<bool>,
        /// 是否外部退款单.
        pub is_external: Option<bool>,
        /// 客服介入状态.
        pub cs_status: String,
        /// 交易类型: 1 担保, 2 非担保, 3 非担保在线.
        pub guarantee_mode: Option<i32>,
        /// 申请退款金额.
        pub refund_amount: Option<Decimal>,
        /// 实际退款金额.
        pub actual_refund_amount: Option<Decimal>,
        /// 退款原因.
        pub reason: String,
        /// 备注.
        pub remark: String,
        /// 退款标记掩码.
        pub refund_mask: Option<i64>,
        /// 货品名称.
        pub title: String,
        /// 物流公司.
        pub logistics_name: String,
        /// 物流单号.
        pub logistics_no: String,
        /// 支付单号. Personal.
        pub pay_no: String,
        /// 买家昵称. Personal.
        pub buyer_nick: String,
        /// 退款时间.
        pub refund_time: Option<NaiveDateTime>,
        /// 退款成功时间.
        pub current_phase_timeout: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 货品.
        pub goods_list: Vec<VipRefundGoods>,
        /// 优惠.
        pub discount_list: Vec<VipRefundDiscount>,
    }
}

crate::row! {
    /// 货品: one item of a platform's refund.
    pub struct VipRefundGoods {
        /// 平台.
        pub platform_id: Option<i32>,
        /// 平台退款单号.
        pub refund_no: String,
        /// 子订单号.
        pub oid: String,
        /// 平台状态.
        pub status: Option<i32>,
        /// 平台货品主键.
        pub goods_id: String,
        /// 平台规格主键.
        pub spec_id: String,
        /// 货品编码.
        pub goods_no: String,
        /// 规格编码.
        pub spec_no: String,
        /// 货品名称.
        pub goods_name: String,
        /// 规格名称.
        pub spec_name: String,
        /// 数量.
        pub num: Option<Decimal>,
        /// 单价.
        pub price: Option<Decimal>,
        /// 总金额.
        pub total_amount: Option<Decimal>,
        /// 备注.
        pub remark: String,
        /// 退货时间.
        pub return_time: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
    }
}

crate::row! {
    /// 优惠: one discount of a platform's refund.
    pub struct VipRefundDiscount {
        /// Primary key.
        pub rec_id: Option<i64>,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 原始单号.
        pub tid: String,
        /// 子订单号.
        pub oid: String,
        /// 平台退款单号.
        pub refund_no: String,
        /// 优惠名称.
        pub name: String,
        /// 金额.
        pub amount: Option<Decimal>,
    }
}
