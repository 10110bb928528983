//! The two lists inside a return: goods that come back, goods sent out instead.
//! Names, types and glosses after the protocol notes, section 5; money and quantities are exact decimals.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::codes::ProcessStatus;

crate::row! {
    /// 退货明细: one single item that comes back.
    pub struct RefundLine {
        /// Primary key of the line; a stock-in names it as `src_order_detail_id`.
        pub order_id: Option<i64>,
        /// The header's `refund_id`.
        pub refund_id: Option<i64>,
        /// 原始子订单号.
        pub oid: String,
        /// 原始单号.
        pub tid: String,
        /// 平台退款单号.
        pub src_no: String,
        /// 处理状态 of the line; what counts is the header's.
        pub process_status: ProcessStatus,
        /// 系统订单号.
        pub sales_tid: String,
        /// 下单数量.
        pub order_num: Option<Decimal>,
        /// 单价.
        pub price: Option<Decimal>,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 成本价.
        pub cost_price: Option<Decimal>,
        /// 原价.
        pub original_price: Option<Decimal>,
        /// 优惠.
        pub discount: Option<Decimal>,
        /// 已付.
        pub paid: Option<Decimal>,
        /// 市场价.
        pub market_price: Option<Decimal>,
        /// 退款数量: what was asked back.
        pub refund_num: Option<Decimal>,
        /// 明细退款金额: the header's refund shared out over the lines, four decimals, need not be whole cents.
        pub refund_order_amount: Option<Decimal>,
        /// 退货金额: the value of the goods.
        pub total_amount: Option<Decimal>,
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
        /// 组合装编号: a label, the line is a single item.
        pub suite_no: String,
        /// 组合装名称.
        pub suite_name: String,
        /// 组合装数量.
        pub suite_num: Option<Decimal>,
        /// 组合装主键.
        pub suite_id: Option<i64>,
        /// 入库数量: what arrived.
        pub stockin_num: Option<Decimal>,
        /// 入库金额: stock-in × cost, never a sales amount.
        pub stockin_amount: Option<Decimal>,
        /// 备注.
        pub remark: String,
        /// 是否启用序列号.
        pub is_sn_enable: Option<bool>,
        /// 货位编号.
        pub position_no: String,
        /// 货位主键.
        pub position_id: Option<i64>,
        /// 系统订单主键.
        pub sales_trade_id: Option<i64>,
        /// 系统子订单主键.
        pub sales_order_id: Option<i64>,
        /// 货品主键.
        pub goods_id: Option<i64>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 编辑掩码.
        pub edit_mask: String,
        /// 标签.
        pub tag: String,
        /// 条码.
        pub barcode: String,
        /// 品牌.
        pub brand_name: String,
        /// 赠品类型; above 0 the goods were a gift.
        pub gift_type: Option<i32>,
    }
}

crate::row! {
    /// 换出明细: one item sent out for an exchange.
    pub struct RefundOutGoods {
        /// Primary key.
        pub rec_id: Option<i64>,
        /// The header's `refund_id`.
        pub refund_id: Option<i64>,
        /// 1 单品, 2 组合装.
        pub target_type: Option<i32>,
        /// 单品或组合装主键.
        pub target_id: Option<i64>,
        /// 货品名称.
        pub goods_name: String,
        /// 规格名称.
        pub spec_name: String,
        /// 商家编码.
        pub merchant_no: String,
        /// 零售价.
        pub retail_price: Option<Decimal>,
        /// 数量.
        pub num: Option<Decimal>,
        /// 备注.
        pub remark: String,
        /// 规格码.
        pub spec_code: String,
        /// 是否启用序列号.
        pub is_sn_enable: Option<bool>,
        /// 原始子订单号.
        pub oid: String,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 条码.
        pub barcode: String,
    }
}
