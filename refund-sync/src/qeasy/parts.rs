//! The pieces of a value: text, fields in braces, look-ups in another scheme. What they are put together to is
//! `qeasy::template`'s.

use crate::lang::Text;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// The value of a field.
    Field(FieldRef),
}

/// A field of 旺店通, as a scheme names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldRef {
    /// `shop_no`, `refund_order_list.spec_no`
    pub path: String,
    /// What stands behind a bar: `datetime`.
    pub format: String,
}

/// A question to the data of another scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Find {
    /// Which column of it.
    pub column: String,
    /// Which scheme.
    pub from: String,
    /// Which of its rows: column and value.
    pub by: Vec<(String, Vec<Part>)>,
}

impl Find {
    /// The field that it is asked by, if it is one.
    pub(super) fn key(&self) -> Option<&FieldRef> {
        match self.by.as_slice() {
            [(_, parts)] => one_field(parts),
            _ => None,
        }
    }
}

pub(super) fn one_field(parts: &[Part]) -> Option<&FieldRef> {
    match parts {
        [Part::Field(field)] => Some(field),
        _ => None,
    }
}

/// What stands behind a word of the language, if the text begins with it.
pub(super) fn word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    let rest = &text[word.len()..];
    (head.eq_ignore_ascii_case(word) && rest.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_'))
        .then_some(rest)
}

/// Text and fields: `{{a}}`, `{a}`, and `{{{a}}` of a slipped finger.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, Text> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        push(&mut parts, &rest[..open]);
        let inside = rest[open..].trim_start_matches('{');
        let braces = rest.len() - open - inside.len();
        let Some(close) = inside.find('}') else {
            return Err(Text::of(
                format!("花括号没有闭合：{}", shown(text)),
                format!("a brace is not closed: {}", shown(text)),
            ));
        };
        let after = &inside[close..];
        let closing = after.len() - after.trim_start_matches('}').len();
        match reference(&inside[..close]) {
            Some(field) => parts.push(Part::Field(field)),
            None => push(&mut parts, &rest[open..rest.len() - after.len() + closing]),
        }
        rest = &after[closing.min(braces.max(2))..];
    }
    push(&mut parts, rest);
    Ok(parts)
}

fn push(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

fn reference(inside: &str) -> Option<FieldRef> {
    let (path, format) = inside.split_once('|').unwrap_or((inside, ""));
    let path = path.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    (!path.is_empty() && path.chars().all(fits))
        .then(|| FieldRef { path: path.to_owned(), format: format.trim().to_owned() })
}

/// A look-up, and what stands behind its `_endFind`.
pub(super) fn find(text: &str) -> Result<(Find, &str), Text> {
    let unclear = || {
        Text::new(
            "_findCollection 应写作 find 列 from 方案 where 列={{字段}}",
            "_findCollection is written: find COLUMN from SCHEME where COLUMN={{field}}",
        )
    };
    let (text, behind) = match text.find("_endFind") {
        Some(end) => (&text[..end], &text[end + "_endFind".len()..]),
        None => (text, ""),
    };
    let rest = word(text.trim_start(), "find").ok_or_else(unclear)?.trim_start();
    let (column, rest) = rest.split_once(char::is_whitespace).ok_or_else(unclear)?;
    let rest = word(rest.trim_start(), "from").ok_or_else(unclear)?.trim_start();
    let (from, rest) = rest.split_once(char::is_whitespace).ok_or_else(unclear)?;
    let rest = word(rest.trim_start(), "where").ok_or_else(unclear)?;
    let mut by = Vec::new();
    for condition in rest.split_whitespace().filter(|word| !word.eq_ignore_ascii_case("and")) {
        let (column, value) = condition.split_once('=').ok_or_else(unclear)?;
        by.push((column.to_owned(), parts(value.trim_matches('\''))?));
    }
    if by.is_empty() {
        return Err(unclear());
    }
    Ok((Find { column: column.to_owned(), from: from.to_owned(), by }, behind))
}

/// The beginning of a value, for messages.
pub(super) fn shown(value: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = value.chars().take(MOST).collect();
    if value.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    crate::text::shown(&shown).into_owned()
}
