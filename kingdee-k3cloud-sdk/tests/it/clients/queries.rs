//! Queries as other clients write them: form fields, lists of conditions, names without case, paging by an end row.

use kingdee_k3cloud_sdk::mock::StoredBill;
use serde_json::{Value, json};

use super::{FORMS, Raw, refused, site, verdict};

const BILLS: &str = "SAL_RETURNSTOCK";

#[test]
fn a_body_of_form_fields_is_read_as_one_of_json() {
    let raw = Raw::new();
    let body = "data=%7B%22FormId%22%3A+%22BD_MATERIAL%22%2C+%22FieldKeys%22%3A+%22FNumber%22%2C+%22FilterString%22\
        %3A+%22%22%2C+%22OrderString%22%3A+%22%22%2C+%22TopRowCount%22%3A+0%2C+%22StartRow%22%3A+0%2C+%22Limit%22%3A+3%7D";
    let service = format!("{FORMS}ExecuteBillQuery");
    assert_eq!(raw.send(&service, "application/x-www-form-urlencoded", body), json!([["M001"], ["M002"]]));
    let report = raw.send(
        &format!("{FORMS}GetSysReportData"),
        "application/x-www-form-urlencoded",
        "formid=SAL_OutStockDetailRpt&data=%7B%22x%22%3A1%7D",
    );
    refused(&report, 4, "标识为“SAL_OutStockDetailRpt”的业务对象不存在");
}

fn term(key: &str, compare: &str, value: &str, logic: &str) -> Value {
    json!({ "Left": "(", "FieldName": key, "Compare": compare, "Value": value, "Right": ")", "Logic": logic })
}

#[test]
fn a_list_of_conditions_holds_and_never_gives_every_row() {
    let raw = Raw::new();
    let numbers = |terms: Value| raw.query(BILLS, "FBillNo", &json!({ "FilterString": terms }));
    assert_eq!(numbers(json!([term("FBillNo", "=", "NO-SUCH-BILL", "AND")])), json!([]));
    assert_eq!(numbers(json!([term("FBillNo", "67", "A", "0")])), json!([["A"]]));
    assert_eq!(numbers(json!([term("fbillno", "17", "'A'", "")])), json!([["A"]]));
    assert_eq!(numbers(json!([term("FBillNo", "39", "B", "0")])), json!([["B"], ["C"]]));
    let either = json!([term("FBillNo", "=", "A", "1"), term("FBillNo", "=", "C", "")]);
    assert_eq!(numbers(either), json!([["A"], ["C"]]));
    let both = json!([term("FBillNo", ">=", "A", "AND"), term("FDocumentStatus", "=", "C", "AND")]);
    assert_eq!(numbers(both), json!([["C"]]));
    assert_eq!(numbers(json!([term("FBillNo", "in", "'A','B'", "")])), json!([["A"], ["B"]]));
    assert_eq!(numbers(json!([term("FBillNo", "like", "%B%", "")])), json!([["B"]]));
    assert_eq!(numbers(json!([])), json!([["A"], ["B"], ["C"]]), "no condition is every bill");
}

#[test]
fn a_condition_that_is_not_understood_is_refused() {
    let raw = Raw::new();
    let numbers = |terms: Value| raw.query(BILLS, "FBillNo", &json!({ "FilterString": terms }));
    for terms in [
        json!([term("FBillNo", "9999", "A", "")]),
        json!([term("", "=", "A", "")]),
        json!([json!("FBillNo='A'")]),
        term("FBillNo", "=", "A", ""),
        json!([json!({ "Left": "((", "FieldName": "FBillNo", "Compare": "=", "Value": "A", "Right": ")" })]),
        json!([term("FBillNo", "=", "A", "perhaps"), term("FBillNo", "=", "A", "")]),
    ] {
        refused(&numbers(terms.clone()), 8, "当前查询串无法解析--");
    }
    refused(&numbers(json!([term("FNoSuchField", "=", "A", "")])), 9, "FNoSuchField");
}

#[test]
fn top_row_count_is_the_last_row_of_all() {
    let raw = Raw::new();
    let rows = |top: u64, start: u64, limit: u64| {
        let more = json!({ "TopRowCount": top, "StartRow": start, "Limit": limit });
        raw.query(BILLS, "FBillNo", &more)
    };
    assert_eq!(rows(1, 0, 100), json!([["A"]]));
    assert_eq!(rows(2, 2, 2), json!([]));
    assert_eq!(rows(2, 1, 2), json!([["B"]]));
    assert_eq!(rows(0, 0, 100), json!([["A"], ["B"], ["C"]]));
}

#[test]
fn names_have_no_case() {
    let raw = Raw::new();
    let more = json!({ "FilterString": "fbillno = 'A'", "OrderString": "FBILLNO desc" });
    let rows = raw.query("sal_returnstock", "FDate,FBillNo,FId,FEntity_FENTRYID", &more);
    assert_eq!((&rows[0][1], &rows[0][2]), (&json!("A"), &json!(raw.id("A"))));
    for form in ["BD_Material", "BD_MATERIAL", "bd_material"] {
        assert_eq!(raw.query(form, "FNUMBER,FNAME", &json!({ "Limit": 1 }))[0][0], "M001", "{form}");
    }
    assert_eq!(raw.query("BD_CUSTOMER", "FNumber", &json!({}))[0][0], "C001");
    for service in ["executebillquery", "EXECUTEBILLQUERY"] {
        let body = json!({ "Data": { "formid": BILLS, "fieldkeys": "FBillNo", "limit": 1 } });
        assert_eq!(raw.call(service, &body), json!([["A"]]), "{service}");
    }
    let lower = "kingdee.bos.webapi.servicesstub.dynamicformservice.executebillquery";
    let body = json!({ "data": { "FormId": BILLS, "FieldKeys": "FBillNo", "Limit": 1 } }).to_string();
    assert_eq!(raw.send(lower, "application/json", &body), json!([["A"]]));
}

#[test]
fn an_unknown_form_and_missing_parameters_are_told_as_they_are() {
    let raw = Raw::new();
    refused(
        &raw.query("STK_OutStock", "FNumber", &json!({})),
        4,
        "标识为“STK_OutStock”的业务对象不存在，或者被删除。",
    );
    refused(&raw.query("BD_MATERIAL", "", &json!({})), 8, "data数据包中的参数FieldKeys的值不能为空。");
    let body = json!({ "data": { "FieldKeys": "FNumber" } });
    refused(&raw.call("ExecuteBillQuery", &body), 8, "data数据包中的参数FormId必传。");
}

#[test]
fn the_keys_of_base_data_that_an_assistant_asks_for_are_there() {
    let raw = Raw::new();
    let first = |form: &str, keys: &str| {
        raw.query(form, keys, &json!({ "OrderString": "FNumber ASC", "Limit": 20 }))[0].clone()
    };
    let material = first("BD_Material", "FMaterialId,FNumber,FName,FSpecification,FMaterialGroup.FName");
    assert!(material[0].is_number(), "{material}");
    assert_eq!(material.as_array().unwrap()[1..], [json!("M001"), json!("名称M001"), json!(""), json!("")]);
    let customer = first("BD_Customer", "FNumber,FName,FShortName,FContact,FPhone,FDocumentStatus");
    assert_eq!(customer, json!(["C001", "名称C001", "", "", "", "C"]));
    assert_eq!(first("BD_Currency", "FNumber,FName,FAMOUNTDIGITS"), json!(["PRE001", "人民币", 2.0]));
    let raw = Raw::at(site().currencies(["PRE001", "PRE007"]));
    assert_eq!(raw.query("BD_CURRENCY", "FNumber", &json!({})), json!([["PRE001"], ["PRE007"]]));
}

#[test]
fn the_ordinary_keys_of_a_bill_can_be_asked_for() {
    let raw = Raw::new();
    for keys in [
        "FBillNo,FSaleOrgId,FRetcustId",
        "FBillNo,FRetcustId.FName",
        "FBillNo,FCreateDate,FModifyDate,FApproveDate",
        "FBillTypeID.FNumber",
        "FMaterialID",
        "FMaterialID.FName",
        "FCreatorId.FName",
        "FAmount,FAllAmount",
        "FUnitID.FNumber",
        "FNote",
        "FEntity_FBaseunitQty,FEntity_FBaseUnitId.FNumber",
        "SubHeadEntity_FSettleCurrId.FNumber",
    ] {
        let rows = raw.query(BILLS, keys, &json!({ "Limit": 1 }));
        assert_eq!(rows[0].as_array().map(Vec::len), Some(keys.split(',').count()), "{keys}: {rows}");
    }
    let rows = raw.query(BILLS, "FRetcustId,FRetcustId.FNumber,FRetcustId.FName", &json!({ "Limit": 1 }));
    assert!(rows[0][0].is_u64() && rows[0][1] == "C001" && rows[0][2] == "名称C001", "{rows}");
    let id = raw.query("BD_Customer", "FCUSTID", &json!({ "FilterString": "FNumber='C001'" }));
    assert_eq!(id[0][0], rows[0][0], "a customer has one internal id, wherever it is read");
    for key in ["FDocumentStatus.FName", "FRetcustId.FNoSuch", "FNoSuch"] {
        refused(&raw.query(BILLS, key, &json!({})), 9, "的字段不存在");
    }
    refused(&raw.query("BD_MATERIAL", "FID", &json!({})), 9, "FID");
}

#[test]
fn what_was_sent_can_be_read_again() {
    let raw = Raw::new();
    let mut bill = serde_json::to_value(crate::support::bill("NEW")).unwrap();
    bill["FEntity"][0]["FNote"] = json!("a note");
    bill["FSaledeptid"] = json!({ "FNumber": "BM01" });
    bill["SubHeadEntity"]["FSettleCurrId"] = json!({ "FNumber": "PRE001" });
    let saved = raw.call("Save", &json!({ "formid": BILLS, "data": { "Model": bill } }));
    assert!(verdict(&saved).0, "{saved}");
    let keys = "FSaledeptid.FNumber,FSettleCurrId.FNumber,FEntity_FNote,FEntity_FReturnType.FNumber";
    let rows = raw.query(BILLS, keys, &json!({ "FilterString": "FBillNo='NEW'" }));
    assert_eq!(rows, json!([["BM01", "PRE001", "a note", "THLX01_SYS"]]));
}

#[test]
fn the_filter_takes_the_sql_that_clients_write() {
    let raw = Raw::new();
    for (filter, numbers) in [
        ("FNumber not like '%2'", json!([["M001"]])),
        ("FNumber is not null", json!([["M001"], ["M002"]])),
        ("FNumber is null", json!([])),
        ("FNumber between 'M001' and 'M0015'", json!([["M001"]])),
        ("FNumber not in ('M001')", json!([["M002"]])),
        ("FNumber = N'M001'", json!([["M001"]])),
        ("FNumber != 'M001'", json!([["M002"]])),
        ("not (FNumber = 'M001')", json!([["M002"]])),
        ("1=1", json!([["M001"], ["M002"]])),
        ("1=1 and FNumber='M002'", json!([["M002"]])),
        ("1=2", json!([])),
    ] {
        assert_eq!(
            raw.query("BD_MATERIAL", "FNumber", &json!({ "FilterString": filter })),
            numbers,
            "{filter}"
        );
    }
    raw.site.edit("A", |bill| bill.date = "2026-11-03".parse().unwrap());
    for filter in ["FDate>={ts'2026-11-01 00:00:00'}", "FDate >= {d'2026-11-01'}", "FDate>='2026-11-01'"] {
        assert_eq!(
            raw.query(BILLS, "FBillNo", &json!({ "FilterString": filter })),
            json!([["A"]]),
            "{filter}"
        );
    }
}

#[test]
fn a_filter_that_cannot_be_read_is_told_in_plain_words() {
    let raw = Raw::new();
    for filter in [
        "FNumber",
        "FNumber =",
        "= 'A'",
        "FNumber in",
        "FNumber in ('A'",
        "FNumber ~ 'A'",
        "FNumber = 'A",
        "(FNumber='A'",
        "FNumber = 'A' 'B'",
        "FNumber between 'A'",
        "FNumber is",
        "{x'1'}",
        "物料 = 'A'",
        "-",
        "1 = 'A'",
        "FDate>={ts'2026",
    ] {
        let answer = raw.query("BD_MATERIAL", "FNumber", &json!({ "FilterString": filter }));
        refused(&answer, 8, "当前查询串无法解析--");
        let (_, _, message) = verdict(&answer);
        for debug in ["Some(", "None", "Word(", "Sign(", "Text(", "Err(", "\\\"", "Decimal"] {
            assert!(!message.contains(debug), "{filter}: {message}");
        }
    }
}

#[test]
fn an_id_in_quotes_is_taken_or_refused_as_the_site_is() {
    let raw = Raw::new();
    let filter = json!({ "FilterString": format!("FID='{}'", raw.id("A")) });
    assert_eq!(raw.query(BILLS, "FBillNo", &filter), json!([["A"]]));
    let raw = Raw::at(site().refuse_quoted_numbers(true));
    assert!(!verdict(&raw.query(BILLS, "FBillNo", &filter)).0);
    assert_eq!(raw.query(BILLS, "FBillNo", &json!({ "FilterString": "FBillNo='A'" })), json!([["A"]]));
}

#[test]
fn masked_cells_and_hidden_bills_come_without_an_error() {
    let raw = Raw::at(site().masked(["FEntity_FAllAmount"]));
    assert_eq!(raw.query(BILLS, "FBillNo,FEntity_FAllAmount", &json!({ "Limit": 1 })), json!([["A", "***"]]));
    raw.site.set_masked([""; 0]);
    assert_ne!(raw.query(BILLS, "FEntity_FAllAmount", &json!({ "Limit": 1 }))[0][0], "***");
    raw.site.set_blind(true);
    assert_eq!(raw.query(BILLS, "FBillNo", &json!({})), json!([]));
}

#[test]
fn an_order_that_leaves_rows_equal_does_not_say_which_is_first() {
    let raw = Raw::new();
    for n in 0..20 {
        raw.site.insert(StoredBill { number: format!("T{n:02}"), ..StoredBill::default() });
    }
    let ask = |order: &str| raw.query(BILLS, "FBillNo", &json!({ "OrderString": order })).to_string();
    let differ = |order: &str| (0..5).map(|_| ask(order)).collect::<std::collections::BTreeSet<_>>().len();
    assert!(differ("FCancelStatus ASC") > 1, "two pages of such a query lose rows");
    assert_eq!((differ("FCancelStatus ASC, FID ASC"), differ("")), (1, 1));
}
