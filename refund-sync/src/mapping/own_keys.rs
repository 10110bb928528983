//! Keys of the bill that are ours: what the promise rests on. No rule of a further field may set one; here is why, and
//! which setting does it. Keys have no case.

use super::form::Part;

/// A key that no rule may set.
#[derive(Debug, Clone, Copy)]
pub struct OwnKey {
    /// The key.
    pub key: &'static str,
    /// Why, in English and Chinese.
    pub why: (&'static str, &'static str),
    /// The setting that does it, or what to do instead.
    pub instead: &'static str,
}

type Why = (&'static str, &'static str);

const ID: Why = ("an id on a new bill replaces the bill that has it", "新单带内码会覆盖已有单据");
const IDENTITY: Why = ("the bill is known by it", "单据凭它识别，防止重复");
const MARK: Why = ("it is the mark by which the program knows its bills", "它是本程序识别自己单据的标记");
const DAY: Why = ("it is the bill's day", "它是记账日期");
const ORG: Why = ("it decides whose books the bill is in", "它决定单据记入哪个组织");
const CUSTOMER: Why = ("it decides who is credited", "它决定冲减哪个客户");
const MATERIAL: Why = ("it decides which goods came back", "它决定退回的货品");
const STOCK: Why = ("it decides where the goods stand", "它决定货品入哪个仓库");
const QUANTITY: Why = ("it is, or changes, the quantity", "它决定或影响数量");
const MONEY: Why = ("it is, or changes, the money", "它决定或影响金额");
const TAX: Why = ("it splits the money", "它决定价税拆分");
const STATUS: Why = ("the program submits and audits by itself", "提交、审核由程序执行");
const PART: Why = ("it is a part of the bill, not a field", "它是单据的一部分，不是字段");
const LINK: Why = ("it writes back into other bills", "它会反写其它单据");
const KIND: Why = ("it decides what kind of bill this is", "它决定单据类型");
const SERIALS: Why = ("serial numbers come from the stock-in's rows", "序列号取自入库单");

const fn own(key: &'static str, why: Why, instead: &'static str) -> OwnKey {
    OwnKey { key, why, instead }
}

const NOTHING: &str = "remove it · 请删除";
const DATES: &str = "date_from";
const ORGS: &str = "sale_org, or the table orgs by shop · sale_org，或按店铺的对照表 orgs";
const SETTLE: &str = "settle_org, or the table orgs by shop · settle_org，或按店铺的对照表 orgs";
const STOCK_ORGS: &str =
    "stock_org, or the column stock_org of warehouses or orgs · stock_org，或对照表的列 stock_org";
const OWNERS: &str = "the column owner_org of warehouses or orgs · 对照表的列 owner_org";
const UNITS: &str = "unit";
const AMOUNTS: &str = "amount_from, price_scale";
const QUANTITIES: &str = "quantity_from, on_quantity_gap";

const HEAD: &[OwnKey] = &[
    own("FID", ID, NOTHING),
    own("FBillTypeID", KIND, "bill_type"),
    own("FBillNo", IDENTITY, "bill_no_prefix"),
    own("FDate", DAY, DATES),
    own("FSaleOrgId", ORG, ORGS),
    own("FRetcustId", CUSTOMER, "customers"),
    own("FStockOrgId", ORG, STOCK_ORGS),
    own("FOwnerTypeIdHead", ORG, OWNERS),
    own("FOwnerIdHead", ORG, OWNERS),
    own("FDocumentStatus", STATUS, "finish in [pipeline.kingdee]"),
    own("FCancelStatus", STATUS, NOTHING),
    own("SubHeadEntity", PART, "[pipeline.mapping.finance]"),
    own("FEntity", PART, "[pipeline.mapping.line]"),
];

const FINANCE: &[OwnKey] = &[
    own("FEntryId", ID, NOTHING),
    own("FSettleCurrId", MONEY, "currency"),
    own("FThirdBillNo", MARK, NOTHING),
    own("FThirdBillId", MARK, NOTHING),
    own("FThirdSrcType", MARK, NOTHING),
    own("FSettleOrgId", ORG, SETTLE),
    own("FPriceListId", MONEY, AMOUNTS),
    own("FDiscountListId", MONEY, AMOUNTS),
    own("FIsIncludedTax", MONEY, AMOUNTS),
    own("FIsPriceExcludeTax", MONEY, AMOUNTS),
    own("FAllDisCount", MONEY, AMOUNTS),
    own("FBillAllAmount", MONEY, AMOUNTS),
    own("FBillAmount", MONEY, AMOUNTS),
    own("FBillTaxAmount", TAX, "tax_rate"),
];

const LINE: &[OwnKey] = &[
    own("FEntryID", ID, NOTHING),
    own("FSeq", ID, NOTHING),
    own("FRowType", KIND, NOTHING),
    own("FMaterialId", MATERIAL, "materials, material_from"),
    own("FUnitID", QUANTITY, UNITS),
    own("FMustqty", QUANTITY, QUANTITIES),
    own("FRealQty", QUANTITY, QUANTITIES),
    own("FBaseUnitId", QUANTITY, UNITS),
    own("FBaseunitQty", QUANTITY, UNITS),
    own("FSalUnitID", QUANTITY, UNITS),
    own("FSalUnitQty", QUANTITY, QUANTITIES),
    own("FSalBaseQty", QUANTITY, QUANTITIES),
    own("FPriceUnitId", QUANTITY, UNITS),
    own("FPriceUnitQty", QUANTITY, QUANTITIES),
    own("FPriceBaseQty", QUANTITY, QUANTITIES),
    own("FPrice", MONEY, AMOUNTS),
    own("FTaxPrice", MONEY, AMOUNTS),
    own("FTaxNetPrice", MONEY, AMOUNTS),
    own("FIsFree", MONEY, "on_no_refund"),
    own("FDiscountRate", MONEY, AMOUNTS),
    own("FDiscount", MONEY, AMOUNTS),
    own("FPriceDiscount", MONEY, AMOUNTS),
    own("FAmount", MONEY, AMOUNTS),
    own("FAllAmount", MONEY, AMOUNTS),
    own("FTaxCombination", TAX, "tax_rate"),
    own("FEntryTaxRate", TAX, "tax_rate"),
    own("FEntryTaxAmount", TAX, "tax_rate"),
    own("FTaxDetailSubEntity", TAX, "tax_rate"),
    own("FReturnType", KIND, "return_type"),
    own("FOwnerTypeId", ORG, OWNERS),
    own("FOwnerId", ORG, OWNERS),
    own("FStockId", STOCK, "warehouses"),
    own("FDeliveryDate", DAY, DATES),
    own("FEntity_Link", LINK, NOTHING),
    own("FSerialSubEntity", SERIALS, "serials_from"),
];

/// The keys of a part that are ours.
pub fn own_keys(part: Part) -> &'static [OwnKey] {
    match part {
        Part::Head => HEAD,
        Part::Finance => FINANCE,
        Part::Line => LINE,
    }
}

/// Whether a key is ours, in whatever part.
pub fn own_key(key: &str) -> Option<(Part, &'static OwnKey)> {
    Part::ALL.into_iter().find_map(|part| {
        let found = own_keys(part).iter().find(|own| own.key.eq_ignore_ascii_case(key));
        found.map(|own| (part, own))
    })
}
