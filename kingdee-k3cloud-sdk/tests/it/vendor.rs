//! The vendor's own Python SDK, unmodified, from PyPI, signs as this crate does. What it calls, with other clients, is in
//! CLIENTS.md. Without Python or a package index it is skipped out loud, under `CI` it fails.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use kingdee_k3cloud_sdk::sign::Signing;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const PACKAGE: &str = "kingdee-cdp-webapi-sdk==8.2.0";

/// Python with the SDK in a virtual environment of its own, made once; or why there is none.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PYTHON.get_or_init(environment) {
        Ok(python) => Some(python),
        Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("{why}"),
        Err(why) => {
            // Not by a macro: the test's own output is swallowed when it passes.
            let said = format!("\nSKIPPED, the vendor's SDK is not here: {why}\n");
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            None
        }
    }
}

fn environment() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kingdee-cdp-webapi-sdk-8.2.0");
    let python = home.join("bin/python");
    let is_there = |python: &Path| {
        let check = Command::new(python).args(["-c", "import k3cloud_webapi_sdk.main"]).output();
        check.is_ok_and(|output| output.status.success())
    };
    if !is_there(&python) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
        run(Command::new(&python).args(pip))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {text}")) }
}

/// Runs the script with this input; its lines of JSON.
fn script(python: &Path, input: &str) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/vendor.py");
    let mut child = Command::new(python)
        .arg("-B")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "the script failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// One input to both signers.
fn input() -> impl Strategy<Value = Value> {
    let secret = || "[A-Za-z0-9+/]{32}";
    let app_id = prop_oneof![
        (r"[0-9]{6}", secret()).prop_map(|(id, secret)| format!("{id}_{secret}")),
        (r"[0-9]{6}", r"[A-Za-z0-9+/]{31}=").prop_map(|(id, secret)| format!("{id}_{secret}")),
        (r"[0-9]{6}", r"[A-Za-z0-9+/*-]{32}").prop_map(|(id, secret)| format!("{id}_{secret}")),
        (r"[0-9]{6}", r"[A-Za-z0-9]{0,40}").prop_map(|(id, secret)| format!("{id}_{secret}")),
        secret().prop_map(|secret| format!("1_{secret}_x")),
        r"[a-z0-9]{1,40}",
        Just("_".to_owned()),
    ];
    let text = || "[a-zA-Z0-9张三李四管理员 ,@#&='\"🙂-]{1,16}";
    let path = r"(/[a-zA-Z0-9账套 %+~_.,;:@&=?!*'()🙂-]{0,8}){1,4}";
    let host = r"https?://[a-z]{3,10}\.example\.com(:[0-9]{2,4})?";
    (
        host,
        path,
        text(),
        text(),
        app_id,
        "[A-Za-z0-9密钥]{1,40}",
        1033..3077_u32,
        0..999_u32,
        0..4_000_000_000_i64,
    )
        .prop_map(|(host, path, acct_id, username, app_id, app_secret, lcid, org_num, time)| {
            json!({
                "host": host, "path": path, "acct_id": acct_id, "username": username, "app_id": app_id,
                "app_secret": app_secret, "lcid": lcid, "org_num": org_num, "time": time,
            })
        })
}

#[test]
fn a_thousand_random_calls_are_signed_as_the_vendors_own_client_signs_them() {
    let Some(python) = python() else { return };
    let mut runner = TestRunner::deterministic();
    let inputs: Vec<Value> = (0..1000).map(|_| input().new_tree(&mut runner).unwrap().current()).collect();
    let lines: Vec<String> = inputs.iter().map(Value::to_string).collect();
    let theirs = script(python, &lines.join("\n"));
    assert_eq!(theirs.len(), inputs.len());
    for (input, theirs) in inputs.iter().zip(&theirs) {
        let text = |key: &str| input[key].as_str().unwrap();
        let (time, org_num) = (input["time"].to_string(), input["org_num"].to_string());
        let signing = Signing {
            path: text("path"),
            acct_id: text("acct_id"),
            username: text("username"),
            app_id: text("app_id"),
            app_secret: text("app_secret"),
            lcid: u32::try_from(input["lcid"].as_u64().unwrap()).unwrap(),
            org_num: &org_num,
            timestamp: &time,
            nonce: &time,
        };
        for (name, ours) in signing.headers() {
            let theirs = theirs.as_object().unwrap().iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            assert_eq!(theirs.unwrap().1.as_str().unwrap(), ours, "{name} of {input}");
        }
    }
}
