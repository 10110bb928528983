//! Text from outside as people may see it: what steers a terminal, begins a line of its own or cannot be seen at all is
//! shown by its code. Used wherever such text lands: terminal, log, page, table for a spreadsheet, alert.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A control character, a mark that turns the direction of writing, or one that nobody sees.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// On one line, everything hidden by its code: `\n`, `\u{202e}`.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden, |c, to| to.extend(c.escape_default()))
}

/// The same for a text of several lines: ends of lines and tabs stay.
pub(crate) fn shown_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'), |c, to| to.extend(c.escape_default()))
}

/// A JSON text in which everything hidden is written as JSON escapes it; ends of lines stay between its values.
pub(crate) fn shown_json(text: &str) -> Cow<'_, str> {
    escaped(
        text,
        |c| is_hidden(c) && c != '\n',
        |c, to| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(to, "\\u{unit:04x}");
            }
        },
    )
}

fn escaped(text: &str, is_meant: impl Fn(char) -> bool, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&is_meant) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_meant(c) {
            escape(c, &mut shown);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_the_direction_of_writing_is_shown_by_its_code() {
        assert_eq!(shown("\u{1b}[2Jgone\u{7}\u{9b}31m"), "\\u{1b}[2Jgone\\u{7}\\u{9b}31m");
        assert_eq!(
            shown("TK1\u{202e}321\u{2066}\u{200b}\u{feff}"),
            "TK1\\u{202e}321\\u{2066}\\u{200b}\\u{feff}"
        );
        assert_eq!(shown("one\r\nERROR two\u{2028}three\tfour"), "one\\r\\nERROR two\\u{2028}three\\tfour");
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in ["退货 S001　“旗舰店”…—", "naïve café № ½ ™", "🎁 礼品", "한국어 العربية עברית"]
        {
            assert_eq!(shown(text), text);
            assert_eq!(shown_json(text), text);
        }
        assert_eq!(shown_lines("a\tb\nc\rd"), "a\tb\nc\\rd");
    }

    #[test]
    fn a_json_text_stays_one_and_means_the_same() {
        let value = serde_json::json!({ "message": "a\u{202e}b\nc\u{7f}\u{e0041}\u{feff}" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = shown_json(&text);
        assert!(!shown.contains(|c: char| is_hidden(c) && c != '\n'), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
