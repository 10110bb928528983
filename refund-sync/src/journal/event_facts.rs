//! The facts of an event in words: what a person asks for fits in a line, the journal has all of them.

use serde_json::Value;

use super::{DecisionKind, Difference};
use crate::lang::{Lang, both, decider, money};
use crate::model::MoveReason;

/// What of the facts of an event people ask for, in one line.
pub fn facts_in_words(detail: &Value, lang: Lang) -> String {
    let word = |key: &str| match &detail[key] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let reasons = detail["reasons"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut told: Vec<String> = reasons
        .iter()
        .filter_map(|reason| reason[lang.of("message_zh", "message")].as_str())
        .map(str::to_owned)
        .collect();
    told.extend(word("by").map(|by| {
        let by = decider(&by).get(lang).to_owned();
        // Of what is taken back, what it was.
        let kind = detail["decided"].as_str().or(detail["as"].as_str()).and_then(DecisionKind::parse);
        kind.map_or_else(
            || by.clone(),
            |kind| both!("{}（{by}）", "{} ({by})", kind.title().get(lang)).get(lang).to_owned(),
        )
    }));
    told.extend(word("note"));
    told.extend(word("bill"));
    let differs = detail["differs"].as_array().map(Vec::as_slice).unwrap_or_default();
    told.extend(
        differs
            .iter()
            .filter_map(|one| serde_json::from_value::<Difference>(one.clone()).ok())
            .map(|one| one.text().get(lang).to_owned()),
    );
    let notes = detail["notes"].as_array().map(Vec::as_slice).unwrap_or_default();
    told.extend(notes.iter().filter_map(Value::as_str).map(str::to_owned));
    told.extend(word("why").map(|why| match MoveReason::parse(&why) {
        Some(known) => known.title().get(lang).to_owned(),
        None => why,
    }));
    let amount = word("amount").map(|amount| amount.parse().map_or(amount, money));
    told.extend(amount);
    told.extend(word("fid").map(|fid| format!("FID {fid}")));
    told.join(" · ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_event_tells_in_one_line_is_what_people_ask_for() {
        let reasons = json!([{ "message": "no row for S9", "message_zh": "没有 S9" }]);
        assert_eq!(facts_in_words(&json!({ "reasons": reasons }), Lang::Chinese), "没有 S9");
        assert_eq!(
            facts_in_words(&json!({ "amount": "5.51", "fid": "100001" }), Lang::English),
            "¥ 5.51 · FID 100001"
        );
        let undone = json!({ "as": "undo", "by": "财务", "decided": "ignored" });
        assert_eq!(facts_in_words(&undone, Lang::Chinese), "不入账（财务）");
        assert_eq!(facts_in_words(&json!({}), Lang::English), "");
    }
}
