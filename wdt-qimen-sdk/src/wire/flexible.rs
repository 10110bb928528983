//! Scalars and lists in every shape the gateway has been seen to send them.
//! Old rows carry everything as strings, newer ones mix numbers, strings, booleans and nulls.

use super::row::ListSeed;
use super::{Notes, Row, Wire, parse_decimal};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// One scalar as it stands in the JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(&'a str),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// An object or a list: no scalar at all.
    Structure,
}

impl<'a> Token<'a> {
    /// The token that a JSON text is.
    pub fn of(raw: &'a RawValue) -> Self {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'n') | None => Self::Null,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'{' | b'[') => Self::Structure,
            Some(b'"') if !text.contains('\\') => Self::Text(Cow::Borrowed(&text[1..text.len() - 1])),
            Some(b'"') => Self::Text(Cow::Owned(serde_json::from_str(text).unwrap_or_default())),
            Some(_) => Self::Number(text),
        }
    }

    /// Whether the gateway means "nothing" by it: null or blank text.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// A value that is one scalar on the wire. A field holds it as `Option`, since any of them may be missing.
pub trait Scalar: Sized {
    /// What a field of this type allows, for the fault that says so.
    const EXPECTED: &'static str;

    /// Reads a token that is not blank; `Ok(None)` for the type's own ways to say "nothing".
    #[allow(clippy::result_unit_err, reason = "the caller knows the path, the text and EXPECTED")]
    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()>;

    /// Writes the value so that it reads the same again.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

impl Scalar for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        let text = match token {
            Token::Bool(flag) => return Ok(Some(Self::from(*flag))),
            Token::Number(text) => text,
            Token::Text(text) => text.trim(),
            Token::Null | Token::Structure => return Err(()),
        };
        if let Ok(number) = text.parse() {
            return Ok(Some(number));
        }
        // Counts come as "2.0000" too.
        let exact = parse_decimal(text).filter(|value| value.fract().is_zero()).ok_or(())?;
        exact.trunc().to_string().parse().map(Some).map_err(|_| ())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*self)
    }
}

impl Scalar for i32 {
    const EXPECTED: &'static str = "a whole number of 32 bits";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        i64::parse(token)?.map(Self::try_from).transpose().map_err(|_| ())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*self)
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "true, false or a whole number";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        match token {
            Token::Bool(flag) => Ok(Some(*flag)),
            Token::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Some(true)),
            Token::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Some(false)),
            other => Ok(i64::parse(other)?.map(|number| number != 0)),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }
}

impl<T: Scalar> Wire for Option<T> {
    fn take<'de, A: MapAccess<'de>>(
        map: &mut A,
        key: &'static str,
        notes: &mut Notes,
    ) -> Result<Self, A::Error> {
        let raw: &RawValue = map.next_value()?;
        let token = Token::of(raw);
        if token.is_blank() {
            return Ok(None);
        }
        Ok(T::parse(&token).unwrap_or_else(|()| {
            notes.fault(key, raw.get(), T::EXPECTED);
            None
        }))
    }

    fn is_blank(&self) -> bool {
        self.is_none()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }
}

impl Wire for String {
    fn take<'de, A: MapAccess<'de>>(
        map: &mut A,
        key: &'static str,
        notes: &mut Notes,
    ) -> Result<Self, A::Error> {
        let raw: &RawValue = map.next_value()?;
        Ok(match Token::of(raw) {
            Token::Null => Self::new(),
            Token::Bool(flag) => flag.to_string(),
            Token::Number(text) => text.to_owned(),
            Token::Text(text) => text.into_owned(),
            Token::Structure => {
                notes.fault(key, raw.get(), "text");
                Self::new()
            }
        })
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<R: Row + serde::Serialize> Wire for Vec<R> {
    fn take<'de, A: MapAccess<'de>>(
        map: &mut A,
        key: &'static str,
        notes: &mut Notes,
    ) -> Result<Self, A::Error> {
        map.next_value_seed(ListSeed::new(key, notes))
    }

    fn is_blank(&self) -> bool {
        self.is_empty()
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

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
