//! `wdt.trade.push` 创建原始订单: orders of a shop's own platform, new or changed.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::Pushed;
use super::definition::Write;
use crate::replay::Replay;
use crate::wire::{Extra, sent};

/// `wdt.trade.push`: pushes orders to 原始订单, and changes those that were pushed before. **It is sent once**
/// ([`Replay::Never`]): that an order is known by its `tid`, so that the same push twice is one order, says one source alone. Who
/// has seen it at his own ERP says so for the call: `client.call_as(Replay::Keyed, TradePush::NAME, &push)`.
///
/// ```
/// use wdt_qimen_sdk::method::write::{PushedOrder, PushedTrade, TradePush};
/// use rust_decimal::Decimal;
///
/// let line = PushedOrder::builder().oid("T1-1").spec_no("A001").num(Decimal::ONE).price(Decimal::new(9900, 2)).build();
/// let trade = PushedTrade::builder().tid("T1").paid(Decimal::new(9900, 2)).order_list(vec![line]).build();
/// let push = TradePush::builder().shop_no("S001").trade_list(vec![trade]).build();
/// ```
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct TradePush {
    /// 店铺编号.
    pub shop_no: String,
    /// The orders.
    pub trade_list: Vec<PushedTrade>,
    /// 严格模式: known of the native gateway only.
    pub switch: Option<bool>,
}

/// One order. What it lacks goes into `extra`.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct PushedTrade {
    /// 原始单号: the platform's number, by which the order is known.
    pub tid: String,
    /// 订单状态, by the vendor's codes.
    pub trade_status: Option<i32>,
    /// 支付状态, by the vendor's codes.
    pub pay_status: Option<i32>,
    /// 发货条件, by the vendor's codes.
    pub delivery_term: Option<i32>,
    /// 下单时间.
    pub trade_time: Option<NaiveDateTime>,
    /// 支付时间.
    pub pay_time: Option<NaiveDateTime>,
    /// 买家昵称. Personal.
    pub buyer_nick: Option<String>,
    /// 收件人. Personal.
    pub receiver_name: Option<String>,
    /// 省. Personal.
    pub receiver_province: Option<String>,
    /// 市. Personal.
    pub receiver_city: Option<String>,
    /// 区. Personal.
    pub receiver_district: Option<String>,
    /// 地址. Personal.
    pub receiver_address: Option<String>,
    /// 手机. Personal.
    pub receiver_mobile: Option<String>,
    /// 电话. Personal.
    pub receiver_telno: Option<String>,
    /// 邮编. Personal.
    pub receiver_zip: Option<String>,
    /// 物流方式.
    pub logistics_type: Option<i32>,
    /// 买家备注. Personal.
    pub buyer_message: Option<String>,
    /// 客服备注.
    pub seller_memo: Option<String>,
    /// 邮费.
    pub post_amount: Option<Decimal>,
    /// 货到付款金额.
    pub cod_amount: Option<Decimal>,
    /// 货到付款买家费用.
    pub ext_cod_fee: Option<Decimal>,
    /// 其它费用.
    pub other_amount: Option<Decimal>,
    /// 已付金额.
    pub paid: Option<Decimal>,
    /// The lines.
    pub order_list: Vec<PushedOrder>,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(PushedTrade {
    tid,
    trade_status,
    pay_status,
    delivery_term,
    trade_time,
    pay_time,
    buyer_nick,
    receiver_name,
    receiver_province,
    receiver_city,
    receiver_district,
    receiver_address,
    receiver_mobile,
    receiver_telno,
    receiver_zip,
    logistics_type,
    buyer_message,
    seller_memo,
    post_amount,
    cod_amount,
    ext_cod_fee,
    other_amount,
    paid,
    order_list
});

/// One line of an order. What it lacks goes into `extra`.
#[derive(Clone, PartialEq, Eq, bon::Builder)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct PushedOrder {
    /// 子单号: known by it within its order.
    pub oid: String,
    /// 数量.
    pub num: Decimal,
    /// 单价.
    pub price: Decimal,
    /// 订单状态 of the line.
    pub status: Option<i32>,
    /// 退款状态.
    pub refund_status: Option<i32>,
    /// 平台货品 ID.
    pub goods_id: Option<String>,
    /// 平台规格 ID.
    pub spec_id: Option<String>,
    /// 货品编号.
    pub goods_no: Option<String>,
    /// 商家编码.
    pub spec_no: Option<String>,
    /// 货品名称.
    pub goods_name: Option<String>,
    /// 规格名称.
    pub spec_name: Option<String>,
    /// 优惠.
    pub discount: Option<Decimal>,
    /// 手工调整金额.
    pub adjust_amount: Option<Decimal>,
    /// 分摊优惠.
    pub share_discount: Option<Decimal>,
    /// Further keys.
    #[builder(default)]
    pub extra: Extra,
}

sent!(PushedOrder {
    oid,
    num,
    price,
    status,
    refund_status,
    goods_id,
    spec_id,
    goods_no,
    spec_no,
    goods_name,
    spec_name,
    discount,
    adjust_amount,
    share_discount
});

impl Write for TradePush {
    const NAME: &'static str = "wdt.trade.push";
    const REPLAY: Replay = Replay::Never;
    type Answer = Pushed;
}
