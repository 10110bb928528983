//! 销售退货单 (sales return, `SAL_RETURNSTOCK`): head and financial part, in the template's order.
//! The lines are in `entry`; how a bill is sent is in `service`.

#![allow(clippy::duplicated_attributes, reason = "a builder's several `on` clauses are no duplicates")]

mod entry;

use bon::Builder;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_with::{serde_as, skip_serializing_none};

pub use self::entry::{Entry, Link, Serial, TaxDetail};
use super::base::{Name, Number, NumberUpper};
use super::form::Form;
use crate::fields::members::from_member;
use crate::fields::{Date, ExactDecimal, Extra, read_back};

/// A 销售退货单 to be created. It cannot carry an id (FID): an id on a "new" bill replaces the bill
/// that has it. Source: the vendor's field list of the form.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(NumberUpper, into), on(Name, into), on(Date, into))]
#[non_exhaustive]
pub struct ReturnStock {
    /// 单据类型 (bill type): `XSTHD01_SYS` standard, `XSTHD06_SYS` cash sales.
    #[serde(rename = "FBillTypeID")]
    pub bill_type: Option<NumberUpper>,
    /// 单据编号 (bill number).
    #[serde(rename = "FBillNo")]
    pub bill_no: Option<String>,
    /// 日期 (accounting date).
    #[serde(rename = "FDate")]
    pub date: Option<Date>,
    /// 销售组织 (selling organisation).
    #[serde(rename = "FSaleOrgId")]
    pub sale_org: Number,
    /// 退货客户 (customer that returns).
    #[serde(rename = "FRetcustId")]
    pub customer: Number,
    /// 销售部门 (sales department).
    #[serde(rename = "FSaledeptid")]
    pub sale_dept: Option<Number>,
    /// 退货原因 (reason).
    #[serde(rename = "FReturnReason")]
    pub return_reason: Option<Number>,
    /// 交货地点 (place of delivery).
    #[serde(rename = "FHeadLocId")]
    pub head_location: Option<Number>,
    /// 销售组 (sales group).
    #[serde(rename = "FSaleGroupId")]
    pub sale_group: Option<Number>,
    /// 跨组织业务类型 (kind of business between organisations), `OverOrgSal`.
    #[serde(rename = "FTransferBizType")]
    pub transfer_biz_type: Option<Number>,
    /// 对应组织 (corresponding organisation).
    #[serde(rename = "FCorrespondOrgId")]
    pub correspond_org: Option<Number>,
    /// 销售员 (salesperson).
    #[serde(rename = "FSalesManId")]
    pub salesman: Option<Number>,
    /// 库存组织 (stock organisation).
    #[serde(rename = "FStockOrgId")]
    pub stock_org: Number,
    /// 库存部门 (stock department).
    #[serde(rename = "FStockDeptId")]
    pub stock_dept: Option<Number>,
    /// 库存组 (stock group).
    #[serde(rename = "FStockerGroupId")]
    pub stocker_group: Option<Number>,
    /// 仓管员 (stock keeper).
    #[serde(rename = "FStockerId")]
    pub stocker: Option<Number>,
    /// 备注 (note). The server's firewall refuses `'<>";--` in it.
    #[serde(rename = "FHeadNote")]
    pub head_note: Option<String>,
    /// 收货方 (receiving party).
    #[serde(rename = "FReceiveCustId")]
    pub receive_customer: Option<Number>,
    /// 收货方地址 (receiving address).
    #[serde(rename = "FReceiveAddress")]
    pub receive_address: Option<String>,
    /// 结算方 (settling party).
    #[serde(rename = "FSettleCustId")]
    pub settle_customer: Option<Number>,
    /// 收货方联系人 (receiving contact).
    #[serde(rename = "FReceiveCusContact")]
    pub receive_contact: Option<Name>,
    /// 付款方 (paying party).
    #[serde(rename = "FPayCustId")]
    pub pay_customer: Option<Number>,
    /// 货主类型 (kind of owner), `BD_OwnerOrg`.
    #[serde(rename = "FOwnerTypeIdHead")]
    pub owner_type: Option<String>,
    /// 货主 (owner of the goods).
    #[serde(rename = "FOwnerIdHead")]
    pub owner: Option<Number>,
    /// 整单服务或费用 (whole bill is service or cost).
    #[serde(rename = "FIsTotalServiceOrCost")]
    pub is_total_service_or_cost: Option<bool>,
    /// 财务信息 (financial part).
    #[serde(rename = "SubHeadEntity")]
    pub sub_head: Option<SubHead>,
    /// 明细信息 (lines).
    #[serde(rename = "FEntity")]
    pub entries: Vec<Entry>,
    /// 自定义字段 (custom fields), written last.
    #[serde(flatten)]
    #[builder(default)]
    pub extra: Extra,
}

impl Form for ReturnStock {
    const FORM_ID: &'static str = "SAL_RETURNSTOCK";

    fn number(&self) -> Option<&str> {
        self.bill_no.as_deref()
    }
}

/// 财务信息 (financial part of the head).
#[serde_as]
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(NumberUpper, into), on(Name, into), on(Date, into))]
#[non_exhaustive]
pub struct SubHead {
    /// 实体主键, on updates only.
    #[serde(rename = "FEntryId")]
    pub entry_id: Option<i64>,
    /// 结算币别 (currency), `PRE001` is CNY.
    #[serde(rename = "FSettleCurrId")]
    pub settle_currency: Option<Number>,
    /// 第三方单据编号 (the other system's bill number).
    #[serde(rename = "FThirdBillNo")]
    pub third_bill_no: Option<String>,
    /// 第三方单据ID (the other system's bill id).
    #[serde(rename = "FThirdBillId")]
    pub third_bill_id: Option<String>,
    /// 第三方来源 (the other system's name).
    #[serde(rename = "FThirdSrcType")]
    pub third_src_type: Option<String>,
    /// 结算组织 (settling organisation).
    #[serde(rename = "FSettleOrgId")]
    pub settle_org: Option<Number>,
    /// 结算方式 (way of settlement).
    #[serde(rename = "FSettleTypeId")]
    pub settle_type: Option<Number>,
    /// 收款条件 (terms of payment); the key is misspelt by the vendor.
    #[serde(rename = "FChageCondition")]
    pub charge_condition: Option<Number>,
    /// 价目表 (price list).
    #[serde(rename = "FPriceListId")]
    pub price_list: Option<Number>,
    /// 折扣表 (discount list).
    #[serde(rename = "FDiscountListId")]
    pub discount_list: Option<Number>,
    /// 本位币 (local currency).
    #[serde(rename = "FLocalCurrId")]
    pub local_currency: Option<Number>,
    /// 汇率类型 (exchange rate type), `HLTX01_SYS`.
    #[serde(rename = "FExchangeTypeId")]
    pub exchange_type: Option<Number>,
    /// 汇率 (exchange rate).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FExchangeRate")]
    pub exchange_rate: Option<Decimal>,
    /// 是否含税 (prices include tax). Send `true` when a tax-inclusive price is given.
    #[serde(rename = "FIsIncludedTax")]
    pub is_included_tax: Option<bool>,
    /// 价外税 (tax on top of the price).
    #[serde(rename = "FIsPriceExcludeTax")]
    pub is_price_exclude_tax: Option<bool>,
}

read_back! { ReturnStock {
    "FBillTypeID" bill_type,
    "FBillNo" bill_no,
    "FDate" date,
    "FSaleOrgId" sale_org,
    "FRetcustId" customer,
    "FSaledeptid" sale_dept,
    "FReturnReason" return_reason,
    "FHeadLocId" head_location,
    "FSaleGroupId" sale_group,
    "FTransferBizType" transfer_biz_type,
    "FCorrespondOrgId" correspond_org,
    "FSalesManId" salesman,
    "FStockOrgId" stock_org,
    "FStockDeptId" stock_dept,
    "FStockerGroupId" stocker_group,
    "FStockerId" stocker,
    "FHeadNote" head_note,
    "FReceiveCustId" receive_customer,
    "FReceiveAddress" receive_address,
    "FSettleCustId" settle_customer,
    "FReceiveCusContact" receive_contact,
    "FPayCustId" pay_customer,
    "FOwnerTypeIdHead" owner_type,
    "FOwnerIdHead" owner,
    "FIsTotalServiceOrCost" is_total_service_or_cost,
    "SubHeadEntity" sub_head,
    "FEntity" entries,
} extra }

read_back! { SubHead {
    "FEntryId" entry_id,
    "FSettleCurrId" settle_currency,
    "FThirdBillNo" third_bill_no,
    "FThirdBillId" third_bill_id,
    "FThirdSrcType" third_src_type,
    "FSettleOrgId" settle_org,
    "FSettleTypeId" settle_type,
    "FChageCondition" charge_condition,
    "FPriceListId" price_list,
    "FDiscountListId" discount_list,
    "FLocalCurrId" local_currency,
    "FExchangeTypeId" exchange_type,
    "FExchangeRate" exchange_rate,
    "FIsIncludedTax" is_included_tax,
    "FIsPriceExcludeTax" is_price_exclude_tax,
} }

from_member!(SubHead);
