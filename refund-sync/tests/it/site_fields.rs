//! The form as a site has it, beside the rules: what `check --live` says of further fields, and what `fields` lists.

use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use serde_json::Value;

use crate::returns::plain;
use crate::scene::{Scene, word};

/// A site with fields of its own that requires 仓位, 库存部门 and one of them; one department.
fn site() -> SiteBuilder {
    Site::builder()
        .customers(["C001"])
        .stocks(["CK01"])
        .materials(["TS-BLK-L"])
        .departments(["BM000004"])
        .custom_fields(["F_PSEH_TEXT", "FEntity.F_PSEH_NOTE"])
        .required_fields(["FEntity.FStocklocId", "FStockDeptId", "F_PSEH_TEXT"])
}

async fn with(head: &str, line: &str) -> Scene {
    let scene = Scene::with_books([plain("TK1")], site()).await;
    scene.add("mapping", &format!("head = {{ {head} }}\nline = {{ {line} }}"));
    scene
}

/// The findings of `check --live` as `cause subject → fix`, those of required fields apart.
fn findings(scene: &Scene, code: i32) -> Vec<String> {
    let report = scene.run(&["check", "--live", "--json"]).exits(code).json();
    let findings = report["pipelines"][0]["findings"].as_array().unwrap().clone();
    let told =
        |one: &Value| format!("{} {} → {}", word(&one["cause"]), word(&one["subject"]), word(&one["fix"]));
    findings.iter().map(told).collect()
}

#[track_caller]
fn names(found: &[String], cause: &str, words: &[&str]) {
    let told =
        found.iter().find(|told| told.starts_with(cause) && words.iter().all(|word| told.contains(word)));
    assert!(told.is_some(), "{cause} {words:?} is not in {found:#?}");
}

#[tokio::test]
async fn every_required_field_that_nothing_fills_is_named_with_the_line_to_add() {
    let scene = with("", "").await;
    let found = findings(&scene, 3);
    assert_eq!(found.len(), 3, "{found:#?}");
    names(
        &found,
        "field_required",
        &["FStockDeptId 库存部门", "[pipeline.mapping.head] FStockDeptId = { number"],
    );
    names(&found, "field_required", &["FStocklocId 仓位", "[pipeline.mapping.line] FStocklocId = { object"]);
    names(&found, "field_required", &["F_PSEH_TEXT", "[pipeline.mapping.head] F_PSEH_TEXT = \"…\""]);
}

#[tokio::test]
async fn what_the_site_requires_and_the_rules_fill_is_no_finding() {
    let scene = with(
        "FStockDeptId = { number = \"BM000004\" }, F_PSEH_TEXT = \"{tid}\"",
        "FStocklocId = { object = \"FF1\", number = \"A-01\" }, F_PSEH_NOTE = \"x\"",
    )
    .await;
    assert_eq!(findings(&scene, 0), [""; 0]);
}

#[tokio::test]
async fn keys_that_the_form_does_not_have_has_elsewhere_or_has_otherwise_are_named() {
    let scene = with(
        "F_PSEH_TXT = \"{tid}\", F_PSEH_NOTE = \"x\", FSaledeptid = \"BM\", FReceiveAddress = { number = \"1\" }, FIsTotalServiceOrCost = \"x\"",
        "FNote = { number = \"1\" }",
    )
    .await;
    let found = findings(&scene, 2);
    names(&found, "field_unknown", &["[pipeline.mapping.head] F_PSEH_TXT", "F_PSEH_TEXT"]);
    names(&found, "field_elsewhere", &["F_PSEH_NOTE", "[pipeline.mapping.line]"]);
    names(&found, "field_type", &["FSaledeptid", "{ number = "]);
    names(&found, "field_type", &["FReceiveAddress", "\"…\""]);
    names(&found, "field_type", &["FIsTotalServiceOrCost", "{ value = true }"]);
    names(&found, "field_type", &["[pipeline.mapping.line] FNote"]);
}

#[tokio::test]
async fn days_figures_and_base_data_that_a_rule_cannot_make_are_named() {
    let scene = with(
        "FStockDeptId = { value = \"BM000004\" }, FApproveDate = \"x\", F_PSEH_TEXT = \"{tid}\"",
        "FProduceDate = { number = \"1\" }, FSOEntryId = \"abc\", FExpiryDate = { date = \"finish_time\" }, FThirdEntryId = \"{line.order_id}\", FStocklocId = { object = \"FF1\", number = \"A-01\" }",
    )
    .await;
    let found = findings(&scene, 2);
    names(&found, "field_type", &["FStockDeptId", "{ number = "]);
    names(&found, "field_type", &["FApproveDate", "{ date = "]);
    names(&found, "field_type", &["FProduceDate", "{ date = "]);
    names(&found, "field_type", &["FSOEntryId", "{ value = 12 }"]);
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[tokio::test]
async fn every_number_of_the_rules_is_looked_up_in_the_organisation_that_uses_it() {
    let scene = with(
        "FSaledeptid = { number = { by = \"shop_no\", inline = { S001 = \"BM000009\", S002 = \"BM000004\" } } }, FStockDeptId = { number = \"BM7\" }",
        "",
    )
    .await;
    let found = findings(&scene, 2);
    names(&found, "absent", &["FSaledeptid S001 → BM000009 (100)"]);
    names(&found, "absent", &["FStockDeptId → BM7 (100)"]);
    assert!(!found.iter().any(|told| told.contains("BM000004")), "{found:#?}");
}

#[tokio::test]
async fn what_was_kept_is_judged_without_a_network() {
    let scene = with("F_PSEH_TXT = \"{tid}\"", "").await;
    scene.run(&["check", "--live", "--keep", "kept.json"]).exits(2);
    let arrivals = scene.books.counts().arrivals;
    scene.run(&["check", "--against", "kept.json"]).exits(2).says(&[
        "F_PSEH_TXT",
        "F_PSEH_TEXT",
        "FStockDeptId",
    ]);
    assert_eq!(scene.books.counts().arrivals, arrivals);
}

#[tokio::test]
async fn fields_lists_the_form_with_name_type_and_who_fills_it() {
    let scene = with("F_PSEH_TEXT = \"{tid}\"", "").await;
    let done = scene.run(&["fields"]).exits(0);
    let done = done.says(&["FBillHead FBillNo 单据编号 (TextField) · by the program: bill_no_prefix"]);
    let done = done.says(&["FBillHead F_PSEH_TEXT F_PSEH_TEXT (TextField) · required · by a rule: {tid}"]);
    done.says(&["FBillHead FStockDeptId 库存部门 (BaseDataField → BD_Department) · required"]);
    let report = scene.run(&["fields", "--json", "--required"]).exits(0).json();
    let fields = report["pipelines"][0]["fields"].as_array().unwrap();
    assert!(fields.iter().all(|field| field["required"] == true));
    let unfilled: Vec<_> = fields
        .iter()
        .filter(|field| field["filled_by"] == "nobody")
        .map(|field| word(&field["key"]))
        .collect();
    assert_eq!(unfilled, ["FStockDeptId", "FStocklocId"]);
}
