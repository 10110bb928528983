//! A condition, and whether a row meets it.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::mock::bill;
use crate::mock::value::Value;

/// A parsed condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// `1=1` and the like.
    Always(bool),
    Compare {
        key: String,
        operator: String,
        value: Literal,
    },
    In {
        key: String,
        values: Vec<Literal>,
    },
    Null {
        key: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
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
    /// Every key it asks about.
    pub(crate) fn keys(&self) -> Vec<&str> {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::keys).collect(),
            Self::Not(inner) => inner.keys(),
            Self::Always(_) => Vec::new(),
            Self::Compare { key, .. } | Self::In { key, .. } | Self::Null { key } => vec![key],
        }
    }

    /// The values it confines a key to, if it names them: saves looking at every bill.
    pub(crate) fn values_of(&self, wanted: &str) -> Option<Vec<&str>> {
        match self {
            Self::All(inner) => inner.iter().find_map(|condition| condition.values_of(wanted)),
            Self::In { key, values } if key.eq_ignore_ascii_case(wanted) => {
                values.iter().map(Literal::as_text).collect()
            }
            Self::Compare { key, operator, value } if key.eq_ignore_ascii_case(wanted) && operator == "=" => {
                Some(vec![value.as_text()?])
            }
            _ => None,
        }
    }

    /// Keys that are compared with a text, and not by `like`.
    pub(crate) fn quoted_keys(&self) -> Vec<&str> {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::quoted_keys).collect(),
            Self::Not(inner) => inner.quoted_keys(),
            Self::Compare { key, operator, value: Literal::Text(_) } if operator != "like" => vec![key],
            Self::In { key, values } if values.iter().any(|value| value.as_text().is_some()) => vec![key],
            _ => Vec::new(),
        }
    }

    /// Whether a row meets it.
    pub(crate) fn holds(&self, value_of: &impl Fn(&str) -> Value) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|condition| condition.holds(value_of)),
            Self::Any(inner) => inner.iter().any(|condition| condition.holds(value_of)),
            Self::Not(inner) => !inner.holds(value_of),
            Self::Always(holds) => *holds,
            Self::Null { key } => value_of(key) == Value::Null,
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
                ordering.is_some_and(|ordering| is_met(operator, ordering))
            }
        }
    }
}

pub(super) fn is_met(operator: &str, ordering: Ordering) -> bool {
    match operator {
        "=" => ordering.is_eq(),
        "<>" | "!=" => ordering.is_ne(),
        "<" => ordering.is_lt(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

impl Value {
    fn compare(&self, literal: &Literal) -> Option<Ordering> {
        let number = |text: &str| Decimal::from_str_exact(text.trim()).ok();
        match (self, literal) {
            (Self::Null, _) => None,
            (Self::Flag(own), Literal::Text(other)) if matches!(other.as_str(), "0" | "1") => {
                Some(own.cmp(&(other == "1")))
            }
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
        // A character in brackets stands for itself.
        Some('[') if rest.as_str().chars().nth(1) == Some(']') => {
            let wanted = rest.next();
            let mut chars = text.chars();
            chars.next() == wanted && like(chars.as_str(), &rest.as_str()[1..])
        }
        Some(wanted) => {
            let mut chars = text.chars();
            chars.next().is_some_and(|c| wanted == '_' || wanted == c) && like(chars.as_str(), rest.as_str())
        }
    }
}
