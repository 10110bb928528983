//! `check --live` and `check --against`: logins, clock, base data in the organisation that will use it, and a survey of
//! what the filter takes. Nothing is written to either system.

use kingdee_k3cloud_sdk::mock::{Site, SiteBuilder};
use serde_json::Value;
use wdt_qimen_sdk::mock::MockRefund;

use crate::returns::{plain, set_line};
use crate::scene::{Done, Scene, word};

/// Books in which every number of the scene is as it should be.
fn books() -> SiteBuilder {
    Site::builder().customers(["C001"]).stocks(["CK01"]).materials(["TS-BLK-L"])
}

async fn with_books(books: SiteBuilder) -> Scene {
    Scene::with_books([plain("TK1")], books).await
}

/// A return that differs in some fields of its head.
fn changed(number: &str, fields: &[(&str, &str)]) -> MockRefund {
    let mut row = plain(number);
    for (key, value) in fields {
        row.set(key, *value);
    }
    row
}

fn findings(done: &Done) -> Vec<(String, String, String)> {
    let report = done.json();
    let findings = report["pipelines"][0]["findings"].as_array().unwrap();
    findings.iter().map(|one| (word(&one["cause"]), word(&one["severity"]), word(&one["subject"]))).collect()
}

/// The one finding of a check that exits with `code`.
fn only(scene: &Scene, code: i32) -> (String, String, String) {
    let mut found = findings(&scene.run(&["check", "--live", "--json"]).exits(code));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn finding(cause: &str, severity: &str, subject: &str) -> (String, String, String) {
    (cause.to_owned(), severity.to_owned(), subject.to_owned())
}

#[tokio::test]
async fn without_live_no_system_is_reached() {
    let scene = with_books(books()).await;
    scene.run(&["check"]).exits(0).says(&["check --live"]);
    assert_eq!(scene.books.counts().arrivals, 0);
    scene.run(&["check", "--json"]).exits(2);
    scene.run(&["check", "--live", "--against", "kept.json"]).exits(2);
    scene.run(&["check", "--keep", "kept.json"]).exits(2);
}

#[tokio::test]
async fn a_wrong_secret_of_either_system_is_a_fault_that_names_the_section_and_is_asked_once() {
    let scene = with_books(books()).await;
    let mut command = scene.command(&["check", "--live", "--json"]);
    command.env("KINGDEE_APP_SECRET", "wrong-planted-secret");
    let done = Done::of(command).exits(2);
    assert_eq!(findings(&done), [finding("unreached", "fault", "金蝶 [pipeline.kingdee]")]);
    assert!(!done.out.contains("wrong-planted-secret") && !done.err.contains("wrong-planted-secret"));
    assert_eq!(scene.books.counts().arrivals, 1, "a refused login is not tried again");

    let mut command = scene.command(&["check", "--live"]);
    command.env("WDT_APP_SECRET", "wrong");
    let done = Done::of(command).exits(2).says(&["旺店通 [pipeline.wdt]: ", "Invalid signature"]);
    // What to do is told in the reader's language alone.
    let fix = done.out.lines().find(|line| line.contains("→")).unwrap().replace("旺店通", "");
    assert!(!fix.contains(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{fix}");
    let mut command = scene.command(&["--lang", "zh", "check", "--live"]);
    command.env("WDT_APP_SECRET", "wrong");
    Done::of(command).exits(2).says(&["无法查询：旺店通：", "已拒绝", "Invalid signature"]);
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_a_failure_and_no_fault() {
    let scene = with_books(books()).await;
    let gone = scene.books_server.uri();
    scene.change(&gone, "http://127.0.0.1:9");
    let (cause, severity, _) = only(&scene, 1);
    assert_eq!((cause.as_str(), severity.as_str()), ("unreached", "failed"));
}

#[tokio::test]
async fn a_configuration_with_faults_reaches_no_system() {
    let scene = with_books(books()).await;
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    scene.run(&["check", "--live"]).exits(2).complains(&["is not a rate in percent"]);
    assert_eq!(scene.books.counts().arrivals, 0);
}

#[tokio::test]
async fn what_is_sound_exits_0_and_writes_nothing() {
    let scene = with_books(books()).await;
    scene.run(&["check", "--live"]).exits(0).says(&[
        "旺店通 reached",
        "organisation 1, customer 1, warehouse 1, material 1",
        "taken 1",
        "Both systems agree",
    ]);
    assert!(scene.books.bills().is_empty() && !scene.database().exists());
}

#[tokio::test]
async fn a_number_that_does_not_exist_is_named_with_its_row_and_its_use() {
    let scene = with_books(books().customers(["C009"])).await;
    let done = scene.run(&["check", "--live"]).exits(2);
    done.says(&[
        "fault: customers S001 → C001 (100): customer does not exist, or this user may not see it; used 1 times",
        "→ correct the number in the table",
    ]);
}

#[tokio::test]
async fn a_number_of_another_organisation_has_to_be_allocated() {
    let scene = with_books(books().base_field("BD_STOCK", "CK01", "FUseOrgId.FNumber", "101")).await;
    let found = only(&scene, 2);
    assert_eq!(found, finding("not_allocated", "fault", "warehouses WH01 → CK01 (100)"));
    scene.run(&["check", "--live"]).exits(2).says(&["exists in organisation 101, not in 100"]);
}

#[tokio::test]
async fn numbers_are_looked_for_in_the_organisation_that_will_use_them() {
    let books = books()
        .orgs(["100", "101", "102"])
        .base_field("BD_Customer", "C001", "FUseOrgId.FNumber", "101")
        .base_field("BD_STOCK", "CK01", "FUseOrgId.FNumber", "102")
        .base_field("BD_MATERIAL", "TS-BLK-L", "FUseOrgId.FNumber", "102");
    let scene = with_books(books).await;
    scene.add("mapping", "orgs = { inline = { S001 = { sale_org = \"101\" } } }");
    scene.change("WH01 = \"CK01\"", "WH01 = { to = \"CK01\", stock_org = \"102\" }");
    scene.run(&["check", "--live"]).exits(0);
}

#[tokio::test]
async fn customers_by_their_own_number_and_warehouses_of_defective_goods_are_looked_for_too() {
    let scene = with_books(books().customers(["K1"]).stocks(["CK01"])).await;
    scene.add("mapping", "customer_from = \"customer_no\"");
    scene.change("S001 = \"C001\"", "KH0001 = \"K1\", KH0002 = \"K2\"");
    scene.change("WH01 = \"CK01\"", "WH01 = { to = \"CK01\", defect_to = \"CK02\" }");
    let found = findings(&scene.run(&["check", "--live", "--json"]).exits(2));
    assert_eq!(
        found,
        [
            finding("absent", "fault", "customers KH0002 → K2 (100)"),
            finding("absent", "fault", "warehouses WH01 defect_to → CK02 (100)"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_audited_or_forbidden_cannot_be_used() {
    let books = books().base_field("BD_Customer", "C001", "FDocumentStatus", "A").base_field(
        "BD_MATERIAL",
        "TS-BLK-L",
        "FForbidStatus",
        "B",
    );
    let scene = with_books(books).await;
    let found = findings(&scene.run(&["check", "--live", "--json"]).exits(2));
    assert_eq!(
        found,
        [
            finding("unaudited", "fault", "customers S001 → C001 (100)"),
            finding("forbidden", "fault", "materials TS-BLK-L → TS-BLK-L (100)"),
        ]
    );
}

#[tokio::test]
async fn an_organisation_that_does_not_exist_is_found_although_the_server_does_not_say_so() {
    let scene = with_books(books()).await;
    scene.add("kingdee", "org_num = \"999\"");
    assert_eq!(only(&scene, 2), finding("absent", "fault", "org_num → 999"));
}

#[tokio::test]
async fn a_material_that_needs_a_lot_a_shelf_life_a_serial_number_or_another_unit_is_named() {
    let books = books()
        .base_field("BD_MATERIAL", "TS-BLK-L", "FIsBatchManage", "true")
        .base_field("BD_MATERIAL", "TS-BLK-L", "FIsKFPeriod", "true")
        .base_field("BD_MATERIAL", "TS-BLK-L", "FIsSNManage", "true")
        .base_field("BD_MATERIAL", "TS-BLK-L", "FSaleUnitId.FNumber", "Box");
    let scene = with_books(books).await;
    let done = scene.run(&["check", "--live"]).exits(3);
    done.says(&[
        "needs a lot",
        "needs a shelf life",
        "needs serial numbers",
        "several units (Pcs, Box)",
        "unit = \"Pcs\"",
    ]);
    scene.add("mapping", "unit = \"Kg\"");
    scene.run(&["check", "--live"]).exits(3).says(&["has the units Pcs, Box, not Kg"]);
}

#[tokio::test]
async fn a_site_that_does_not_know_a_field_of_materials_is_asked_without_it_and_says_so() {
    let scene = with_books(books().absent_fields(["FIsKFPeriod"])).await;
    assert_eq!(only(&scene, 3), finding("needs_untold", "warning", "material"));
}

#[tokio::test]
async fn a_number_with_a_quote_reaches_the_filter_as_a_value() {
    let mut row = plain("TK1");
    set_line(&mut row, "spec_no", "M'1) or ('1'='1");
    let scene = Scene::with_books([row], books()).await;
    let (cause, _, subject) = only(&scene, 2);
    assert_eq!((cause.as_str(), subject.contains("M'1) or ('1'='1")), ("absent", true));
}

#[tokio::test]
async fn what_the_tables_do_not_know_of_the_last_days_is_named_with_its_count() {
    let rows =
        [plain("TK1"), changed("TK2", &[("shop_no", "S009")]), changed("TK3", &[("warehouse_no", "WH8")])];
    let scene = Scene::with_books(rows, books()).await;
    scene.run(&["check", "--live"]).exits(3).says(&[
        "customers (inline): S009 is not in the table: asked for 1 times",
        "warehouses (inline): WH8 is not in the table",
        "nearest: WH01",
    ]);
}

#[tokio::test]
async fn the_survey_counts_by_type_status_and_shop_and_names_what_stands_at_80() {
    let stuck = (0..6).map(|n| changed(&format!("TK8{n}"), &[("process_status", "80")]));
    let other = changed("TK9", &[("type", "4"), ("shop_no", "S007")]);
    let scene = Scene::with_books(stuck.chain([plain("TK1"), other]), books()).await;
    scene.run(&["check", "--live"]).exits(3).says(&[
        "type 2 · status 80 · shop S001: 6 left out",
        "type 2 · status 90 · shop S001: 1 taken",
        "type 4 · status 90 · shop S007: 1 left out",
        "6 returns stand at 80 待结算 and are left out, 1 are taken",
    ]);
    scene.add("wdt", "process_status = [80, 90]");
    scene.run(&["check", "--live"]).exits(0).says(&["taken 7"]);
}

#[tokio::test]
async fn many_returns_are_sampled_in_a_bounded_number_of_calls() {
    let rows = (0..130).map(|n| plain(&format!("TK{n:03}")));
    let scene = Scene::with_books(rows, books()).await;
    scene.add("wdt", "page_size = 1");
    let before = scene.shop.counts().arrivals;
    scene.run(&["check", "--live"]).exits(0).says(&["130 returns, read 50"]);
    assert_eq!(scene.shop.counts().arrivals - before, 50);
}

#[tokio::test]
async fn what_was_kept_is_judged_without_a_network_and_follows_the_tables() {
    let scene = with_books(books().base_field("BD_Customer", "C001", "FForbidStatus", "B")).await;
    scene.run(&["check", "--live", "--keep", "kept.json"]).exits(2);
    let arrivals = scene.books.counts().arrivals;
    let same = scene.run(&["check", "--against", "kept.json", "--json"]).exits(2);
    assert_eq!(findings(&same), [finding("forbidden", "fault", "customers S001 → C001 (100)")]);
    // Another customer, of which nothing is known.
    scene.change("S001 = \"C001\"", "S001 = \"C002\"");
    let other = scene.run(&["check", "--against", "kept.json", "--json"]).exits(3);
    assert_eq!(findings(&other), [finding("not_asked", "warning", "customers S001 → C002 (100)")]);
    // And a filter that takes nothing of what was read.
    scene.add("wdt", "types = [3]");
    scene.run(&["check", "--against", "kept.json"]).exits(3).says(&["taken 0", "the filter takes none"]);
    assert_eq!(scene.books.counts().arrivals, arrivals);
}

#[tokio::test]
async fn a_clock_that_is_off_by_more_than_a_minute_is_worth_a_word() {
    let scene = with_books(books()).await;
    scene.run(&["check", "--live", "--keep", "kept.json"]).exits(0);
    let path = scene.folder().join("kept.json");
    let mut kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    kept["pipelines"]["main"]["clock_offset_ms"] = (-61_000).into();
    std::fs::write(&path, kept.to_string()).unwrap();
    let done = scene.run(&["check", "--against", "kept.json"]).exits(3);
    done.says(&["its clock is 61 s behind this machine's", "NTP"]);
}

#[tokio::test]
async fn a_kept_file_holds_no_secret_and_no_name_and_one_that_is_none_is_refused() {
    let scene = with_books(books()).await;
    scene.run(&["check", "--live", "--keep", "kept.json"]).exits(0);
    let kept = std::fs::read_to_string(scene.folder().join("kept.json")).unwrap();
    // Nobody looks customers up by their number here.
    for private in ["名称", crate::scene::BOOKS_SECRET, "260001_", "KH0001"] {
        assert!(!kept.contains(private), "{private}");
    }
    std::fs::write(scene.folder().join("kept.json"), "{}").unwrap();
    scene.run(&["check", "--against", "kept.json"]).exits(2).complains(&["is not what"]);
    scene.run(&["check", "--against", "none.json"]).exits(2).complains(&["cannot be read"]);
}

#[tokio::test]
async fn check_json_tells_what_was_asked_and_what_was_found() {
    let scene = with_books(books()).await;
    let report = scene.run(&["check", "--live", "--json"]).exits(0).json();
    let one = &report["pipelines"][0];
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["clock_offset_ms", "findings", "kingdee", "pipeline", "survey", "wdt"]);
    assert_eq!(
        (&one["survey"]["total"], &one["survey"]["groups"][0]["type"]),
        (&Value::from(1), &Value::from(2))
    );
}
