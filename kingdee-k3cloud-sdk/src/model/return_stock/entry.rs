//! The lines (明细信息) of a 销售退货单, with links, taxes and serial numbers, in the template's order.
//! The head is in the parent module.

use bon::Builder;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_with::{serde_as, skip_serializing_none};

use crate::fields::{Date, ExactDecimal, Extra, read_back};
use crate::model::base::Number;

/// One line: a material that came back.
#[serde_as]
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
#[non_exhaustive]
pub struct Entry {
    /// 分录内码 (line id), on updates only.
    #[serde(rename = "FENTRYID")]
    pub entry_id: Option<i64>,
    /// 产品类型 (row type), `Standard`.
    #[serde(rename = "FRowType")]
    pub row_type: Option<String>,
    /// 物料编码 (material).
    #[serde(rename = "FMaterialId")]
    pub material: Number,
    /// 库存单位 (stock unit); left out, it is the material's.
    #[serde(rename = "FUnitID")]
    pub unit: Option<Number>,
    /// 应退数量 (quantity to return).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FMustqty")]
    pub must_qty: Option<Decimal>,
    /// 实退数量 (quantity returned).
    #[serde_as(as = "ExactDecimal")]
    #[serde(rename = "FRealQty")]
    pub real_qty: Decimal,
    /// 单价 (price without tax).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FPrice")]
    pub price: Option<Decimal>,
    /// 含税单价 (price with tax).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FTaxPrice")]
    pub tax_price: Option<Decimal>,
    /// 是否赠品 (free of charge).
    #[serde(rename = "FIsFree")]
    pub is_free: Option<bool>,
    /// 税组合 (tax combination).
    #[serde(rename = "FTaxCombination")]
    pub tax_combination: Option<Number>,
    /// 税率% (tax rate in percent), `13.0`.
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FEntryTaxRate")]
    pub tax_rate: Option<Decimal>,
    /// BOM版本 (bill of materials).
    #[serde(rename = "FBOMId")]
    pub bom: Option<Number>,
    /// 退货类型 (kind of return), `THLX01_SYS`.
    #[serde(rename = "FReturnType")]
    pub return_type: Option<Number>,
    /// 货主类型 (kind of owner), `BD_OwnerOrg`.
    #[serde(rename = "FOwnerTypeId")]
    pub owner_type: Option<String>,
    /// 货主 (owner of the goods).
    #[serde(rename = "FOwnerId")]
    pub owner: Option<Number>,
    /// 生产日期 (date of manufacture).
    #[serde(rename = "FProduceDate")]
    pub produce_date: Option<Date>,
    /// 有效期至 (use by).
    #[serde(rename = "FExpiryDate")]
    pub expiry_date: Option<Date>,
    /// 仓库 (warehouse).
    #[serde(rename = "FStockId")]
    pub stock: Number,
    /// 仓位 (bin): an object of flexible values.
    #[serde(rename = "FStocklocId")]
    pub stock_location: Option<Box<RawValue>>,
    /// 库存状态 (stock status), `KCZT01_SYS`.
    #[serde(rename = "FStockstatusId")]
    pub stock_status: Option<Number>,
    /// 退货日期 (date of return).
    #[serde(rename = "FDeliveryDate")]
    pub delivery_date: Option<Date>,
    /// 计划跟踪号 (MTO number).
    #[serde(rename = "FMtoNo")]
    pub mto_no: Option<String>,
    /// 备注 (note).
    #[serde(rename = "FNote")]
    pub note: Option<String>,
    /// 折扣率% (discount in percent).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FDiscountRate")]
    pub discount_rate: Option<Decimal>,
    /// 批号 (lot).
    #[serde(rename = "FLot")]
    pub lot: Option<Number>,
    /// 销售单位 (sales unit).
    #[serde(rename = "FSalUnitID")]
    pub sale_unit: Option<Number>,
    /// 销售数量 (quantity in sales units).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FSalUnitQty")]
    pub sale_unit_qty: Option<Decimal>,
    /// 销售基本数量 (quantity in base units).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FSalBaseQty")]
    pub sale_base_qty: Option<Decimal>,
    /// 计价基本数量 (priced quantity in base units).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FPriceBaseQty")]
    pub price_base_qty: Option<Decimal>,
    /// 计价单位 (pricing unit).
    #[serde(rename = "FPriceUnitId")]
    pub price_unit: Option<Number>,
    /// 辅助属性 (auxiliary property): an object of flexible values.
    #[serde(rename = "FAuxpropId")]
    pub aux_property: Option<Box<RawValue>>,
    /// 销售订单分录内码 (line id in the sales order).
    #[serde(rename = "FSOEntryId")]
    pub order_entry_id: Option<i64>,
    /// 第三方单据分录ID (the other system's line id).
    #[serde(rename = "FThirdEntryId")]
    pub third_entry_id: Option<String>,
    /// 源单类型 (form id of the source bill).
    #[serde(rename = "FSrcBillTypeID")]
    pub source_bill_type: Option<String>,
    /// 源单编号 (number of the source bill).
    #[serde(rename = "FSrcBillNo")]
    pub source_bill_no: Option<String>,
    /// 订单单号 (number of the sales order).
    #[serde(rename = "FOrderNo")]
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
#[serde_as]
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
#[non_exhaustive]
pub struct Link {
    /// 业务流程图 (business flow).
    #[serde(rename = "FEntity_Link_FFlowId")]
    pub flow_id: Option<String>,
    /// 推进路线 (line of the flow).
    #[serde(rename = "FEntity_Link_FFlowLineId")]
    pub flow_line_id: Option<i64>,
    /// 转换规则 (conversion rule), `OutStock-SalReturnStock` from 销售出库单.
    #[serde(rename = "FEntity_Link_FRuleId")]
    pub rule_id: String,
    /// 源单表内码 (id of the source table).
    #[serde(rename = "FEntity_Link_FSTableId")]
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
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FEntity_Link_FBaseUnitQtyOld")]
    pub base_qty_old: Option<Decimal>,
    /// 修改携带数量 (quantity as changed).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FEntity_Link_FBaseUnitQty")]
    pub base_qty: Option<Decimal>,
}

/// One tax of a line.
#[serde_as]
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
#[non_exhaustive]
pub struct TaxDetail {
    /// 税额明细内码, on updates only.
    #[serde(rename = "FDetailID")]
    pub detail_id: Option<i64>,
    /// 税率% (rate in percent).
    #[serde_as(as = "Option<ExactDecimal>")]
    #[serde(rename = "FTaxRate")]
    pub rate: Option<Decimal>,
}

/// One serial number of a line.
#[skip_serializing_none]
#[derive(Debug, Clone, Serialize, Builder)]
#[builder(on(String, into), on(Number, into), on(Date, into))]
#[non_exhaustive]
pub struct Serial {
    /// 序列号内码, on updates only.
    #[serde(rename = "FDetailID")]
    pub detail_id: Option<i64>,
    /// 序列号 (serial number).
    #[serde(rename = "FSerialNo")]
    pub serial_no: Option<String>,
    /// 备注 (note).
    #[serde(rename = "FSerialNote")]
    pub serial_note: Option<String>,
}

read_back! { Entry {
    "FENTRYID" entry_id,
    "FRowType" row_type,
    "FMaterialId" material,
    "FUnitID" unit,
    "FMustqty" must_qty,
    "FRealQty" real_qty,
    "FPrice" price,
    "FTaxPrice" tax_price,
    "FIsFree" is_free,
    "FTaxCombination" tax_combination,
    "FEntryTaxRate" tax_rate,
    "FBOMId" bom,
    "FReturnType" return_type,
    "FOwnerTypeId" owner_type,
    "FOwnerId" owner,
    "FProduceDate" produce_date,
    "FExpiryDate" expiry_date,
    "FStockId" stock,
    "FStocklocId" stock_location,
    "FStockstatusId" stock_status,
    "FDeliveryDate" delivery_date,
    "FMtoNo" mto_no,
    "FNote" note,
    "FDiscountRate" discount_rate,
    "FLot" lot,
    "FSalUnitID" sale_unit,
    "FSalUnitQty" sale_unit_qty,
    "FSalBaseQty" sale_base_qty,
    "FPriceBaseQty" price_base_qty,
    "FPriceUnitId" price_unit,
    "FAuxpropId" aux_property,
    "FSOEntryId" order_entry_id,
    "FThirdEntryId" third_entry_id,
    "FSrcBillTypeID" source_bill_type,
    "FSrcBillNo" source_bill_no,
    "FOrderNo" order_no,
    "FEntity_Link" links,
    "FTaxDetailSubEntity" taxes,
    "FSerialSubEntity" serials,
} extra }

read_back! { Link {
    "FEntity_Link_FFlowId" flow_id,
    "FEntity_Link_FFlowLineId" flow_line_id,
    "FEntity_Link_FRuleId" rule_id,
    "FEntity_Link_FSTableId" source_table_id,
    "FEntity_Link_FSTableName" source_table_name,
    "FEntity_Link_FSBillId" source_bill_id,
    "FEntity_Link_FSId" source_id,
    "FEntity_Link_FBaseUnitQtyOld" base_qty_old,
    "FEntity_Link_FBaseUnitQty" base_qty,
} }

read_back! { TaxDetail {
    "FDetailID" detail_id,
    "FTaxRate" rate,
} }

read_back! { Serial {
    "FDetailID" detail_id,
    "FSerialNo" serial_no,
    "FSerialNote" serial_note,
} }
