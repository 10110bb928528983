//! Reading back what was written: an object's members as the texts that they are, so that no decimal passes through a
//! float, and custom fields that no type knows stay as they stand.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{DeserializeOwned, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object that were not taken yet, in their order.
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

/// A value that can be read from a member's text.
pub(crate) trait FromMember: Sized {
    fn from_member(json: &str) -> Result<Self, serde_json::Error>;

    /// What it is where there is no such member; `None`: it must be there.
    fn absent() -> Option<Self> {
        None
    }
}

impl Members {
    pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members: Vec<(String, Box<RawValue>)> = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    if members.iter().any(|(known, _)| *known == key) {
                        return Err(M::Error::custom(format!("{key} is there twice")));
                    }
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }

    /// The member of this key; of one that is not there, what that means.
    pub(crate) fn take<T: FromMember, E: Error>(&mut self, key: &'static str) -> Result<T, E> {
        let absent = || T::absent().ok_or_else(|| E::missing_field(key));
        self.find(key)?.map_or_else(absent, Ok)
    }

    /// Puts the member of this key into a place, if it is there.
    pub(crate) fn put<T: FromMember, E: Error>(&mut self, key: &str, place: &mut T) -> Result<(), E> {
        if let Some(value) = self.find(key)? {
            *place = value;
        }
        Ok(())
    }

    fn find<T: FromMember, E: Error>(&mut self, key: &str) -> Result<Option<T>, E> {
        let Some(at) = self.0.iter().position(|(known, _)| known == key) else { return Ok(None) };
        let (_, value) = self.0.remove(at);
        T::from_member(value.get()).map(Some).map_err(|error| E::custom(format!("{key}: {error}")))
    }

    /// The rest: custom fields.
    pub(crate) fn rest<E: Error>(self) -> Result<Vec<(String, Box<RawValue>)>, E> {
        if self.0.iter().any(|(key, _)| key.eq_ignore_ascii_case("FID")) {
            return Err(E::custom("FID is no custom field: change a bill with an Update"));
        }
        Ok(self.0)
    }

    /// Nothing is left: what could not be written again is not dropped in silence.
    pub(crate) fn end<E: Error>(self) -> Result<(), E> {
        match self.0.first() {
            Some((key, _)) => Err(E::custom(format!("unknown field {key}"))),
            None => Ok(()),
        }
    }
}

/// Types whose own `Deserialize` reads a member exactly.
macro_rules! from_member {
    ($($kind:ty),* $(,)?) => {$(
        impl $crate::fields::members::FromMember for $kind {
            fn from_member(json: &str) -> Result<Self, serde_json::Error> {
                serde_json::from_str(json)
            }
        }
    )*};
}

pub(crate) use from_member;

from_member!(String, bool, i64, u64, Box<RawValue>);

/// The exact decimal that a text is, if it is one (also `1E-07`, as .NET writes small numbers).
pub(crate) fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    let scientific =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    match (plain, scientific) {
        (true, _) => Decimal::from_str_exact(text).ok(),
        (false, true) => Decimal::from_scientific(text).ok(),
        _ => None,
    }
}

impl FromMember for Decimal {
    fn from_member(json: &str) -> Result<Self, serde_json::Error> {
        let quoted = json.starts_with('"').then(|| serde_json::from_str::<String>(json)).transpose()?;
        let decimal = parse_decimal(quoted.as_deref().unwrap_or(json));
        decimal.ok_or_else(|| <serde_json::Error as Error>::custom("is no decimal"))
    }
}

impl<T: FromMember> FromMember for Option<T> {
    fn from_member(json: &str) -> Result<Self, serde_json::Error> {
        if json == "null" { Ok(None) } else { T::from_member(json).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: DeserializeOwned> FromMember for Vec<T> {
    fn from_member(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// An empty list is left out when it is written.
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}
