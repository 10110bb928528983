//! The envelope around every answer, in all its shapes, and what it comes to: rows or a refusal.
//! What a refusal means and whether to try again is `error/refusal.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::mask::Members;
use crate::wire::{OneOrMany, Scalar, Token};

/// An answer opened: either it lists rows or it refuses.
#[derive(Debug)]
pub(crate) struct Envelope<L> {
    pub(crate) total: Option<u64>,
    pub(crate) rows: L,
    pub(crate) refusal: Option<Refused>,
}

/// What a refusing envelope says, before it is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) sub_code: String,
    pub(crate) sub_message: String,
    pub(crate) request_id: Option<String>,
}

/// Opens an answer whose rows stand under `list_key` and are read as an `L`: [`OneOrMany`] of a row type, or
/// [`RawRows`]. An error means that it is not an answer of this protocol, or that its list is not an `L`.
///
/// [`OneOrMany`]: crate::wire::OneOrMany
pub(crate) fn open<'de, L: Deserialize<'de> + Default>(
    body: &'de [u8],
    list_key: &str,
    keys: Keys,
) -> Result<Envelope<L>, serde_json::Error> {
    // Looked at once for all its strings: reading bytes would look at each by itself.
    let text = std::str::from_utf8(body).map_err(serde::de::Error::custom)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let fields = Seed { list_key, keys, outermost: true, rows: PhantomData }.deserialize(&mut json)?;
    json.end()?;
    fields.judge().ok_or_else(|| serde::de::Error::custom("neither rows nor a refusal"))
}

/// How often a key may stand in an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Once.
    Once,
    /// Again, with the same content: [`doubled`] was asked.
    Twice,
}

/// The key that an answer has twice with different content, if it has one: which of them to believe nobody knows.
pub(crate) fn doubled(text: &str, list_key: &str) -> Option<String> {
    let members: Members<'_> = serde_json::from_str(text).ok()?;
    let telling = |key: &str| ["response", "error_response", "total_count", list_key].contains(&key);
    let mut known = BTreeMap::<&str, &RawValue>::new();
    for (key, raw) in members.0.iter().filter(|(key, _)| telling(key)) {
        if known.insert(key, raw).is_some_and(|before| !is_same(before, raw)) {
            return Some(key.clone());
        }
        if let ("response" | "error_response", Some(inner)) = (key.as_str(), doubled(raw.get(), list_key)) {
            return Some(inner);
        }
    }
    None
}

fn is_same(one: &RawValue, other: &RawValue) -> bool {
    let value = |raw: &RawValue| serde_json::from_str::<serde_json::Value>(raw.get()).ok();
    let number = whole(one);
    one.get() == other.get() || (number.is_some() && number == whole(other)) || value(one) == value(other)
}

/// What stands under a list's key.
pub(crate) trait Listing {
    /// Whether there is a list, be it an empty one; not if the key is missing or blank.
    fn is_list(&self) -> bool;
}

impl<T> Listing for OneOrMany<T> {
    fn is_list(&self) -> bool {
        self.is_list
    }
}

impl Listing for RawRows<'_> {
    fn is_list(&self) -> bool {
        self.is_list
    }
}

/// The rows of a list as raw JSON texts, in the shapes that [`OneOrMany`](crate::wire::OneOrMany) takes.
#[derive(Debug, Default)]
pub(crate) struct RawRows<'a> {
    pub(crate) rows: Vec<&'a RawValue>,
    is_list: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for RawRows<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        match Token::of(raw) {
            token if token.is_blank() => Ok(Self::default()),
            Token::Structure if raw.get().starts_with('{') => Ok(Self { rows: vec![raw], is_list: true }),
            _ => {
                let rows = serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?;
                Ok(Self { rows, is_list: true })
            }
        }
    }
}

/// Everything an envelope may say, wherever it says it.
struct Fields<L> {
    inner: bool,
    refused: bool,
    code: Option<i64>,
    said: Refused,
    total: Option<u64>,
    rows: Option<L>,
}

impl<L: Default> Fields<L> {
    fn new() -> Self {
        Self { inner: false, refused: false, code: None, said: Refused::default(), total: None, rows: None }
    }

    fn judge(self) -> Option<Envelope<L>> {
        let recognised = self.inner || self.code.is_some() || self.rows.is_some();
        let code = self.code.unwrap_or(0);
        if self.refused || code != 0 {
            let refusal = Some(Refused { code, ..self.said });
            return Some(Envelope { total: None, rows: L::default(), refusal });
        }
        recognised.then(|| Envelope { total: self.total, rows: self.rows.unwrap_or_default(), refusal: None })
    }

    /// Takes what a nested `response` or `error_response` says.
    fn adopt(&mut self, nested: Self, refused: bool) {
        *self = Self { inner: true, refused: refused || nested.refused, ..nested };
    }
}

struct Seed<'k, L> {
    list_key: &'k str,
    keys: Keys,
    outermost: bool,
    rows: PhantomData<L>,
}

impl<'de, L: Deserialize<'de> + Default> DeserializeSeed<'de> for Seed<'_, L> {
    type Value = Fields<L>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<L>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, L: Deserialize<'de> + Default> Visitor<'de> for Seed<'_, L> {
    type Value = Fields<L>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the gateway")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<L>, A::Error> {
        let mut fields = Fields::new();
        let twice = |again: bool| match self.keys {
            Keys::Once if again => Err(serde::de::Error::custom("a key stands twice")),
            _ => Ok(()),
        };
        let mut totals = 0;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                key @ ("response" | "error_response") if self.outermost => {
                    twice(fields.inner)?;
                    let Self { list_key, keys, .. } = self;
                    let nested = Seed { list_key, keys, outermost: false, rows: PhantomData };
                    fields.adopt(map.next_value_seed(nested)?, key == "error_response");
                }
                "flag" => fields.refused |= text(map.next_value()?) == "failure",
                "code" | "errorcode" => fields.code = whole(map.next_value()?).or(fields.code),
                "message" | "msg" => fields.said.message = text(map.next_value()?),
                "sub_code" => fields.said.sub_code = text(map.next_value()?),
                "sub_message" | "sub_msg" => fields.said.sub_message = text(map.next_value()?),
                "request_id" => {
                    fields.said.request_id = Some(text(map.next_value()?)).filter(|id| !id.is_empty());
                }
                "total_count" => {
                    twice(totals > 0)?;
                    totals += 1;
                    fields.total = whole(map.next_value()?).and_then(|count| u64::try_from(count).ok());
                }
                key if key == self.list_key => {
                    twice(fields.rows.is_some())?;
                    fields.rows = Some(map.next_value()?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(fields)
    }
}

fn text(raw: &RawValue) -> String {
    Token::of(raw).into_text()
}

fn whole(raw: &RawValue) -> Option<i64> {
    i64::parse(&Token::of(raw)).ok().flatten()
}
