//! One scalar of the JSON text, before it is any type.

use std::borrow::Cow;

use serde::ser::Serializer;
use serde_json::value::RawValue;

/// One scalar as it stands in the JSON text.
///
/// ```
/// use serde_json::value::RawValue;
/// use wdt_qimen_sdk::wire::Token;
///
/// let raw: Box<RawValue> = serde_json::from_str("12.50")?;
/// assert_eq!(Token::of(&raw), Token::Number("12.50"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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

    /// A text, or a number as it is written; anything else is empty.
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text.into_owned(),
            Self::Number(text) => text.to_owned(),
            Self::Null | Self::Bool(_) | Self::Structure => String::new(),
        }
    }
}

/// A value that is one scalar on the wire. A field holds it as `Option`, since any of them may be missing.
///
/// ```
/// use serde::Serializer;
/// use wdt_qimen_sdk::wire::{Scalar, Token};
///
/// /// A colour as `#rrggbb`.
/// #[derive(Debug, Clone, Copy, PartialEq, Eq)]
/// pub struct Colour(u32);
///
/// impl Scalar for Colour {
///     const EXPECTED: &'static str = "a colour #rrggbb";
///
///     fn parse(token: &Token<'_>) -> Result<Option<Self>, ()> {
///         let Token::Text(text) = token else { return Err(()) };
///         let digits = text.trim().strip_prefix('#').ok_or(())?;
///         u32::from_str_radix(digits, 16).map(|colour| Some(Self(colour))).map_err(|_| ())
///     }
///
///     fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
///         serializer.collect_str(&format_args!("#{:06x}", self.0))
///     }
/// }
///
/// wdt_qimen_sdk::row! {
///     /// A label of an order.
///     pub struct Label {
///         /// Its colour.
///         pub colour: Option<Colour>,
///     }
/// }
/// let label: Label = serde_json::from_str(r##"{"colour": "#ff8000"}"##)?;
/// assert_eq!(label.colour, Some(Colour(0xff_8000)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no scalar of the wire",
    note = "scalars are `i32`, `i64`, `u32`, `u64`, `bool`, `Decimal`, `NaiveDate`, `NaiveDateTime`, and what implements `wire::Scalar`; money as `Decimal`, never as a float"
)]
pub trait Scalar: Sized {
    /// What a field of this type allows, for the fault that says so.
    const EXPECTED: &'static str;

    /// Reads a token that is not blank; `Ok(None)` for the type's own ways to say "nothing".
    #[allow(clippy::result_unit_err, reason = "the caller knows the path, the text and EXPECTED")]
    fn parse(token: &Token<'_>) -> Result<Option<Self>, ()>;

    /// Writes the value so that it reads the same again.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}
