//! What to write or do, in JSON: as `fix` alone in both languages, or as `fix` and `fix_zh`.

use serde::Serializer;

use super::Text;

/// `fix`, both languages in one text.
pub(crate) fn joined<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text.joined())
}

/// `fix` and `fix_zh`.
#[cfg(feature = "tools")]
pub(crate) fn apart<S: Serializer>(text: &Text, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(serde::Serialize)]
    struct Keys<'a> {
        fix: &'a str,
        fix_zh: &'a str,
    }
    serde::Serialize::serialize(&Keys { fix: &text.en, fix_zh: &text.zh }, serializer)
}
