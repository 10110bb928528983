//! What is sent can be kept and read again: the same text, every digit, every field that no type knows.

use kingdee_k3cloud_sdk::fields::{Date, ExactDecimal, Extra};
use kingdee_k3cloud_sdk::model::return_stock::{Entry, ReturnStock};
use kingdee_k3cloud_sdk::{SaveOptions, interaction_flags};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::serde_as;

/// A bill with every field of the type, as it is sent. `#` are a decimal, `$` a text, in JSON.
const BILL: &str = r#"{"FBillTypeID":{"FNUMBER":"XSTHD01_SYS"},"FBillNo":$,"FDate":"2026-11-03","FSaleOrgId":{"FNumber":"100"},"FRetcustId":{"FNumber":$},"FSaledeptid":{"FNumber":"D"},"FReturnReason":{"FNumber":"R"},"FHeadLocId":{"FNumber":"L"},"FSaleGroupId":{"FNumber":"G"},"FTransferBizType":{"FNumber":"OverOrgSal"},"FCorrespondOrgId":{"FNumber":"101"},"FSalesManId":{"FNumber":"S"},"FStockOrgId":{"FNumber":"100"},"FStockDeptId":{"FNumber":"D"},"FStockerGroupId":{"FNumber":"G"},"FStockerId":{"FNumber":"K"},"FHeadNote":$,"FReceiveCustId":{"FNumber":"C"},"FReceiveAddress":$,"FSettleCustId":{"FNumber":"C"},"FReceiveCusContact":{"FNAME":"N"},"FPayCustId":{"FNumber":"C"},"FOwnerTypeIdHead":"BD_OwnerOrg","FOwnerIdHead":{"FNumber":"100"},"FIsTotalServiceOrCost":false,"SubHeadEntity":{"FEntryId":7,"FSettleCurrId":{"FNumber":"PRE001"},"FThirdBillNo":$,"FThirdBillId":"ab","FThirdSrcType":"x","FSettleOrgId":{"FNumber":"100"},"FSettleTypeId":{"FNumber":"T"},"FChageCondition":{"FNumber":"T"},"FPriceListId":{"FNumber":"P"},"FDiscountListId":{"FNumber":"P"},"FLocalCurrId":{"FNumber":"PRE001"},"FExchangeTypeId":{"FNumber":"HLTX01_SYS"},"FExchangeRate":#,"FIsIncludedTax":true,"FIsPriceExcludeTax":true},"FEntity":[@],"F_SITE_TEXT":$,"F_SITE_Amount":#,"F_SITE_Base":{"FNumber":$,"F2":[1.10,null]}}"#;

/// A line with every field of the type.
const LINE: &str = r#"{"FENTRYID":8,"FRowType":"Standard","FMaterialId":{"FNumber":$},"FUnitID":{"FNumber":"Pcs"},"FMustqty":#,"FRealQty":#,"FPrice":#,"FTaxPrice":#,"FIsFree":false,"FTaxCombination":{"FNumber":"T"},"FEntryTaxRate":#,"FBOMId":{"FNumber":"B"},"FReturnType":{"FNumber":"THLX01_SYS"},"FOwnerTypeId":"BD_OwnerOrg","FOwnerId":{"FNumber":"100"},"FProduceDate":"2026-01-02","FExpiryDate":"2026-11-03 21:19:54","FStockId":{"FNumber":"CK001"},"FStocklocId":{"FSTOCKLOCID__FF100001":{"FNumber":$}},"FStockstatusId":{"FNumber":"KCZT01_SYS"},"FDeliveryDate":"2026-11-03","FMtoNo":"M","FNote":$,"FDiscountRate":#,"FLot":{"FNumber":"L"},"FSalUnitID":{"FNumber":"Pcs"},"FSalUnitQty":#,"FSalBaseQty":#,"FPriceBaseQty":#,"FPriceUnitId":{"FNumber":"Pcs"},"FAuxpropId":{"FAUXPROPID__FF100001":{"FNumber":"red"},"n":#},"FSOEntryId":9007199254740993,"FThirdEntryId":$,"FSrcBillTypeID":"SAL_OUTSTOCK","FSrcBillNo":"CK1","FOrderNo":"XS1","FEntity_Link":[{"FEntity_Link_FFlowId":"f","FEntity_Link_FFlowLineId":3,"FEntity_Link_FRuleId":"OutStock-SalReturnStock","FEntity_Link_FSTableId":4,"FEntity_Link_FSTableName":"T_SAL_OUTSTOCKENTRY","FEntity_Link_FSBillId":"1","FEntity_Link_FSId":"2","FEntity_Link_FBaseUnitQtyOld":#,"FEntity_Link_FBaseUnitQty":#}],"FTaxDetailSubEntity":[{"FDetailID":5,"FTaxRate":#}],"FSerialSubEntity":[{"FDetailID":6,"FSerialNo":$,"FSerialNote":"n"}],"F_SITE_Qty":#}"#;

const OPTIONS: &str = r#"{"NeedUpDateFields":["FNote"],"NeedReturnFields":["FID",$],"IsDeleteEntry":false,"IsVerifyBaseDataField":false,"IsEntryBatchFill":false,"ValidateFlag":false,"NumberSearch":false,"IsAutoAdjustField":true,"InterationFlags":$,"IgnoreInterationFlag":false,"IsControlPrecision":true,"ValidateRepeatJson":true,"IsAutoSubmitAndAudit":true,"Creator":$,"CreateOrgId":18446744073709551615,"OwnSwitch":{"n":#}}"#;

/// The members that a form can do without.
fn must_stay(key: &str) -> bool {
    let must = ["FSaleOrgId", "FRetcustId", "FStockOrgId", "FEntity", "FMaterialId", "FRealQty", "FStockId"];
    must.contains(&key)
}

/// An object without every member whose place in `gone` is true.
fn thinned(json: &str, gone: &[bool]) -> String {
    #[derive(Default)]
    struct Members(Vec<(String, Box<RawValue>)>);
    impl<'de> Deserialize<'de> for Members {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct All;
            impl<'de> serde::de::Visitor<'de> for All {
                type Value = Members;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                    let mut members = Members::default();
                    while let Some(member) = map.next_entry()? {
                        members.0.push(member);
                    }
                    Ok(members)
                }
            }
            deserializer.deserialize_map(All)
        }
    }
    let Members(members) = serde_json::from_str(json).unwrap();
    let kept = members.iter().enumerate().filter(|(at, (key, _))| must_stay(key) || !gone[at % gone.len()]);
    let kept: Vec<String> = kept.map(|(_, (key, value))| format!("{key:?}:{}", value.get())).collect();
    format!("{{{}}}", kept.join(","))
}

fn filled(template: &str, decimal: Decimal, text: &str) -> String {
    template.replace('$', &serde_json::to_string(text).unwrap()).replace('#', &decimal.to_string())
}

#[track_caller]
fn reads_back<T: Serialize + DeserializeOwned>(json: &str) {
    let read: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}\n{json}"));
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    // Also by way of a value, as long as that holds every digit.
    let again: T = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
}

proptest! {
    #[test]
    fn whatever_is_written_reads_back_to_the_last_digit(
        digits in any::<i64>(),
        high in any::<u16>(),
        scale in 0_u32..=28,
        text in any::<String>().prop_filter("marks of the template", |text| !text.contains(['#', '@'])),
        gone in prop::collection::vec(any::<bool>(), 1..50),
        lines in 0_usize..4,
    ) {
        let wide = (i128::from(digits) << 16) | i128::from(high);
        let decimal = Decimal::from_i128_with_scale(wide, scale);
        let line = thinned(&filled(LINE, decimal, &text), &gone);
        let bill = filled(BILL, decimal, &text).replace('@', &vec![line.as_str(); lines].join(","));
        reads_back::<Entry>(&line);
        reads_back::<ReturnStock>(&thinned(&bill, &gone));
        reads_back::<SaveOptions>(&filled(OPTIONS, decimal, &text));
        let options: SaveOptions =
            serde_json::from_str(&thinned(&filled(OPTIONS, decimal, &text), &gone)).unwrap();
        let again: SaveOptions = serde_json::from_str(&serde_json::to_string(&options).unwrap()).unwrap();
        prop_assert_eq!(options, again);
    }
}

#[test]
fn options_that_name_little_are_the_defaults_in_all_else() {
    let read: SaveOptions = serde_json::from_str("{}").unwrap();
    assert_eq!(read, SaveOptions::default());
    let flags = interaction_flags(["STK_InvCheckResult"]);
    let read: SaveOptions = serde_json::from_str(r#"{"InterationFlags":"STK_InvCheckResult"}"#).unwrap();
    assert_eq!(read, SaveOptions::builder().interaction_flags(flags).build());
}

#[test]
fn what_cannot_be_sent_again_is_refused_by_name() {
    let whole = |more: &str| {
        let orgs =
            ["FSaleOrgId", "FRetcustId", "FStockOrgId"].map(|key| format!(r#""{key}":{{"FNumber":"1"}}"#));
        format!("{{{},{more}}}", orgs.join(","))
    };
    let bad = [
        (r#"{"FSaleOrgId":{"FNumber":"1"}}"#.to_owned(), "FRetcustId"),
        (whole(r#""FID":7"#), "FID"),
        (whole(r#""FBillNo":"A","FBillNo":"B""#), "FBillNo is there twice"),
        (whole(r#""FDate":"soon""#), "FDate"),
        (whole(r#""SubHeadEntity":{"FSetleOrgId":{"FNumber":"1"}}"#), "FSetleOrgId"),
        (
            whole(
                r#""FEntity":[{"FMaterialId":{"FNumber":"M"},"FRealQty":"two","FStockId":{"FNumber":"1"}}]"#,
            ),
            "FRealQty",
        ),
        ("[]".to_owned(), "an object"),
    ];
    for (json, word) in bad {
        let error = serde_json::from_str::<ReturnStock>(&json).unwrap_err().to_string();
        assert!(error.contains(word), "{json}: {error}");
    }
}

#[test]
fn what_a_float_would_spoil_is_exact_in_forms_of_ones_own_too() {
    #[serde_as]
    #[derive(Serialize, Deserialize)]
    struct Own {
        #[serde_as(as = "ExactDecimal")]
        amount: Decimal,
        date: Date,
        extra: Extra,
    }
    let json = r#"{"amount":79228162514264337593543950.50,"date":"2026-11-03 00:00:00","extra":{"F_A":0.10,"F_B":1E+2}}"#;
    reads_back::<Own>(json);
}
