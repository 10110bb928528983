//! Keys of the bill that are ours: what the promise rests on. No rule of a further field may set one; here is why, and
//! which setting does it. Keys have no case.

use super::form::Part;
use crate::lang::Text;

/// A key that no rule may set.
#[derive(Debug, Clone)]
pub struct OwnKey {
    /// The key.
    pub key: &'static str,
    /// Why.
    pub why: Text,
    /// The setting that does it, or what to do instead.
    pub instead: Text,
}

const ID: Text = Text::new("新单带内码会覆盖已有单据", "an id on a new bill replaces the bill that has it");
const IDENTITY: Text = Text::new("单据凭它识别，防止重复", "the bill is known by it");
const MARK: Text =
    Text::new("它是本程序识别自己单据的标记", "it is the mark by which the program knows its bills");
const DAY: Text = Text::new("它是记账日期", "it is the bill's day");
const ORG: Text = Text::new("它决定单据记入哪个组织", "it decides whose books the bill is in");
const CUSTOMER: Text = Text::new("它决定冲减哪个客户", "it decides who is credited");
const MATERIAL: Text = Text::new("它决定退回的货品", "it decides which goods came back");
const STOCK: Text = Text::new("它决定货品入哪个仓库", "it decides where the goods stand");
const QUANTITY: Text = Text::new("它决定或影响数量", "it is, or changes, the quantity");
const MONEY: Text = Text::new("它决定或影响金额", "it is, or changes, the money");
const TAX: Text = Text::new("它决定价税拆分", "it splits the money");
const STATUS: Text = Text::new("提交、审核由程序执行", "the program submits and audits by itself");
const PART: Text = Text::new("它是单据的一部分，不是字段", "it is a part of the bill, not a field");
const LINK: Text = Text::new("它会反写其它单据", "it writes back into other bills");
const KIND: Text = Text::new("它决定单据类型", "it decides what kind of bill this is");
const SERIALS: Text = Text::new("序列号取自入库单", "serial numbers come from the stock-in's rows");

/// What is the same in both languages: names of settings.
const fn code(name: &'static str) -> Text {
    Text::new(name, name)
}

const fn own(key: &'static str, why: Text, instead: Text) -> OwnKey {
    OwnKey { key, why, instead }
}

const NOTHING: Text = Text::new("请删除", "remove it");
const DATES: Text = code("date_from");
const ORGS: Text = Text::new("sale_org，或按店铺的对照表 orgs", "sale_org, or the table orgs by shop");
const SETTLE: Text = Text::new("settle_org，或按店铺的对照表 orgs", "settle_org, or the table orgs by shop");
const STOCK_ORGS: Text = Text::new(
    "stock_org，或对照表的列 stock_org",
    "stock_org, or the column stock_org of warehouses or orgs",
);
const OWNERS: Text = Text::new("对照表的列 owner_org", "the column owner_org of warehouses or orgs");
const UNITS: Text = code("unit");
const AMOUNTS: Text = code("amount_from, price_scale");
const QUANTITIES: Text = code("quantity_from, on_quantity_gap");

const HEAD: &[OwnKey] = &[
    own("FID", ID, NOTHING),
    own("FBillTypeID", KIND, code("bill_type")),
    own("FBillNo", IDENTITY, code("bill_no_prefix")),
    own("FDate", DAY, DATES),
    own("FSaleOrgId", ORG, ORGS),
    own("FRetcustId", CUSTOMER, code("customers")),
    own("FStockOrgId", ORG, STOCK_ORGS),
    own("FOwnerTypeIdHead", ORG, OWNERS),
    own("FOwnerIdHead", ORG, OWNERS),
    own("FDocumentStatus", STATUS, code("finish in [pipeline.kingdee]")),
    own("FCancelStatus", STATUS, NOTHING),
    own("SubHeadEntity", PART, code("[pipeline.mapping.finance]")),
    own("FEntity", PART, code("[pipeline.mapping.line]")),
];

const FINANCE: &[OwnKey] = &[
    own("FEntryId", ID, NOTHING),
    own("FSettleCurrId", MONEY, code("currency")),
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
    own("FBillTaxAmount", TAX, code("tax_rate")),
];

const LINE: &[OwnKey] = &[
    own("FEntryID", ID, NOTHING),
    own("FSeq", ID, NOTHING),
    own("FRowType", KIND, NOTHING),
    own("FMaterialId", MATERIAL, code("materials, material_from")),
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
    own("FIsFree", MONEY, code("on_no_refund")),
    own("FDiscountRate", MONEY, AMOUNTS),
    own("FDiscount", MONEY, AMOUNTS),
    own("FPriceDiscount", MONEY, AMOUNTS),
    own("FAmount", MONEY, AMOUNTS),
    own("FAllAmount", MONEY, AMOUNTS),
    own("FTaxCombination", TAX, code("tax_rate")),
    own("FEntryTaxRate", TAX, code("tax_rate")),
    own("FEntryTaxAmount", TAX, code("tax_rate")),
    own("FTaxDetailSubEntity", TAX, code("tax_rate")),
    own("FReturnType", KIND, code("return_type")),
    own("FOwnerTypeId", ORG, OWNERS),
    own("FOwnerId", ORG, OWNERS),
    own("FStockId", STOCK, code("warehouses")),
    own("FDeliveryDate", DAY, DATES),
    own("FEntity_Link", LINK, NOTHING),
    own("FSerialSubEntity", SERIALS, code("serials_from")),
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
