//! CSV tables: each fault at the table's own line, whatever a spreadsheet did to the file.

use std::fs;
use std::path::{Path, PathBuf};

use refund_sync::config::Faults;
use refund_sync::mapping::table::Table;

use super::{Changed, fixture};

/// A configuration with `tables/NAME` as the table `key`.
fn with_table(key: &str, name: &str) -> Changed {
    with_file(key, &fixture("tables").join(name))
}

fn with_file(key: &str, path: &Path) -> Changed {
    let old = if key == "tax_rate" { "tax_rate = 13.0".to_owned() } else { format!("{key} = \"identity\"") };
    Changed::new(&old, &format!("{key} = {{ file = '{}' }}", path.display()))
}

/// Its faults, as `line: text`.
fn faults_of(key: &str, name: &str) -> Vec<String> {
    lines(&with_table(key, name).load().unwrap_err())
}

/// A table of these bytes; the folder keeps the file.
fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn lines(faults: &Faults) -> Vec<String> {
    let in_table = |line: &str| Some(line.split_once(".csv:")?.1.to_owned());
    faults.to_string().lines().filter_map(in_table).collect()
}

#[track_caller]
fn assert_starts(found: &[String], expected: &[&str]) {
    let same = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| found.starts_with(expected));
    assert!(same, "{found:#?}");
}

#[test]
fn missing_columns_are_named_with_those_found() {
    assert_starts(
        &faults_of("customers", "no_columns.csv"),
        &["1:1: customers: has no column from, to; it has: shop, customer"],
    );
    assert_starts(
        &faults_of("customers", "empty.csv"),
        &["1:1: customers: has no column from, to; it has: "],
    );
}

#[test]
fn a_key_for_anything_is_refused_with_the_setting_that_does_it() {
    let faults = with_table("customers", "any_key.csv").load().unwrap_err();
    assert_starts(&lines(&faults), &["3:1: customers: from: * is no number"]);
    assert!(faults.as_slice()[0].fix.en.contains("default = "), "{faults}");
}

#[test]
fn a_table_of_a_further_field_has_the_column_that_its_rule_names() {
    let with = |file: &str, column: &str| {
        let path = fixture("tables").join(file);
        let head = format!(
            "head = {{ F_A = {{ number = {{ by = \"shop_no\", file = '{}'{column} }} }} }}\ntax_rate",
            path.display()
        );
        Changed::new("tax_rate", &head).load()
    };
    let faults = with("salesmen_no_column.csv", ", column = \"salesman\"").unwrap_err();
    assert_starts(&lines(&faults), &["1:1: F_A: has no column salesman; it has: from, to, dept"]);
    let faults = with("salesmen_date.csv", "").unwrap_err();
    assert_starts(&lines(&faults), &["2:1: F_A: to: \"2026/11/1\" is a date, not a number of 金蝶"]);
    assert!(with("salesmen_no_column.csv", ", column = \"dept\"").is_ok());
}

#[test]
fn every_bad_cell_has_its_line() {
    assert_starts(
        &faults_of("customers", "bad_cells.csv"),
        &[
            "3:1: customers: to: is empty",
            "4:1: customers: from: is empty",
            "5:1: customers: has 3 cells, the header 2",
        ],
    );
}

#[test]
fn lines_are_counted_alike_whatever_they_end_in() {
    for end in ["\n", "\r\n"] {
        let text = ["from,to,note", "A,", "", "B,1,\"b", "c\"", "D,"].join(end);
        let (_keep, path) = written(text.as_bytes());
        let found = lines(&with_file("customers", &path).load().unwrap_err());
        assert_starts(&found, &["2:1: customers: to: is empty", "6:1: customers: to: is empty"]);
    }
}

#[test]
fn a_key_twice_on_the_same_days_names_both_lines() {
    assert_starts(
        &faults_of("customers", "overlap.csv"),
        &[
            "4:1: customers: \"S001\" stands in line 2 too, on the same days",
            "5:1: customers: \"S001\" stands in line 2 too, on the same days",
        ],
    );
}

#[test]
fn bad_dates_are_named() {
    assert_starts(
        &faults_of("customers", "dates.csv"),
        &[
            "2:1: customers: valid_from: \"2026-13-01\" is not a date YYYY-MM-DD",
            "3:1: customers: valid_to: 2026-11-30 is before valid_from 2026-12-01",
        ],
    );
}

#[test]
fn numbers_that_a_spreadsheet_shortened_are_caught() {
    assert_starts(
        &faults_of("materials", "mangled.csv"),
        &["3:1: materials: to: 6.90123E+12 is a number that a spreadsheet shortened"],
    );
}

#[test]
fn a_table_that_is_no_text_says_how_to_save_it() {
    let (_folder, path) = written(b"from,to,\xff\xff\nS001,C001,\n");
    let faults = with_file("customers", &path).load().unwrap_err();
    assert_starts(&lines(&faults), &["1:1: customers: is neither UTF-8 nor GBK"]);
    assert!(faults.to_string().contains("CSV UTF-8"), "{faults}");
}

#[test]
fn a_file_that_is_wrong_all_over_says_so_in_twenty_lines() {
    let faults = faults_of("customers", "many.csv");
    assert_eq!(faults.len(), 20);
    assert!(faults[19].starts_with("21:1: customers: from here on there are more faults"), "{}", faults[19]);
}

#[test]
fn tax_rates_by_material_are_numbers_from_0_to_100() {
    let faults = with_table("tax_rate", "rates.csv").load().unwrap_err();
    assert_starts(
        &lines(&faults),
        &["3:1: tax_rate: to: \"101\" is not a rate in percent", "4:1: tax_rate: to: \"0.x\" is not a rate"],
    );
}

#[test]
fn a_column_that_is_nearly_a_known_one_is_warned_of() {
    let warnings = with_table("warehouses", "slip.csv").load().unwrap().warnings;
    assert!(warnings[0].fix.en.contains("did you mean stock_org?"), "{warnings:?}");
}

#[test]
fn a_table_without_rows_is_warned_of() {
    let warnings = with_table("customers", "only_header.csv").load().unwrap().warnings;
    assert!(warnings[0].message.en.contains("no rows"), "{warnings:?}");
}

#[test]
fn what_a_spreadsheet_adds_does_no_harm() {
    let text = "\u{FEFF}From,To,note\r\n S001 ,C001,\"old, kept\"\r\n,,\r\nS002,C002\r\n";
    let (_folder, path) = written(text.as_bytes());
    let config = with_file("customers", &path).load().unwrap().config;
    let Table::Rows { rows, .. } = &config.pipelines[0].mapping.customers else { panic!() };
    assert!(rows.keys().eq(&["S001", "S002"]), "{rows:?}");
    assert_eq!(rows["S001"][0].columns["note"], "old, kept");
}

#[test]
fn a_faulty_table_that_two_pipelines_share_is_reported_once() {
    let changed = with_table("customers", "bad_cells.csv");
    let text = fs::read_to_string(changed.path()).unwrap();
    let second = text.replace("[[pipeline]]", "[[pipeline]]\nname = \"two\"");
    fs::write(changed.path(), format!("{text}\n{second}")).unwrap();
    assert_eq!(lines(&changed.load().unwrap_err()).len(), 3);
}
