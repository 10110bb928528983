//! The command: what it writes, that it writes over nothing, and that what it writes is a configuration that loads.

use std::fs;
use std::path::Path;
use std::process::Command;

use wdt_qimen_sdk::mock::{APP_KEY, SID};

use crate::returns::{line, plain, with_lines};
use crate::scene::{Done, Scene};

fn fixture(name: &str) -> String {
    format!("{}/tests/it/fixtures/qeasy/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The binary in a folder, with both secrets set.
fn run(folder: &Path, args: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
    command
        .env_clear()
        .env("LANG", "en_GB.UTF-8")
        .envs([("WDT_APP_SECRET", "x"), ("KINGDEE_APP_SECRET", "x")]);
    command.current_dir(folder).args(args);
    Done::of(command)
}

/// `import-qeasy` of fixtures into a folder.
fn import(folder: &Path, names: &[&str], args: &[&str]) -> Done {
    let names: Vec<_> = names.iter().map(|name| fixture(name)).collect();
    let mut all = vec!["import-qeasy"];
    all.extend(names.iter().map(String::as_str));
    all.extend(args);
    run(folder, &all)
}

const SCHEMES: [&[&str]; 6] = [
    &["plain-source.json", "plain-target.json"],
    &["three-orgs.json"],
    &["stockin.json"],
    &["lots.json"],
    &["departments.json"],
    &["bill-type.json"],
];

#[test]
fn what_is_written_is_a_configuration_that_check_accepts() {
    for names in SCHEMES {
        let folder = tempfile::tempdir().unwrap();
        let done = import(folder.path(), names, &[]).exits(0);
        done.says(&[
            "wrote ./refund-sync.toml",
            "What became of each field",
            "What became of each field is in",
        ]);
        // All that is wrong with it is what is to be filled in.
        let done = run(folder.path(), &["check"]).exits(2).complains(&["pipeline[0].wdt.sid"]);
        let faults = done.err.lines().filter(|line| !line.starts_with(' ') && !line.starts_with("warning"));
        for fault in faults {
            assert!(fault.contains("is an example, not yours"), "{}", done.err);
        }
        let report = fs::read_to_string(folder.path().join("qeasy-report.md")).unwrap();
        assert!(report.contains("# 轻易云方案的导入报告") && report.contains("# Import of a 轻易云 scheme"));
    }
}

#[test]
fn nothing_is_written_over_and_then_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("mapping")).unwrap();
    let table = folder.path().join("mapping/orgs.csv");
    fs::write(&table, "mine").unwrap();
    let done = import(folder.path(), &["three-orgs.json"], &[]).exits(1);
    done.complains(&["mapping/orgs.csv exists and is left as it is", "--out"]);
    assert_eq!(fs::read_to_string(&table).unwrap(), "mine");
    assert!(!folder.path().join("refund-sync.toml").exists());
    import(folder.path(), &["three-orgs.json"], &["--out", "other/folder"]).exits(0);
    assert!(folder.path().join("other/folder/mapping/orgs.csv").exists());
}

#[test]
fn a_bad_file_exits_with_2_names_place_and_fix_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), "{\n  api: 'x'\n}").unwrap();
    let done = run(folder.path(), &["import-qeasy", "a.json", "b.json"]).exits(2);
    done.complains(&["b.json: cannot be read"]);
    let done = run(folder.path(), &["import-qeasy", "a.json"]).exits(2);
    done.complains(&["a.json:2: looks like a JavaScript object", "→"]);
    fs::write(folder.path().join("gbk.json"), [b'{', 0xb5, 0xa5]).unwrap();
    run(folder.path(), &["import-qeasy", "gbk.json"]).exits(2).complains(&["is not UTF-8"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn words_of_a_scheme_cannot_break_out_of_the_configuration_or_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let target = fs::read_to_string(fixture("plain-target.json")).unwrap();
    let target = target
        .replace("\"label\": \"备注\"", "\"label\": \"备\\n[store]\\nurl = 1 \\u001b[2J\"")
        .replace("\"value\": \"100\"", "\"value\": \"1\\\"\\n#0\"");
    fs::write(folder.path().join("t.json"), target).unwrap();
    let done = run(folder.path(), &["import-qeasy", &fixture("plain-source.json"), "t.json"]);
    assert!(!done.out.contains('\u{1b}') && !done.err.contains('\u{1b}'));
    let config = fs::read_to_string(folder.path().join("refund-sync.toml")).unwrap();
    assert_eq!(config.lines().filter(|line| line.starts_with("[store]")).count(), 1);
    assert!(toml::from_str::<toml::Table>(&config).is_ok(), "{config}");
}

#[tokio::test]
async fn the_rehearsal_of_an_imported_scheme_sends_its_bills_but_for_what_the_comparison_names() {
    let lines = [line("TS-1", "3.0000", "10.0000"), line("TS-2", "2.0000", "119.8000")];
    let rows = [plain("TK1"), with_lines("TK2", &lines)];
    let scene = Scene::with(rows.clone()).await;
    let sample: Vec<_> = rows.iter().map(|row| &row.0).collect();
    fs::write(scene.folder().join("sample.json"), serde_json::to_string(&sample).unwrap()).unwrap();
    let schemes = SCHEMES[0].iter().map(|name| fixture(name));
    let schemes: Vec<_> = schemes.chain(["--out".to_owned(), "imported".to_owned()]).collect();
    let run = |args: &[&str]| {
        let mut command = scene.command(&[]);
        command.env(
            "REFUND_SYNC__PIPELINE__MAIN__START_FROM",
            crate::returns::text(crate::returns::now() - chrono::TimeDelta::days(1)),
        );
        for (key, value) in [
            ("WDT__BASE_URL", format!("{}/router/qm", scene.shop_server.uri())),
            ("WDT__SID", SID.to_owned()),
            ("WDT__APP_KEY", APP_KEY.to_owned()),
            ("KINGDEE__BASE_URL", format!("{}/k3cloud/", scene.books_server.uri())),
            ("KINGDEE__ACCT_ID", "65f0c0ffee0001".to_owned()),
            ("KINGDEE__APP_ID", "260001_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4".to_owned()),
        ] {
            command.env(format!("REFUND_SYNC__PIPELINE__MAIN__{key}"), value);
        }
        command.args(args);
        Done::of(command)
    };
    let mut import: Vec<&str> = vec!["import-qeasy"];
    import.extend(schemes.iter().map(String::as_str));
    run(&import).exits(0);
    fs::rename(scene.folder().join("imported/refund-sync.toml"), scene.config()).unwrap();
    let dry = run(&["run", "--dry-run", "--json"]).exits(0).json();
    let mut compare = vec!["import-qeasy"];
    compare.extend(schemes[..2].iter().map(String::as_str));
    compare.extend(["--compare", "sample.json", "--json"]);
    let compared = run(&compare).exits(0).json();
    let bills = dry["pipelines"][0]["bills"].as_array().unwrap();
    for compared in compared["returns"].as_array().unwrap() {
        let dry = bills.iter().find(|bill| bill["refund_no"] == compared["refund_no"]).unwrap();
        // The mark is made when the bill is sent.
        let fields = compared["fields"].as_array().unwrap().iter();
        for field in fields.filter(|field| field["path"] != "SubHeadEntity.FThirdBillId") {
            let path = field["path"]
                .as_str()
                .unwrap()
                .replace("FEntity[1].", "/FEntity/0/")
                .replace("FEntity[2].", "/FEntity/1/")
                .replace('.', "/");
            let path = if path.starts_with('/') { path } else { format!("/{path}") };
            let sent = dry["bill"].pointer(&path).map(|sent| {
                let number = sent.as_object().and_then(|object| object.values().next()).unwrap_or(sent);
                number.as_str().map_or_else(|| number.to_string(), str::to_owned)
            });
            assert_eq!(sent.as_deref(), field["ours"].as_str(), "{path} of {dry:#}");
        }
    }
}
