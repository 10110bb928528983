//! The fields of 旺店通 that a further field of the bill may be made of: the documented list, by which templates, tables
//! and dates are checked. People's fields are not in it. Their values are in `model::refund` and `model::stockin`.

/// One field that can be named: `tid`, `line.remark`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedField {
    /// As it is written between braces.
    pub name: &'static str,
    /// What is kept of it.
    pub kept: Kept,
    /// 中文
    pub chinese: &'static str,
}

/// How the journal keeps a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As a field of its own: the program works with it.
    Own,
    /// Among the further ones.
    Further,
    /// Free text, in which anything may stand: only where a rule names it.
    Named,
    /// As a field of the stock-ins: there only with `enrich = "stockin"`.
    Stockin,
}

/// What the fields of a line begin with.
pub const LINE: &str = "line.";

const fn field(name: &'static str, kept: Kept, chinese: &'static str) -> NamedField {
    NamedField { name, kept, chinese }
}

use Kept::{Further, Named, Own, Stockin};

/// Every field that can be named, those of the head first.
pub const NAMED: &[NamedField] = &[
    field("refund_no", Own, "退换单号"),
    field("tid", Own, "原始单号"),
    field("src_no", Own, "平台退款单号"),
    field("sales_tid", Own, "系统订单编号"),
    field("shop_no", Own, "店铺编号"),
    field("customer_no", Own, "客户编号"),
    field("warehouse_no", Own, "仓库编号（读取入库单时为实际仓库）"),
    field("refund_amount", Own, "买家申请退款金额"),
    field("goods_amount", Own, "退货金额"),
    field("actual_refund_amount", Own, "实际退款金额"),
    field("created", Own, "创建时间"),
    field("modified", Own, "最后修改时间"),
    field("finish_time", Own, "结算时间"),
    field("check_time", Own, "审核时间"),
    field("shop_name", Further, "店铺名称"),
    field("logistics_no", Further, "物流单号"),
    field("logistics_name", Further, "物流公司"),
    field("return_logistics_no", Further, "退货物流单号"),
    field("return_logistics_name", Further, "退货物流公司"),
    field("api_outer_no", Further, "接口外部单号"),
    field("outer_no", Further, "外部单号"),
    field("wms_outer_no", Further, "仓储外部单号"),
    field("swap_trade_no", Further, "换出订单号"),
    field("stockin_pre_no", Further, "预入库单号"),
    field("fenxiao_tid", Further, "分销原始单号"),
    field("fenxiao_refund_no", Further, "分销退款单号"),
    field("flag_name", Further, "标记名称"),
    field("post_amount", Further, "邮费"),
    field("other_amount", Further, "其它金额"),
    field("remark", Named, "备注"),
    field("refund_reason", Named, "退款原因"),
    field("stockin_no", Stockin, "入库单号"),
    field("stockin_time", Stockin, "入库时间"),
    field("line.spec_no", Own, "商家编码"),
    field("line.goods_no", Own, "货品编号"),
    field("line.order_id", Own, "明细 id"),
    field("line.oid", Own, "原始子订单号"),
    field("line.goods_name", Further, "货品名称"),
    field("line.spec_name", Further, "规格名称"),
    field("line.spec_code", Further, "规格码"),
    field("line.barcode", Further, "条码"),
    field("line.brand_name", Further, "品牌"),
    field("line.suite_no", Further, "组合装编号"),
    field("line.suite_name", Further, "组合装名称"),
    field("line.tid", Further, "原始单号"),
    field("line.src_no", Further, "平台退款单号"),
    field("line.sales_tid", Further, "系统订单编号"),
    field("line.position_no", Further, "货位编号"),
    field("line.remark", Named, "备注"),
    field("line.batch_no", Stockin, "批次号"),
    field("line.production_date", Stockin, "生产日期"),
    field("line.expire_date", Stockin, "有效期至"),
];

/// Those that give a day.
pub const DATES: [&str; 7] = [
    "finish_time",
    "check_time",
    "modified",
    "created",
    "stockin_time",
    "line.production_date",
    "line.expire_date",
];

/// Fields that say who somebody is, and where. They are dropped before the journal.
const PEOPLE: &[&str] = &[
    "pay_account",
    "pay_no",
    "return_name",
    "customer_name",
    "creator_name",
    "operator_name",
    "check_operator_name",
    "id_card",
    "id_card_name",
    "email",
];

impl NamedField {
    /// The field of this name.
    pub fn of(name: &str) -> Option<&'static Self> {
        NAMED.iter().find(|field| field.name == name)
    }

    /// It is a line's.
    pub fn is_of_line(&self) -> bool {
        self.name.starts_with(LINE)
    }

    /// The name on the wire: without `line.`.
    pub fn key(&self) -> &'static str {
        self.name.strip_prefix(LINE).unwrap_or(self.name)
    }
}

/// Whether a name is that of a field about a person.
pub fn is_about_people(name: &str) -> bool {
    const PARTS: [&str; 9] =
        ["receiver", "buyer", "nick", "mobile", "telno", "phone", "address", "swap_area", "swap_zip"];
    let key = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    PEOPLE.contains(&key.as_str()) || PARTS.iter().any(|part| key.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_that_can_be_named_is_about_people() {
        let about: Vec<_> =
            NAMED.iter().map(|field| field.name).filter(|name| is_about_people(name)).collect();
        assert!(about.is_empty(), "{about:?}");
        for name in ["receiver_name", "line.buyer_nick", "swap_mobile", "customer_name", "RETURN_ADDRESS"] {
            assert!(is_about_people(name), "{name}");
        }
    }

    #[test]
    fn every_date_can_be_named() {
        assert!(DATES.iter().all(|name| NamedField::of(name).is_some()));
    }
}
