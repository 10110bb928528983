//! What a site requires beyond the program's own fields: parked without it, written by configuration alone.

use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use serde_json::Value;

use crate::returns::plain;
use crate::scene::{Scene, events, word};

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
