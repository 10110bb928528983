//! `mapping coverage` and `mapping export`: what the tables lack beside the returns of the journal, and a file that
//! takes their place once it is filled in.

use serde_json::Value;

use crate::returns::{line, plain, set_line, with_lines};
use crate::scene::{Done, Scene};
use crate::workbooks;

/// Three returns that can be mapped, two of a shop and one into a warehouse that no table knows, one without a
/// warehouse.
async fn scene() -> Scene {
    let changed = |number: &str, key: &str, value: &str| {
        let mut row = plain(number);
        row.set(key, value);
        row
    };
    let scene = Scene::with([
        plain("TK1"),
        plain("TK2"),
        plain("TK3"),
        changed("TK4", "shop_no", "S002"),
        changed("TK5", "shop_no", "S002"),
        changed("TK6", "warehouse_no", "WH09"),
        changed("TK7", "warehouse_no", ""),
    ])
    .await;
    scene.settle().exits(3);
    scene
}

fn table<'a>(report: &'a Value, name: &str) -> &'a Value {
    let tables = report["pipelines"][0]["tables"].as_array().unwrap();
    tables.iter().find(|table| table["table"] == name).unwrap()
}

fn read(scene: &Scene, file: &str) -> String {
    let text = std::fs::read_to_string(scene.folder().join("mapping-export").join(file)).unwrap();
    text.strip_prefix('\u{feff}').unwrap().replace("\r\n", "\n")
}

#[tokio::test]
async fn before_the_first_run_nothing_is_missing_and_no_journal_is_made() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["mapping", "coverage"]).exits(0).complains(&["No return was journalled yet"]);
    scene.run(&["mapping", "export"]).exits(0).complains(&["No return was journalled yet"]);
    assert!(!scene.database().exists());
}

#[tokio::test]
async fn what_is_missing_is_counted_the_most_wanted_first_and_exits_3() {
    let scene = scene().await;
    let told = scene.run(&["mapping", "coverage"]).exits(3);
    told.says(&[
        "returns whose numbers are all known: 3 / 7",
        "customers (inline) ← shop_no: numbers 1 / 2 · look-ups 5 / 7",
        "missing S002: 2 returns · not in the table; nearest: S001",
        "missing (empty): 1 returns · the return has no number",
        "refund-sync mapping export",
    ]);
    let report = scene.run(&["mapping", "coverage", "--json"]).exits(3).json();
    let one = &report["pipelines"][0];
    assert_eq!((&one["returns"], &one["covered_returns"]), (&Value::from(7), &Value::from(3)));
    let warehouses = table(&report, "warehouses");
    let missing: Vec<_> = warehouses["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["key"].as_str().unwrap(), one["why"].as_str().unwrap()))
        .collect();
    assert_eq!(missing, [("", "no_number"), ("WH09", "unknown")]);
    assert_eq!(table(&report, "materials")["missing"], Value::Array(Vec::new()));
    assert_eq!(table(&report, "materials")["answered"], 7);
}

#[tokio::test]
async fn an_exported_table_takes_the_place_of_the_old_one_once_it_is_filled_in() {
    let scene = scene().await;
    scene.run(&["mapping", "export"]).exits(0).says(&["customers.csv: 2 rows, 1 to fill in"]);
    let customers = read(&scene, "customers.csv");
    assert_eq!(customers, "from,to,valid_from,valid_to,returns\nS002,,,,2\nS001,C001,,,5\n");
    let warehouses = read(&scene, "warehouses.csv");
    assert_eq!(
        warehouses,
        "from,to,stock_org,owner_org,valid_from,valid_to,returns\nWH09,,,,,,1\nWH01,CK01,,,,,5\n"
    );
    assert_eq!(read(&scene, "materials.csv"), "from,to,valid_from,valid_to,returns\nTS-BLK-L,TS-BLK-L,,,7\n");

    let path = scene.folder().join("mapping-export/customers.csv");
    scene.change("{ inline = { S001 = \"C001\" } }", "{ file = \"mapping-export/customers.csv\" }");
    scene.run(&["check"]).exits(2).complains(&["customers.csv:2:1", "to: is empty"]);
    std::fs::write(&path, customers.replace("S002,,", "S002,C002,")).unwrap();
    scene.run(&["check"]).exits(0);
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK2", "TK3", "TK4", "TK5"]);
}

#[tokio::test]
async fn a_row_that_no_return_asked_for_is_kept_with_its_columns() {
    let scene = scene().await;
    scene.change(
        "{ inline = { WH01 = \"CK01\" } }",
        "{ inline = { WH01 = \"CK01\", WH07 = { to = \"CK07\", stock_org = \"101\", note = \"old\" } } }",
    );
    scene.run(&["mapping", "export"]).exits(0);
    let warehouses = read(&scene, "warehouses.csv");
    assert!(warehouses.starts_with("from,to,stock_org,owner_org,valid_from,valid_to,returns,note\n"));
    assert!(warehouses.contains("\nWH07,CK07,101,,,,0,old\n"), "{warehouses}");
}

#[tokio::test]
async fn a_row_that_has_ended_gets_one_beside_it_that_begins_the_day_after_and_stays_open() {
    let scene = scene().await;
    scene.change("{ S001 = \"C001\" }", "{ S001 = { to = \"C001\", valid_to = \"2020-12-31\" } }");
    let report = scene.run(&["mapping", "coverage", "--json"]).exits(3).json();
    let missing = &table(&report, "customers")["missing"][0];
    assert_eq!((&missing["key"], &missing["why"]), (&Value::from("S001"), &Value::from("out_of_validity")));
    scene.run(&["mapping", "export"]).exits(0);
    let customers = read(&scene, "customers.csv");
    assert!(customers.contains("\nS001,,2021-01-01,,5\n"), "{customers}");
    assert!(customers.contains("\nS001,C001,,2020-12-31,5\n"), "{customers}");
}

#[tokio::test]
async fn a_shop_without_organisations_of_its_own_has_the_default_ones_and_misses_nothing() {
    let scene = scene().await;
    scene.add("mapping", "orgs = { inline = { S002 = { sale_org = \"101\" } } }");
    let report = scene.run(&["mapping", "coverage", "--json"]).exits(3).json();
    assert_eq!(table(&report, "orgs")["missing"], Value::Array(Vec::new()));
    scene.run(&["mapping", "export"]).exits(0);
    assert_eq!(
        read(&scene, "orgs.csv"),
        "from,sale_org,settle_org,valid_from,valid_to,returns\nS002,101,,,,2\nS001,100,100,,,5\n"
    );
}

#[tokio::test]
async fn a_material_is_counted_by_line_and_its_rate_by_the_mapped_number() {
    let two = with_lines("TK1", &[line("TS-BLK-L", "1", "10.00"), line("TS-BLK-L", "1", "20.00")]);
    let scene = Scene::with([two]).await;
    scene.change("tax_rate = \"13\"", "tax_rate = { inline = { M9 = \"13\" } }");
    scene.settle().exits(3);
    let report = scene.run(&["mapping", "coverage", "--json"]).exits(3).json();
    let rates = table(&report, "tax_rate");
    assert_eq!((&rates["asked"], &rates["answered"]), (&Value::from(2), &Value::from(0)));
    let missing = &rates["missing"][0];
    assert_eq!((&missing["key"], &missing["lines"]), (&Value::from("TS-BLK-L"), &Value::from(2)));
    scene.run(&["mapping", "export"]).exits(0);
    assert!(read(&scene, "tax_rates.csv").contains("\nTS-BLK-L,,,,1\n"));
}

#[tokio::test]
async fn names_are_asked_for_only_when_wished_and_a_name_is_no_formula() {
    let scene = scene().await;
    let shop = |number: &str, name: &str| serde_json::json!({ "shop_no": number, "shop_name": name });
    scene.shop.world().put("wdt.shop.query", shop("S002", "=旗舰店"));
    scene.shop.world().put(
        "wdt.warehouse.query",
        serde_json::json!({ "warehouse_no": "WH09", "name": "退货仓", "is_disabled": "0" }),
    );
    scene.run(&["mapping", "export", "--names"]).exits(0);
    let customers = read(&scene, "customers.csv");
    assert_eq!(customers, "from,to,valid_from,valid_to,returns,name\nS002,,,,2,'=旗舰店\nS001,C001,,,5,\n");
    let warehouses = read(&scene, "warehouses.csv");
    assert!(warehouses.contains("\nWH09,,,,,,1,退货仓\n"), "{warehouses}");
    assert!(read(&scene, "materials.csv").starts_with("from,to,valid_from,valid_to,returns\n"));

    let mut command = scene.command(&["mapping", "export", "--names", "--folder", "other"]);
    command.env("WDT_APP_SECRET", "wrong");
    Done::of(command).exits(1).complains(&["main: 旺店通: "]);
}

#[tokio::test]
async fn nothing_is_written_over() {
    let scene = scene().await;
    scene.run(&["mapping", "export"]).exits(0);
    let path = scene.folder().join("mapping-export/customers.csv");
    std::fs::write(&path, "mine").unwrap();
    scene.run(&["mapping", "export"]).exits(1).complains(&["customers.csv", "--folder"]);
    assert_eq!(std::fs::read_to_string(path).unwrap(), "mine");
    scene.run(&["mapping", "export", "--folder", "again"]).exits(0);
}

#[tokio::test]
async fn a_table_is_exported_as_a_workbook_of_texts_and_days_that_is_filled_in_and_takes_its_place() {
    let of_shop = |number: &str, shop: &str| {
        let mut row = plain(number);
        row.set("shop_no", shop);
        row
    };
    let (zeros, digits) = ("0012345", "1234567890123456789");
    let rows = [("TK1", "S001"), ("TK2", zeros), ("TK3", "1-2"), ("TK4", digits), ("TK5", "=1+1")];
    let scene = Scene::with(rows.map(|(number, shop)| of_shop(number, shop))).await;
    scene.change("{ S001 = \"C001\" }", "{ S001 = { to = \"0007\", valid_to = \"2020-12-31\" } }");
    scene.settle().exits(3);
    let told = scene.run(&["--lang", "zh", "mapping", "export", "--xlsx"]).exits(0);
    told.says(&["customers.xlsx", "6"]);
    let folder = scene.folder().join("mapping-export");
    let path = folder.join("customers.xlsx");
    let Some(book) = workbooks::read(&path) else { return };
    let rows = book["customers"].as_array().unwrap();
    let titles: Vec<_> = rows[0].as_array().unwrap().iter().map(|cell| cell[1].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        ["店铺编号", "金蝶客户编码", "生效日期", "失效日期", "退换单数"],
        "and the table takes them back"
    );
    let row = |from: &str| rows.iter().position(|row| row[0][1] == from).unwrap();
    for from in [zeros, "1-2", digits, "=1+1"] {
        assert_eq!(rows[row(from)][0], serde_json::json!(["s", from]));
        assert_eq!(rows[row(from)][4], serde_json::json!(["n", "1"]));
    }
    let (open, ended) = (&rows[row("S001")], rows.last().unwrap());
    let day = |day: &str| serde_json::json!(["d", format!("{day} 00:00:00")]);
    assert_eq!(
        (&open[2], &open[3][1]),
        (&day("2021-01-01"), &Value::from("")),
        "from the day after on, open"
    );
    assert_eq!((&ended[1], &ended[3]), (&serde_json::json!(["s", "0007"]), &day("2020-12-31")));

    for number in 2..=6 {
        workbooks::type_into(&path, &format!("B{number}"), &format!("000{number}"));
    }
    let table = "{ inline = { S001 = { to = \"0007\", valid_to = \"2020-12-31\" } } }";
    scene.change(table, "{ file = \"mapping-export/customers.xlsx\" }");
    scene.run(&["check"]).exits(0);
    scene.settle().exits(0);
    let bills = scene.bills(&["TK1", "TK2", "TK3", "TK4", "TK5"]);
    assert_eq!(bills[1].customer, format!("000{}", row(zeros) + 1));
    scene.run(&["mapping", "export", "--xlsx"]).exits(1).complains(&["customers.xlsx", "--folder"]);
}

#[tokio::test]
async fn a_number_that_a_spreadsheet_takes_for_a_formula_is_named_and_left_out() {
    let mut row = plain("TK1");
    set_line(&mut row, "spec_no", "=1+1");
    let scene = Scene::with([row]).await;
    scene.change("materials = \"identity\"", "materials = { inline = { A = \"B\" } }");
    scene.settle().exits(3);
    scene.run(&["mapping", "export"]).exits(0).complains(&["\"=1+1\" is left out"]);
    assert!(!read(&scene, "materials.csv").contains("=1+1"));
}
