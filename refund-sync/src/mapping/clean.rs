//! Text as 金蝶's firewall lets it pass: it takes `' " < > ;` and a double hyphen for an attack and refuses the whole call.

use crate::text::is_hidden;

/// Without quotes, angle brackets and whatever nobody sees; blanks, line ends and semicolons are one blank, hyphens one
/// hyphen.
pub(super) fn text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        let is_gap = character.is_whitespace() || character == ';';
        let is_refused = matches!(character, '\'' | '"' | '<' | '>') || (is_hidden(character) && !is_gap);
        let is_second = (character == '-' && clean.ends_with('-')) || (is_gap && clean.ends_with(' '));
        match character {
            _ if is_refused || is_second => {}
            _ if is_gap && clean.is_empty() => {}
            _ if is_gap => clean.push(' '),
            character => clean.push(character),
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Whether the firewall refuses it.
pub fn is_refused(text: &str) -> bool {
    text.contains(['\'', '"', '<', '>', ';']) || text.contains("--")
}

#[cfg(test)]
mod tests {
    use super::{is_refused, text};

    #[test]
    fn what_the_firewall_refuses_is_gone_and_the_rest_stays() {
        for (dirty, clean) in [
            ("a'b\"c<d>e", "abcde"),
            (" 催退;  请\n尽快 ", "催退 请 尽快"),
            ("a---b", "a-b"),
            ("-'-", "-"),
            ("\u{200b}x\u{202e}\0", "x"),
            ("", ""),
        ] {
            assert_eq!(text(dirty), clean, "{dirty:?}");
            assert!(!is_refused(&text(dirty)));
        }
    }
}
