//! A value of a row at the simulated site, and how it is written.

use std::cmp::Ordering;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Flag(bool),
    /// A whole number, such as an internal id.
    Whole(u64),
    Number(Decimal),
    Text(String),
    Date(NaiveDateTime),
}

impl Value {
    pub(super) fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Date(moment) => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
        }
    }

    pub(super) fn json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            // .NET writes a decimal with at least one digit behind the point.
            Self::Number(number) if number.fract().is_zero() => format!("{}.0", number.trunc()),
            Self::Number(number) => number.normalize().to_string(),
            Self::Flag(_) | Self::Whole(_) => self.text(),
            Self::Text(_) | Self::Date(_) => serde_json::Value::from(self.text()).to_string(),
        }
    }

    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(own), Self::Whole(other)) => own.cmp(other),
            (Self::Number(own), Self::Number(other)) => own.cmp(other),
            (own, other) => own.text().cmp(&other.text()),
        }
    }
}
