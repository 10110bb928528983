//! Scalars of answers in whatever spelling they come: quoted or bare. For `#[serde_as]`.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_with::DeserializeAs;

/// A text; a number as it is written.
pub(crate) struct AnyText;

impl<'de> DeserializeAs<'de, String> for AnyText {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned()))
    }
}

/// A number; what is none, or none of its type, is nothing.
pub(crate) struct AnyNumber;

impl<'de, N: FromStr> DeserializeAs<'de, Option<N>> for AnyNumber {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<N>, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(raw.trim_matches('"').trim().parse().ok())
    }
}

/// A truth value: `true`, a number that is not 0, or such a text; anything else is false.
pub(crate) struct AnyFlag;

impl<'de> DeserializeAs<'de, bool> for AnyFlag {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get().trim_matches('"').trim();
        Ok(raw.eq_ignore_ascii_case("true") || raw.parse::<i64>().is_ok_and(|number| number != 0))
    }
}
