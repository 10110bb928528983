//! The tokens of a FilterString that is a text: words, quoted texts, numbers, signs.
//! Their order is judged in `parser`.

use rust_decimal::Decimal;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(Decimal),
    Sign(String),
}

impl Token {
    /// As a person would write it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Sign(text) => text.clone(),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => number.to_string(),
        }
    }
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' => quoted(rest)?,
            // National text: N'…'.
            'N' | 'n' if rest[1..].starts_with('\'') => {
                let (token, length) = quoted(&rest[1..])?;
                (token, length + 1)
            }
            '{' => moment(rest)?,
            '(' | ')' | ',' => (Token::Sign(first.to_string()), 1),
            '<' | '>' | '=' | '!' => {
                let two = rest.get(..2).filter(|two| ["<>", "<=", ">=", "!="].contains(two));
                let sign = two.unwrap_or(&rest[..1]);
                (Token::Sign(sign.to_owned()), sign.len())
            }
            '-' | '0'..='9' => {
                let length =
                    rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |n| n + 1);
                let number = Decimal::from_str_exact(&rest[..length])
                    .map_err(|_| format!("{} 不是数字", &rest[..length]))?;
                (Token::Number(number), length)
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let odd = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
                let length = rest.find(odd).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            _ => return Err(rest.to_owned()),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A literal in quotes, a doubled quote standing for one; and its length with the quotes.
fn quoted(text: &str) -> Result<(Token, usize), String> {
    let (mut value, mut at) = (String::new(), 1);
    loop {
        let end = text[at..].find('\'').ok_or_else(|| format!("{text} 的引号没有结束"))? + at;
        value.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Ok((Token::Text(value), end + 1));
        }
        value.push('\'');
        at = end + 2;
    }
}

/// A moment as ODBC writes it: `{ts'2026-11-01 00:00:00'}`, `{d'2026-11-01'}`.
fn moment(text: &str) -> Result<(Token, usize), String> {
    let unread = || text.to_owned();
    let end = text.find('}').ok_or_else(unread)?;
    let inner = text[1..end].trim();
    let kind = inner.find('\'').ok_or_else(unread)?;
    let is_kind = ["ts", "d"].iter().any(|known| known.eq_ignore_ascii_case(inner[..kind].trim()));
    let (token, length) = quoted(&inner[kind..])?;
    if is_kind && length == inner[kind..].len() { Ok((token, end + 1)) } else { Err(unread()) }
}
