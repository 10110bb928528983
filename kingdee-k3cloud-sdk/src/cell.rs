//! One value of a query's row, kept as the server wrote it.
//! Rows and queries are in `query`.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::fields::members::parse_decimal;

/// A scalar with its exact text: a decimal keeps every digit, a number keeps its zeros.
///
/// ```
/// use kingdee_k3cloud_sdk::Cell;
/// use rust_decimal::Decimal;
///
/// let cell: Cell = serde_json::from_str("2.7550")?;
/// assert_eq!((cell.text(), cell.decimal()), ("2.7550", Some(Decimal::new(27550, 4))));
/// assert!(serde_json::from_str::<Cell>("null")?.is_null());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell(Scalar);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Scalar {
    #[default]
    Null,
    /// The answer has no cell there.
    Missing,
    /// A JSON string, decoded.
    Text(Box<str>),
    /// A number, `true` or `false`, as written.
    Bare(Box<str>),
}

impl Cell {
    /// The cell of a column that was asked for and not answered.
    pub fn missing() -> Self {
        Self(Scalar::Missing)
    }

    /// The text; a number as written; empty for `null`.
    pub fn text(&self) -> &str {
        match &self.0 {
            Scalar::Null | Scalar::Missing => "",
            Scalar::Text(text) | Scalar::Bare(text) => text,
        }
    }

    /// Whether it is `null`, or [missing](Self::is_missing).
    pub fn is_null(&self) -> bool {
        matches!(self.0, Scalar::Null | Scalar::Missing)
    }

    /// Whether the answer has no cell there at all: the row is shorter than what was asked for. That says nothing about the
    /// value, as `null` does.
    pub fn is_missing(&self) -> bool {
        self.0 == Scalar::Missing
    }

    /// Whether it is masked: asterisks in the value's place, because the user has no right to the field.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Cell;
    /// let masked: Cell = serde_json::from_str("\"***\"")?;
    /// assert!(masked.is_masked() && !serde_json::from_str::<Cell>("\"* 3\"")?.is_masked());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn is_masked(&self) -> bool {
        let text = self.text().trim();
        !text.is_empty() && text.bytes().all(|byte| byte == b'*')
    }

    /// The exact decimal, if the text is one (also `1E-07`, as .NET writes small numbers).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Cell;
    /// // As .NET writes small numbers:
    /// let cell: Cell = serde_json::from_str("1E-07")?;
    /// assert_eq!(cell.decimal().map(|number| number.to_string()).as_deref(), Some("0.0000001"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn decimal(&self) -> Option<Decimal> {
        parse_decimal(self.text())
    }

    /// The whole number, if the text is one (also `2.0`, as .NET writes whole decimals).
    pub fn int(&self) -> Option<i64> {
        let number = self.decimal()?;
        number.fract().is_zero().then(|| number.trunc().try_into().ok())?
    }

    /// The truth value: `true`, `false`, `1`, `0`.
    pub fn bool(&self) -> Option<bool> {
        match self.text().trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    /// The moment in Asia/Shanghai, if the text is one: `2025-01-02T00:00:00`, with a blank
    /// instead of the `T`, with fractions of a second, or a bare day.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::Cell;
    /// let cell: Cell = serde_json::from_str("\"2026-11-03T00:00:00\"")?;
    /// assert_eq!(cell.date().map(|moment| moment.date().to_string()).as_deref(), Some("2026-11-03"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn date(&self) -> Option<NaiveDateTime> {
        let text = self.text().trim().replacen(' ', "T", 1);
        NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
            .ok()
            .or_else(|| NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self(match raw {
            "null" => Scalar::Null,
            quoted if quoted.starts_with('"') => {
                if let Some(text) = plain(quoted) {
                    Scalar::Text(text.into())
                } else {
                    let text: String = serde_json::from_str(quoted).map_err(serde::de::Error::custom)?;
                    Scalar::Text(text.into())
                }
            }
            bare => Scalar::Bare(bare.into()),
        }))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self(Scalar::Text(text.into()))
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(Scalar::Text(text.into()))
    }
}

/// `null` is `None`.
impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or_else(Self::default, Into::into)
    }
}

/// As an answer with this JSON has it. A fraction that `serde_json` holds as a float has lost its zeros: give it as a
/// `Decimal`.
impl From<serde_json::Value> for Cell {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::default(),
            serde_json::Value::String(text) => text.into(),
            bare => Self(Scalar::Bare(bare.to_string().into())),
        }
    }
}

macro_rules! bare {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Cell {
            fn from(value: $kind) -> Self {
                Self(Scalar::Bare(value.to_string().into()))
            }
        }
    )*};
}

bare! { bool, i32, i64, u32, u64, Decimal }

/// What stands between the quotes of a JSON string that escapes nothing, as nearly all do: it need not be read again.
fn plain(quoted: &str) -> Option<&str> {
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then_some(text)
}

/// A cell that is not what the struct wants. Its text is left out: it may be anybody's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCell {
    /// The query did not ask for this key.
    #[error("the query did not ask for {0}")]
    NotAsked(String),
    /// The row has no cell for this key.
    #[error("the answer has no cell for {0}")]
    Missing(String),
    /// The value is of another kind.
    #[error("{key} is {}, not {wanted}", if *null { "null" } else { "something else" })]
    Kind {
        /// The field's key.
        key: String,
        /// What was wanted.
        wanted: &'static str,
        /// Whether it was `null`.
        null: bool,
    },
}
