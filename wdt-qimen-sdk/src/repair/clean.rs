//! Bytes that should be JSON, made JSON where it is plain what they mean. Values stay exact: what is no JSON value is
//! kept as the text it is, so that a field that cannot take it says so.

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::CharIndices;

/// What stands for bytes that are no text.
const MARK: char = '\u{FFFD}';

/// The text with these mended: a byte order mark; bytes that are not UTF-8 (each marked by U+FFFD); raw control
/// characters, bad escapes, halves of surrogate pairs and bare quotes within strings; commas too many; and bare words
/// and numbers that JSON does not know (`NaN`, `.5`, `007`), which become strings.
pub(crate) fn clean(body: &[u8]) -> String {
    let text = text_of(body);
    let mut out = String::with_capacity(text.len() + 64);
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => string(&text, &mut chars, &mut out),
            ',' => {
                let next = text[at + 1..].trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
                if !next.starts_with([',', '}', ']']) {
                    out.push(',');
                }
            }
            '{' | '}' | '[' | ']' | ':' | ' ' | '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || c == '\u{FEFF}' => {}
            _ => {
                let mut end = at + c.len_utf8();
                while let Some((place, c)) = chars.next_if(|(_, c)| is_bare(*c)) {
                    end = place + c.len_utf8();
                }
                bare(&text[at..end], &mut out);
            }
        }
    }
    out
}

/// The bytes as text. What is not UTF-8 is marked: each pair of a run that looks like GBK, each broken character of any
/// other one.
fn text_of(body: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(body) {
        return text.into();
    }
    let mut text = String::with_capacity(body.len());
    for run in body.chunk_by(|one, other| one.is_ascii() == other.is_ascii()) {
        let lossy = String::from_utf8_lossy(run);
        let is_gbk = run.len().is_multiple_of(2) && run.iter().all(|byte| (0xA1..=0xFE).contains(byte));
        let is_utf8 = lossy.chars().any(|c| c != MARK && c.len_utf8() == 3);
        if is_gbk && !is_utf8 && matches!(lossy, Cow::Owned(_)) {
            text.extend(run.chunks(2).map(|_| MARK));
        } else {
            text.push_str(&lossy);
        }
    }
    text.into()
}

fn is_bare(c: char) -> bool {
    !matches!(c, ',' | ':' | '{' | '}' | '[' | ']' | '"') && !c.is_whitespace() && !c.is_control()
}

/// A word or a number without quotes.
fn bare(word: &str, out: &mut String) {
    match word {
        "True" => out.push_str("true"),
        "False" => out.push_str("false"),
        "None" | "undefined" => out.push_str("null"),
        _ if serde_json::from_str::<serde::de::IgnoredAny>(word).is_ok() => out.push_str(word),
        _ => out.push_str(&serde_json::Value::from(word).to_string()),
    }
}

/// The rest of a string whose opening quote was read.
fn string(text: &str, chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    out.push('"');
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if opens_object(&text[at + 1..], out) => {
                close_before_structure(out);
                out.push('"');
            }
            '"' if ends_string(&text[at + 1..]) => return out.push('"'),
            '"' => out.push_str("\\\""),
            '\\' => escape(text, at, chars, out),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push(MARK),
            c => out.push(c),
        }
    }
    close_before_structure(out);
}

/// Closes a string that was never closed: it ended before what closes its row.
fn close_before_structure(out: &mut String) {
    let structure = out.split_off(out.trim_end_matches(is_structure).len());
    out.push('"');
    out.push_str(&structure);
}

fn is_structure(c: char) -> bool {
    matches!(c, '{' | '}' | '[' | ']' | ',' | ' ')
}

/// Whether a quote within a string begins the first key of the next object.
fn opens_object(after: &str, out: &str) -> bool {
    let before = &out[out.trim_end_matches(is_structure).len()..];
    let closes = before.trim_end().strip_suffix('{').is_some_and(|before| {
        before.trim_end().strip_suffix(',').is_some_and(|before| before.trim_end().ends_with('}'))
    });
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    closes
        && after
            .trim_start_matches(is_word)
            .strip_prefix('"')
            .is_some_and(|after| after.trim_start().starts_with(':'))
}

/// Whether a quote with this behind it is a string's last: any other stands within the string.
fn ends_string(after: &str) -> bool {
    let after = after.trim_start();
    after.is_empty() || after.starts_with([',', '}', ']', ':', '[', '{'])
}

/// What follows a backslash at `at`.
fn escape(text: &str, at: usize, chars: &mut Peekable<CharIndices<'_>>, out: &mut String) {
    let after = &text[at + 1..];
    // The second byte of a character in GBK may look like a backslash; then the quote behind it is the string's last.
    if out.ends_with(MARK) && after.starts_with('"') && ends_string(&after[1..]) {
        return;
    }
    match chars.peek().map(|(_, c)| *c) {
        Some(c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
            chars.next();
            out.extend(['\\', c]);
        }
        Some('u') => match unit(after) {
            Some(0xD800..=0xDBFF) => {
                let low = after.get(5..).and_then(|rest| unit(rest.strip_prefix('\\')?));
                if let Some(0xDC00..=0xDFFF) = low {
                    chars.nth(10);
                    out.push_str(&text[at..at + 12]);
                } else {
                    chars.nth(4);
                    out.push(MARK);
                }
            }
            Some(0xDC00..=0xDFFF) => {
                chars.nth(4);
                out.push(MARK);
            }
            Some(_) => {
                chars.nth(4);
                out.push_str(&text[at..at + 6]);
            }
            None => out.push_str("\\\\"),
        },
        _ => out.push_str("\\\\"),
    }
}

/// The code unit that `u` and four hexadecimal digits stand for.
fn unit(after: &str) -> Option<u32> {
    let hex = after.strip_prefix('u')?.get(..4)?;
    if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(hex, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::clean;

    fn cleaned(body: &[u8], expected: &str) {
        let text = clean(body);
        assert_eq!(text, expected);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
    }

    #[test]
    fn what_is_json_stays_as_it_is() {
        for text in [
            r#"{"a":"x\"y\\","b":[1,2.50,-3e5,true,null],"c":{},"d":"\u4e2d\ud83d\ude00\/"}"#,
            "{ \"a\" : \"收货\" ,\n\"b\" : [ ] }",
        ] {
            cleaned(text.as_bytes(), text);
        }
    }

    #[test]
    fn each_kind_of_dirt_is_mended() {
        cleaned(b"\xEF\xBB\xBF{\"a\":1}", r#"{"a":1}"#);
        cleaned(b"{\"a\":\"1\n2\t3\r4\x005\"}", "{\"a\":\"1\\n2\\t3\\r4\u{FFFD}5\"}");
        cleaned(b"{\"a\":\"x\xE6\x94\"}", "{\"a\":\"x\u{FFFD}\"}");
        cleaned(b"{\"a\":\"\xCA\xD5\xBB\xF5\",\"b\":1}", "{\"a\":\"\u{FFFD}\u{FFFD}\",\"b\":1}");
        cleaned(b"{\"a\":\"\x95\x5C\",\"b\":1}", "{\"a\":\"\u{FFFD}\",\"b\":1}");
        cleaned(
            br#"{"a":NaN,"b":-Infinity,"c":.5,"d":007,"e":None,"f":True}"#,
            r#"{"a":"NaN","b":"-Infinity","c":".5","d":"007","e":null,"f":true}"#,
        );
        cleaned(br#"{"a":[1,2,],"b":{"c":1,},}"#, r#"{"a":[1,2],"b":{"c":1}}"#);
        cleaned(
            br#"{"a":"C:\dir\x","b":"\u12","c":"\ud83d","d":"\ude00!"}"#,
            "{\"a\":\"C:\\\\dir\\\\x\",\"b\":\"\\\\u12\",\"c\":\"\u{FFFD}\",\"d\":\"\u{FFFD}!\"}",
        );
        cleaned(br#"{"a":"say "yes" now","b":1}"#, r#"{"a":"say \"yes\" now","b":1}"#);
        cleaned(br"{a:1}", r#"{"a":1}"#);
        cleaned(br#"[{"a":"1},{"a":"2"}]"#, r#"[{"a":"1"},{"a":"2"}]"#);
    }
}
