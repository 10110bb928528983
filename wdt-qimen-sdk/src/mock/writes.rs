//! Methods that write, in the simulator: what each was sent is kept, by its key where it has one.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refuse::Refuse;
use super::request::Params;
use crate::protocol::native_page;

/// One method that writes.
#[derive(Debug, Clone, Copy)]
struct Kind {
    method: &'static str,
    /// The parameter that holds what is written, as JSON text.
    parameter: &'static str,
    /// What a thing is known by; without it each call writes another.
    key: Option<&'static str>,
}

const KINDS: [Kind; 4] = [
    Kind { method: "wdt.trade.push", parameter: "trade_list", key: Some("tid") },
    Kind { method: "wdt.goods.push", parameter: "goods_list", key: Some("goods_no") },
    Kind { method: "wdt.stock.sync.by.pd", parameter: "goods_list", key: None },
    Kind { method: "wdt.stockin.refund.push", parameter: "stockin_refund_info", key: None },
];

/// What a write came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) new: u64,
    pub(super) changed: u64,
}

impl Written {
    /// The answer's text.
    pub(super) fn answer(self, native: bool) -> Vec<u8> {
        let Self { new, changed } = self;
        let counts = format!(r#""message":"","new_count":{new},"chg_count":{changed}"#);
        let text = if native {
            format!(r#"{{"code":0,{counts}}}"#)
        } else {
            format!(r#"{{"response":{{"errorcode":0,{counts}}}}}"#)
        };
        text.into_bytes()
    }
}

/// What was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Writes {
    /// Methods that are accepted besides those that are known.
    accepted: Vec<String>,
    things: BTreeMap<String, Vec<Value>>,
}

impl Writes {
    pub(super) fn accept(&mut self, method: String) {
        self.accepted.push(method);
    }

    /// The method's plain name, if it writes.
    pub(super) fn name(&self, asked: &str, native: bool) -> Option<String> {
        let known = KINDS.iter().map(|kind| kind.method).chain(self.accepted.iter().map(String::as_str));
        let is_asked = |method: &&str| *method == asked || (native && native_page(method) == asked);
        known.into_iter().find(is_asked).map(str::to_owned)
    }

    /// Does what a request asks for.
    pub(super) fn write(&mut self, method: &str, params: &Params) -> Result<Written, Refuse> {
        let things = self.things.entry(method.to_owned()).or_default();
        let Some(kind) = KINDS.iter().find(|kind| kind.method == method) else {
            things.push(serde_json::json!(params.0));
            return Ok(Written { new: 1, changed: 0 });
        };
        let text = params.get(kind.parameter).ok_or_else(|| {
            Refuse::gateway(40, "Missing required arguments").sub("isv.missing-parameter", kind.parameter)
        })?;
        let bad = || Refuse::gateway(41, "Invalid arguments").sub("isv.invalid-parameter", kind.parameter);
        let (list, key) = match (serde_json::from_str(text).map_err(|_| bad())?, kind.key) {
            (Value::Array(list), Some(key)) => (list, key),
            (thing @ (Value::Array(_) | Value::Object(_)), None) => {
                things.push(thing);
                return Ok(Written { new: 1, changed: 0 });
            }
            _ => return Err(bad()),
        };
        if list.iter().any(|thing| !thing[key].is_string()) {
            return Err(bad());
        }
        let mut written = Written::default();
        for thing in list {
            if let Some(known) = things.iter_mut().find(|known| known[key] == thing[key]) {
                *known = thing;
                written.changed += 1;
            } else {
                things.push(thing);
                written.new += 1;
            }
        }
        Ok(written)
    }

    pub(super) fn of(&self, method: &str) -> Vec<Value> {
        self.things.get(method).cloned().unwrap_or_default()
    }
}
