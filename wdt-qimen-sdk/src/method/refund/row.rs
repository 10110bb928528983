//! One return (退换单) as `wdt.refund.query` tells it. Its lines are in `line.rs`.
//! Names, types and glosses after the protocol notes, section 5; money and quantities are exact decimals.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::codes::{ProcessStatus, RefundType};
use super::line::{RefundLine, RefundOutGoods};

crate::row! {
    /// 退换单: a return, an exchange or a refund. Absent text is empty, an absent list too.
    pub struct Refund {
        /// Primary key.
        pub refund_id: Option<i64>,
        /// 退换单号, `TK…`: the identity of a return.
        pub refund_no: String,
        /// 接口外部单号.
        pub api_outer_no: String,
        /// 平台: 0 线下, 1 淘宝, 2 淘宝分销, 3 京东, 14 唯品会, 32 微店, 39 拼多多, 69 抖店, 127 其它, …
        pub platform_id: Option<i32>,
        /// 平台退款单号.
        pub src_no: String,
        /// 退换类型.
        pub kind: RefundType = "type",
        /// 处理状态.
        pub process_status: ProcessStatus,
        /// 平台状态: 0 空, 1 取消退款, 2 已申请退款, 3 等待退货, 4 等待收货, 5 退款成功, 10…80 换货各步.
        pub status: Option<i32>,
        /// 担保方式: 1 担保, 2 非担保, 3 非担保在线.
        pub guarantee_mode: Option<i32>,
        /// 客服介入状态.
        pub cs_status: String,
        /// 店铺编号.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
        /// 店铺主键.
        pub shop_id: Option<i64>,
        /// 换出订单主键.
        pub swap_trade_id: Option<i64>,
        /// 换出订单号.
        pub swap_trade_no: String,
        /// 支付账号. Personal.
        pub pay_account: String,
        /// 支付单号. Personal.
        pub pay_no: String,
        /// 退货金额: the value of the goods.
        pub goods_amount: Option<Decimal>,
        /// 退款金额: what the buyer asked back.
        pub refund_amount: Option<Decimal>,
        /// 确认收货后退款金额.
        pub direct_refund_amount: Option<Decimal>,
        /// 平台退款金额 (the gateway spells it so).
        pub guarante_refund_amount: Option<Decimal>,
        /// 实际退款金额.
        pub actual_refund_amount: Option<Decimal>,
        /// 换出金额.
        pub exchange_amount: Option<Decimal>,
        /// 邮费.
        pub post_amount: Option<Decimal>,
        /// 其它金额.
        pub other_amount: Option<Decimal>,
        /// 已付金额.
        pub paid: Option<Decimal>,
        /// 原始单号; may hold several.
        pub tid: String,
        /// 系统订单主键.
        pub sales_trade_id: Option<i64>,
        /// 系统订单号, `JY…`.
        pub sales_tid: String,
        /// 买家昵称. Personal; blank through Qimen.
        pub buyer_nick: String,
        /// 收件人. Personal; blank through Qimen.
        pub receiver_name: String,
        /// 收件地址. Personal; blank through Qimen.
        pub receiver_address: String,
        /// 收件人电话. Personal; blank through Qimen.
        pub receiver_telno: String,
        /// 退货人. Personal.
        pub return_name: String,
        /// 退货人手机. Personal.
        pub return_mobile: String,
        /// 退货人电话. Personal.
        pub return_telno: String,
        /// 退货地址. Personal.
        pub return_address: String,
        /// 退货物流公司.
        pub return_logistics_name: String,
        /// 退货物流单号.
        pub return_logistics_no: String,
        /// 换货收件人. Personal.
        pub swap_receiver: String,
        /// 换货手机. Personal.
        pub swap_mobile: String,
        /// 换货电话. Personal.
        pub swap_telno: String,
        /// 换货省. Personal.
        pub swap_province: String,
        /// 换货市. Personal.
        pub swap_city: String,
        /// 换货区. Personal.
        pub swap_district: String,
        /// 换货省市区. Personal.
        pub swap_area: String,
        /// 换货地址. Personal.
        pub swap_address: String,
        /// 换货邮编. Personal.
        pub swap_zip: String,
        /// 换出仓库编号.
        pub swap_warehouse_no: String,
        /// 换出仓库主键.
        pub swap_warehouse_id: Option<i64>,
        /// 换出物流主键.
        pub swap_logistics_id: Option<i64>,
        /// 换出物流类型.
        pub swap_logistics_type: String,
        /// 换出物流公司.
        pub swap_logistics_name: String,
        /// 换出物流单号.
        pub swap_logistics_no: String,
        /// 退货仓库编号: the **expected** warehouse.
        pub warehouse_no: String,
        /// 退货仓库主键 (expected).
        pub warehouse_id: Option<i64>,
        /// 退货仓库类型 (expected).
        pub warehouse_type: Option<i32>,
        /// 申请退款时间.
        pub refund_time: Option<NaiveDateTime>,
        /// 备注.
        pub remark: String,
        /// 退款原因.
        pub refund_reason: String,
        /// 最后修改时间: what windows are about.
        pub modified: Option<NaiveDateTime>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
        /// 结算时间. May lie before the goods arrive.
        pub finish_time: Option<NaiveDateTime>,
        /// 审核时间. Belongs to the stock-in; expect it absent.
        pub check_time: Option<NaiveDateTime>,
        /// 客户编号.
        pub customer_no: String,
        /// 客户名称. Personal.
        pub customer_name: String,
        /// 客户主键.
        pub customer_id: Option<i64>,
        /// 制单人.
        pub creator_name: String,
        /// 错误信息.
        pub error_msg: String,
        /// 外部单号.
        pub outer_no: String,
        /// 先行垫付状态.
        pub advance_status: String,
        /// 是否收到货.
        pub is_goods_received: Option<bool>,
        /// 仓储接单状态.
        pub wms_status: String,
        /// 仓储接单结果.
        pub wms_result: String,
        /// 仓储外部单号.
        pub wms_outer_no: String,
        /// 建单方式: 1 api, 2 手工, 3 导入, 4 天猫换货, 5 菜鸟.
        pub from_type: Option<i32>,
        /// 退货数量.
        pub return_goods_count: Option<Decimal>,
        /// 操作限制.
        pub op_constraint: String,
        /// 退款版本号.
        pub refund_version: String,
        /// 发货方式.
        pub consign_mode: String,
        /// 物流公司.
        pub logistics_name: String,
        /// 物流单号.
        pub logistics_no: String,
        /// 推送单号.
        pub push_no: String,
        /// 物流方式.
        pub logistics_style: String,
        /// 原因主键.
        pub reason_id: String,
        /// 驳回原因.
        pub revert_reason: String,
        /// 异常原因.
        pub bad_reason: String,
        /// Bits: 4 原始单唯一, 8 退换在途量, 16 退款金额未确认, 32 电子发票, 64 天猫换货.
        pub return_mask: Option<i64>,
        /// 订单是否已记账.
        pub is_trade_charged: Option<bool>,
        /// 预入库单号.
        pub stockin_pre_no: String,
        /// 驳回原因说明.
        pub revert_reason_info: String,
        /// 分销商昵称. Personal.
        pub fenxiao_nick_name: String,
        /// 分销退款单号.
        pub fenxiao_refund_no: String,
        /// 分销原始单号.
        pub fenxiao_tid: String,
        /// 标记名称.
        pub flag_name: String,
        /// 退货明细: the goods that come back.
        pub refund_order_list: Vec<RefundLine>,
        /// 换出明细: the goods sent out for an exchange.
        pub refund_out_goods_list: Vec<RefundOutGoods>,
    }
}
