//! The patterns of the table: pieces that must follow each other, and texts without what they quote.
//! Both work on texts in lower case.

use std::borrow::Cow;

/// Whether the pieces of a pattern, which `…` separates, are in the text one after the other.
pub(super) fn is_in(pattern: &str, text: &str) -> bool {
    let mut rest = text;
    pattern.split('…').all(|piece| {
        let has_case = piece.bytes().any(|byte| byte.is_ascii_uppercase());
        let piece = if has_case { Cow::Owned(piece.to_ascii_lowercase()) } else { Cow::Borrowed(piece) };
        let at = rest.find(&*piece);
        rest = at.map_or("", |at| &rest[at + piece.len()..]);
        at.is_some()
    })
}

/// The text without what is in quotes or brackets: names of fields, bills and materials, which may read like
/// anything. A quote that is not closed is left as it is.
pub(super) fn unquoted(text: &str) -> String {
    const PAIRS: [(char, char); 6] =
        [('“', '”'), ('‘', '’'), ('【', '】'), ('[', ']'), ('"', '"'), ('《', '》')];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let closed = PAIRS
            .iter()
            .find(|(open, _)| *open == c)
            .and_then(|(_, close)| Some((*close, after.find(*close)?)));
        out.push(c);
        rest = match closed {
            Some((close, at)) => {
                out.push(close);
                &after[at + close.len_utf8()..]
            }
            None => after,
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_in, unquoted};

    #[test]
    fn pieces_must_follow_each_other() {
        assert!(is_in("冲突…请稍候", "“a”业务操作冲突，请稍候再使用。"));
        assert!(!is_in("冲突…请稍候", "请稍候，冲突"));
        assert!(is_in("WebAPI", "不允许调用webapi接口"));
        assert!(!is_in("单据日期…早于", "交货日期不能早于单据日期"));
    }

    #[test]
    fn names_in_quotes_are_taken_out_and_open_quotes_are_not() {
        assert_eq!(unquoted("字段“结账方式”是必填项"), "字段“”是必填项");
        assert_eq!(unquoted("编码值[\"关账\"]不存在"), "编码值[]不存在");
        assert_eq!(unquoted("长 5\" 的 [死锁"), "长 5\" 的 [死锁");
    }
}
