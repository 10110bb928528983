//! Parameters as they go on the wire.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::span::Span;
use crate::wire::mask::Members;
use crate::wire::{Token, format_time};

/// The parameters that are given, as [`Method::params`](crate::Method::params) wants them.
///
/// ```
/// use wdt_qimen_sdk::method::{flag, sent};
///
/// let params = sent([("shop_no", Some("S001".to_owned())), ("is_disabled", Some(flag(false))), ("platform", None)]);
/// assert_eq!(params, [("shop_no", "S001".to_owned()), ("is_disabled", "0".to_owned())]);
/// ```
pub fn sent<const N: usize>(params: [(&'static str, Option<String>); N]) -> Vec<(&'static str, String)> {
    params.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// `start_time` and `end_time` of a span, if there is one.
///
/// ```
/// use wdt_qimen_sdk::Span;
/// use wdt_qimen_sdk::method::{sent, span_times};
///
/// let [start, end] = span_times(Some(Span::day("2026-11-20".parse()?)));
/// assert_eq!(sent([start, end])[0], ("start_time", "2026-11-20 00:00:00".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn span_times(span: Option<Span>) -> [(&'static str, Option<String>); 2] {
    [
        ("start_time", span.map(|span| format_time(span.start()))),
        ("end_time", span.map(|span| format_time(span.end()))),
    ]
}

/// A yes or no as the gateway reads it: 1 or 0.
pub fn flag(flag: bool) -> String {
    i32::from(flag).to_string()
}

/// Names and values of whatever serialises as such: a map, a struct, pairs, or nothing. What is neither is told.
pub(crate) fn pairs(params: impl Serialize) -> Result<Vec<(String, String)>, String> {
    let json = serde_json::to_string(&params)
        .map_err(|error| format!("the parameters do not serialise: {error}"))?;
    let members: Vec<(String, &RawValue)> = match json.as_bytes().first() {
        Some(b'{') => serde_json::from_str::<Members<'_>>(&json).map(|members| members.0),
        Some(b'[') => serde_json::from_str(&json),
        Some(b'n') => Ok(Vec::new()),
        _ => return Err("the parameters are no names and values".to_owned()),
    }
    .map_err(|_| "the parameters are no names and values".to_owned())?;
    if members.iter().any(|(name, _)| name.is_empty()) {
        return Err("a parameter has no name".to_owned());
    }
    Ok(members.into_iter().map(|(name, raw)| (name, wire_text(raw))).collect())
}

/// A value as the gateway reads it; empty for null.
fn wire_text(raw: &RawValue) -> String {
    match Token::of(raw) {
        Token::Null => String::new(),
        Token::Bool(yes) => flag(yes),
        Token::Number(text) => text.to_owned(),
        Token::Text(text) => text.into_owned(),
        Token::Structure => raw.get().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::pairs;
    use serde::Serialize;
    use serde_json::json;

    fn sent(params: impl Serialize) -> Vec<(String, String)> {
        pairs(params).unwrap()
    }

    #[test]
    fn what_is_no_names_and_values_is_told_and_not_sent() {
        for params in [json!("tid"), json!(1), json!(["tid"]), json!([["a", 1, 2]]), json!([[1, "a"]])] {
            assert!(pairs(&params).unwrap_err().contains("no names and values"), "{params}");
        }
    }

    #[test]
    fn a_struct_a_map_and_pairs_give_the_same_parameters() {
        #[derive(Serialize)]
        struct Push {
            shop_no: &'static str,
            #[serde(rename = "switch")]
            on: bool,
            limit: Option<u32>,
            trade_list: Vec<serde_json::Value>,
        }
        let push =
            Push { shop_no: "S001", on: true, limit: None, trade_list: vec![json!({"tid": "订单\"1"})] };
        let list = r#"[{"tid":"订单\"1"}]"#;
        let expected = [("shop_no", "S001"), ("switch", "1"), ("limit", ""), ("trade_list", list)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(sent(&push), expected);
        assert_eq!(
            sent([("shop_no", "S001"), ("switch", "1"), ("limit", ""), ("trade_list", list)]),
            expected
        );
        assert_eq!(sent(()), []);
        assert_eq!(sent(json!({"n": 12.50})), [("n".to_owned(), "12.5".to_owned())]);
    }
}
