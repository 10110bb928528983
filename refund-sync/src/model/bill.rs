//! One 销售退货单 as the mapping decides it, before it takes the wire's form.
//! Pure data. `mapping` makes it, `sink` turns it into the typed SAL_RETURNSTOCK of the SDK, the journal keeps it.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A 销售退货单: what will stand in 金蝶.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnBill {
    /// 单据编号 FBillNo: the prefix and the refund number.
    pub number: String,
    /// 旺店通 退换单号, kept in FThirdBillNo.
    pub refund_no: String,
    /// 单据类型 FBillTypeID.
    pub bill_type: String,
    /// 日期 FDate: the accounting date.
    pub date: NaiveDate,
    /// The date before a closed period moved it, if it did.
    pub moved_from: Option<NaiveDate>,
    /// 销售组织 FSaleOrgId.
    pub sale_org: String,
    /// 结算组织 FSettleOrgId.
    pub settle_org: String,
    /// 库存组织 FStockOrgId: the warehouse's.
    pub stock_org: String,
    /// 货主 FOwnerIdHead, FOwnerId: the warehouse's.
    pub owner_org: String,
    /// 退货客户 FRetcustId.
    pub customer: String,
    /// 结算币别 FSettleCurrId.
    pub currency: String,
    /// 退货类型 FReturnType, on every entry.
    pub return_type: String,
    /// 备注 FHeadNote: order numbers, or what a rule makes it; at most 200 characters.
    pub head_note: String,
    /// Further fields of the head, in the order of their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<Field>,
    /// Further fields of 财务信息 SubHeadEntity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub finance: Vec<Field>,
    /// 明细 FEntity.
    pub lines: Vec<BillLine>,
}

/// A field of the bill that a rule of the configuration adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its key, as the configuration spells it.
    pub key: String,
    /// Its value: JSON text, as it is sent.
    pub json: String,
}

/// One entry of the bill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// Which line of the return it came from (0-based).
    pub source: usize,
    /// 物料 FMaterialId.
    pub material: String,
    /// 实退数量 FRealQty.
    pub quantity: Decimal,
    /// 应退数量 FMustqty.
    pub must_quantity: Decimal,
    /// 含税单价 FTaxPrice, at most `price_scale` decimals.
    pub tax_price: Decimal,
    /// 价税合计 that 金蝶 must arrive at: yuan, exactly two decimals.
    pub amount: Decimal,
    /// 是否赠品 FIsFree, with its cause; `None` for a paid line.
    pub free: Option<Free>,
    /// 税率 FEntryTaxRate in percent; `None` leaves it to 金蝶.
    pub tax_rate: Option<Decimal>,
    /// 单位 FUnitID; `None` leaves it to 金蝶.
    pub unit: Option<String>,
    /// 仓库 FStockId.
    pub stock: String,
    /// 批号 FLot; `None` leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// 生产日期 FProduceDate; `None` leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub produced: Option<NaiveDate>,
    /// 有效期至 FExpiryDate; `None` leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    /// 库存状态 FStockstatusId of 残品; `None`: 可用.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_status: Option<String>,
    /// 序列号 FSerialSubEntity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
    /// Further fields, in the order of their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further: Vec<Field>,
}

/// Why a line is free (FIsFree).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Free {
    /// 赠品: `gift_type` above 0.
    Gift,
    /// Goods of value came back without money.
    NoRefund,
}

impl ReturnBill {
    /// 价税合计 of the whole bill, in yuan.
    pub fn amount(&self) -> Decimal {
        self.lines.iter().map(|line| line.amount).sum()
    }
}
