//! Whether what is written has a key twice in one object: names have no case to the server, and which of two counts nobody
//! knows. Serde writes such a body without a word where a struct and its further fields have a name in common.
//!
//! Only the keys are looked at, in the text itself: to parse it anew costs as much as to write it did, and a parser shows
//! numbers as objects where another crate turns on `serde_json/arbitrary_precision`.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::Error as _;

/// From how many keys on an object's are looked up rather than compared.
const MANY: usize = 32;

/// A JSON text as serde wrote it, unless one of its objects has a key twice, in whatever case.
pub(crate) fn checked(json: String) -> Result<String, serde_json::Error> {
    match doubled(&json)? {
        Some(key) => Err(serde_json::Error::custom(format_args!("{key} is given twice"))),
        None => Ok(json),
    }
}

/// The first key that an object of this text has twice. What has a meaning in JSON is ASCII, so that bytes will do.
fn doubled(json: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    // The keys of every object that is open, and where those of each begin.
    let (mut keys, mut open) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(next) = find(json, at, |byte| matches!(byte, b'{' | b'}' | b'"')) {
        at = next + 1;
        match json.as_bytes()[next] {
            b'{' => open.push(keys.len()),
            b'}' => {
                let begin = open.pop().unwrap_or_default();
                if let Some(key) = twice(&keys[begin..]) {
                    return Ok(Some(key));
                }
                keys.truncate(begin);
            }
            _ => {
                let has_escapes;
                (at, has_escapes) = end_of_text(json, at);
                // Of all texts, keys alone have a colon behind them.
                if json[at..].trim_ascii_start().starts_with(':') {
                    keys.push(if has_escapes {
                        Cow::Owned(serde_json::from_str(&json[next..at])?)
                    } else {
                        Cow::Borrowed(&json[next + 1..at - 1])
                    });
                }
            }
        }
    }
    Ok(None)
}

/// Behind the quote that ends the text which begins here, and whether that has escapes.
fn end_of_text(json: &str, begin: usize) -> (usize, bool) {
    let (mut at, mut has_escapes) = (begin, false);
    while let Some(next) = find(json, at, |byte| matches!(byte, b'"' | b'\\')) {
        if json.as_bytes()[next] == b'"' {
            return (next + 1, has_escapes);
        }
        // What is escaped ends no text.
        (at, has_escapes) = (next + 2, true);
    }
    (json.len(), has_escapes)
}

/// The first byte of this kind from there on.
fn find(json: &str, from: usize, is_it: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = json.as_bytes().get(from..)?;
    rest.iter().position(|byte| is_it(*byte)).map(|ahead| from + ahead)
}

/// The first of one object's keys that is there before.
fn twice<'a>(keys: &[Cow<'a, str>]) -> Option<Cow<'a, str>> {
    let mut before = HashSet::new();
    let is_again = |(index, key): &(usize, &Cow<'a, str>)| {
        if keys.len() < MANY {
            keys[..*index].iter().any(|known| known.eq_ignore_ascii_case(key))
        } else {
            !before.insert(key.to_ascii_lowercase())
        }
    };
    keys.iter().enumerate().find(is_again).map(|(_, key)| key.clone())
}
