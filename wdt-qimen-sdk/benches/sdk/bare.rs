//! The rows of `wdt.refund.query` by a bare derive: what one would write without this crate. Texts are texts, whole
//! numbers are numbers; only decimals and times are read from their texts, to come to the same values.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use wdt_qimen_sdk::wire::{parse_decimal, parse_time};

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    Ok(parse_decimal(<&str>::deserialize(deserializer)?))
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDateTime>, D::Error> {
    Ok(parse_time(<&str>::deserialize(deserializer)?).ok())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefundLine {
    pub(crate) order_id: Option<i64>,
    pub(crate) refund_id: Option<i64>,
    pub(crate) oid: String,
    pub(crate) tid: String,
    pub(crate) src_no: String,
    pub(crate) process_status: i32,
    pub(crate) sales_tid: String,
    #[serde(deserialize_with = "decimal")]
    pub(crate) order_num: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) price: Option<Decimal>,
    pub(crate) platform_id: Option<i32>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) cost_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) original_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) discount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) paid: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) market_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) refund_num: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) refund_order_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) total_amount: Option<Decimal>,
    pub(crate) spec_id: Option<i64>,
    pub(crate) spec_no: String,
    pub(crate) goods_no: String,
    pub(crate) goods_name: String,
    pub(crate) spec_name: String,
    pub(crate) spec_code: String,
    pub(crate) suite_no: String,
    pub(crate) suite_name: String,
    #[serde(deserialize_with = "decimal")]
    pub(crate) suite_num: Option<Decimal>,
    pub(crate) suite_id: Option<i64>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) stockin_num: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) stockin_amount: Option<Decimal>,
    pub(crate) remark: String,
    pub(crate) is_sn_enable: Option<bool>,
    pub(crate) position_no: String,
    pub(crate) position_id: Option<i64>,
    pub(crate) sales_trade_id: Option<i64>,
    pub(crate) sales_order_id: Option<i64>,
    pub(crate) goods_id: Option<i64>,
    #[serde(deserialize_with = "time")]
    pub(crate) modified: Option<NaiveDateTime>,
    #[serde(deserialize_with = "time")]
    pub(crate) created: Option<NaiveDateTime>,
    pub(crate) edit_mask: String,
    pub(crate) tag: String,
    pub(crate) barcode: String,
    pub(crate) brand_name: String,
    pub(crate) gift_type: Option<i32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefundOutGoods {
    pub(crate) rec_id: Option<i64>,
    pub(crate) refund_id: Option<i64>,
    pub(crate) target_type: Option<i32>,
    pub(crate) target_id: Option<i64>,
    pub(crate) goods_name: String,
    pub(crate) spec_name: String,
    pub(crate) merchant_no: String,
    #[serde(deserialize_with = "decimal")]
    pub(crate) retail_price: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) num: Option<Decimal>,
    pub(crate) remark: String,
    pub(crate) spec_code: String,
    pub(crate) is_sn_enable: Option<bool>,
    pub(crate) oid: String,
    #[serde(deserialize_with = "time")]
    pub(crate) created: Option<NaiveDateTime>,
    #[serde(deserialize_with = "time")]
    pub(crate) modified: Option<NaiveDateTime>,
    pub(crate) barcode: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Refund {
    pub(crate) refund_id: Option<i64>,
    pub(crate) refund_no: String,
    pub(crate) api_outer_no: String,
    pub(crate) platform_id: Option<i32>,
    pub(crate) src_no: String,
    #[serde(rename = "type")]
    pub(crate) kind: i32,
    pub(crate) process_status: i32,
    pub(crate) status: Option<i32>,
    pub(crate) guarantee_mode: Option<i32>,
    pub(crate) cs_status: String,
    pub(crate) shop_no: String,
    pub(crate) shop_name: String,
    pub(crate) shop_id: Option<i64>,
    pub(crate) swap_trade_id: Option<i64>,
    pub(crate) swap_trade_no: String,
    pub(crate) pay_account: String,
    pub(crate) pay_no: String,
    #[serde(deserialize_with = "decimal")]
    pub(crate) goods_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) refund_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) direct_refund_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) guarante_refund_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) actual_refund_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) exchange_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) post_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) other_amount: Option<Decimal>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) paid: Option<Decimal>,
    pub(crate) tid: String,
    pub(crate) sales_trade_id: Option<i64>,
    pub(crate) sales_tid: String,
    pub(crate) buyer_nick: String,
    pub(crate) receiver_name: String,
    pub(crate) receiver_address: String,
    pub(crate) receiver_telno: String,
    pub(crate) return_name: String,
    pub(crate) return_mobile: String,
    pub(crate) return_telno: String,
    pub(crate) return_address: String,
    pub(crate) return_logistics_name: String,
    pub(crate) return_logistics_no: String,
    pub(crate) swap_receiver: String,
    pub(crate) swap_mobile: String,
    pub(crate) swap_telno: String,
    pub(crate) swap_province: String,
    pub(crate) swap_city: String,
    pub(crate) swap_district: String,
    pub(crate) swap_area: String,
    pub(crate) swap_address: String,
    pub(crate) swap_zip: String,
    pub(crate) swap_warehouse_no: String,
    pub(crate) swap_warehouse_id: Option<i64>,
    pub(crate) swap_logistics_id: Option<i64>,
    pub(crate) swap_logistics_type: String,
    pub(crate) swap_logistics_name: String,
    pub(crate) swap_logistics_no: String,
    pub(crate) warehouse_no: String,
    pub(crate) warehouse_id: Option<i64>,
    pub(crate) warehouse_type: Option<i32>,
    #[serde(deserialize_with = "time")]
    pub(crate) refund_time: Option<NaiveDateTime>,
    pub(crate) remark: String,
    pub(crate) refund_reason: String,
    #[serde(deserialize_with = "time")]
    pub(crate) modified: Option<NaiveDateTime>,
    #[serde(deserialize_with = "time")]
    pub(crate) created: Option<NaiveDateTime>,
    #[serde(deserialize_with = "time")]
    pub(crate) finish_time: Option<NaiveDateTime>,
    #[serde(deserialize_with = "time")]
    pub(crate) check_time: Option<NaiveDateTime>,
    pub(crate) customer_no: String,
    pub(crate) customer_name: String,
    pub(crate) customer_id: Option<i64>,
    pub(crate) creator_name: String,
    pub(crate) error_msg: String,
    pub(crate) outer_no: String,
    pub(crate) advance_status: String,
    pub(crate) is_goods_received: Option<bool>,
    pub(crate) wms_status: String,
    pub(crate) wms_result: String,
    pub(crate) wms_outer_no: String,
    pub(crate) from_type: Option<i32>,
    #[serde(deserialize_with = "decimal")]
    pub(crate) return_goods_count: Option<Decimal>,
    pub(crate) op_constraint: String,
    pub(crate) refund_version: String,
    pub(crate) consign_mode: String,
    pub(crate) logistics_name: String,
    pub(crate) logistics_no: String,
    pub(crate) push_no: String,
    pub(crate) logistics_style: String,
    pub(crate) reason_id: String,
    pub(crate) revert_reason: String,
    pub(crate) bad_reason: String,
    pub(crate) return_mask: Option<i64>,
    pub(crate) is_trade_charged: Option<bool>,
    pub(crate) stockin_pre_no: String,
    pub(crate) revert_reason_info: String,
    pub(crate) fenxiao_nick_name: String,
    pub(crate) fenxiao_refund_no: String,
    pub(crate) fenxiao_tid: String,
    pub(crate) flag_name: String,
    pub(crate) refund_order_list: Vec<RefundLine>,
    pub(crate) refund_out_goods_list: Vec<RefundOutGoods>,
}

/// A whole answer.
#[derive(Deserialize)]
pub(crate) struct Answer {
    pub(crate) response: Page,
}

#[derive(Deserialize)]
pub(crate) struct Page {
    pub(crate) errorcode: i64,
    pub(crate) total_count: i64,
    pub(crate) refunds: Vec<Refund>,
}
