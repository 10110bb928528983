//! A list of rows in every shape that the gateway has been seen to send.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A list that may be missing, null, blank text, or a lone object.
#[derive(Debug)]
pub(crate) struct OneOrMany<T> {
    pub(crate) rows: Vec<T>,
    /// There was a list or an object.
    pub(crate) is_list: bool,
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), is_list: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lists<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Lists<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany<T>, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = seq.next_element()? {
                    rows.push(row);
                }
                Ok(OneOrMany { rows, is_list: true })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                let row = T::deserialize(MapAccessDeserializer::new(map))?;
                Ok(OneOrMany { rows: vec![row], is_list: true })
            }

            fn visit_unit<E>(self) -> Result<OneOrMany<T>, E> {
                Ok(OneOrMany::default())
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                if text.trim().is_empty() {
                    Ok(OneOrMany::default())
                } else {
                    Err(E::custom("text where a list belongs"))
                }
            }
        }

        deserializer.deserialize_any(Lists(PhantomData))
    }
}
