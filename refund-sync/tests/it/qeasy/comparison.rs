//! `--compare`: the bill that a scheme would have sent beside ours, field by field, each difference with its reason.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::scene::Done;

fn fixture(name: &str) -> String {
    format!("{}/tests/it/fixtures/qeasy/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn compare(folder: &Path, names: &[&str], sample: &str, args: &[&str]) -> Done {
    let names: Vec<_> = names.iter().map(|name| fixture(name)).collect();
    let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
    command.env_clear().env("LANG", "en_GB.UTF-8").current_dir(folder).arg("import-qeasy").args(names);
    command.args(["--compare", sample]).args(args);
    Done::of(command)
}

/// The compared field of a return.
#[track_caller]
fn field<'a>(answer: &'a Value, refund_no: &str, path: &str) -> &'a Value {
    let returns = answer["returns"].as_array().unwrap();
    let refund = returns.iter().find(|refund| refund["refund_no"] == refund_no).unwrap();
    let fields = refund["fields"].as_array().unwrap();
    fields.iter().find(|field| field["path"] == path).unwrap_or_else(|| panic!("{path}: {refund:#}"))
}

fn verdicts(answer: &Value, verdict: &str) -> Vec<String> {
    let returns = answer["returns"].as_array().unwrap();
    let fields = returns.iter().flat_map(|refund| refund["fields"].as_array().unwrap());
    let met = fields.filter(|field| field["verdict"] == verdict);
    met.map(Value::to_string).collect()
}

#[test]
fn the_plain_scheme_sends_the_same_bills_but_for_what_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["plain-source.json", "plain-target.json"];
    let answer = compare(folder.path(), &names, &fixture("refunds.json"), &["--json"]).exits(0).json();
    for path in [
        "FBillNo",
        "FSaleOrgId",
        "FRetcustId",
        "FHeadNote",
        "FEntity[1].FMaterialId",
        "FEntity[1].FRealQty",
        "FEntity[1].FTaxPrice",
        "FEntity[1].FStockId",
        "FEntity[1].FEntryTaxRate",
    ] {
        assert_eq!(field(&answer, "TK2611010001", path)["verdict"], "same", "{path}");
    }
    // The scheme has no check_time to send; 10.00 for 3 pieces is 3.333333 in both.
    assert_eq!(field(&answer, "TK2611010001", "FDate")["scheme"], Value::Null);
    assert_eq!(field(&answer, "TK2611010001", "FEntity[2].FTaxPrice")["verdict"], "same");
    // 2.7550 each would round to 2.76 twice: a cent more than was refunded.
    let price = field(&answer, "TK2611010002", "FEntity[1].FTaxPrice");
    let other = field(&answer, "TK2611010002", "FEntity[2].FTaxPrice");
    let reasons = format!("{price}{other}");
    assert!(reasons.contains("comes to 2.76, ours to 2.75"), "{reasons}");
    assert_eq!(verdicts(&answer, "unexplained"), [""; 0]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_the_scheme_asks_of_another_one_is_a_table_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let done = compare(folder.path(), &["three-orgs.json"], &fixture("refunds.json"), &[]).exits(0);
    done.says(&[
        "The tables are not filled in yet",
        "≈ FSaleOrgId: 轻易云 ⟨sale_org of",
        "= FDate: 2026-11-02",
        "= FEntity[1].FStockId: THC",
        "another price that comes to the same amount",
        "2 returns: same =",
        "unexplained ? 0 · without a bill 0",
    ]);
}

#[test]
fn the_filled_tables_count_once_they_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
    command
        .env_clear()
        .env("LANG", "en_GB.UTF-8")
        .current_dir(folder.path())
        .args(["import-qeasy", &fixture("three-orgs.json")]);
    Done::of(command).exits(0);
    // As long as the tables are empty, what will be in them is stood in for.
    let empty = compare(folder.path(), &["three-orgs.json"], &fixture("refunds.json"), &[]).exits(0);
    empty.says(&["The tables are not filled in yet"]);
    let rows = "from,sale_org,stock_org,settle_org\nS001,101,102,101\nS002,201,202,201\n";
    fs::write(folder.path().join("mapping/orgs.csv"), rows).unwrap();
    let answer =
        compare(folder.path(), &["three-orgs.json"], &fixture("refunds.json"), &["--json"]).exits(0).json();
    let org = field(&answer, "TK2611010002", "FStockOrgId");
    assert_eq!((&org["ours"], &org["verdict"]), (&Value::from("202"), &Value::from("by_table")));
}

#[test]
fn a_stockin_scheme_is_compared_by_its_stockins_with_the_return_they_belong_to() {
    let folder = tempfile::tempdir().unwrap();
    let answer =
        compare(folder.path(), &["lots.json"], &fixture("refunds.json"), &["--json"]).exits(0).json();
    assert_eq!(field(&answer, "TK2611010001", "FBillNo")["ours"], "TH-TK2611010001");
    assert_eq!(field(&answer, "TK2611010001", "FBillNo")["verdict"], "same");
    assert_eq!(field(&answer, "TK2611010001", "FEntity[1].FStockId")["verdict"], "same");
    assert_eq!(field(&answer, "TK2611010001", "FStockOrgId")["ours"], "101");
    let lot = field(&answer, "TK2611010001", "FEntity[1].FLot");
    assert_eq!((&lot["ours"], &lot["verdict"]), (&Value::from("B1"), &Value::from("differs")));
    assert!(lot["message"].as_str().unwrap().contains("batch of the stock-in"));
    assert_eq!(verdicts(&answer, "unexplained"), [""; 0]);
}

#[test]
fn a_return_without_a_bill_says_why_and_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let sample = fs::read_to_string(fixture("refunds.json")).unwrap();
    let sample = sample
        .replace("\"type\": 2,", "\"type\": 4,")
        .replace("\"refund_num\": \"3.0000\"", "\"refund_num\": \"-3\"");
    fs::write(folder.path().join("sample.json"), sample).unwrap();
    let names = ["plain-source.json", "plain-target.json"];
    let done = compare(folder.path(), &names, "sample.json", &[]).exits(3);
    done.says(&["no bill: not in scope: type 4", "without a bill 2"]);
}

#[test]
fn a_sample_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("none.json"), "{\"rows\": []}").unwrap();
    let names = ["plain-source.json", "plain-target.json"];
    compare(folder.path(), &names, "none.json", &[]).exits(2).complains(&["none.json: holds no returns"]);
    compare(folder.path(), &["lots.json"], &fixture("plain-source.json"), &[]).exits(2);
}

#[test]
fn a_number_under_a_key_of_its_own_is_compared_where_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let target = fs::read_to_string(fixture("plain-target.json")).unwrap();
    let stocker = r#""request": [
    {"field": "FStockerId", "type": "string", "parser": {"name": "ConvertObjectParser", "params": "FSTAFFNUMBER"}, "value": "0099"},
    {"field": "FStockDeptId", "type": "string", "parser": {"name": "ConvertObjectParser", "params": "FNumber"}, "value": "BM02"},"#;
    let path = folder.path().join("target.json");
    fs::write(&path, target.replace("\"request\": [", stocker)).unwrap();
    let names = ["plain-source.json", path.to_str().unwrap()];
    let sources = [fixture(names[0]), names[1].to_owned()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
    command.env_clear().current_dir(folder.path()).arg("import-qeasy").args(&sources);
    command.args(["--compare", &fixture("refunds.json"), "--json"]);
    let answer = Done::of(command).exits(0).json();
    for path in ["FStockerId.FSTAFFNUMBER", "FStockDeptId"] {
        assert_eq!(field(&answer, "TK2611010001", path)["verdict"], "same", "{path}");
    }
    assert_eq!(verdicts(&answer, "unexplained"), [""; 0]);
}

#[test]
fn tables_are_called_empty_only_where_there_are_any() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["plain-source.json", "plain-target.json"];
    let done = compare(folder.path(), &names, &fixture("refunds.json"), &[]).exits(0);
    assert!(!done.out.contains("The tables are not filled in yet"), "{}", done.out);
    let done = compare(folder.path(), &["three-orgs.json"], &fixture("refunds.json"), &[]);
    assert!(done.out.contains("The tables are not filled in yet"), "{}", done.out);
}
