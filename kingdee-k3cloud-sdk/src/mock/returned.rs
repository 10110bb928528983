//! What the answer to a save gives back of each bill (`NeedReturnFields`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::json::Json;

/// The fields that were asked for, and those of the bills that were saved, by place.
pub(super) struct Returned {
    asked: Vec<String>,
    bills: BTreeMap<usize, Value>,
}

impl Returned {
    pub(super) fn asked_by(call: &Call) -> Self {
        let asked = call.data.list("NeedReturnFields").iter().map(Json::scalar).collect();
        Self { asked, bills: BTreeMap::new() }
    }

    /// Keeps what was asked for of a bill that was saved: its id and number, and head fields as they arrived.
    pub(super) fn keep(&mut self, index: usize, id: u64, number: &str, model: &str) {
        let sent: Map<String, Value> = serde_json::from_str(model).unwrap_or_default();
        let value = |key: &String| match key.as_str() {
            "FID" => json!(id),
            "FBillNo" => json!(number),
            key => sent
                .iter()
                .find(|(sent, _)| sent.eq_ignore_ascii_case(key))
                .map_or(Value::Null, |(_, value)| value.clone()),
        };
        let fields = self.asked.iter().map(|key| (key.clone(), value(key)));
        self.bills.insert(index, Value::Object(fields.collect()));
    }

    /// One object a bill, in their order; an empty one for a bill that was not saved.
    pub(super) fn data(&self, bills: usize) -> Value {
        let data = (0..bills).map(|index| self.bills.get(&index).cloned().unwrap_or_else(|| json!({})));
        data.collect()
    }
}
