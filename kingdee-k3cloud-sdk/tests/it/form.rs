//! 销售退货单 as JSON: the template's order and casing, absent fields absent, decimals exact.

use chrono::NaiveDate;
use kingdee_k3cloud_sdk::fields::Extra;
use kingdee_k3cloud_sdk::model::return_stock::{Entry, Link, ReturnStock, Serial, SubHead, TaxDetail};
use kingdee_k3cloud_sdk::{BatchSave, BatchUpdate, Bills, Fate, SaveOptions, UnsentRows, Update};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::support::{FORM, Script, bill, dec, own};

#[test]
fn a_bill_is_written_in_the_templates_order() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 3).unwrap();
    let line = Entry::builder()
        .stock("CK001")
        .tax_price(dec("2.755000"))
        .real_qty(dec("2"))
        .material("M001")
        .row_type("Standard")
        .must_qty(dec("2"))
        .is_free(false)
        .tax_rate(dec("13.0"))
        .return_type("THLX01_SYS")
        .owner_type("BD_OwnerOrg")
        .owner("100")
        .stock_status("KCZT01_SYS")
        .delivery_date(day.and_hms_opt(9, 8, 7).unwrap())
        .links(vec![
            Link::builder()
                .source_id("2")
                .source_bill_id("1")
                .source_table_name("T_SAL_OUTSTOCKENTRY")
                .rule_id("OutStock-SalReturnStock")
                .build(),
        ])
        .taxes(vec![TaxDetail::builder().rate(dec("13")).build()])
        .serials(vec![Serial::builder().serial_no("S1").build()])
        .extra(Extra::new().with_text("F_ABC_Zebra", "z").with_text("F_ABC_Ant", "a"))
        .build();
    let bill = ReturnStock::builder()
        .entries(vec![line])
        .sub_head(
            SubHead::builder()
                .is_included_tax(true)
                .third_bill_no("TK1")
                .third_bill_id("0123456789abcdef")
                .third_src_type("refund-sync")
                .settle_currency("PRE001")
                .settle_org("100")
                .build(),
        )
        .owner("100")
        .owner_type("BD_OwnerOrg")
        .head_note("备注")
        .stock_org("100")
        .customer("C001")
        .sale_org("100")
        .date(day)
        .bill_no("TK1")
        .bill_type("XSTHD01_SYS")
        .extra(Extra::new().with_text("F_ABC_Head", "h"))
        .build();
    let expected = concat!(
        r#"{"FBillTypeID":{"FNUMBER":"XSTHD01_SYS"},"FBillNo":"TK1","FDate":"2026-11-03","#,
        r#""FSaleOrgId":{"FNumber":"100"},"FRetcustId":{"FNumber":"C001"},"FStockOrgId":{"FNumber":"100"},"#,
        r#""FHeadNote":"备注","FOwnerTypeIdHead":"BD_OwnerOrg","FOwnerIdHead":{"FNumber":"100"},"#,
        r#""SubHeadEntity":{"FSettleCurrId":{"FNumber":"PRE001"},"FThirdBillNo":"TK1","#,
        r#""FThirdBillId":"0123456789abcdef","FThirdSrcType":"refund-sync","FSettleOrgId":{"FNumber":"100"},"#,
        r#""FIsIncludedTax":true},"FEntity":[{"FRowType":"Standard","FMaterialId":{"FNumber":"M001"},"#,
        r#""FMustqty":2,"FRealQty":2,"FTaxPrice":2.755000,"FIsFree":false,"FEntryTaxRate":13.0,"#,
        r#""FReturnType":{"FNumber":"THLX01_SYS"},"FOwnerTypeId":"BD_OwnerOrg","FOwnerId":{"FNumber":"100"},"#,
        r#""FStockId":{"FNumber":"CK001"},"FStockstatusId":{"FNumber":"KCZT01_SYS"},"#,
        r#""FDeliveryDate":"2026-11-03 09:08:07","FEntity_Link":[{"FEntity_Link_FRuleId":"OutStock-SalReturnStock","#,
        r#""FEntity_Link_FSTableName":"T_SAL_OUTSTOCKENTRY","FEntity_Link_FSBillId":"1","FEntity_Link_FSId":"2"}],"#,
        r#""FTaxDetailSubEntity":[{"FTaxRate":13}],"FSerialSubEntity":[{"FSerialNo":"S1"}],"#,
        r#""F_ABC_Zebra":"z","F_ABC_Ant":"a"}],"F_ABC_Head":"h"}"#,
    );
    assert_eq!(serde_json::to_string(&bill).unwrap(), expected);
}

#[test]
fn a_batch_is_the_options_then_the_bills() {
    let body = BatchSave::new(vec![bill("TK1")]).body().unwrap();
    let options = concat!(
        r#"{"formid":"SAL_RETURNSTOCK","data":{"NeedUpDateFields":[],"NeedReturnFields":[],"#,
        r#""IsVerifyBaseDataField":true,"IsEntryBatchFill":true,"ValidateFlag":true,"NumberSearch":true,"#,
        r#""IsAutoAdjustField":false,"InterationFlags":"","IsControlPrecision":false,"#,
        r#""ValidateRepeatJson":false,"Model":[{"FBillTypeID""#,
    );
    assert!(body.starts_with(options), "{body}");
    assert!(!body.contains("FID") && !body.contains("BatchCount"), "{body}");
}

#[test]
fn options_asked_for_stand_in_the_templates_order() {
    let options = SaveOptions::builder()
        .need_return_fields(vec!["FBillNo".to_owned()])
        .interaction_flags("STK_InvCheckResult")
        .ignore_interaction_flag(true)
        .build();
    let text = serde_json::to_string(&options).unwrap();
    let expected = concat!(
        r#"{"NeedUpDateFields":[],"NeedReturnFields":["FBillNo"],"#,
        r#""IsVerifyBaseDataField":true,"IsEntryBatchFill":true,"ValidateFlag":true,"NumberSearch":true,"#,
        r#""IsAutoAdjustField":false,"InterationFlags":"STK_InvCheckResult","IgnoreInterationFlag":true,"#,
        r#""IsControlPrecision":false,"ValidateRepeatJson":false}"#,
    );
    assert_eq!(text, expected);
}

#[test]
fn decimals_that_a_float_would_spoil_are_exact() {
    for text in ["0.10", "1.005", "79228162514264337593543950335", "0.0000000000000000000000000001", "-3.50"]
    {
        let line = Entry::builder().material("M").stock("S").real_qty(dec(text)).build();
        assert!(serde_json::to_string(&line).unwrap().contains(&format!("\"FRealQty\":{text}")), "{text}");
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_decimal_is_a_plain_json_number(mantissa in any::<i64>(), scale in 0_u32..=28) {
        let value = Decimal::from_i128_with_scale(mantissa.into(), scale);
        let line = Entry::builder().material("M").stock("S").real_qty(value).build();
        let json = serde_json::to_string(&line).unwrap();
        let written = json.split("\"FRealQty\":").nth(1).unwrap().split(',').next().unwrap();
        prop_assert!(!written.contains(['e', 'E', '"']), "{}", written);
        prop_assert_eq!(Decimal::from_str_exact(written).unwrap(), value);
    }
}

#[test]
fn a_key_that_is_given_twice_is_refused_in_whatever_case_and_wherever_it_stands() {
    let batch = |extra: Extra| own(&["A"]).with_options(SaveOptions::builder().extra(extra).build());
    let twice = |body: Result<String, serde_json::Error>, key: &str| {
        let error = body.unwrap_err().to_string();
        assert!(error.contains(key) && error.contains("twice"), "{error}");
    };
    twice(batch(Extra::new().with_text("Model", "x")).body(), "Model");
    twice(batch(Extra::new().with_bool("isverifybasedatafield", false)).body(), "isverifybasedatafield");
    twice(batch(Extra::new().with_text("Ours", "1").with_text("OURS", "2")).body(), "OURS");
    assert!(batch(Extra::new().with_text("Ours", "1")).body().is_ok());
    let mut head = bill("TK1");
    head.extra = Extra::new().with_text("fbillno", "TK2");
    twice(BatchSave::new(vec![head]).body(), "fbillno");
    let mut row = bill("TK1");
    row.entries[0].extra = Extra::new().with_decimal("FRealQty", dec("3"));
    twice(BatchSave::new(vec![row]).body(), "FRealQty");
    let nested = r#"{"FNote":"a","fnote":"b"}"#.to_owned();
    let nested = Extra::new().with("F_OURS", RawValue::from_string(nested).unwrap());
    let mut deep = bill("TK1");
    deep.extra = nested;
    twice(BatchUpdate::new(UnsentRows::Keep, vec![Update::of("7", deep)]).body(), "fnote");
    let raw = |json: &str| Extra::new().with("F_OURS", RawValue::from_string(json.to_owned()).unwrap());
    for (json, key) in
        [(r#"[ { "FNot\u0065" : [{"x":"}"}], "FNote" : 1 } ]"#, "FNote"), (r#"{"\"":1,"\"":2}"#, "\"")]
    {
        twice(batch(raw(json)).body(), key);
    }
    // Neither one key of several objects nor what a text quotes is twice.
    for json in [
        r#"{"a":{"a":1},"b":[{"a":1.50},{"a":{}}]}"#,
        r#"{"a":"\",\"a\":\"","b":["a","a"],"c":"\\","é":1,"É":2}"#,
    ] {
        assert!(batch(raw(json)).body().unwrap().contains(json), "{json}");
    }
}

#[test]
fn of_very_many_keys_each_is_looked_at_once() {
    let many = |last: &str| {
        let fields = (0..20_000).fold(Extra::new(), |extra, n| extra.with_bool(format!("F_{n}"), true));
        own(&["A"]).with_options(SaveOptions::builder().extra(fields.with_bool(last, true)).build()).body()
    };
    let begun = tokio::time::Instant::now();
    assert!(many("F_20000").is_ok());
    assert!(many("f_7").unwrap_err().to_string().contains("f_7 is given twice"));
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_operation_with_a_key_that_is_given_twice_is_not_sent() {
    let script = Script::new(Vec::new());
    let bills = Bills::numbers(["A"]).with_extra(Extra::new().with_text("Numbers", "B"));
    for error in [
        script.client.delete(FORM, &bills).await.unwrap_err(),
        script.client.execute_operation(FORM, "Cancel", &bills).await.unwrap_err(),
    ] {
        assert!(error.to_string().contains("Numbers is given twice"), "{error}");
        assert_eq!(error.fate(), Fate::NotSent);
    }
    // The same of a body of the caller's own, unless the service is the site's: it may tell names apart by their case.
    let body = || RawValue::from_string(r#"{"data":{"Sizes":{"m":1,"M":2}}}"#.to_owned()).unwrap();
    let error = script.client.call("Allocate", body()).await.unwrap_err();
    assert!(error.to_string().contains("M is given twice"), "{error}");
    assert_eq!((error.fate(), script.sent()), (Fate::NotSent, 0));
    let _ = script.client.call("Our.WebApi.Sizes.Set", body()).await;
    assert_eq!(script.sent(), 1);
}
