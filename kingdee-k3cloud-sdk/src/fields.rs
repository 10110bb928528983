//! How field values are written as JSON: exact decimals, dates as the vendor reads them, and
//! custom fields. The fields themselves are in `model`.

pub(crate) mod members;
pub(crate) mod once;

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_with::{DeserializeAs, DeserializeFromStr, SerializeAs, SerializeDisplay};

use self::members::{FromMember as _, Members, from_member};

/// A date, with or without a time of day, in Asia/Shanghai. Written `yyyy-MM-dd` or
/// `yyyy-MM-dd HH:mm:ss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SerializeDisplay, DeserializeFromStr)]
pub enum Date {
    /// A day.
    Day(NaiveDate),
    /// A moment.
    Moment(NaiveDateTime),
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl From<NaiveDateTime> for Date {
    fn from(moment: NaiveDateTime) -> Self {
        Self::Moment(moment)
    }
}

from_member!(Date);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.format("%Y-%m-%d")),
            Self::Moment(moment) => write!(f, "{}", moment.format("%Y-%m-%d %H:%M:%S")),
        }
    }
}

impl FromStr for Date {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Day(day));
        }
        NaiveDateTime::parse_from_str(&text.replacen('T', " ", 1), "%Y-%m-%d %H:%M:%S").map(Self::Moment)
    }
}

/// Fields that a site added to a form (`F_PSEH_TEXT`), written after the standard ones, in the order
/// given. Values are JSON text and are sent as they stand. `FID` is refused.
#[derive(Debug, Clone, Default)]
pub struct Extra(pub(crate) Vec<(String, Box<RawValue>)>);

impl Extra {
    /// No custom field.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: Box<RawValue>) -> Self {
        self.0.push((key.into(), value));
        self
    }

    /// Adds a text field.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::fields::Extra;
    /// let extra = Extra::new().with_text("F_PSEH_TEXT", "TM2026");
    /// assert_eq!(extra.iter().next(), Some(("F_PSEH_TEXT", r#""TM2026""#)));
    /// ```
    #[must_use]
    pub fn with_text(self, key: impl Into<String>, value: &str) -> Self {
        match serde_json::value::to_raw_value(value) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // text always serialises
        }
    }

    /// Adds a decimal, digit for digit: a float would lose cents.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::fields::Extra;
    /// let extra = Extra::new().with_decimal("F_PSEH_Amount", "0.10".parse()?);
    /// assert_eq!(extra.iter().next(), Some(("F_PSEH_Amount", "0.10")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_decimal(self, key: impl Into<String>, value: Decimal) -> Self {
        match raw_decimal(&value) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // a decimal is always a number
        }
    }

    /// Adds a truth value.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::fields::Extra;
    /// let extra = Extra::new().with_bool("F_OURS_URGENT", true).with_text("F_OURS_NOTE", "by air");
    /// assert_eq!(extra.iter().count(), 2);
    /// ```
    #[must_use]
    pub fn with_bool(self, key: impl Into<String>, value: bool) -> Self {
        match serde_json::value::to_raw_value(&value) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // a truth value always serialises
        }
    }

    /// Adds a reference to base data, by number.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::fields::Extra;
    /// let extra = Extra::new().with_reference("F_PSEH_Base", "BM000004");
    /// assert_eq!(extra.iter().next(), Some(("F_PSEH_Base", r#"{"FNumber":"BM000004"}"#)));
    /// ```
    #[must_use]
    pub fn with_reference(self, key: impl Into<String>, number: &str) -> Self {
        match serde_json::value::to_raw_value(&serde_json::json!({ "FNumber": number })) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // text always serialises
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.get()))
    }
}

impl Eq for Extra {}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            // On a new bill the id of another would replace that one.
            if key.eq_ignore_ascii_case("FID") {
                return Err(S::Error::custom("FID is no custom field: change a bill with an Update"));
            }
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// Every member as it stands, in its order.
impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::read(deserializer)?.rest().map(Self)
    }
}

/// A decimal as JSON, digit for digit.
pub(crate) fn raw_decimal(value: &Decimal) -> Result<Box<RawValue>, serde_json::Error> {
    RawValue::from_string(value.to_string())
}

/// Writes a decimal as a plain JSON number, digit for digit. For `#[serde(serialize_with)]` in
/// forms of your own.
///
/// ```
/// use kingdee_k3cloud_sdk::rust_decimal::Decimal;
///
/// #[derive(serde::Serialize)]
/// struct Line {
///     #[serde(rename = "FRealQty", serialize_with = "kingdee_k3cloud_sdk::fields::decimal")]
///     quantity: Decimal,
/// }
/// assert_eq!(serde_json::to_string(&Line { quantity: "2.50".parse()? })?, r#"{"FRealQty":2.50}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decimal<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    raw_decimal(value).map_err(S::Error::custom)?.serialize(serializer)
}

/// The same for `#[serde_as]` of the crate `serde_with`, which puts it inside of other types:
/// `#[serde_as(as = "Option<ExactDecimal>")]`.
#[derive(Debug)]
pub struct ExactDecimal;

impl SerializeAs<Decimal> for ExactDecimal {
    fn serialize_as<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        decimal(value, serializer)
    }
}

impl<'de> DeserializeAs<'de, Decimal> for ExactDecimal {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Decimal::from_member(raw.get()).map_err(serde::de::Error::custom)
    }
}

/// `Deserialize` of a form, or a part of one, by the keys of its fields: what was written reads back equal, to the last
/// digit. With `extra`, other keys are custom fields; without, they are an error.
macro_rules! read_back {
    ($kind:ident { $($key:literal $field:ident),* $(,)? } $($extra:ident)?) => {
        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut members = $crate::fields::members::Members::read(deserializer)?;
                $(let $field = members.take($key)?;)*
                $crate::fields::read_back!(@rest members $($extra)?);
                Ok(Self { $($field,)* $($extra)? })
            }
        }
    };
    (@rest $members:ident $extra:ident) => {
        let $extra = $crate::fields::Extra($members.rest()?);
    };
    (@rest $members:ident) => {
        $members.end()?;
    };
}

pub(crate) use read_back;
