//! What the simulated site knows of its forms: their keys, names and kinds. Keys have no case.
//! What a key's cell holds is told by `cells`; what a save reads of it, by `bill` and `line`.

use std::collections::BTreeSet;

use super::json::Json;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    Number,
    Flag,
    Date,
    /// A reference to base data of this form.
    Ref(&'static str),
    /// Rows or a part of a form of its own.
    Part,
}

/// One field of a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) must: bool,
}

/// A part of a form: its head, its sub-head or its rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entity {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// A form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) entities: &'static [Entity],
}

/// A key as the site spells it, if it is one of these; else as it is. Keys have no case.
pub(super) fn spelt<'k>(known: &[&'k str], key: &'k str) -> &'k str {
    known.iter().find(|own| own.eq_ignore_ascii_case(key)).copied().unwrap_or(key)
}

/// Whether a part of a form has a field of the site's own: one that is named without a part may be anywhere.
fn is_custom(custom: &BTreeSet<String>, part: &str, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    custom.contains(&format!("{}.{key}", part.to_ascii_lowercase())) || custom.contains(&key)
}

/// The part and the key of a field that a builder names; without a part it is the head's.
pub(super) fn placed(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or(("fbillhead", name))
}

/// The paths in a Model that its form does not have, or has in another part.
pub(super) fn unknown_keys(custom: &BTreeSet<String>, form: &str, model: &Json) -> Vec<String> {
    let Some([head, sub_head, entry]) = Form::of(form).map(|form| form.entities) else { return Vec::new() };
    let is_custom = |part: &Entity, key: &str| is_custom(custom, part.key, key);
    let mut unknown = Vec::new();
    for (key, value) in model.members() {
        if sub_head.key.eq_ignore_ascii_case(key) {
            let odd = value
                .members()
                .iter()
                .filter(|(key, _)| sub_head.field(key).is_none() && !is_custom(sub_head, key));
            unknown.extend(odd.map(|(key, _)| format!("{}.{key}", sub_head.key)));
        } else if entry.key.eq_ignore_ascii_case(key) {
            let keys = value.items().iter().flat_map(Json::members);
            let odd = keys.filter(|(key, _)| entry.field(key).is_none() && !is_custom(entry, key));
            unknown.extend(odd.map(|(key, _)| format!("{}.{key}", entry.key)));
        } else if head.field(key).is_none() && !is_custom(head, key) {
            unknown.push(key.clone());
        }
    }
    unknown.sort();
    unknown.dedup();
    unknown
}

impl Form {
    /// A form by its id.
    pub(super) fn of(id: &str) -> Option<&'static Self> {
        FORMS.iter().find(|form| form.id.eq_ignore_ascii_case(id))
    }

    /// Whether it is base data, which has no FID.
    pub(super) fn is_base(&self) -> bool {
        self.entities.len() == 1
    }
}

impl Entity {
    pub(super) fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key.eq_ignore_ascii_case(key))
    }
}

const fn field(key: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { key, name, kind, must: false }
}

const fn must(key: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { key, name, kind, must: true }
}

const USER: Kind = Kind::Ref("SEC_User");
const ORG: Kind = Kind::Ref("ORG_Organizations");
const CUSTOMER: Kind = Kind::Ref("BD_Customer");
const UNIT: Kind = Kind::Ref("BD_UNIT");
const OTHER: Kind = Kind::Ref("BD_Other");

/// The head of a 销售退货单, as far as the template and its readers name it.
const HEAD: &[Field] = &[
    field("FID", "实体主键", Kind::Id),
    must("FBillTypeID", "单据类型", Kind::Ref("BOS_BillType")),
    field("FBillNo", "单据编号", Kind::Text),
    must("FDate", "日期", Kind::Date),
    field("FDocumentStatus", "单据状态", Kind::Text),
    field("FCancelStatus", "作废状态", Kind::Text),
    must("FSaleOrgId", "销售组织", ORG),
    must("FRetcustId", "退货客户", CUSTOMER),
    field("FSaledeptid", "销售部门", Kind::Ref("BD_Department")),
    field("FReturnReason", "退货原因", OTHER),
    field("FHeadLocId", "交货地点", OTHER),
    field("FSaleGroupId", "销售组", OTHER),
    field("FTransferBizType", "跨组织业务类型", OTHER),
    field("FCorrespondOrgId", "对应组织", ORG),
    field("FSalesManId", "销售员", OTHER),
    must("FStockOrgId", "库存组织", ORG),
    field("FStockDeptId", "库存部门", Kind::Ref("BD_Department")),
    field("FStockerGroupId", "库存组", OTHER),
    field("FStockerId", "仓管员", OTHER),
    field("FHeadNote", "备注", Kind::Text),
    field("FReceiveCustId", "收货方", CUSTOMER),
    field("FReceiveAddress", "收货方地址", Kind::Text),
    field("FSettleCustId", "结算方", CUSTOMER),
    field("FReceiveCusContact", "收货方联系人", OTHER),
    field("FPayCustId", "付款方", CUSTOMER),
    field("FOwnerTypeIdHead", "货主类型", Kind::Text),
    field("FOwnerIdHead", "货主", ORG),
    field("FIsTotalServiceOrCost", "整单服务或费用", Kind::Flag),
    field("FCreatorId", "创建人", USER),
    field("FCreateDate", "创建日期", Kind::Date),
    field("FModifierId", "最后修改人", USER),
    field("FModifyDate", "最后修改日期", Kind::Date),
    field("FApproverId", "审核人", USER),
    field("FApproveDate", "审核日期", Kind::Date),
];

const SUB_HEAD: &[Field] = &[
    field("FEntryId", "子单据头主键", Kind::Id),
    must("FSettleCurrId", "结算币别", Kind::Ref("BD_Currency")),
    field("FThirdBillNo", "第三方单据编号", Kind::Text),
    field("FThirdBillId", "第三方单据ID", Kind::Text),
    field("FThirdSrcType", "第三方来源", Kind::Text),
    field("FSettleOrgId", "结算组织", ORG),
    field("FSettleTypeId", "结算方式", OTHER),
    field("FChageCondition", "收款条件", OTHER),
    field("FPriceListId", "价目表", OTHER),
    field("FDiscountListId", "折扣表", OTHER),
    field("FLocalCurrId", "本位币", Kind::Ref("BD_Currency")),
    field("FExchangeTypeId", "汇率类型", OTHER),
    field("FExchangeRate", "汇率", Kind::Number),
    field("FIsIncludedTax", "是否含税", Kind::Flag),
    field("FIsPriceExcludeTax", "价外税", Kind::Flag),
    field("FBillAllAmount", "价税合计", Kind::Number),
    field("FBillAmount", "金额", Kind::Number),
    field("FBillTaxAmount", "税额", Kind::Number),
];

const ENTRY: &[Field] = &[
    field("FEntryID", "实体主键", Kind::Id),
    field("FSeq", "行号", Kind::Id),
    field("FRowType", "产品类型", Kind::Text),
    must("FMaterialId", "物料编码", Kind::Ref("BD_MATERIAL")),
    must("FUnitID", "库存单位", UNIT),
    field("FMustqty", "应退数量", Kind::Number),
    must("FRealQty", "实退数量", Kind::Number),
    field("FBaseUnitId", "基本单位", UNIT),
    field("FBaseunitQty", "库存基本数量", Kind::Number),
    field("FPrice", "单价", Kind::Number),
    field("FTaxPrice", "含税单价", Kind::Number),
    field("FIsFree", "是否赠品", Kind::Flag),
    field("FTaxCombination", "税组合", OTHER),
    field("FEntryTaxRate", "税率", Kind::Number),
    field("FEntryTaxAmount", "税额", Kind::Number),
    field("FAmount", "金额", Kind::Number),
    field("FAllAmount", "价税合计", Kind::Number),
    field("FBOMId", "BOM版本", OTHER),
    field("FReturnType", "退货类型", OTHER),
    field("FOwnerTypeId", "货主类型", Kind::Text),
    field("FOwnerId", "货主", ORG),
    field("FProduceDate", "生产日期", Kind::Date),
    field("FExpiryDate", "有效期至", Kind::Date),
    must("FStockId", "仓库", Kind::Ref("BD_STOCK")),
    field("FStocklocId", "仓位", OTHER),
    field("FStockstatusId", "库存状态", Kind::Ref("BD_StockStatus")),
    field("FDeliveryDate", "退货日期", Kind::Date),
    field("FMtoNo", "计划跟踪号", Kind::Text),
    field("FNote", "备注", Kind::Text),
    field("FDiscountRate", "折扣率", Kind::Number),
    field("FLot", "批号", OTHER),
    field("FSalUnitID", "销售单位", UNIT),
    field("FSalUnitQty", "销售数量", Kind::Number),
    field("FSalBaseQty", "销售基本数量", Kind::Number),
    field("FPriceBaseQty", "计价基本数量", Kind::Number),
    field("FPriceUnitId", "计价单位", UNIT),
    field("FAuxpropId", "辅助属性", OTHER),
    field("FSOEntryId", "销售订单分录内码", Kind::Id),
    field("FThirdEntryId", "第三方分录ID", Kind::Text),
    field("FSrcBillTypeID", "源单类型", Kind::Text),
    field("FSrcBillNo", "源单编号", Kind::Text),
    field("FOrderNo", "销售订单编号", Kind::Text),
    field("FEntity_Link", "关联关系", Kind::Part),
    field("FTaxDetailSubEntity", "税务明细", Kind::Part),
    field("FSerialSubEntity", "序列号", Kind::Part),
];

/// What every kind of base data has; its own id follows.
macro_rules! base {
    ($entity:literal, $name:literal, [$($more:expr),*]) => {
        &[Entity {
            key: $entity,
            name: $name,
            fields: &[
                must("FNumber", "编码", Kind::Text),
                must("FName", "名称", Kind::Text),
                field("FDocumentStatus", "数据状态", Kind::Text),
                field("FForbidStatus", "禁用状态", Kind::Text),
                $($more),*
            ],
        }]
    };
}

/// Bills that this site takes and keeps, and of whose fields it knows only those that a return has too.
pub(super) const BILLS: [&str; 4] = ["SAL_RETURNNOTICE", "SAL_OUTSTOCK", "SAL_SaleOrder", "AR_receivable"];

/// The forms this site knows by heart; a builder can name more.
pub(super) const FORMS: &[Form] = &[
    Form {
        id: "SAL_RETURNSTOCK",
        name: "销售退货单",
        entities: &[
            Entity { key: "FBillHead", name: "单据头", fields: HEAD },
            Entity { key: "SubHeadEntity", name: "财务信息", fields: SUB_HEAD },
            Entity { key: "FEntity", name: "明细信息", fields: ENTRY },
        ],
    },
    Form {
        id: "BD_Customer",
        name: "客户",
        entities: base!(
            "FBillHead",
            "客户",
            [
                field("FCUSTID", "实体主键", Kind::Id),
                field("FShortName", "简称", Kind::Text),
                field("FContact", "联系人", Kind::Text),
                field("FPhone", "联系电话", Kind::Text),
                field("FUseOrgId", "使用组织", ORG),
                field("FCreateOrgId", "创建组织", ORG)
            ]
        ),
    },
    Form {
        id: "BD_MATERIAL",
        name: "物料",
        entities: base!(
            "FBillHead",
            "物料",
            [
                field("FMATERIALID", "实体主键", Kind::Id),
                field("FSpecification", "规格型号", Kind::Text),
                field("FMaterialGroup", "物料分组", OTHER),
                field("FUseOrgId", "使用组织", ORG),
                field("FCreateOrgId", "创建组织", ORG),
                field("FBaseUnitId", "基本单位", UNIT),
                field("FStoreUnitID", "库存单位", UNIT),
                field("FSaleUnitId", "销售单位", UNIT),
                field("FIsBatchManage", "启用批号管理", Kind::Flag),
                field("FIsKFPeriod", "启用保质期管理", Kind::Flag),
                field("FIsSNManage", "启用序列号管理", Kind::Flag)
            ]
        ),
    },
    Form {
        id: "BD_STOCK",
        name: "仓库",
        entities: base!(
            "FBillHead",
            "仓库",
            [
                field("FStockId", "实体主键", Kind::Id),
                field("FUseOrgId", "使用组织", ORG),
                field("FCreateOrgId", "创建组织", ORG)
            ]
        ),
    },
    Form {
        id: "BD_Department",
        name: "部门",
        entities: base!(
            "FBillHead",
            "部门",
            [
                field("FDEPTID", "实体主键", Kind::Id),
                field("FUseOrgId", "使用组织", ORG),
                field("FCreateOrgId", "创建组织", ORG)
            ]
        ),
    },
    Form {
        id: "BD_Currency",
        name: "币别",
        entities: base!(
            "FBillHead",
            "币别",
            [
                field("FCURRENCYID", "实体主键", Kind::Id),
                field("FPRICEDIGITS", "单价精度", Kind::Number),
                field("FAMOUNTDIGITS", "金额精度", Kind::Number)
            ]
        ),
    },
    Form {
        id: "ORG_Organizations",
        name: "组织机构",
        entities: base!("FBillHead", "组织机构", [field("FOrgID", "实体主键", Kind::Id)]),
    },
];
