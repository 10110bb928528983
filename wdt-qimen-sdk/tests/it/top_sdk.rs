//! A third party's client reads from the simulator: the TOP SDK from PyPI, installed into a virtual environment.
//! Skipped aloud where there is no python3 or no PyPI; under CI=true that is a failure.

use crate::support::span;
use serde_json::Value;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use wdt_qimen_sdk::mock::{self, Gateway};
use wdt_qimen_sdk::{WDT_TARGET_APP_KEY, mock::Server};

const PACKAGE: &str = "taobao-sdk-python3==1.0.9";

/// The interpreter of a virtual environment that has the SDK, kept between runs.
fn python() -> Result<PathBuf, String> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("top-sdk");
    let python = venv.join("bin").join("python");
    if run(Command::new(&python).args(["-c", "import top.api.base"])).is_err() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    }
    Ok(python)
}

/// What a command prints, or why it failed.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{command:?}: {}", text(&output.stderr)))
    }
}

/// Lets the SDK ask the server for a day's returns.
async fn ask(python: PathBuf, server: &Server, secret: &'static str) -> Value {
    let addr = server.addr();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/top_sdk.py");
    let asked = spawn_blocking(move || {
        let (host, port) = (addr.ip().to_string(), addr.port().to_string());
        let args = [&*host, &port, mock::APP_KEY, secret, mock::SID, WDT_TARGET_APP_KEY];
        run(Command::new(python).arg(script).args(args))
    });
    serde_json::from_str(&asked.await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn a_third_partys_sdk_reads_returns_and_is_refused_with_a_wrong_secret() {
    let python = match spawn_blocking(python).await.unwrap() {
        Ok(python) => python,
        Err(why) if std::env::var("CI").as_deref() == Ok("true") => panic!("the TOP SDK is needed: {why}"),
        // Not by `eprintln!`, which the harness keeps to itself.
        Err(why) => return writeln!(stderr(), "\nSKIPPED, the TOP SDK cannot be had: {why}").unwrap(),
    };
    let gateway = Gateway::builder().build();
    gateway.world().extend(mock::fill(1, 30, span("2024-11-20 00:00:00", "2024-11-21 00:00:00")));
    let server = gateway.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();

    let answer = ask(python.clone(), &server, mock::APP_SECRET).await;
    assert_eq!(answer["response"]["total_count"], 30, "{answer}");
    assert_eq!(answer["response"]["refunds"].as_array().map(Vec::len), Some(30));

    let refused = ask(python, &server, "not-the-secret").await;
    assert_eq!(refused["response"]["code"], 25, "{refused}");
    assert_eq!(gateway.counts().refused, [(25, 1)].into());
}
