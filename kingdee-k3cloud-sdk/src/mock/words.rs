//! What a query says: keys, condition, order, and which rows of what is found. Whose rows those are is decided in `query`
//! and `free`.

use bytes::Bytes;
use http::Response;

use super::call::Call;
use super::filter::{self, Condition};
use super::json::Json;
use super::reply;
use super::settings::Settings;

/// The words of a query, before anybody looks which keys there are.
pub(super) struct Words {
    pub(super) keys: Vec<String>,
    pub(super) condition: Condition,
    /// Keys, and whether they descend.
    pub(super) order: Vec<(String, bool)>,
}

impl Words {
    pub(super) fn read(call: &Call) -> Result<Self, Response<Bytes>> {
        let data = &call.data;
        let keys: Vec<String> = data.text("FieldKeys").split(',').map(|key| key.trim().to_owned()).collect();
        let keys: Vec<String> = keys.into_iter().filter(|key| !key.is_empty()).collect();
        if keys.is_empty() {
            return Err(reply::refused(call, 8, "data数据包中的参数FieldKeys的值不能为空。"));
        }
        let condition = match data.get("FilterString") {
            Some(Json::List(terms)) => filter::of_terms(terms),
            Some(Json::Object(_)) => Err("条件须为文本或列表".to_owned()),
            _ => filter::of_text(&data.text("FilterString")),
        };
        let condition =
            condition.map_err(|why| reply::refused(call, 8, &format!("当前查询串无法解析--{why}")))?;
        let order = data.text("OrderString");
        let term = |term: &str| {
            let mut words = term.split_whitespace();
            let key = words.next()?.to_owned();
            Some((key, words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"))))
        };
        Ok(Self { keys, condition, order: order.split(',').filter_map(term).collect() })
    }

    /// Every key that is named anywhere.
    pub(super) fn named(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.iter().map(String::as_str).chain(self.condition.keys());
        keys.chain(self.order.iter().map(|(key, _)| key.as_str()))
    }
}

/// The rows from StartRow on: at most Limit, none behind TopRowCount, which counts from the first row of all.
pub(super) fn page<T>(settings: &Settings, data: &Json, rows: Vec<T>) -> impl Iterator<Item = T> + use<T> {
    let at = |key: &str| data.text(key).parse::<usize>().unwrap_or(0);
    let limit = match at("Limit") {
        0 => 2000,
        asked => asked.min(10_000),
    };
    let limit = limit.min(settings.page_cap.unwrap_or(limit));
    let end = match at("TopRowCount") {
        0 => rows.len(),
        end => end.min(rows.len()),
    };
    rows.into_iter().take(end).skip(at("StartRow")).take(limit)
}
