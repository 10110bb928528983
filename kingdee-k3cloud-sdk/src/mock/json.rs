//! JSON as the simulated site reads it: order kept, numbers by their text.
//! What the members mean is in `bill` and `save`.

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A JSON value. `serde_json::Value` would make an f64 of every amount.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Flag(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

const NOTHING: &[Json] = &[];

impl Json {
    /// Reads a JSON text.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let text = text.trim();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let parsed = members.into_iter().map(|(key, raw)| Ok((key, Self::parse(raw.get())?)));
                Self::Object(parsed.collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text)?;
                Self::List(items.into_iter().map(|raw| Self::parse(raw.get())).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't' | b'f') => Self::Flag(serde_json::from_str(text)?),
            Some(b'n') => serde_json::from_str::<()>(text).map(|()| Self::Null)?,
            _ => serde_json::from_str::<&RawValue>(text).map(|raw| Self::Number(raw.get().to_owned()))?,
        })
    }

    /// The members of an object, in their order.
    pub(super) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// An object with the members of another in the place of its own; what is no object gives way.
    pub(super) fn merged(self, with: &Self) -> Self {
        let Self::Object(mut members) = self else { return with.clone() };
        for (key, value) in with.members() {
            match members.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(key)) {
                Some((_, own)) => own.clone_from(value),
                None => members.push((key.clone(), value.clone())),
            }
        }
        Self::Object(members)
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => NOTHING,
        }
    }

    /// A member by its name, which has no case; the exact spelling comes first.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let members = self.members();
        let exact = members.iter().find(|(name, _)| name == key);
        let member = exact.or_else(|| members.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
        member.map(|(_, value)| value)
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
            Self::Flag(_) | Self::Number(_) => false,
        }
    }

    /// The text of a scalar, bare or quoted.
    pub(super) fn scalar(&self) -> String {
        match self {
            Self::Number(text) | Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            _ => String::new(),
        }
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.get(key).map(Self::scalar).unwrap_or_default()
    }

    /// The number that `{"FNumber":"…"}` refers to, however that is capitalised.
    pub(super) fn referred(&self) -> String {
        let number = self.members().iter().find(|(name, _)| name.eq_ignore_ascii_case("FNumber"));
        number.map(|(_, value)| value.scalar()).unwrap_or_default()
    }

    pub(super) fn number(&self, key: &str) -> String {
        self.get(key).map(Self::referred).unwrap_or_default()
    }

    pub(super) fn decimal(&self, key: &str) -> Option<Decimal> {
        Decimal::from_str_exact(&self.get(key)?.scalar()).ok()
    }

    /// A truth value, as `true` or `"true"`.
    pub(super) fn is_true(&self) -> bool {
        self.scalar().eq_ignore_ascii_case("true")
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(Self::is_true)
    }

    pub(super) fn list(&self, key: &str) -> &[Self] {
        self.get(key).map_or(NOTHING, Self::items)
    }

    /// Whether any text inside meets a condition.
    pub(super) fn any_text(&self, suspicious: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Text(text) => suspicious(text),
            Self::List(items) => items.iter().any(|item| item.any_text(suspicious)),
            Self::Object(members) => members.iter().any(|(_, value)| value.any_text(suspicious)),
            _ => false,
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Null => f.write_str("null"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", if index > 0 { "," } else { "" }, quoted(key))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// An object's members in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
