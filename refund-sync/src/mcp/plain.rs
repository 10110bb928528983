//! What an assistant is told of an answer: nothing that people wrote about people, nothing longer than it can use, and no
//! character that nobody sees.

use serde_json::{Map, Value};

use crate::text::{shown, shown_json};

/// How many of a list are told, the first that keeps the answer short enough.
const TOLD: [usize; 5] = [50, 20, 8, 3, 1];
/// No answer is longer, in bytes.
const LONGEST: usize = 40_000;
/// No text in it is longer, in characters.
const LONGEST_TEXT: usize = 600;
/// What holds numbers of documents and of base data, in which nothing is masked.
const NUMBERS: [&str; 15] = [
    "refund_no",
    "bill_no",
    "fid",
    "tid",
    "src_no",
    "sales_tid",
    "number",
    "shop_no",
    "text",
    "key",
    "seen",
    "material",
    "customer",
    "FID",
    "bill",
];

/// The answer as a text.
pub(super) fn plain(mut answer: Value) -> String {
    leave_out(&mut answer);
    mask(&mut answer, "");
    let mut text = String::new();
    for limit in TOLD {
        let mut cut = answer.clone();
        bound(&mut cut, limit);
        text = cut.to_string();
        if text.len() <= LONGEST {
            break;
        }
    }
    if text.len() > LONGEST {
        text.clear();
        text.push_str(r#"{"message":"答案过长，请缩小范围 the answer is too long: ask for less"}"#);
    }
    shown_json(&text).into_owned()
}

/// A text of one line.
pub(super) fn line(text: &str) -> String {
    shown(&cut(&masked(text))).into_owned()
}

/// Free texts of people, who decided, and fields that a rule took from wherever the configuration says.
fn leave_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Object(object) => {
            for of_people in ["refund", "history", "earlier"] {
                object.remove(of_people);
            }
            for of_people in ["decision", "closed", "detail"] {
                if let Some(Value::Object(inner)) = object.get_mut(of_people) {
                    inner.retain(|key, _| !matches!(key.as_str(), "by" | "note"));
                }
            }
            if let Some(Value::Object(bill)) = object.get_mut("bill") {
                bill.retain(|key, _| matches!(key.as_str(), "number" | "date" | "customer" | "lines"));
                for line in bill.get_mut("lines").and_then(Value::as_array_mut).into_iter().flatten() {
                    if let Value::Object(line) = line {
                        line.retain(|key, _| matches!(key.as_str(), "material" | "quantity" | "amount"));
                    }
                }
            }
            if object.get("kind").is_some_and(|kind| kind == "fields_differ") {
                object.remove("detail");
            }
            if object
                .get("what")
                .is_some_and(|what| what.as_str().is_some_and(|what| what.starts_with("field ")))
            {
                object.retain(|key, _| key == "what");
            }
            object.values_mut().for_each(leave_out);
        }
        _ => {}
    }
}

fn mask(value: &mut Value, key: &str) {
    match value {
        Value::String(text) if !NUMBERS.contains(&key) => *text = masked(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask(item, key)),
        Value::Object(object) => object.iter_mut().for_each(|(key, value)| mask(value, key)),
        _ => {}
    }
}

/// A text without telephone numbers and addresses of mail.
fn masked(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '+' | '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_part) {
        out.push_str(&rest[..at]);
        let run = &rest[at..];
        let end = run.find(|c| !is_part(c)).unwrap_or(run.len());
        let (word, after) = run.split_at(end);
        let is_private = is_telephone(word.trim_matches(['.', '-', '+', '_'])) || word.contains('@');
        out.push_str(if is_private { "***" } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// 13912345678, 86-13912345678, 021-55667788.
fn is_telephone(word: &str) -> bool {
    let digits: String = word.chars().filter(|c| *c != '-').collect();
    if !digits.bytes().all(|c| c.is_ascii_digit()) {
        return false;
    }
    let bare = digits.strip_prefix("86").filter(|bare| bare.len() == 11).unwrap_or(&digits);
    let is_mobile = bare.len() == 11 && matches!(bare.as_bytes(), [b'1', b'3'..=b'9', ..]);
    let is_landline = word.starts_with('0') && word.contains('-') && (10..=12).contains(&digits.len());
    is_mobile || is_landline
}

/// Cuts lists and texts; how much is missing stands beside them.
fn bound(value: &mut Value, limit: usize) {
    match value {
        Value::String(text) => *text = cut(text),
        Value::Array(items) => items.iter_mut().for_each(|item| bound(item, limit)),
        Value::Object(object) => {
            let mut more = Map::new();
            for (key, value) in object.iter_mut() {
                let beyond = match value {
                    Value::Array(items) if items.len() > limit => {
                        let beyond = items.len() - limit;
                        // Of what happened, the last tells most; everything else begins with what matters.
                        if key == "events" {
                            items.drain(..beyond);
                        } else {
                            items.truncate(limit);
                        }
                        beyond
                    }
                    Value::Object(inner) if inner.len() > limit.max(40) => {
                        let beyond = inner.len() - limit;
                        let mut nth = 0;
                        inner.retain(|_, _| {
                            nth += 1;
                            nth <= limit
                        });
                        beyond
                    }
                    _ => 0,
                };
                if beyond > 0 {
                    more.insert(format!("{key}_more"), beyond.into());
                }
                bound(value, limit);
            }
            object.extend(more);
        }
        _ => {}
    }
}

fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONGEST_TEXT {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST_TEXT).collect();
    format!("{kept}… (+{})", length - LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn telephones_and_mail_in_texts_are_masked_and_numbers_of_documents_are_not() {
        for (text, wanted) in [
            ("请致电13912345678催退", "请致电***催退"),
            ("call +86-13912345678, or 021-55667788.", "call ***, or ***"),
            ("planted@example.com 说", "*** 说"),
            (
                "TK13912345678 and 139123456789 and 2026-11-28",
                "TK13912345678 and 139123456789 and 2026-11-28",
            ),
        ] {
            assert_eq!(masked(text), wanted);
        }
        let told = plain(json!({ "tid": "13912345678", "reason": "13912345678" }));
        assert_eq!(told, r#"{"reason":"***","tid":"13912345678"}"#);
    }

    #[test]
    fn what_people_wrote_and_what_rules_carried_over_is_left_out() {
        let told = plain(json!({
            "refund": { "remark": "planted" },
            "bill": { "number": "TK1", "head": [{ "key": "FHeadNote", "json": "planted" }],
                "lines": [{ "material": "HAT", "further": "planted" }] },
            "decision": { "as": "ignored", "by": "planted", "note": "planted" },
            "flags": [{ "kind": "fields_differ", "detail": "planted" }, { "kind": "altered", "detail": "kept" }],
            "events": [{ "event": "decided", "detail": { "note": "planted", "as": "ignored" } }],
            "points": [{ "what": "field FNote", "ours": "planted", "theirs": "planted" }],
            "windows": [{ "note": "kept" }],
        }));
        assert!(!told.contains("planted"), "{told}");
        assert_eq!(told.matches("kept").count(), 2, "{told}");
        assert!(told.contains("TK1") && told.contains("HAT") && told.contains("FNote"), "{told}");
    }

    #[test]
    fn a_long_answer_is_cut_and_says_by_how_much() {
        let events: Vec<_> = (0..60).map(|n| json!({ "at": n })).collect();
        let told: Value =
            serde_json::from_str(&plain(json!({ "events": events, "message": "长".repeat(700) }))).unwrap();
        assert_eq!(told["events"].as_array().unwrap().len(), 50);
        assert_eq!(told["events"][49]["at"], 59, "the last of what happened is told");
        assert_eq!(told["events_more"], 10);
        assert!(told["message"].as_str().unwrap().ends_with("… (+100)"));
        let wide: Vec<_> = (0..5_000).map(|n| json!({ "why": "x".repeat(500), "n": n })).collect();
        assert!(plain(json!({ "parked": wide })).len() <= LONGEST);
        let deep: Vec<_> = (0..90).map(|_| "x".repeat(600)).collect();
        let map: Map<String, Value> = (0..90).map(|n| (format!("k{n}"), json!({ "a": deep }))).collect();
        assert!(plain(json!({ "shops": map })).len() <= LONGEST);
    }

    #[test]
    fn what_nobody_sees_is_written_by_its_code() {
        assert_eq!(plain(json!({ "a": "x\u{202e}y" })), r#"{"a":"x\u202ey"}"#);
        assert_eq!(line("a\nb"), "a\\nb");
    }
}
