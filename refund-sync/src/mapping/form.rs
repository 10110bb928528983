//! The form's template (SAL_RETURNSTOCK): its three parts, and the keys of each as the vendor spells and orders them.
//! Which of them no rule may set is `mapping::own_keys`'.

/// A part of the bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// 单据头.
    Head,
    /// 财务信息 SubHeadEntity.
    Finance,
    /// 明细信息 FEntity.
    Line,
}

/// The keys of the template, each part in its order, as the vendor spells them.
const HEAD: &[&str] = &[
    "FBillTypeID",
    "FBillNo",
    "FDate",
    "FSaleOrgId",
    "FRetcustId",
    "FSaledeptid",
    "FReturnReason",
    "FHeadLocId",
    "FSaleGroupId",
    "FTransferBizType",
    "FCorrespondOrgId",
    "FSalesManId",
    "FStockOrgId",
    "FStockDeptId",
    "FStockerGroupId",
    "FStockerId",
    "FHeadNote",
    "FReceiveCustId",
    "FReceiveAddress",
    "FSettleCustId",
    "FReceiveCusContact",
    "FPayCustId",
    "FOwnerTypeIdHead",
    "FOwnerIdHead",
    "FIsTotalServiceOrCost",
    "SubHeadEntity",
    "FEntity",
];
const FINANCE: &[&str] = &[
    "FSettleCurrId",
    "FThirdBillNo",
    "FThirdBillId",
    "FThirdSrcType",
    "FSettleOrgId",
    "FSettleTypeId",
    "FChageCondition",
    "FPriceListId",
    "FDiscountListId",
    "FLocalCurrId",
    "FExchangeTypeId",
    "FExchangeRate",
    "FIsIncludedTax",
    "FIsPriceExcludeTax",
];
const LINE: &[&str] = &[
    "FRowType",
    "FMaterialId",
    "FUnitID",
    "FMustqty",
    "FRealQty",
    "FPrice",
    "FTaxPrice",
    "FIsFree",
    "FTaxCombination",
    "FEntryTaxRate",
    "FBOMId",
    "FReturnType",
    "FOwnerTypeId",
    "FOwnerId",
    "FProduceDate",
    "FExpiryDate",
    "FStockId",
    "FStocklocId",
    "FStockstatusId",
    "FDeliveryDate",
    "FMtoNo",
    "FNote",
    "FDiscountRate",
    "FLot",
    "FSalUnitID",
    "FSalUnitQty",
    "FSalBaseQty",
    "FPriceBaseQty",
    "FPriceUnitId",
    "FAuxpropId",
    "FSOEntryId",
    "FThirdEntryId",
    "FSrcBillTypeID",
    "FSrcBillNo",
    "FOrderNo",
    "FEntity_Link",
    "FTaxDetailSubEntity",
    "FSerialSubEntity",
];

impl Part {
    /// The three of them.
    pub const ALL: [Self; 3] = [Self::Head, Self::Finance, Self::Line];

    /// The section of the configuration below `[pipeline.mapping]`.
    pub fn section(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Finance => "finance",
            Self::Line => "line",
        }
    }

    /// Its key in the form; the head's is what QueryBusinessInfo calls it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Head => "FBillHead",
            Self::Finance => "SubHeadEntity",
            Self::Line => "FEntity",
        }
    }

    /// 中文
    pub fn chinese(self) -> &'static str {
        match self {
            Self::Head => "单据头",
            Self::Finance => "财务信息",
            Self::Line => "明细信息",
        }
    }

    /// The keys that the template has in this part, in its order.
    pub fn template(self) -> &'static [&'static str] {
        match self {
            Self::Head => HEAD,
            Self::Finance => FINANCE,
            Self::Line => LINE,
        }
    }

    /// Whether the template has a key here. Keys have no case.
    pub fn has(self, key: &str) -> bool {
        self.template().iter().any(|known| known.eq_ignore_ascii_case(key))
    }
}
