//! What a row of a list counts by.

use std::fmt;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The identity that a row counts by: its number, else its id, else its text.
///
/// ```
/// use std::collections::BTreeMap;
/// use wdt_qimen_sdk::RowKey;
///
/// let mut amounts = BTreeMap::new();
/// amounts.insert(RowKey::from("TK1"), 1);
/// assert_eq!(amounts.get(&RowKey::from("TK1")), Some(&1));
/// assert_eq!(RowKey::Id(7).to_string(), "id:7");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RowKey {
    /// The document number, as `refund_no`.
    Number(String),
    /// The primary key, as `refund_id`, of a row without a number.
    Id(i64),
    /// SHA-256 (lower-case hex) of the JSON text of a row that shows neither.
    Text(String),
}

impl RowKey {
    /// The number if there is one, else the id, else the hash of the row's text.
    ///
    /// ```
    /// # use wdt_qimen_sdk::RowKey;
    /// assert_eq!(RowKey::of("TK1", Some(7), String::new), RowKey::Number("TK1".into()));
    /// assert_eq!(RowKey::of("", Some(7), String::new), RowKey::Id(7));
    /// ```
    pub fn of(number: &str, id: Option<i64>, text: impl FnOnce() -> String) -> Self {
        match id {
            _ if !number.is_empty() => Self::Number(number.to_owned()),
            Some(id) => Self::Id(id),
            None => Self::Text(base16ct::lower::encode_string(&Sha256::digest(text()))),
        }
    }
}

impl RowKey {
    /// Whether no row can be told from another by it.
    pub(crate) fn names_nothing(&self) -> bool {
        matches!(self, Self::Number(text) | Self::Text(text) if text.is_empty())
    }
}

impl From<String> for RowKey {
    fn from(number: String) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for RowKey {
    fn from(number: &str) -> Self {
        Self::Number(number.to_owned())
    }
}

/// A row as a walk takes it: what it counts by, and when it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowAt {
    /// What it counts by.
    pub key: RowKey,
    /// The time that the list is asked by, in +08:00, where the row shows it.
    pub time: Option<NaiveDateTime>,
}

impl RowAt {
    /// A row that counts by this key, listed at this time.
    pub const fn new(key: RowKey, time: Option<NaiveDateTime>) -> Self {
        Self { key, time }
    }
}

impl<K: Into<RowKey>> From<K> for RowAt {
    /// A row that shows no time.
    fn from(key: K) -> Self {
        Self { key: key.into(), time: None }
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(number),
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Text(hash) => write!(f, "text:{hash}"),
        }
    }
}
