//! Words of other systems as people see them: they forge no line, steer no terminal and hide nothing.

use serde_json::json;
use wiremock::{Mock, ResponseTemplate};

use crate::returns::{line, plain, set_line, with_lines};
use crate::scene::{Scene, service};

/// A line of the log that never was, a screen that is cleared, a number written backwards, and nothing to be seen.
const FORGED: &str = "物料已禁用\n2026-11-28T10:00:00+08:00 ERROR forged\r\nTK9999 · forged\u{1b}[2J\u{202e}100KT\u{202c}\u{200b}";
const HIDDEN: [char; 6] = ['\u{1b}', '\u{202e}', '\u{202c}', '\u{200b}', '\r', '\u{7}'];

/// Nothing of it is more than a text in a line.
#[track_caller]
fn is_harmless(text: &str) {
    assert!(text.contains("物料已禁用"), "it is told: {text}");
    for hidden in HIDDEN {
        assert!(!text.contains(hidden), "{hidden:?} is in {text:?}");
    }
    for line in text.lines() {
        assert!(
            !line.starts_with("2026-11-28T10:00:00+08:00 ERROR") && !line.starts_with("TK9999"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn what_kingdee_says_forges_no_line_of_log_terminal_or_json_and_is_shown_whole() {
    for format in ["pretty", "json"] {
        let scene = Scene::with([plain("TK1")]).await;
        let refusal = json!({ "Result": { "ResponseStatus": {
            "IsSuccess": false, "ErrorCode": 500, "MsgCode": 11,
            "Errors": [{ "FieldName": null, "Message": FORGED, "DIndex": 0 }], "SuccessEntitys": [],
        }}});
        Mock::given(service("BatchSave"))
            .respond_with(ResponseTemplate::new(200).set_body_json(refusal))
            .with_priority(1)
            .mount(&scene.books_server)
            .await;
        let run = scene.run(&["--log-format", format, "run"]);
        is_harmless(&run.err);
        for command in [&["why", "TK1"][..], &["parked"], &["why", "TK1", "--json"], &["parked", "--json"]] {
            let told = scene.run(command).out;
            is_harmless(&told);
        }
        let why = scene.why("TK1").to_string();
        assert!(
            serde_json::from_str::<serde_json::Value>(&why).unwrap().to_string().contains("\u{202e}"),
            "as it was said"
        );
    }
}

#[tokio::test]
async fn a_number_with_a_line_end_or_a_hidden_character_costs_its_return_and_no_other() {
    let mut lines = with_lines("TK4", &[line("TS-BLK-L", "1", "10")]);
    set_line(&mut lines, "spec_no", "TS-BLK\r\nL");
    let scene =
        Scene::with([plain("TK1"), plain("TK\r\n2"), plain("TK\u{202e}3"), lines, plain("TK5")]).await;
    scene.settle().exits(3);
    scene.bills(&["TK1", "TK5"]);
    let parked = scene.parked();
    let numbers: Vec<_> = parked.keys().map(String::as_str).collect();
    assert_eq!(numbers, ["TK4", "TK\\r\\n2", "TK\\u{202e}3"]);
    for (number, (cause, said)) in &parked {
        assert_eq!(cause, "unreadable", "{number}");
        assert!(said.contains("换行"), "{said}");
    }
    scene.run(&["why", "TK\\r\\n2"]).exits(0).says(&["refund_no", "TK\\r\\n2"]);
}
