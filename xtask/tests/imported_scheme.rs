//! A scheme of 轻易云 on its way to a rehearsal: imported, its tables filled, checked and mapped against the real
//! `cargo xtask mock`, by the real program. What becomes of each field of a scheme is tested in `refund-sync`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use wdt_qimen_sdk::mock as wdt;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../refund-sync/tests/it/fixtures/qeasy");

/// Both simulators as a process of their own, until the end of the test.
struct Mock(Child);

impl Mock {
    fn start(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["mock", "--refunds", "30", "--config"]).arg(config).stdout(Stdio::piped());
        let mut mock = Self(command.spawn().unwrap());
        let out = BufReader::new(mock.0.stdout.take().unwrap());
        let ready = out.lines().map_while(Result::ok).any(|line| line.starts_with("Ctrl-C"));
        assert!(ready, "the mock command ended before it served");
        mock
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself; then the test has failed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program, as it was built beside this one; built now where it was not.
fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("refund-sync");
    if !path.exists() {
        let built = Command::new(env!("CARGO")).args(["build", "-p", "refund-sync"]).status().unwrap();
        assert!(built.success());
    }
    path
}

/// How the program ended and what it answered, with the addresses and accounts of the mock's own configuration.
fn run(folder: &Path, mock: &toml::Table, args: &[&str]) -> (i32, String) {
    let mut command = Command::new(program());
    command.env_clear().current_dir(folder).args(args);
    let pipeline = &mock["pipeline"][0];
    command.env("REFUND_SYNC__PIPELINE__MAIN__START_FROM", pipeline["start_from"].as_str().unwrap());
    for (section, keys) in [
        ("wdt", &["base_url", "sid", "app_key"][..]),
        ("kingdee", &["base_url", "acct_id", "username", "app_id"][..]),
    ] {
        for key in keys {
            let name = format!("REFUND_SYNC__PIPELINE__MAIN__{section}__{key}").to_uppercase();
            command.env(name, pipeline[section][*key].as_str().unwrap());
        }
        let secret = format!("{}_APP_SECRET", section.to_uppercase());
        command.env(secret, pipeline[section]["app_secret"].as_str().unwrap());
    }
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().unwrap_or(-1);
    assert!((0..=3).contains(&code) && !told.contains("panicked"), "{args:?} ended with {code}: {told}");
    (code, text)
}

/// The causes of what `check --live` finds, with how bad each is.
fn findings(answer: &str) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(answer).unwrap();
    let word = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    let all = report["pipelines"][0]["findings"].as_array().unwrap();
    all.iter().map(|one| (word(one, "cause"), word(one, "severity"))).collect()
}

/// A table with a row for each of these numbers.
fn fill(path: &Path, listed: &[(&str, &str)], to: &str) {
    let empty = fs::read_to_string(path).unwrap();
    assert_eq!(empty.trim_start_matches('\u{feff}').trim(), "from,to");
    let rows: Vec<_> = listed.iter().map(|(from, _)| format!("{from},{to}{from}")).collect();
    fs::write(path, format!("{}\n{}\n", empty.trim_end(), rows.join("\n"))).unwrap();
}

#[test]
fn an_imported_scheme_is_led_by_the_check_to_a_rehearsal_on_the_mock_command() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let source = fs::read_to_string(format!("{FIXTURES}/plain-source.json")).unwrap();
    let target = fs::read_to_string(format!("{FIXTURES}/plain-target.json")).unwrap();
    let find = |what: &str, by: &str| {
        format!(
            "_findCollection find {what} from 11aa22bb-0000-3000-8000-000000000002 where {by}={{{{{by}}}}}"
        )
    };
    let target = target
        .replace("{shop_no}", &find("customer", "shop_no"))
        .replace("{warehouse_no}", &find("stock", "warehouse_no"));
    fs::write(folder.join("source.json"), source).unwrap();
    fs::write(folder.join("target.json"), target).unwrap();

    let mock_config = folder.join("mock.toml");
    let _mock = Mock::start(&mock_config);
    let mock: toml::Table = fs::read_to_string(&mock_config).unwrap().parse().unwrap();
    assert_eq!(run(folder, &mock, &["import-qeasy", "source.json", "target.json"]).0, 0);

    // Nothing is in the tables yet, and the check says for which numbers a row is missing.
    let (_, answer) = run(folder, &mock, &["check", "--live", "--json"]);
    assert!(findings(&answer).iter().any(|(cause, _)| cause == "unmapped"), "{answer}");
    fill(&folder.join("mapping/customers.csv"), wdt::SHOPS, "C-");
    fill(&folder.join("mapping/warehouses.csv"), wdt::WAREHOUSES, "CK-");
    assert_eq!(run(folder, &mock, &["check"]).0, 0);
    let (_, answer) = run(folder, &mock, &["check", "--live", "--json"]);
    let found = findings(&answer);
    assert!(found.iter().all(|(cause, severity)| cause != "unmapped" && severity == "warning"), "{found:?}");

    let (_, answer) = run(folder, &mock, &["run", "--dry-run", "--json"]);
    let report: Value = serde_json::from_str(&answer).unwrap();
    let bills = report["pipelines"][0]["bills"].as_array().unwrap();
    let will: Vec<&Value> = bills.iter().filter(|bill| bill["forecast"] == "will").collect();
    assert!(!will.is_empty(), "{answer}");
    for bill in will {
        let sent = &bill["bill"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(sent["FBillNo"], bill["refund_no"]);
        assert!(text(&sent["FRetcustId"]["FNumber"]).starts_with("C-"), "{sent}");
        for row in sent["FEntity"].as_array().unwrap() {
            assert!(text(&row["FStockId"]["FNumber"]).starts_with("CK-"), "{row}");
            assert_eq!(row["FEntryTaxRate"].to_string(), "13");
        }
    }
}
