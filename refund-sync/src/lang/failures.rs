//! `failures` and `failures_zh`, as the journal and JSON have why a run did not get to its end.

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Text;

pub(crate) fn serialize<S: Serializer>(texts: &[Text], serializer: S) -> Result<S::Ok, S::Error> {
    let mut json = Value::Object(serde_json::Map::new());
    put(texts, &mut json);
    json.serialize(serializer)
}

/// Adds them to what JSON has of a run.
pub(crate) fn put(texts: &[Text], json: &mut Value) {
    let of = |pick: fn(&Text) -> &str| texts.iter().map(pick).collect::<Vec<_>>();
    json["failures"] = of(|text| &text.en).into();
    json["failures_zh"] = of(|text| &text.zh).into();
}

/// Those of a run, as the journal keeps them.
pub(crate) fn of(outcome: &Value) -> Vec<Text> {
    let list = |key: &str| outcome[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let zh = list("failures_zh");
    let texts = list("failures").iter().enumerate().filter_map(|(at, en)| {
        let en = en.as_str()?;
        Some(Text::of(zh.get(at).and_then(Value::as_str).unwrap_or(en), en))
    });
    texts.collect()
}
