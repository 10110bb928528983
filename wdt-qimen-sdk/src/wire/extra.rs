//! Keys that a struct does not declare, as raw JSON text: those of a row that came, and those that are to be sent.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::mask::{is_private, mask_json};

/// Keys that a struct does not declare, in their order, as raw JSON text: what a row has that this version does not know,
/// and what is to be sent besides the fields that a write has. No digit of a number is lost on the way.
///
/// Equal when keys, order and texts are equal. Read and written by JSON serializers only.
///
/// ```
/// use wdt_qimen_sdk::method::shop::Shop;
/// use wdt_qimen_sdk::wire::Extra;
///
/// let shop: Shop = serde_json::from_str(r#"{"shop_no": "S001", "region_code": "310000"}"#)?;
/// assert_eq!(shop.extra.get("region_code"), Some("\"310000\""));
///
/// let extra = Extra::new().with_text("origin", "杭州").with_decimal("weight", "12.30".parse()?);
/// assert_eq!(serde_json::to_string(&extra)?, r#"{"origin":"杭州","weight":12.30}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Extra(Vec<(String, Box<RawValue>)>);

impl Extra {
    /// No key.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a key with its JSON text, which is sent as it stands.
    ///
    /// ```
    /// use serde_json::value::to_raw_value;
    /// use wdt_qimen_sdk::wire::Extra;
    ///
    /// let extra = Extra::new().with("batches", to_raw_value(&["B1", "B2"])?);
    /// assert_eq!(extra.get("batches"), Some(r#"["B1","B2"]"#));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: Box<RawValue>) -> Self {
        self.0.push((key.into(), value));
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn with_text(self, key: impl Into<String>, value: &str) -> Self {
        match to_raw_value(value) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // text always serialises
        }
    }

    /// Adds a decimal, digit for digit: a float would lose cents.
    ///
    /// ```
    /// # use wdt_qimen_sdk::wire::Extra;
    /// let extra = Extra::new().with_decimal("tax", "0.10".parse()?);
    /// assert_eq!(extra.get("tax"), Some("0.10"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_decimal(self, key: impl Into<String>, value: Decimal) -> Self {
        match RawValue::from_string(value.to_string()) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // a decimal is always a number
        }
    }

    /// Adds a truth value.
    #[must_use]
    pub fn with_bool(self, key: impl Into<String>, value: bool) -> Self {
        match to_raw_value(&value) {
            Ok(raw) => self.with(key, raw),
            Err(_) => self, // a truth value always serialises
        }
    }

    /// Keys and raw JSON texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), raw.get()))
    }

    /// The raw JSON text of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(known, raw)| (known == key).then_some(raw))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[doc(hidden)]
    pub fn forget(&mut self, is_private: fn(&str) -> bool) {
        self.0.retain(|(key, _)| !is_private(key));
    }

    #[doc(hidden)]
    pub fn push(&mut self, key: String, raw: &RawValue) {
        self.0.push((key, raw.to_owned()));
    }

    #[doc(hidden)]
    pub fn entries(&self) -> impl Iterator<Item = (&str, &RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), &**raw))
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Box<RawValue>> {
        let place = self.0.iter().position(|(known, _)| known == key)?;
        Some(self.0.remove(place).1)
    }
}

impl PartialEq for Extra {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Extra {}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = |(key, raw)| (key, if is_private(key) { "***".to_owned() } else { mask_json(raw) });
        f.debug_map().entries(self.iter().map(masked)).finish()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, raw) in self.entries() {
            map.serialize_entry(key, raw)?;
        }
        map.end()
    }
}

/// Every member as it stands, in its order.
impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Extra;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extra, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Extra(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}
