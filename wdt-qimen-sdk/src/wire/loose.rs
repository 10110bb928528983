//! Single values outside of rows, tolerant like those in rows: what cannot be read is nothing. For `#[serde_as]`.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_with::DeserializeAs;

use super::token::{Scalar, Token};

/// A scalar in any of its spellings; a text may be a number.
pub(crate) struct Loose;

impl<'de, T: Scalar> DeserializeAs<'de, Option<T>> for Loose {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let token = Token::of(<&RawValue>::deserialize(deserializer)?);
        Ok(if token.is_blank() { None } else { T::parse(&token).ok().flatten() })
    }
}

impl<'de> DeserializeAs<'de, String> for Loose {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Token::of(<&RawValue>::deserialize(deserializer)?).into_text())
    }
}
