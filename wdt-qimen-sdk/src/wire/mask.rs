//! Taking personal data out of text that a person will see or a disk will keep.

use std::fmt;

use serde_json::value::RawValue;

/// Keys whose values belong to a person: buyer, receiver, sender, pay account, a shop's contact; and the free texts,
/// in which people name people.
pub const PRIVATE_KEYS: &[&str] = &[
    "account_nick",
    "address",
    "buyer_message",
    "buyer_nick",
    "contact",
    "cs_remark",
    "customer_name",
    "fenxiao_nick",
    "fenxiao_nick_name",
    "id_card",
    "invoice_title",
    "mobile",
    "pay_account",
    "pay_no",
    "print_remark",
    "receiver_address",
    "receiver_area",
    "receiver_city",
    "receiver_district",
    "receiver_mobile",
    "receiver_name",
    "receiver_province",
    "receiver_telno",
    "receiver_zip",
    "refund_reason",
    "refund_remark",
    "remark",
    "return_address",
    "return_mobile",
    "return_name",
    "return_telno",
    "revert_reason_info",
    "seller_memo",
    "swap_address",
    "swap_area",
    "swap_city",
    "swap_district",
    "swap_mobile",
    "swap_province",
    "swap_receiver",
    "swap_telno",
    "swap_zip",
    "telno",
];

/// Whether a key's value belongs to a person.
///
/// ```
/// # use wdt_qimen_sdk::wire::mask::is_private;
/// assert!(is_private("receiver_mobile") && !is_private("refund_no"));
/// ```
pub fn is_private(key: &str) -> bool {
    PRIVATE_KEYS.contains(&key)
}

/// The key whose digits are kept: it says which return a text is about.
const NUMBER_KEY: &str = "refund_no";

/// Deeper than any row goes; what lies below is masked whole.
const DEEPEST: usize = 16;

/// Puts a star for each digit of every run of seven or more, and of every run of 32 or more hexadecimal digits
/// (a signature).
///
/// ```
/// # use wdt_qimen_sdk::wire::mask::mask_digits;
/// assert_eq!(mask_digits("call 13800138000 at 10:31:07"), "call *********** at 10:31:07");
/// ```
pub fn mask_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if run.len() >= 32 {
            out.push_str(&"*".repeat(run.len()));
        } else {
            mask_run(run, &mut out);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn mask_run(run: &str, out: &mut String) {
    for part in run.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        if digits.len() >= 7 {
            out.push_str(&"*".repeat(digits.len()));
            out.push_str(&part[digits.len()..]);
        } else {
            out.push_str(part);
        }
    }
}

/// Any text, JSON that breaks off or is quoted in something else included: what follows a private key is starred up to
/// the end of its value, and long digit runs with it.
///
/// ```
/// use wdt_qimen_sdk::wire::mask::mask_text;
/// assert!(!mask_text("call 13800138000 about it").contains("13800138000"));
/// ```
pub fn mask_text(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_word(c)).unwrap_or(word.len()));
        out.extend([before, word]);
        rest = match is_private(word).then(|| value_of(after)).flatten() {
            Some((gap, value)) => {
                out.extend([gap, "***"]);
                &after[gap.len() + value.len()..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    mask_digits(&out)
}

/// Behind a key: what leads to its value, up to the opening quote if there is one, and the value.
fn value_of(after_key: &str) -> Option<(&str, &str)> {
    let trimmed = after_key.trim_start_matches('\\').strip_prefix('"')?.trim_start();
    let value = trimmed.strip_prefix(':')?.trim_start();
    let content = value.trim_start_matches('\\');
    // JSON inside of JSON has a backslash before each of its quotes, and more before those in its texts.
    let depth = value.len() - content.len();
    let Some(content) = content.strip_prefix('"') else {
        let end = value.find([',', '}', ']']).unwrap_or(value.len());
        return Some((&after_key[..after_key.len() - value.len()], &value[..end]));
    };
    let mut backslashes = 0;
    let mut end = content.len();
    for (place, c) in content.char_indices() {
        match c {
            '\\' => backslashes += 1,
            '"' if backslashes <= depth => {
                end = place - backslashes;
                break;
            }
            _ => backslashes = 0,
        }
    }
    Some((&after_key[..after_key.len() - content.len()], &content[..end]))
}

/// A JSON text with the values of [`PRIVATE_KEYS`] and long digit runs masked, `refund_no` kept.
/// Text that is no JSON is masked as plain text.
///
/// ```
/// # use wdt_qimen_sdk::wire::mask::mask_json;
/// let row = r#"{"refund_no":"TK2611200002","buyer_nick":"张三"}"#;
/// assert_eq!(mask_json(row), r#"{"refund_no":"TK2611200002","buyer_nick":"***"}"#);
/// ```
pub fn mask_json(text: &str) -> String {
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => {
            let mut out = String::with_capacity(text.len());
            mask_value("", raw, 0, &mut out);
            out
        }
        Err(_) => mask_text(text),
    }
}

fn mask_value(key: &str, raw: &RawValue, depth: usize, out: &mut String) {
    let text = raw.get();
    let private = is_private(key);
    match text.as_bytes().first() {
        Some(b'{' | b'[') if private || depth == DEEPEST => out.push_str("\"***\""),
        Some(b'{') => match serde_json::from_str::<Members<'_>>(text) {
            Ok(members) => {
                let parts = members.0.iter().map(|(key, raw)| (Some(key.as_str()), *raw));
                mask_parts('{', parts, depth, '}', out);
            }
            Err(_) => out.push_str("\"***\""),
        },
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(text) {
            Ok(items) => mask_parts('[', items.into_iter().map(|raw| (None, raw)), depth, ']', out),
            Err(_) => out.push_str("\"***\""),
        },
        _ if key == NUMBER_KEY || text == "null" || text == "\"\"" => out.push_str(text),
        _ if private => out.push_str("\"***\""),
        // JSON inside of JSON, as a write's answer quotes it.
        Some(b'"') if text.contains('\\') => out.extend(["\"", &mask_text(&text[1..text.len() - 1]), "\""]),
        Some(b'"') => out.push_str(&mask_digits(text)),
        _ => {
            let masked = mask_digits(text);
            // A masked number is no number any more.
            if masked == text { out.push_str(text) } else { out.extend(["\"", &masked, "\""]) }
        }
    }
}

fn mask_parts<'a>(
    open: char,
    parts: impl Iterator<Item = (Option<&'a str>, &'a RawValue)>,
    depth: usize,
    close: char,
    out: &mut String,
) {
    out.push(open);
    for (index, (key, raw)) in parts.enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(key) = key {
            out.push_str(&serde_json::Value::from(key).to_string());
            out.push(':');
        }
        mask_value(key.unwrap_or_default(), raw, depth + 1, out);
    }
    out.push(close);
}

/// An object's members in their own order.
pub(crate) struct Members<'a>(pub(crate) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> serde::de::Visitor<'de> for Each {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Each).map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::{mask_digits, mask_json, mask_text};

    #[test]
    fn phones_and_signatures_are_masked_and_short_numbers_kept() {
        assert_eq!(mask_digits("call 13800138000 at 10:31:07"), "call *********** at 10:31:07");
        assert_eq!(mask_digits("a1234567b 123456"), "a*******b 123456");
        assert_eq!(
            mask_digits("sign=66987CB115214E59E6EC978214934FB8&v=2"),
            format!("sign={}&v=2", "*".repeat(32))
        );
        assert_eq!(mask_digits("圆通 12345678 速递"), "圆通 ******** 速递");
    }

    #[test]
    fn a_row_keeps_its_number_and_loses_its_people() {
        let raw = r#"{"refund_no":"TK2611200002","buyer_nick":"张三","receiver_telno":13800138000,"tid":2611200001234567,"list":[{"return_address":["x"]}],"n":null}"#;
        assert_eq!(
            mask_json(raw),
            r#"{"refund_no":"TK2611200002","buyer_nick":"***","receiver_telno":"***","tid":"****************","list":[{"return_address":"***"}],"n":null}"#
        );
    }

    #[test]
    fn json_that_breaks_off_or_is_quoted_loses_its_people_too() {
        for (text, masked) in [
            (r#"{"shop_no":"S1","buyer_nick":"张三","n":1"#, r#"{"shop_no":"S1","buyer_nick":"***","n":1"#),
            (r#"{"receiver_name" : "李 \"四\" 五", "x": 2"#, r#"{"receiver_name" : "***", "x": 2"#),
            (r#"[{"remark":"王五住在"#, r#"[{"remark":"***"#),
            (r#"{"telno":138,"remark":null}"#, r#"{"telno":***,"remark":***}"#),
            (
                r#"{"msg":"{\"buyer_nick\":\"赵六\",\"remark\":\"a \\\"b\\\" c\"}","k":1"#,
                r#"{"msg":"{\"buyer_nick\":\"***\",\"remark\":\"***\"}","k":1"#,
            ),
            ("the address of the server", "the address of the server"),
            (r#"{"message":"服务异常","code":5"#, r#"{"message":"服务异常","code":5"#),
        ] {
            assert_eq!(mask_text(text), masked);
        }
    }

    #[test]
    fn depth_without_end_is_cut_not_followed() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(mask_json(&deep).contains("***"));
    }
}
