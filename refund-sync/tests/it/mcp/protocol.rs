//! The protocol as it is on the wire: nothing else is on standard output, and whoever talks nonsense is told so.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::scene;
use crate::scene::Scene;

const GREETING: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;
const GREETED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// Says these lines to a server without any secret, and waits for its end.
fn say(scene: &Scene, lines: &[String]) -> Output {
    let mut command = scene.command(&["mcp"]);
    command.env_remove("WDT_APP_SECRET").env_remove("KINGDEE_APP_SECRET").env("RUST_LOG", "trace");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for line in lines {
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    child.wait_with_output().unwrap()
}

fn call(id: u64, name: &str, arguments: &Value) -> String {
    let params = json!({ "name": name, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

fn answers(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[tokio::test]
async fn nothing_but_the_protocol_is_on_standard_output_whatever_is_logged() {
    let scene = scene().await;
    let mut lines = vec![GREETING.to_owned(), GREETED.to_owned()];
    lines.push(call(1, "status", &json!({})));
    lines.push("this is no message".to_owned());
    lines.push(call(2, "why", &json!({ "no": "TK1" })));
    let output = say(&scene, &lines);
    assert!(output.status.success(), "{output:?}");
    let answers = answers(&output);
    assert!(answers.iter().all(|answer| answer["jsonrpc"] == "2.0"), "{answers:#?}");
    for id in [0, 1, 2] {
        assert!(
            answers.iter().any(|answer| answer["id"] == id && answer["result"].is_object()),
            "{id}: {answers:#?}"
        );
    }
    assert!(output.stderr.len() > 100, "tracing was on");
}

#[tokio::test]
async fn whoever_leaves_without_a_word_leaves_and_a_faulty_configuration_is_told() {
    let scene = scene().await;
    let silent = say(&scene, &[]);
    assert!(silent.status.success() && silent.stdout.is_empty(), "{silent:?}");
    scene.change("tax_rate = \"13\"", "tax_rate = \"113\"");
    let faulty = say(&scene, &[]);
    assert_eq!(faulty.status.code(), Some(2), "{faulty:?}");
    assert!(faulty.stdout.is_empty() && !faulty.stderr.is_empty(), "{faulty:?}");
}

#[tokio::test]
async fn the_journal_stays_as_it_was_and_one_that_is_none_is_an_error_of_the_call() {
    let scene = scene().await;
    let before = std::fs::read(scene.database()).unwrap();
    let mut lines = vec![GREETING.to_owned(), GREETED.to_owned()];
    let all = [
        ("status", json!({})),
        ("why", json!({ "no": "TK2" })),
        ("find", json!({ "text": "TK" })),
        ("parked", json!({})),
        ("not_in_books", json!({ "month": "2026-11" })),
        ("reconciliation", json!({})),
    ];
    lines.extend(all.iter().zip(1..).map(|((name, arguments), id)| call(id, name, arguments)));
    assert!(say(&scene, &lines).status.success());
    assert!(before == std::fs::read(scene.database()).unwrap(), "a question changed the journal");

    std::fs::write(scene.database(), "no database at all, but long enough to look like one to nobody")
        .unwrap();
    let output = say(&scene, &lines);
    assert!(output.status.success(), "{output:?}");
    for answer in answers(&output).iter().filter(|answer| answer["id"] != 0) {
        assert_eq!(answer["result"]["isError"], true, "{answer}");
    }
}
