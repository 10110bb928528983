//! Fields in every shape that the gateway has been seen to send them.
//! Old rows carry everything as strings, newer ones mix numbers, strings, booleans and nulls.

use serde::de::MapAccess;
use serde::ser::Serializer;
use serde_json::value::RawValue;

use super::decimal::parse_decimal;
use super::field::Wire;
use super::notes::Notes;
use super::row::{ListSeed, Row};
use super::token::{Scalar, Token};

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

impl Scalar for u64 {
    const EXPECTED: &'static str = "a whole number that is not negative";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        i64::parse(token)?.map(Self::try_from).transpose().map_err(|_| ())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(*self)
    }
}

impl Scalar for u32 {
    const EXPECTED: &'static str = "a whole number of 32 bits that is not negative";

    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
        i64::parse(token)?.map(Self::try_from).transpose().map_err(|_| ())
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(*self)
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
    fn read<'de, A: MapAccess<'de>>(
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
    fn read<'de, A: MapAccess<'de>>(
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
    fn read<'de, A: MapAccess<'de>>(
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
