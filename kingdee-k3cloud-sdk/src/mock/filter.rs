//! FilterString at the simulated site: a parser strict enough to catch what a builder lets slip.
//! Which keys there are is told by `query`.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::bill;
use super::query::Value;

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Compare { key: String, operator: String, value: Literal },
    In { key: String, values: Vec<Literal> },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(Decimal),
}

impl Literal {
    fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) => None,
        }
    }
}

impl Condition {
    /// Parses a FilterString; an empty one is every bill.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let mut parser = Parser { tokens, at: 0 };
        let condition = parser.any()?;
        match parser.tokens.get(parser.at) {
            None => Ok(condition),
            Some(rest) => Err(format!("unexpected {rest:?}")),
        }
    }

    /// Every key it asks about.
    pub(super) fn keys(&self) -> Vec<&str> {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::keys).collect(),
            Self::Compare { key, .. } | Self::In { key, .. } => vec![key],
        }
    }

    /// The values it confines a key to, if it names them: saves looking at every bill.
    pub(super) fn values_of(&self, wanted: &str) -> Option<Vec<&str>> {
        match self {
            Self::All(inner) => inner.iter().find_map(|condition| condition.values_of(wanted)),
            Self::In { key, values } if key == wanted => values.iter().map(Literal::as_text).collect(),
            Self::Compare { key, operator, value } if key == wanted && operator == "=" => {
                Some(vec![value.as_text()?])
            }
            _ => None,
        }
    }

    /// Whether a row meets it.
    pub(super) fn holds(&self, value_of: &impl Fn(&str) -> Value) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|condition| condition.holds(value_of)),
            Self::Any(inner) => inner.iter().any(|condition| condition.holds(value_of)),
            Self::In { key, values } => {
                let value = value_of(key);
                values.iter().any(|literal| value.compare(literal) == Some(Ordering::Equal))
            }
            Self::Compare { key, operator, value } if operator == "like" => match value {
                Literal::Text(pattern) => like(&value_of(key).text(), pattern),
                Literal::Number(_) => false,
            },
            Self::Compare { key, operator, value } => {
                let ordering = value_of(key).compare(value);
                ordering.is_some_and(|ordering| match operator.as_str() {
                    "=" => ordering.is_eq(),
                    "<>" => ordering.is_ne(),
                    "<" => ordering.is_lt(),
                    "<=" => ordering.is_le(),
                    ">" => ordering.is_gt(),
                    _ => ordering.is_ge(),
                })
            }
        }
    }
}

impl Value {
    fn compare(&self, literal: &Literal) -> Option<Ordering> {
        let number = |text: &str| Decimal::from_str_exact(text.trim()).ok();
        match (self, literal) {
            (Self::Null, _) => None,
            (Self::Number(own), Literal::Number(other)) => own.partial_cmp(other),
            (Self::Number(own), Literal::Text(other)) => own.partial_cmp(&number(other)?),
            (Self::Whole(own), Literal::Text(other)) => Decimal::from(*own).partial_cmp(&number(other)?),
            (Self::Date(own), Literal::Text(other)) => own.partial_cmp(&bill::moment(other)?),
            (own, Literal::Text(other)) => Some(own.text().as_str().cmp(other)),
            (own, Literal::Number(other)) => number(&own.text())?.partial_cmp(other),
        }
    }
}

/// SQL's `like`: `%` any text, `_` any character.
fn like(text: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('%') => {
            let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            starts.into_iter().any(|at| like(&text[at..], rest.as_str()))
        }
        Some(wanted) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| wanted == '_' || wanted == c) && like(chars.as_str(), rest.as_str())
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(Decimal),
    Sign(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' => quoted(rest)?,
            '(' | ')' | ',' => (Token::Sign(first.to_string()), 1),
            '<' | '>' | '=' => {
                let two = rest.get(..2).filter(|two| ["<>", "<=", ">="].contains(two));
                let sign = two.unwrap_or(&rest[..1]);
                (Token::Sign(sign.to_owned()), sign.len())
            }
            '-' | '0'..='9' => {
                let length =
                    rest[1..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(rest.len(), |n| n + 1);
                let number = Decimal::from_str_exact(&rest[..length]).map_err(|error| error.to_string())?;
                (Token::Number(number), length)
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let odd = |c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.';
                let length = rest.find(odd).unwrap_or(rest.len());
                (Token::Word(rest[..length].to_owned()), length)
            }
            c => return Err(format!("unexpected {c:?}")),
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
        let end = text[at..].find('\'').ok_or("a quote is not closed")? + at;
        value.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Ok((Token::Text(value), end + 1));
        }
        value.push('\'');
        at = end + 2;
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Condition::All(parts) })
    }

    fn one(&mut self) -> Result<Condition, String> {
        if self.sign("(") {
            let inner = self.any()?;
            return if self.sign(")") { Ok(inner) } else { Err("a parenthesis is not closed".to_owned()) };
        }
        let Some(Token::Word(key)) = self.next() else { return Err("a key is missing".to_owned()) };
        if self.word("in") {
            return self.list(key);
        }
        if self.word("like") {
            return Ok(Condition::Compare { key, operator: "like".to_owned(), value: self.literal()? });
        }
        match self.next() {
            Some(Token::Sign(operator)) if !["(", ")", ","].contains(&operator.as_str()) => {
                Ok(Condition::Compare { key, operator, value: self.literal()? })
            }
            other => Err(format!("an operator is missing before {other:?}")),
        }
    }

    fn list(&mut self, key: String) -> Result<Condition, String> {
        if !self.sign("(") {
            return Err("a list is missing".to_owned());
        }
        let mut values = vec![self.literal()?];
        while self.sign(",") {
            values.push(self.literal()?);
        }
        if self.sign(")") {
            Ok(Condition::In { key, values })
        } else {
            Err("a list is not closed".to_owned())
        }
    }

    fn literal(&mut self) -> Result<Literal, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            other => Err(format!("a value is missing before {other:?}")),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&mut self, wanted: &str) -> bool {
        self.eat(|token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(wanted)))
    }

    fn sign(&mut self, wanted: &str) -> bool {
        self.eat(|token| matches!(token, Token::Sign(sign) if sign == wanted))
    }

    fn eat(&mut self, wanted: impl Fn(&Token) -> bool) -> bool {
        let found = self.tokens.get(self.at).is_some_and(wanted);
        self.at += usize::from(found);
        found
    }
}
