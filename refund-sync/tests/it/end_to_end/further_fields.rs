//! What a site requires beyond the program's own fields: parked without it, written by configuration alone.

use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use serde_json::Value;

use crate::returns::plain;
use crate::scene::{Scene, events, flags, word};

/// A site that requires 仓位, 库存部门 and a field of its own.
fn strict() -> SiteBuilder {
    Site::builder()
        .custom_fields(["F_PSEH_TEXT", "FEntity.F_PSEH_NOTE"])
        .required_fields(["FEntity.FStocklocId", "FStockDeptId", "F_PSEH_TEXT"])
        .refuse_unknown_keys(true)
}

/// The Model that stands in the books.
fn model(scene: &Scene) -> Value {
    serde_json::from_str(&scene.bills(&["TK1"])[0].model).unwrap()
}

#[tokio::test]
async fn what_a_site_requires_besides_is_written_by_configuration_alone() {
    let scene = Scene::with_books([plain("TK1")], strict()).await;
    scene.settle().exits(3).says(&["missing_in_kingdee"]);
    let said = scene.parked().remove("TK1").unwrap().1;
    for name in ["库存部门", "仓位", "F_PSEH_TEXT"] {
        assert!(said.contains(name), "{said}");
    }
    let advice = word(&scene.why("TK1")["reasons"][0]["remedy"]);
    assert!(advice.contains("check --live") && advice.contains("[pipeline.mapping.head]"), "{advice}");
    scene.add("mapping", "head = { FStockDeptId = { number = \"BM000004\" }, F_PSEH_TEXT = \"{tid}\" }");
    scene.add(
        "mapping",
        "line = { FStocklocId = { object = \"FSTOCKLOCID__FF100001\", number = { by = \"warehouse_no\", inline = { WH01 = \"A-01\" } } } }",
    );
    scene.settle().exits(0);
    let model = model(&scene);
    assert_eq!(model["FStockDeptId"]["FNumber"], "BM000004");
    assert_eq!(model["F_PSEH_TEXT"], "2611200001234567");
    assert_eq!(model["FEntity"][0]["FStocklocId"]["FSTOCKLOCID__FF100001"]["FNumber"], "A-01");
    assert_eq!(word(&scene.why("TK1")["state"]), "confirmed");
}

#[tokio::test]
async fn a_text_that_a_rule_names_later_is_read_again_and_then_written() {
    let mut row = plain("TK1");
    row.set("remark", "催退; <急>");
    row.set("logistics_no", "SF1234567890123");
    let scene = Scene::with_books([row], strict()).await;
    scene.settle().exits(3);
    let bytes = std::fs::read(scene.database()).unwrap();
    assert!(
        !bytes.windows(6).any(|window| window == "催退".as_bytes()),
        "free text that no rule names is not kept"
    );
    scene.add(
        "mapping",
        "head = { FStockDeptId = { number = \"B\" }, F_PSEH_TEXT = { text = \"{logistics_no} {remark}\", required = true } }",
    );
    scene.add(
        "mapping",
        "line = { FStocklocId = { value = { FF1 = { FNumber = \"A\" } } }, F_PSEH_NOTE = \"{line.remark}\" }",
    );
    scene.settle().exits(0);
    assert_eq!(model(&scene)["F_PSEH_TEXT"], "SF1234567890123 催退 急");
    assert!(events(&scene.why("TK1")).contains(&"mapped".to_owned()));
}

#[tokio::test]
async fn a_required_field_without_a_value_parks_by_its_name() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("mapping", "head = { F_X = { text = \"{remark}\", required = true } }");
    scene.settle().exits(3).says(&["empty_field"]);
    assert!(scene.parked()["TK1"].1.contains("F_X"));
    scene.shop.world().edit("TK1", |row| row.set("remark", "有了"));
    scene.shop.world().edit("TK1", |row| row.touch(crate::returns::now()));
    scene.settle().exits(0);
    assert_eq!(model(&scene)["F_X"], "有了");
}

#[tokio::test]
async fn why_and_the_dry_run_show_the_further_fields() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add("mapping", "head = { FSaledeptid = { number = { by = \"shop_no\", inline = { S002 = \"1\" }, default = \"BM1\" } } }");
    scene.add("mapping", "line = { FOrderNo = \"{tid}\" }");
    scene
        .run(&["run", "--dry-run"])
        .exits(0)
        .says(&["\"FSaledeptid\":{\"FNumber\":\"BM1\"}", "\"FOrderNo\":\"2611200001234567\""]);
    scene.settle().exits(0);
    let why = scene.run(&["why", "TK1"]).exits(0);
    why.says(&[
        "FSaledeptid = {\"FNumber\":\"BM1\"}",
        "FOrderNo = \"2611200001234567\"",
        "S001 → BM1 (default)",
    ]);
}

/// The causes and fixes of `check --live`.
fn guided(scene: &Scene, code: i32) -> Vec<(String, String)> {
    let report = scene.run(&["check", "--live", "--json"]).exits(code).json();
    let findings = report["pipelines"][0]["findings"].as_array().unwrap().clone();
    findings.iter().map(|one| (word(&one["cause"]), word(&one["fix"]))).collect()
}

#[tokio::test]
async fn a_parked_site_is_led_to_confirmed_by_the_lines_that_the_live_check_prints() {
    let books =
        strict().customers(["C001"]).stocks(["CK01"]).materials(["TS-BLK-L"]).departments(["BM000004"]);
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.settle().exits(3);
    assert_eq!(scene.parked()["TK1"].0, "missing_in_kingdee");
    // What the check prints, with the site's own values in place of the dots.
    for (cause, fix) in guided(&scene, 3) {
        assert_eq!(cause, "field_required");
        let (section, line) = fix.split_once("] ").unwrap();
        let part = section.rsplit('.').next().unwrap();
        let value = if line.starts_with("FStockDeptId") {
            "BM000004"
        } else if line.starts_with("FStocklocId") {
            "A-01"
        } else {
            "{tid}"
        };
        scene.add("mapping", &format!("{part}.{}", line.replace('…', value)));
    }
    assert_eq!(guided(&scene, 0), []);
    scene.settle().exits(0);
    let why = scene.why("TK1");
    assert_eq!((word(&why["state"]).as_str(), flags(&why).len()), ("confirmed", 0));
}

#[tokio::test]
async fn a_further_field_that_the_form_does_not_have_is_a_flag_with_its_key_and_the_bill_is_audited() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.add(
        "mapping",
        "head = { F_PSEH_TEXT = \"{tid}\" }\nline = { F_NONE = \"x\", FNote = \"{refund_no}\" }",
    );
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(0);
    let why = scene.why("TK1");
    assert_eq!((word(&why["state"]).as_str(), scene.bills(&["TK1"])[0].document_status), ("confirmed", 'C'));
    assert_eq!(flags(&why), ["fields_differ"]);
    let said = word(&why["flags"][0]["detail"]);
    for words in ["F_PSEH_TEXT: ours 2611200001234567, 金蝶 none", "F_NONE (TS-BLK-L): ours x"] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("FNote"), "{said}");
}

#[tokio::test]
async fn a_further_field_that_cannot_be_read_takes_nothing_else_with_it() {
    let books = Site::builder().custom_fields(["F_PSEH_TEXT"]).masked(["F_PSEH_TEXT", "FEntity_FNote"]);
    let scene = Scene::with_books([plain("TK1")], books).await;
    scene.add(
        "mapping",
        "head = { F_PSEH_TEXT = \"{tid}\" }\nline = { FNote = \"{refund_no}\", FOrderNo = \"{tid}\" }",
    );
    scene.add("kingdee", "finish = \"audit\"");
    scene.settle().exits(0);
    let why = scene.why("TK1");
    assert_eq!((word(&why["state"]).as_str(), flags(&why).len()), ("confirmed", 0), "{why}");
}

#[tokio::test]
async fn a_further_field_that_somebody_changed_is_named_by_a_reconciliation_with_both_values() {
    let books = Site::builder().custom_fields(["F_PSEH_TEXT"]);
    let scene = Scene::with_books([plain("TK1"), plain("TK2")], books).await;
    scene.add("mapping", "head = { F_PSEH_TEXT = \"{tid}\" }\nline = { FNote = \"{refund_no}\" }");
    scene.settle().exits(0);
    assert_eq!(scene.differences().len(), 0);
    scene.books.edit("TK1", |bill| bill.model = bill.model.replace("2611200001234567", "other"));
    scene.books.edit("TK2", |bill| bill.lines[0].row = bill.lines[0].row.replace("\"FNote\"", "\"FGone\""));
    let found = scene.differences();
    assert_eq!(found.len(), 2, "{found:?}");
    for (number, words) in [("TK1", ["F_PSEH_TEXT", "other"]), ("TK2", ["FNote", "TK2"])] {
        let (kind, said) = &found[number];
        assert!(kind == "altered" && words.iter().all(|word| said.contains(word)), "{kind} {said}");
    }
}
