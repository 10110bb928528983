//! One order (系统订单) and its goods. Money and quantities are exact decimals.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

crate::row! {
    /// 系统订单: one order as the ERP holds it.
    pub struct Trade {
        /// Primary key.
        pub trade_id: Option<i64>,
        /// 系统订单号, `JY…`: the identity of an order.
        pub trade_no: String,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 店铺主键.
        pub shop_id: Option<i64>,
        /// 店铺编号.
        pub shop_no: String,
        /// 店铺名称.
        pub shop_name: String,
        /// 仓库主键.
        pub warehouse_id: Option<i64>,
        /// 仓库编号.
        pub warehouse_no: String,
        /// 仓库类型.
        pub warehouse_type: Option<i32>,
        /// 原始单号; those of a merged order comma separated.
        pub src_tids: String,
        /// 订单状态: 5 已取消, 10 待付款, 30 待客审, 35 待财审, 55 已审核, 95 已发货, 110 已完成, …
        pub trade_status: Option<i32>,
        /// 出库状态, bits: 1 验货, 2 称重, 4 出库, 8 物流同步, 16 分拣, 64 拣货.
        pub consign_status: Option<i64>,
        /// 订单类型: 1 网店销售, 2 线下零售, 3 售后换货, 4 批发, 7 补发, …
        pub trade_type: Option<i32>,
        /// 订单来源: 1 API, 2 手工, 3 导入, 4 现款销售.
        pub trade_from: Option<i32>,
        /// 发货条件: 1 款到发货, 2 货到付款, 4 挂账.
        pub delivery_term: Option<i32>,
        /// 退款状态: 0 无, 1 申请, 2 部分, 3 全部, 4 未付款关闭.
        pub refund_status: Option<i32>,
        /// 冻结原因.
        pub freeze_reason: Option<i32>,
        /// 分销类别: 0 非分销, 1 转供销, 2 代销, 3 经销.
        pub fenxiao_type: Option<i32>,
        /// 分销商. Personal.
        pub fenxiao_nick: String,
        /// 分销原始单号.
        pub fenxiao_tid: String,
        /// 下单时间.
        pub trade_time: Option<NaiveDateTime>,
        /// 付款时间.
        pub pay_time: Option<NaiveDateTime>,
        /// 客户编号.
        pub customer_no: String,
        /// 客户主键.
        pub customer_id: String,
        /// 客户名称. Personal.
        pub customer_name: String,
        /// 支付账号. Personal.
        pub pay_account: String,
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
        /// 证件号码. Personal.
        pub id_card: String,
        /// 物流公司主键.
        pub logistics_id: Option<i64>,
        /// 物流公司编号.
        pub logistics_code: String,
        /// 物流公司.
        pub logistics_name: String,
        /// 物流方式.
        pub logistics_type: Option<i32>,
        /// 物流单号.
        pub logistics_no: String,
        /// 出库单号.
        pub stockout_no: String,
        /// 异常, bits.
        pub bad_reason: Option<i64>,
        /// 买家留言. Personal.
        pub buyer_message: String,
        /// 客服备注.
        pub cs_remark: String,
        /// 打印备注.
        pub print_remark: String,
        /// 标旗.
        pub remark_flag: Option<i32>,
        /// 标记名称.
        pub flag_name: String,
        /// 货品种类数.
        pub goods_type_count: Option<i32>,
        /// 货品总数.
        pub goods_count: Option<Decimal>,
        /// 货品总额, before discounts.
        pub goods_amount: Option<Decimal>,
        /// 邮费.
        pub post_amount: Option<Decimal>,
        /// 其它收费.
        pub other_amount: Option<Decimal>,
        /// 优惠.
        pub discount: Option<Decimal>,
        /// 应收金额.
        pub receivable: Option<Decimal>,
        /// 已付金额.
        pub paid: Option<Decimal>,
        /// 款到发货金额.
        pub dap_amount: Option<Decimal>,
        /// 货到付款金额.
        pub cod_amount: Option<Decimal>,
        /// 货到付款非订单金额.
        pub ext_cod_fee: Option<Decimal>,
        /// 预估货款成本.
        pub goods_cost: Option<Decimal>,
        /// 预估邮费成本.
        pub post_cost: Option<Decimal>,
        /// 佣金.
        pub commission: Option<Decimal>,
        /// 预估毛利.
        pub profit: Option<Decimal>,
        /// 税额.
        pub tax: Option<Decimal>,
        /// 税率.
        pub tax_rate: Option<Decimal>,
        /// 预估重量, kg.
        pub weight: Option<Decimal>,
        /// 币种.
        pub currency: String,
        /// 发票类别: 0 不需要, 1 普通, 2 增值税普通, 3 增值税专用.
        pub invoice_type: Option<i32>,
        /// 发票抬头. Personal.
        pub invoice_title: String,
        /// 发票内容.
        pub invoice_content: String,
        /// 业务员主键.
        pub salesman_id: Option<i64>,
        /// 业务员.
        pub fullname: String,
        /// 审核员.
        pub checker_name: String,
        /// 订单标签.
        pub tags: String,
        /// 版本号, grows with each change.
        pub version_id: Option<i64>,
        /// 最后修改时间: what windows are about.
        pub modified: Option<NaiveDateTime>,
        /// 系统单生成时间.
        pub created: Option<NaiveDateTime>,
        /// 货品明细.
        pub goods_list: Vec<TradeGoods>,
    }
}

crate::row! {
    /// 货品明细: one line of an order.
    pub struct TradeGoods {
        /// Primary key.
        pub rec_id: Option<i64>,
        /// The order's.
        pub trade_id: Option<i64>,
        /// 规格主键.
        pub spec_id: Option<i64>,
        /// 货品主键.
        pub goods_id: Option<i64>,
        /// 平台.
        pub platform_id: Option<i32>,
        /// 原始单号.
        pub src_tid: String,
        /// 原始子订单号.
        pub src_oid: String,
        /// 平台货品主键.
        pub platform_goods_id: String,
        /// 平台规格主键.
        pub platform_spec_id: String,
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
        /// 平台货品名称.
        pub api_goods_name: String,
        /// 平台规格名称.
        pub api_spec_name: String,
        /// 组合装主键.
        pub suite_id: Option<i64>,
        /// 组合装编号.
        pub suite_no: String,
        /// 组合装名称.
        pub suite_name: String,
        /// 组合装数量.
        pub suite_num: Option<Decimal>,
        /// 组合装分摊后总价.
        pub suite_amount: Option<Decimal>,
        /// 组合装优惠.
        pub suite_discount: Option<Decimal>,
        /// 数量.
        pub num: Option<Decimal>,
        /// 实发数量.
        pub actual_num: Option<Decimal>,
        /// Without meaning, says the vendor.
        pub refund_num: Option<Decimal>,
        /// 销售单价.
        pub price: Option<Decimal>,
        /// 成交价.
        pub order_price: Option<Decimal>,
        /// 分摊后价格.
        pub share_price: Option<Decimal>,
        /// 分摊后合计应收.
        pub share_amount: Option<Decimal>,
        /// 分摊邮费.
        pub share_post: Option<Decimal>,
        /// 总折扣金额.
        pub discount: Option<Decimal>,
        /// 手工调整价.
        pub adjust: Option<Decimal>,
        /// 已付金额.
        pub paid: Option<Decimal>,
        /// 佣金.
        pub commission: Option<Decimal>,
        /// 预估重量, kg.
        pub weight: Option<Decimal>,
        /// 税率.
        pub tax_rate: Option<Decimal>,
        /// 赠品: 0 非赠品, 1 自动, 2 手工, …
        pub gift_type: Option<i32>,
        /// 退款状态: 0 无, 1 取消, 2 已申请, 3 等待退货, 4 等待收货, 5 成功, 6 已关闭.
        pub refund_status: Option<i32>,
        /// 货品类别.
        pub goods_type: Option<i32>,
        /// 基本单位.
        pub unit_name: String,
        /// 备注.
        pub remark: String,
        /// 最后修改时间.
        pub modified: Option<NaiveDateTime>,
        /// 创建时间.
        pub created: Option<NaiveDateTime>,
    }
}
