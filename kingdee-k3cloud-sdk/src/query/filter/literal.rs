//! The values in conditions: what they are made from, and how they are written.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_with::{DisplayFromStr, serde_as};

/// A value in a condition.
#[serde_as]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Literal {
    /// Text, written in quotes.
    Text(String),
    /// A number, written bare. Kept with serde it is a text, so that no format makes a float of it.
    Number(#[serde_as(as = "DisplayFromStr")] Decimal),
}

impl Literal {
    pub(super) fn render(&self, text: &mut String) {
        match self {
            Self::Text(value) => {
                let _ = write!(text, "'{}'", value.replace('\'', "''"));
            }
            Self::Number(value) => {
                let _ = write!(text, "{value}");
            }
        }
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

macro_rules! whole {
    ($($kind:ty)*) => {$(
        impl From<$kind> for Literal {
            fn from(number: $kind) -> Self {
                Self::Number(number.into())
            }
        }
    )*};
}

whole! { i8 i16 i32 i64 u8 u16 u32 u64 usize }

/// A flag, as the database keeps it: `'1'` or `'0'`.
impl From<bool> for Literal {
    fn from(flag: bool) -> Self {
        Self::Text(if flag { "1" } else { "0" }.to_owned())
    }
}

impl From<Decimal> for Literal {
    fn from(number: Decimal) -> Self {
        Self::Number(number)
    }
}

impl From<NaiveDate> for Literal {
    fn from(day: NaiveDate) -> Self {
        Self::Text(day.format("%Y-%m-%d").to_string())
    }
}

impl From<NaiveDateTime> for Literal {
    fn from(moment: NaiveDateTime) -> Self {
        Self::Text(moment.format("%Y-%m-%d %H:%M:%S").to_string())
    }
}
