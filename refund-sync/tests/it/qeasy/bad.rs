//! What is no scheme, no scheme of ours, or too much of one: each is named with its place, and nothing is imported.

use std::fmt::Write as _;

use refund_sync::qeasy::{File, Outcome, Scheme};

use super::{file, has_fault, refused};

/// The plain scheme's target with something else in it.
fn with_target(from: &str, to: &str) -> Result<Scheme, Vec<refund_sync::qeasy::Fault>> {
    let mut target = file("plain-target.json");
    assert!(target.text.contains(from), "{from}");
    target.text = target.text.replace(from, to);
    Scheme::read(&[file("plain-source.json"), target])
}

#[test]
fn what_is_no_scheme_is_named_by_what_it_looks_like() {
    for (text, like) in [
        ("", "the file is empty"),
        ("<?php return ['api' => 'batchSave'];", "PHP"),
        ("{\n 'api' => 'batchSave',\n}", "PHP"),
        ("const scheme = {\n  api: 'batchSave'\n}", "JavaScript"),
        ("<html></html>", "web page"),
        ("<xml/>", "XML"),
        ("a,b,c\n1,2,3", "CSV"),
        ("api: batchSave\nrequest:", "YAML"),
        ("[[pipeline]]\nname = \"main\"", "configuration of refund-sync"),
        ("{\"response\": {\"refunds\": []}}", "an answer of 旺店通"),
        ("{\"formid\": \"SAL_RETURNSTOCK\", \"data\": {\"Model\": []}}", "a bill as it is sent"),
        ("{\"process_status\": 90, \"page_no\": \"\",}", "parameters of a call"),
        ("[{\"field\": \"FBillNo\", \"value\": \"{refund_no}\"}]", "list of request alone"),
        ("{\"info\": {}, \"item\": []}", "Postman"),
        ("{\"scripts\": {}, \"name\": \"x\"}", "its keys are scripts, name"),
    ] {
        let faults = refused(text);
        assert!(faults[0].message.en.contains(like), "{text}: {faults:#?}");
        assert!(!faults[0].message.zh.is_empty() && !faults[0].fix.en.is_empty());
    }
}

#[test]
fn a_scheme_with_one_side_says_which_is_missing() {
    let read = |name: &str| Scheme::read(&[file(name)]).unwrap_err();
    assert!(read("plain-source.json")[0].message.en.contains("no metadata of a target"));
    assert!(read("plain-target.json")[0].message.en.contains("no metadata of a source"));
    let both = Scheme::read(&[file("three-orgs.json"), file("plain-target.json")]).unwrap_err();
    assert!(both[0].message.en.contains("2 metadata of a target"), "{both:#?}");
}

#[test]
fn the_side_that_is_missing_may_be_the_one_that_cannot_be_read() {
    let source = file("plain-source.json").text;
    let faults = refused(&format!("{source}\n{{\n  \"api\": \"batchSave\"\n  \"request\": []\n}}"));
    assert!(faults[0].message.en.contains("no metadata of a target"), "{faults:#?}");
    assert!(faults[1].message.en.contains("a comma or }"), "{faults:#?}");
    assert!(faults[1].line.is_some_and(|line| line > 20));
}

#[test]
fn a_scheme_for_another_form_or_another_source_says_which() {
    let faults = with_target("\"SAL_RETURNSTOCK\"", "\"SAL_OUTSTOCK\"").unwrap_err();
    has_fault(&faults, 26, "SAL_OUTSTOCK (销售出库单, sales deliveries)");
    let faults = with_target("\"batchSave\"", "\"executeBillQuery\"").unwrap_err();
    assert!(faults[0].message.en.contains("no save of 金蝶云星空"), "{faults:#?}");
    let mut source = file("plain-source.json");
    source.text = source.text.replace("wdt.refund.query", "wdt.trade.query");
    let faults = Scheme::read(&[source, file("plain-target.json")]).unwrap_err();
    has_fault(&faults, 2, "wdt.trade.query");
}

#[test]
fn a_scheme_cut_by_an_ellipsis_is_imported_and_what_is_missing_is_named() {
    let cut = r#"{
  "api": "batchSave", "effect": "EXECUTE",
  "request": [
    {"field": "FBillTypeID", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}, "value": "XSTHD01_SYS"},
    {"field": "FBillNo", "value": "{refund_no}"},
    {"field": "FSaleOrgId", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}, "value": "100"},
    {"field": "FDate", "label":"日期{check_time}",  ...
  ],
  ...
}"#;
    let target = File { name: "cut.json".to_owned(), text: cut.to_owned() };
    let scheme = Scheme::read(&[file("plain-source.json"), target]).unwrap();
    let import = refund_sync::qeasy::Import::of(scheme, super::today());
    has_fault(&import.faults, 7, "an ellipsis");
    has_fault(&import.faults, 7, "slipped into the label");
    for missing in
        ["FRetcustId", "FStockOrgId", "FEntity.FMaterialId", "FEntity.FRealQty", "FEntity.FStockId"]
    {
        has_fault(&import.faults, 1, missing);
    }
    super::writes(
        &import,
        &[
            "date_from = [\"check_time\", \"finish_time\"]",
            "customers = { file = \"mapping/customers.csv\" }",
            "materials = \"identity\"",
            "warehouses = { file = \"mapping/warehouses.csv\" }",
        ],
    );
}

#[test]
fn values_that_cannot_be_read_are_named_and_stop_nothing() {
    let with = |value: &str| {
        let scheme = with_target("\"value\": \"{tid}\"", &format!("\"value\": \"{value}\"")).unwrap();
        refund_sync::qeasy::Import::of(scheme, super::today())
    };
    for (value, says) in [
        ("{{tid", "a brace is not closed"),
        ("_function concat({{tid}}", "cannot be understood"),
        ("_findCollection find x from y", "_findCollection is written"),
        ("{receiver_name}", "about a person"),
        ("{{buyer_nick}}", "about a person"),
        ("{{refund_order_list.spec_no}}", "no place in the head"),
        ("{{CURRENT_TIME|datetime}}", "轻易云's own run"),
        ("_mongoQuery 1 find()", "queries a database"),
    ] {
        let import = with(value);
        let note = import.carries.iter().find(|carry| carry.name == "FHeadNote").unwrap();
        assert_eq!(note.outcome, Outcome::Cannot, "{value}");
        assert!(note.why.en.contains(says), "{value}: {}", note.why);
        assert!(import.draft.head.is_empty(), "{value}");
    }
}

#[test]
fn a_long_scheme_is_read_within_bounds() {
    let mut fields = String::new();
    for index in 0..40_000 {
        let _ = write!(
            fields,
            "{{\"field\": \"F_X{index}\", \"label\": \"{}\", \"value\": \"{{tid}}\"}},",
            "字".repeat(30)
        );
    }
    let long = format!("{{\"api\": \"batchSave\", \"effect\": \"EXECUTE\", \"request\": [{fields}]}}");
    assert!(long.len() > 5_000_000);
    let target = File { name: "long.json".to_owned(), text: long };
    let faults = Scheme::read(&[file("plain-source.json"), target]).unwrap_err();
    has_fault(&faults, 1, "has 40000 fields, more than 2000");
    let described = with_target("\"label\": \"备注\"", &format!("\"label\": \"{}\"", "字".repeat(1_700_000)));
    let import = refund_sync::qeasy::Import::of(described.unwrap(), super::today());
    let report = refund_sync::qeasy::files(&import).pop().unwrap().text;
    assert!(report.len() < 100_000, "{}", report.len());
}
