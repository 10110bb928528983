//! The command line as a contract: what can be called, what it answers, its exit codes, and the shapes of its JSON.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::returns::{many, plain, with_lines};
use crate::scene::{Done, Scene, word};

/// The binary in an empty folder, without a configuration.
fn run_in(folder: &Path, args: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_refund-sync"));
    command.env_clear().env("LANG", "en_GB.UTF-8").current_dir(folder).args(args);
    Done::of(command)
}

/// The keys of an object are these and no other.
#[track_caller]
fn keys(value: &Value, expected: &[&str]) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let found: BTreeSet<_> = object.keys().map(String::as_str).collect();
    assert_eq!(found, expected.iter().copied().collect());
}

#[test]
fn help_names_every_command_and_every_exit_is_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        "demo",
        "init",
        "check",
        "run",
        "status",
        "why",
        "find",
        "parked",
        "retry",
        "completions",
        "--config",
        "--log-format",
    ];
    run_in(folder.path(), &["--help"]).exits(0).says(&commands);
    for command in &commands[..10] {
        run_in(folder.path(), &[command, "--help"]).exits(0).says(&["Usage"]);
    }
    run_in(folder.path(), &["run", "--help"]).exits(0).says(&[
        "--dry-run",
        "--until-settled",
        "--timeout",
        "--json",
    ]);
    run_in(folder.path(), &["--version"]).exits(0).says(&[env!("CARGO_PKG_VERSION")]);
}

#[test]
fn what_cannot_be_called_exits_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let wrong: [&[&str]; 9] = [
        &[],
        &["rum"],
        &["run", "--dry-run", "--until-settled"],
        &["run", "--timeout", "5m"],
        &["run", "--until-settled", "--timeout", "5"],
        &["retry"],
        &["retry", "TK1", "--all"],
        &["demo", "--refunds", "0"],
        &["why"],
    ];
    for args in wrong {
        run_in(folder.path(), args).exits(2);
    }
    let folder = folder.path().join("nowhere").join("logs");
    std::fs::write(folder.parent().unwrap(), "").unwrap();
    let folder = folder.display().to_string();
    let log = run_in(std::path::Path::new("/"), &["--log-dir", &folder, "check"]);
    log.exits(2).complains(&["--log-dir", "is not a directory"]);
}

#[test]
fn init_writes_a_configuration_that_check_understands_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["init"]).exits(0).says(&["refund-sync.toml", "mapping/customers.csv"]);
    let config = folder.path().join("refund-sync.toml");
    // Only what nobody but the user knows is missing: the secrets.
    let done =
        run_in(folder.path(), &["check"]).exits(2).complains(&["WDT_APP_SECRET", "KINGDEE_APP_SECRET"]);
    assert!(!done.err.contains("is not a key"), "{}", done.err);
    // And what stands there as an example: until it is changed nothing is sound.
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap().replace("{ env = ", "{ file = "))
        .unwrap();
    for file in ["WDT_APP_SECRET", "KINGDEE_APP_SECRET"] {
        std::fs::write(folder.path().join(file), "mine").unwrap();
    }
    let done = run_in(folder.path(), &["check"]).exits(2);
    let done = done.complains(&["pipeline[0].wdt.sid", "customers.csv:", "is an example, not yours"]);
    assert!(!done.out.contains("sound"), "{}", done.out);

    std::fs::write(&config, "mine").unwrap();
    std::fs::write(folder.path().join("mapping/customers.csv"), "mine too").unwrap();
    run_in(folder.path(), &["init"]).exits(1).complains(&["exists and is left as it is"]);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "mine");
    run_in(folder.path(), &["--config", "other.toml", "init"]).exits(0).says(&["kept", "other.toml"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("mapping/customers.csv")).unwrap(), "mine too");
}

#[tokio::test]
async fn check_is_silent_about_nothing_and_reaches_nobody() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["check"]).exits(0).says(&["main", "The configuration is sound"]);
    assert_eq!((scene.shop.counts().arrivals, scene.books.counts().arrivals), (0, 0));
}

#[test]
fn completions_are_written_for_every_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run_in(folder.path(), &["completions", shell]).exits(0).says(&["refund-sync", "until-settled"]);
    }
    run_in(folder.path(), &["completions", "cmd"]).exits(2);
}

#[test]
fn the_demo_needs_no_configuration_and_proves_itself() {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), &["demo", "--refunds", "60", "--seed", "3"]).exits(0).says(&[
        "  missing             0",
        "  doubled             0",
        "the promise holds",
        "seed 3",
    ]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn before_the_first_run_there_is_nothing_to_tell() {
    let scene = Scene::with([plain("TK1")]).await;
    scene.run(&["status"]).exits(0).says(&["Nothing was journalled yet"]);
    scene.run(&["parked"]).exits(0).says(&["Nothing waits for a person"]);
    scene.run(&["why", "TK1"]).exits(1).complains(&["was never read"]);
    for command in ["why", "find"] {
        scene.run(&[command, " "]).exits(2).complains(&["the number to look for is empty"]);
    }
    assert_eq!(scene.run(&["status", "--json"]).exits(0).json()["pipelines"], Value::Array(Vec::new()));
    assert!(!scene.database().exists(), "asking makes no journal");
}

#[tokio::test]
async fn exit_codes_tell_done_from_parked_from_failed() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    scene.settle().exits(0);
    scene.run(&["parked"]).exits(3);
    scene.run(&["status"]).exits(0);
    scene.run(&["why", "TK2"]).exits(0);
    scene.change("sid = \"demo2\"", "sid = \"wrong\"");
    scene.run(&["run"]).exits(1);
    scene.change("sid = \"wrong\"", "side = \"wrong\"");
    scene.run(&["run"]).exits(2);
    scene.run(&["status"]).exits(2);
}

const REASON: [&str; 5] = ["cause", "message", "message_zh", "remedy", "remedy_zh"];

#[tokio::test]
async fn run_json_is_a_tally_a_pipeline() {
    let scene = Scene::with(many(2)).await;
    let report = scene.run(&["run", "--until-settled", "--json"]).exits(0).json();
    keys(&report, &["pipelines"]);
    let one = &report["pipelines"][0];
    keys(one, &["pipeline", "tally", "left", "failures", "failures_zh", "stopped", "short"]);
    let tally = [
        "read_calls",
        "rows",
        "windows_settled",
        "windows_short",
        "windows_unproven",
        "mapped",
        "saved",
        "adopted",
        "confirmed",
        "parked",
        "unanswered",
        "unverified",
        "resent",
        "noticed",
        "reversed",
        "altered",
        "foreign",
    ];
    keys(&one["tally"], &tally);
    keys(&one["tally"]["rows"], &["accepted", "filtered", "unreadable", "waiting", "unchanged"]);
    assert_eq!((&one["tally"]["saved"], &one["left"]), (&Value::from(2), &Value::from(0)));
}

#[tokio::test]
async fn dry_run_json_is_a_forecast_a_bill() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    let report = scene.run(&["run", "--dry-run", "--json"]).exits(3).json();
    let one = &report["pipelines"][0];
    keys(one, &["pipeline", "bills", "failures", "failures_zh"]);
    for bill in one["bills"].as_array().unwrap() {
        keys(bill, &["refund_no", "forecast", "why", "reasons", "bill"]);
    }
    assert_eq!(one["bills"][0]["bill"]["FBillNo"], "TK1");
    keys(&one["bills"][1]["reasons"][0], &REASON);
    assert!(one["bills"][1]["bill"].is_null());
}

#[tokio::test]
async fn status_json_tells_where_every_pipeline_stands() {
    let mut filtered = plain("TK3");
    filtered.set("type", "4");
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[]), filtered]).await;
    scene.settle().exits(3);
    let report = scene.run(&["status", "--json"]).exits(0).json();
    keys(&report, &["pipelines"]);
    let one = &report["pipelines"][0];
    let expected = [
        "pipeline",
        "cursor",
        "read_until",
        "clock_offset_seconds",
        "stopped",
        "paused",
        "writing_waits_until",
        "documents",
        "flags",
        "parked",
        "parked_yuan",
        "decided",
        "filtered",
        "windows",
        "short_windows",
        "runs",
    ];
    keys(one, &expected);
    let states = [
        "filtered",
        "seen",
        "mapped",
        "intended",
        "saved",
        "submitted",
        "audited",
        "confirmed",
        "parked",
        "decided",
    ];
    keys(&one["documents"], &states);
    keys(&one["filtered"][0], &["type", "process_status", "shop_no", "count", "amount"]);
    keys(&one["windows"][0], &["start", "end", "state", "total", "seen", "calls", "note"]);
    keys(&one["runs"][0], &["command", "started", "ended", "outcome"]);
    assert!(word(&one["runs"][0]["started"]).ends_with("+08:00"));
    assert_eq!(one["parked"]["no_lines"], 1);
    scene.run(&["status"]).exits(0).says(&[
        "done: 1",
        "parked no_lines (No lines): 1",
        "refund without goods · finished (type 4, status 90), shop S001: 1",
    ]);
}

#[tokio::test]
async fn why_json_is_a_life() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    let report = scene.run(&["why", "TK1", "--json"]).exits(0).json();
    keys(&report, &["refund_no", "documents", "matches"]);
    let life = &report["documents"][0];
    let expected = [
        "pipeline",
        "refund_no",
        "state",
        "bill_no",
        "fid",
        "modified",
        "date",
        "amount",
        "shop_no",
        "shop_name",
        "type",
        "process_status",
        "not_in_scope",
        "first_parked",
        "last_tried",
        "reasons",
        "flags",
        "due_at",
        "next_try",
        "writing_waits_until",
        "stopped",
        "newer_row_waits",
        "pruned_until",
        "seen",
        "refund",
        "bill",
        "events",
    ];
    keys(life, &expected);
    for event in life["events"].as_array().unwrap() {
        keys(event, &["at", "run", "event", "detail"]);
    }
    keys(&scene.why("TK2")["reasons"][0], &REASON);
    let unknown = scene.run(&["why", "TK9", "--json"]).exits(1).json();
    assert_eq!(unknown["documents"], Value::Array(Vec::new()), "JSON also when there is nothing");
}

#[tokio::test]
async fn parked_json_lists_what_waits_with_what_to_do() {
    let scene = Scene::with([with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    let report = scene.run(&["parked", "--json"]).exits(3).json();
    keys(&report, &["parked"]);
    let one = &report["parked"][0];
    let expected = [
        "pipeline",
        "refund_no",
        "shop_no",
        "cause",
        "reasons",
        "fid",
        "since",
        "amount",
        "date",
        "shop_name",
        "tid",
        "src_no",
        "sales_tid",
        "first_parked",
        "last_tried",
        "next_try",
    ];
    keys(one, &expected);
    keys(&one["reasons"][0], &REASON);
    assert!(one["fid"].is_null());
}

#[tokio::test]
async fn the_answer_goes_to_stdout_and_the_log_to_stderr() {
    let scene = Scene::with([plain("TK1"), with_lines("TK2", &[])]).await;
    let mut command = scene.command(&["--log-format", "json", "run", "--json"]);
    command.env("RUST_LOG", "info");
    let done = Done::of(command).exits(3);
    done.json();
    for line in done.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(line["level"].is_string(), "{line}");
    }
    assert!(done.err.contains("TK2"), "what is parked is logged: {}", done.err);
}

#[tokio::test]
async fn who_only_reads_the_journal_needs_no_secrets_and_who_works_does() {
    let scene = Scene::with([with_lines("TK2", &[])]).await;
    scene.settle().exits(3);
    // Nor the tokens of those who look at the page.
    let users = ["A", "B"]
        .map(|name| format!("\n[[server.user]]\nname = \"{name}\"\ntoken = {{ env = \"NOBODY_SET_{name}\" }}\nrole = \"view\"\n"));
    let config = std::fs::read_to_string(scene.config()).unwrap();
    std::fs::write(scene.config(), config + &users.concat()).unwrap();
    let without = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env_remove("WDT_APP_SECRET").env_remove("KINGDEE_APP_SECRET");
        Done::of(command)
    };
    without(&["status"]).exits(0).says(&["main"]);
    without(&["why", "TK2"]).exits(0).says(&["TK2"]);
    without(&["parked"]).exits(3).says(&["TK2"]);
    let month = crate::returns::now().format("%Y-%m").to_string();
    without(&["month", &month]).exits(3).says(&["may not be closed"]);
    without(&["mapping", "coverage"]).exits(0);
    without(&["mapping", "export"]).exits(0);
    without(&["run"]).exits(2).complains(&["WDT_APP_SECRET is not set"]);
    without(&["decide", "TK2", "--as", "ignored", "--note", "x"]).exits(2).complains(&["WDT_APP_SECRET"]);
    without(&["check"]).exits(2).complains(&["KINGDEE_APP_SECRET is not set"]);
}

#[tokio::test]
async fn one_language_is_spoken_where_one_is_chosen_and_json_tells_both() {
    let scene = Scene::with([with_lines("TK2", &[])]).await;
    let with = |args: &[&str], variables: &[(&str, &str)]| {
        let mut command = scene.command(args);
        command.envs(variables.iter().copied());
        Done::of(command)
    };
    let run = with(&["--lang", "zh", "run", "--until-settled", "--timeout", "3m"], &[]).exits(3);
    assert!(run.err.contains("待处理 TK2："), "{}", run.err);
    assert!(!run.err.contains("parked TK2"), "{}", run.err);
    let (zh, en) = ("退换单没有退货明细", "the return has no lines");
    for (args, variables, said, unsaid) in [
        (["--lang", "zh", "parked"].as_slice(), [("LANG", "en_GB.UTF-8")].as_slice(), zh, en),
        (&["parked"], &[("REFUND_SYNC_LANG", "en")], en, zh),
        (&["parked"], &[("LANG", "zh_CN.UTF-8")], zh, en),
    ] {
        let done = with(args, variables).exits(3).says(&[said]);
        assert!(!done.out.contains(unsaid), "{}", done.out);
    }
    let nobody_said = with(&["parked"], &[("LANG", "C.UTF-8")]).exits(3).says(&[zh]);
    assert!(!nobody_said.out.contains(en), "{}", nobody_said.out);
    let json = with(&["--lang", "zh", "parked", "--json"], &[]).exits(3).json();
    let reason = &json["parked"][0]["reasons"][0];
    assert_eq!((word(&reason["message"]), word(&reason["message_zh"])), (en.into(), zh.into()));
    let (en, zh) = (word(&reason["remedy"]), word(&reason["remedy_zh"]));
    assert!(en.starts_with("check") && zh.contains("核对") && !en.contains("核对"), "{en} {zh}");
    with(&["--lang", "klingon", "status"], &[]).exits(2);

    let scene = Scene::with([plain("TK3")]).await;
    let logged = scene.run(&["--log-format", "json", "run", "--until-settled", "--timeout", "3m"]).exits(0);
    let sent = logged
        .err
        .lines()
        .find(|line| line.contains("sent 1 bills"))
        .unwrap_or_else(|| panic!("{}", logged.err));
    let sent: Value = serde_json::from_str(sent).unwrap();
    assert_eq!(word(&sent["message_zh"]), "向金蝶发送了 1 张单据");
}
