//! The lines (明细信息) of a 销售退货单, with links, taxes and serial numbers, in the template's order.
//! The head is in the parent module.

use bon::Builder;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::fields::{Date, Extra, decimal, optional_decimal};
use crate::model::base::Number;

/// One line: a material that came back.
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
pub struct Entry {
    /// 分录内码 (line id), on updates only.
    #[serde(rename = "FENTRYID", skip_serializing_if = "Option::is_none")]
    pub entry_id: Option<i64>,
    /// 产品类型 (row type), `Standard`.
    #[serde(rename = "FRowType", skip_serializing_if = "Option::is_none")]
    pub row_type: Option<String>,
    /// 物料编码 (material).
    #[serde(rename = "FMaterialId")]
    pub material: Number,
    /// 库存单位 (stock unit); left out, it is the material's.
    #[serde(rename = "FUnitID", skip_serializing_if = "Option::is_none")]
    pub unit: Option<Number>,
    /// 应退数量 (quantity to return).
    #[serde(
        rename = "FMustqty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub must_qty: Option<Decimal>,
    /// 实退数量 (quantity returned).
    #[serde(rename = "FRealQty", serialize_with = "decimal")]
    pub real_qty: Decimal,
    /// 单价 (price without tax).
    #[serde(rename = "FPrice", skip_serializing_if = "Option::is_none", serialize_with = "optional_decimal")]
    pub price: Option<Decimal>,
    /// 含税单价 (price with tax).
    #[serde(
        rename = "FTaxPrice",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub tax_price: Option<Decimal>,
    /// 是否赠品 (free of charge).
    #[serde(rename = "FIsFree", skip_serializing_if = "Option::is_none")]
    pub is_free: Option<bool>,
    /// 税组合 (tax combination).
    #[serde(rename = "FTaxCombination", skip_serializing_if = "Option::is_none")]
    pub tax_combination: Option<Number>,
    /// 税率% (tax rate in percent), `13.0`.
    #[serde(
        rename = "FEntryTaxRate",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub tax_rate: Option<Decimal>,
    /// BOM版本 (bill of materials).
    #[serde(rename = "FBOMId", skip_serializing_if = "Option::is_none")]
    pub bom: Option<Number>,
    /// 退货类型 (kind of return), `THLX01_SYS`.
    #[serde(rename = "FReturnType", skip_serializing_if = "Option::is_none")]
    pub return_type: Option<Number>,
    /// 货主类型 (kind of owner), `BD_OwnerOrg`.
    #[serde(rename = "FOwnerTypeId", skip_serializing_if = "Option::is_none")]
    pub owner_type: Option<String>,
    /// 货主 (owner of the goods).
    #[serde(rename = "FOwnerId", skip_serializing_if = "Option::is_none")]
    pub owner: Option<Number>,
    /// 生产日期 (date of manufacture).
    #[serde(rename = "FProduceDate", skip_serializing_if = "Option::is_none")]
    pub produce_date: Option<Date>,
    /// 有效期至 (use by).
    #[serde(rename = "FExpiryDate", skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<Date>,
    /// 仓库 (warehouse).
    #[serde(rename = "FStockId")]
    pub stock: Number,
    /// 仓位 (bin): an object of flexible values.
    #[serde(rename = "FStocklocId", skip_serializing_if = "Option::is_none")]
    pub stock_location: Option<Box<RawValue>>,
    /// 库存状态 (stock status), `KCZT01_SYS`.
    #[serde(rename = "FStockstatusId", skip_serializing_if = "Option::is_none")]
    pub stock_status: Option<Number>,
    /// 退货日期 (date of return).
    #[serde(rename = "FDeliveryDate", skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<Date>,
    /// 计划跟踪号 (MTO number).
    #[serde(rename = "FMtoNo", skip_serializing_if = "Option::is_none")]
    pub mto_no: Option<String>,
    /// 备注 (note).
    #[serde(rename = "FNote", skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// 折扣率% (discount in percent).
    #[serde(
        rename = "FDiscountRate",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub discount_rate: Option<Decimal>,
    /// 批号 (lot).
    #[serde(rename = "FLot", skip_serializing_if = "Option::is_none")]
    pub lot: Option<Number>,
    /// 销售单位 (sales unit).
    #[serde(rename = "FSalUnitID", skip_serializing_if = "Option::is_none")]
    pub sale_unit: Option<Number>,
    /// 销售数量 (quantity in sales units).
    #[serde(
        rename = "FSalUnitQty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub sale_unit_qty: Option<Decimal>,
    /// 销售基本数量 (quantity in base units).
    #[serde(
        rename = "FSalBaseQty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub sale_base_qty: Option<Decimal>,
    /// 计价基本数量 (priced quantity in base units).
    #[serde(
        rename = "FPriceBaseQty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub price_base_qty: Option<Decimal>,
    /// 计价单位 (pricing unit).
    #[serde(rename = "FPriceUnitId", skip_serializing_if = "Option::is_none")]
    pub price_unit: Option<Number>,
    /// 辅助属性 (auxiliary property): an object of flexible values.
    #[serde(rename = "FAuxpropId", skip_serializing_if = "Option::is_none")]
    pub aux_property: Option<Box<RawValue>>,
    /// 销售订单分录内码 (line id in the sales order).
    #[serde(rename = "FSOEntryId", skip_serializing_if = "Option::is_none")]
    pub order_entry_id: Option<i64>,
    /// 第三方单据分录ID (the other system's line id).
    #[serde(rename = "FThirdEntryId", skip_serializing_if = "Option::is_none")]
    pub third_entry_id: Option<String>,
    /// 源单类型 (form id of the source bill).
    #[serde(rename = "FSrcBillTypeID", skip_serializing_if = "Option::is_none")]
    pub source_bill_type: Option<String>,
    /// 源单编号 (number of the source bill).
    #[serde(rename = "FSrcBillNo", skip_serializing_if = "Option::is_none")]
    pub source_bill_no: Option<String>,
    /// 订单单号 (number of the sales order).
    #[serde(rename = "FOrderNo", skip_serializing_if = "Option::is_none")]
    pub order_no: Option<String>,
    /// 关联 (links to the lines this line comes from).
    #[serde(rename = "FEntity_Link", skip_serializing_if = "Vec::is_empty")]
    #[builder(default)]
    pub links: Vec<Link>,
    /// 税额明细 (tax details).
    #[serde(rename = "FTaxDetailSubEntity", skip_serializing_if = "Vec::is_empty")]
    #[builder(default)]
    pub taxes: Vec<TaxDetail>,
    /// 序列号 (serial numbers).
    #[serde(rename = "FSerialSubEntity", skip_serializing_if = "Vec::is_empty")]
    #[builder(default)]
    pub serials: Vec<Serial>,
    /// 自定义字段 (custom fields), written last.
    #[serde(flatten)]
    #[builder(default)]
    pub extra: Extra,
}

/// Where a line comes from, so that the source bill's quantities are written back.
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
pub struct Link {
    /// 业务流程图 (business flow).
    #[serde(rename = "FEntity_Link_FFlowId", skip_serializing_if = "Option::is_none")]
    pub flow_id: Option<String>,
    /// 推进路线 (line of the flow).
    #[serde(rename = "FEntity_Link_FFlowLineId", skip_serializing_if = "Option::is_none")]
    pub flow_line_id: Option<i64>,
    /// 转换规则 (conversion rule), `OutStock-SalReturnStock` from 销售出库单.
    #[serde(rename = "FEntity_Link_FRuleId")]
    pub rule_id: String,
    /// 源单表内码 (id of the source table).
    #[serde(rename = "FEntity_Link_FSTableId", skip_serializing_if = "Option::is_none")]
    pub source_table_id: Option<i64>,
    /// 源单表 (source table), `T_SAL_OUTSTOCKENTRY`.
    #[serde(rename = "FEntity_Link_FSTableName")]
    pub source_table_name: String,
    /// 源单内码 (id of the source bill).
    #[serde(rename = "FEntity_Link_FSBillId")]
    pub source_bill_id: String,
    /// 源单分录内码 (id of the source line).
    #[serde(rename = "FEntity_Link_FSId")]
    pub source_id: String,
    /// 原始携带数量 (quantity as carried over).
    #[serde(
        rename = "FEntity_Link_FBaseUnitQtyOld",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub base_qty_old: Option<Decimal>,
    /// 修改携带数量 (quantity as changed).
    #[serde(
        rename = "FEntity_Link_FBaseUnitQty",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub base_qty: Option<Decimal>,
}

/// One tax of a line.
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
pub struct TaxDetail {
    /// 税额明细内码, on updates only.
    #[serde(rename = "FDetailID", skip_serializing_if = "Option::is_none")]
    pub detail_id: Option<i64>,
    /// 税率% (rate in percent).
    #[serde(
        rename = "FTaxRate",
        skip_serializing_if = "Option::is_none",
        serialize_with = "optional_decimal"
    )]
    pub rate: Option<Decimal>,
}

/// One serial number of a line.
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
pub struct Serial {
    /// 序列号内码, on updates only.
    #[serde(rename = "FDetailID", skip_serializing_if = "Option::is_none")]
    pub detail_id: Option<i64>,
    /// 序列号 (serial number).
    #[serde(rename = "FSerialNo", skip_serializing_if = "Option::is_none")]
    pub serial_no: Option<String>,
    /// 备注 (note).
    #[serde(rename = "FSerialNote", skip_serializing_if = "Option::is_none")]
    pub serial_note: Option<String>,
}
