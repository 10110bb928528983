//! Rows: a struct whose every field is read tolerantly, whose unknown keys are kept as raw text, and which
//! writes itself again in declared order. The macros that declare them live here too.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::field::Wire;
use super::notes::{FieldFault, Notes};

/// A row of an answer, or of a list inside a row. Implemented by [`row!`](crate::row).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row",
    note = "declare it with `wdt_qimen_sdk::row! {{ pub struct … }}`"
)]
pub trait Row: Sized {
    /// Reads the row's keys one by one; what cannot be read is noted.
    fn read_map<'de, A: MapAccess<'de>>(map: A, notes: &mut Notes) -> Result<Self, A::Error>;
}

/// Reads one row from its JSON text, and says of each field that cannot be read why.
///
/// ```
/// use wdt_qimen_sdk::method::refund::Refund;
/// use wdt_qimen_sdk::wire::read_row;
///
/// let faults = read_row::<Refund>(r#"{"refund_no":"TK1","refund_amount":"12,50"}"#).unwrap_err();
/// assert!(faults[0].to_string().contains("refund_amount"));
/// ```
pub fn read_row<R: Row>(text: &str) -> Result<R, Vec<FieldFault>> {
    let mut notes = Notes::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let row = RowSeed::new(&mut notes).deserialize(&mut json);
    if row.is_err() {
        notes.fault("", text, "a JSON object of the documented shape");
    }
    notes.finish()?;
    row.map_err(|_| Vec::new())
}

/// A field on its way out: serialises through [`Wire::write`].
#[derive(Debug)]
pub struct Written<'a, T>(pub &'a T);

impl<T: Wire> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// Reads one row into a borrowed [`Notes`].
#[derive(Debug)]
pub struct RowSeed<'n, R> {
    notes: &'n mut Notes,
    row: PhantomData<R>,
}

impl<'n, R> RowSeed<'n, R> {
    /// A seed that notes faults in `notes`.
    pub fn new(notes: &'n mut Notes) -> Self {
        Self { notes, row: PhantomData }
    }
}

impl<'de, R: Row> DeserializeSeed<'de> for RowSeed<'_, R> {
    type Value = R;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Row> Visitor<'de> for RowSeed<'_, R> {
    type Value = R;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<R, A::Error> {
        R::read_map(map, self.notes)
    }
}

/// Reads a list inside a row: missing, null, a list, or a lone object.
pub(super) struct ListSeed<'n, R> {
    key: &'static str,
    notes: &'n mut Notes,
    row: PhantomData<R>,
}

impl<'n, R> ListSeed<'n, R> {
    pub(super) fn new(key: &'static str, notes: &'n mut Notes) -> Self {
        Self { key, notes, row: PhantomData }
    }
}

impl<'de, R: Row> DeserializeSeed<'de> for ListSeed<'_, R> {
    type Value = Vec<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<R>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Row> Visitor<'de> for ListSeed<'_, R> {
    type Value = Vec<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<R>, A::Error> {
        let mut rows = Vec::new();
        loop {
            self.notes.enter(self.key, rows.len());
            let row = seq.next_element_seed(RowSeed::new(self.notes));
            self.notes.leave();
            match row? {
                Some(row) => rows.push(row),
                None => return Ok(rows),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<R>, A::Error> {
        self.notes.enter(self.key, 0);
        let row = R::read_map(map, self.notes);
        self.notes.leave();
        row.map(|row| vec![row])
    }

    fn visit_unit<E>(self) -> Result<Vec<R>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, text: &str) -> Result<Vec<R>, E> {
        if !text.trim().is_empty() {
            self.notes.fault(self.key, text, "a list of rows");
        }
        Ok(Vec::new())
    }
}

/// Declares a row: a struct with fields of [`Wire`](crate::wire::Wire) types and an `extra` for the rest.
///
/// A field's key is its own name, or the text after `=`. The struct gets `Deserialize` (all or nothing: use
/// [`read_row`](crate::wire::read_row) to learn of each fault), `Serialize` (declared order, blank fields left
/// out, then the unknown keys), `Debug` (blank fields left out, a person's masked), `forget_people` and
/// [`Row`](crate::wire::Row). It is read from text in memory
/// (`serde_json::from_str`, `from_slice`), not from a reader: only there can a number's own digits be seen.
///
/// ```
/// use rust_decimal::Decimal;
/// wdt_qimen_sdk::row! {
///     /// A shop's till.
///     pub struct Till {
///         /// Its number.
///         pub till_no: String,
///         /// What is in it, in yuan.
///         pub cash: Option<Decimal> = "cash_amount",
///     }
/// }
/// let till: Till = serde_json::from_str(r#"{"till_no": 7, "cash_amount": 0.10, "new": [1]}"#)?;
/// assert_eq!(till.cash, Some(Decimal::new(10, 2)));
/// assert_eq!(serde_json::to_string(&till)?, r#"{"till_no":"7","cash_amount":"0.10","new":[1]}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! row {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $( $(#[$field_meta:meta])* $field_vis:vis $field:ident : $type:ty $(= $key:literal)? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        $vis struct $name {
            $( $(#[$field_meta])* $field_vis $field: $type, )*
            /// Keys of the row that this version does not know, kept as raw JSON text.
            pub extra: $crate::wire::Extra,
        }

        const _: () = {
            use $crate::wire::mask::is_private;
            use $crate::wire::{Notes, Row, RowSeed, Wire, Written};
            use $crate::__private::serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
            use $crate::__private::serde::ser::SerializeMap;
            use $crate::__private::serde::{Deserialize, Deserializer, Serialize, Serializer};

            #[allow(non_camel_case_types, reason = "a variant is named as its field")]
            enum Key {
                $( $field, )*
                Unknown__(String),
            }

            struct Keys;

            impl Visitor<'_> for Keys {
                type Value = Key;

                fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.write_str("a key")
                }

                fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                    Ok(match key {
                        $( $crate::row!(@key $field $($key)?) => Key::$field, )*
                        unknown => Key::Unknown__(unknown.to_owned()),
                    })
                }
            }

            impl<'de> DeserializeSeed<'de> for Keys {
                type Value = Key;

                fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
                    deserializer.deserialize_identifier(self)
                }
            }

            impl Row for $name {
                fn read_map<'de, A: MapAccess<'de>>(mut map: A, notes: &mut Notes) -> Result<Self, A::Error> {
                    let mut row = Self::default();
                    $( let mut $field = false; )*
                    while let Some(key) = map.next_key_seed(Keys)? {
                        match key {
                            $( Key::$field => {
                                let key = $crate::row!(@key $field $($key)?);
                                let value = Wire::read(&mut map, key, notes)?;
                                if $field && row.$field != value {
                                    notes.fault(key, "two values", "one value");
                                }
                                row.$field = value;
                                $field = true;
                            } )*
                            Key::Unknown__(key) => row.extra.push(key, map.next_value()?),
                        }
                    }
                    Ok(row)
                }
            }

            impl $name {
                /// Empties every field that belongs to a person:
                /// [`PRIVATE_KEYS`]($crate::wire::mask::PRIVATE_KEYS).
                #[allow(dead_code, reason = "of a row that is private to its module")]
                pub fn forget_people(&mut self) {
                    $( if is_private($crate::row!(@key $field $($key)?)) {
                        self.$field = Default::default();
                    } )*
                    self.extra.forget(is_private);
                }
            }

            impl ::std::fmt::Debug for $name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    let mut row = f.debug_struct(stringify!($name));
                    $( if Wire::is_blank(&self.$field) {
                        // Most fields of most rows are.
                    } else if is_private($crate::row!(@key $field $($key)?)) {
                        row.field(stringify!($field), &"***");
                    } else {
                        row.field(stringify!($field), &self.$field);
                    } )*
                    row.field("extra", &self.extra).finish()
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let mut notes = Notes::default();
                    let row = RowSeed::new(&mut notes).deserialize(deserializer)?;
                    notes.finish().map_err(|faults| D::Error::custom(&faults[0]))?;
                    Ok(row)
                }
            }

            impl Serialize for $name {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let mut map = serializer.serialize_map(None)?;
                    $( if !Wire::is_blank(&self.$field) {
                        map.serialize_entry($crate::row!(@key $field $($key)?), &Written(&self.$field))?;
                    } )*
                    for (key, raw) in self.extra.entries() {
                        map.serialize_entry(key, raw)?;
                    }
                    map.end()
                }
            }
        };
    };
    (@key $field:ident $key:literal) => { $key };
    (@key $field:ident) => { stringify!($field) };
    ($($other:tt)*) => {
        compile_error!("row! takes `pub struct Name { pub field: Type, pub other: Type = \"key_on_the_wire\" }`: no generics, no field `extra`");
    };
}

/// Declares an open enum over whole-number codes: the known ones by name, any other as `Unknown(code)`.
///
/// It reads numbers and number texts; a missing code reads as 0.
#[macro_export]
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal, $gloss:literal ; )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = concat!($gloss, " (", stringify!($code), ").")] $(#[$variant_meta])* $variant, )*
            /// A code that the protocol notes do not name; 0 stands for "missing" too.
            Unknown(i32),
        }

        impl $name {
            /// The code on the wire.
            pub const fn code(self) -> i32 {
                match self {
                    $( Self::$variant => $code, )*
                    Self::Unknown(code) => code,
                }
            }

            /// The vendor's own name of the code, if it is known.
            pub const fn gloss(self) -> Option<&'static str> {
                match self {
                    $( Self::$variant => Some($gloss), )*
                    Self::Unknown(_) => None,
                }
            }
        }

        impl From<i32> for $name {
            fn from(code: i32) -> Self {
                match code {
                    $( $code => Self::$variant, )*
                    other => Self::Unknown(other),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::from(0)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self.gloss() {
                    Some(gloss) => write!(f, "{} {gloss}", self.code()),
                    None => write!(f, "{}", self.code()),
                }
            }
        }

        impl $crate::wire::Wire for $name {
            fn read<'de, A: $crate::__private::serde::de::MapAccess<'de>>(
                map: &mut A,
                key: &'static str,
                notes: &mut $crate::wire::Notes,
            ) -> Result<Self, A::Error> {
                let code = <Option<i32> as $crate::wire::Wire>::read(map, key, notes)?;
                Ok(Self::from(code.unwrap_or_default()))
            }

            fn is_blank(&self) -> bool {
                *self == Self::Unknown(0)
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i32(self.code())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_i32(self.code())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <i32 as $crate::__private::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        impl From<$name> for i32 {
            fn from(code: $name) -> Self {
                code.code()
            }
        }
    };
}
