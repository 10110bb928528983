//! What is sent: structs whose fields go as the gateway reads them, and whose further keys go as they are given. The
//! macro is to these what `row!` is to rows.

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::decimal::parse_decimal;
use super::extra::Extra;
use super::time::{format_time, parse_time};
use super::token::Token;

/// A field of something that is sent.
pub(crate) trait Sent: Sized {
    /// Reads what was written; `None` where the key is missing. An error says what is wrong.
    fn read(raw: Option<&RawValue>) -> Result<Self, String>;

    /// Whether there is something to send: the key is left out otherwise.
    fn is_given(&self) -> bool {
        true
    }

    /// Writes it as the gateway reads it.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// What is wrong where a key is missing.
fn given(raw: Option<&RawValue>) -> Result<&RawValue, String> {
    raw.ok_or_else(|| "is missing".to_owned())
}

fn plain<T: DeserializeOwned>(raw: Option<&RawValue>) -> Result<T, String> {
    serde_json::from_str(given(raw)?.get()).map_err(|error| error.to_string())
}

/// Fields that go as serde writes them.
macro_rules! plain {
    ($($kind:ty),*) => { $(
        impl Sent for $kind {
            fn read(raw: Option<&RawValue>) -> Result<Self, String> {
                plain(raw)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        }
    )* };
}

plain!(String, i32, bool);

impl<T: Serialize + DeserializeOwned> Sent for Vec<T> {
    fn read(raw: Option<&RawValue>) -> Result<Self, String> {
        plain(raw)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// Goes as text; a number is read by its own digits.
impl Sent for Decimal {
    fn read(raw: Option<&RawValue>) -> Result<Self, String> {
        let number = match Token::of(given(raw)?) {
            Token::Number(text) => parse_decimal(text),
            Token::Text(text) => parse_decimal(&text),
            _ => None,
        };
        number.ok_or_else(|| "it is no decimal number".to_owned())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Sent for NaiveDateTime {
    fn read(raw: Option<&RawValue>) -> Result<Self, String> {
        match Token::of(given(raw)?) {
            Token::Text(text) => parse_time(&text).map_err(|error| error.to_string()),
            _ => Err("it is no time yyyy-MM-dd HH:mm:ss".to_owned()),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_time(*self))
    }
}

impl<T: Sent> Sent for Option<T> {
    fn read(raw: Option<&RawValue>) -> Result<Self, String> {
        match raw {
            Some(raw) if raw.get() != "null" => T::read(Some(raw)).map(Some),
            _ => Ok(None),
        }
    }

    fn is_given(&self) -> bool {
        self.is_some()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }
}

/// Takes the value of a field out of what came; what is wrong with it is told by its key.
pub(crate) fn take<T: Sent, E: serde::de::Error>(came: &mut Extra, key: &str) -> Result<T, E> {
    let raw = came.remove(key);
    if came.get(key).is_some() {
        return Err(E::custom(format_args!("{key} comes twice")));
    }
    T::read(raw.as_deref()).map_err(|why| E::custom(format_args!("{key}: {why}")))
}

/// A field on its way out.
pub(crate) struct Going<'a, T>(pub(crate) &'a T);

impl<T: Sent> Serialize for Going<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// `Serialize`, `Deserialize` and `Debug` of something that is sent, by the names of its fields, all but `extra`: what was
/// written reads back equal to the last digit, what is not given is left out, and `Debug` shows no people.
macro_rules! sent {
    ($kind:ident { $($field:ident),* $(,)? }) => {
        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::{Error as _, SerializeMap as _};
                use $crate::wire::sent::{Going, Sent as _};
                let Self { $($field,)* extra } = self;
                let mut map = serializer.serialize_map(None)?;
                $( if $field.is_given() {
                    map.serialize_entry(stringify!($field), &Going($field))?;
                } )*
                for (key, raw) in extra.entries() {
                    // Else it would be sent twice, and nobody knows which of them counts.
                    if [$(stringify!($field)),*].contains(&key) {
                        return Err(S::Error::custom(format_args!("{key} is no extra: it has a field")));
                    }
                    map.serialize_entry(key, raw)?;
                }
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut extra = <$crate::wire::Extra as serde::Deserialize>::deserialize(deserializer)?;
                $( let $field = $crate::wire::sent::take(&mut extra, stringify!($field))?; )*
                Ok(Self { $($field,)* extra })
            }
        }

        impl std::fmt::Debug for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                use $crate::wire::mask::is_private;
                use $crate::wire::sent::Sent as _;
                let Self { $($field,)* extra } = self;
                let mut shown = f.debug_struct(stringify!($kind));
                $( if !$field.is_given() {
                    // Most are not.
                } else if is_private(stringify!($field)) {
                    shown.field(stringify!($field), &"***");
                } else {
                    shown.field(stringify!($field), $field);
                } )*
                shown.field("extra", extra).finish()
            }
        }
    };
}

pub(crate) use sent;
