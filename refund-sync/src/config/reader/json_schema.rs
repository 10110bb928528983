//! What a walk asked for, and what may stand there: the parts of which `config::schema` makes the JSON Schema.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// How the text of an environment variable is read: by its key's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Shape {
    /// As it stands.
    Text,
    /// A number as in TOML.
    Number,
    /// An array as in TOML, or items separated by commas.
    List,
    /// An inline table as in TOML, else text.
    Table,
}

/// What a walk asked for: by path without indexes, `pipeline.wdt.sid`.
pub(in crate::config) type Asked = BTreeMap<String, Node>;

/// One thing that was asked for.
#[derive(Debug, Clone)]
pub(in crate::config) enum Node {
    /// `[section]`
    Section,
    /// `[[section]]`
    Sections,
    /// A key, and what may stand there as far as its reading said.
    #[cfg_attr(not(feature = "tools"), expect(dead_code, reason = "only the schema shows it"))]
    Key(Option<Value>),
}

/// What may stand where only the shape is known.
pub(in crate::config) fn of_shape(shape: Shape) -> Value {
    match shape {
        Shape::Text => text(),
        Shape::Number => json!({ "type": "integer" }),
        Shape::List => json!({ "type": "array" }),
        Shape::Table => json!({ "type": ["string", "object"] }),
    }
}

/// A text.
pub(in crate::config) fn text() -> Value {
    json!({ "type": "string" })
}

/// A number of the other system: a text or a plain number.
pub(in crate::config) fn code() -> Value {
    json!({ "type": ["string", "number"], "minLength": 1 })
}

/// One of the named choices; the first is the default.
pub(in crate::config) fn choice<T>(choices: &[(&'static str, T)]) -> Value {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    json!({ "enum": names, "default": names.first() })
}

/// A list that is not empty.
pub(in crate::config) fn list(item: &Value) -> Value {
    json!({ "type": "array", "minItems": 1, "items": item })
}

/// A secret.
pub(in crate::config) fn secret() -> Value {
    json!({ "$ref": "#/definitions/secret" })
}

/// A day, written as spreadsheets do or with hyphens.
pub(in crate::config) fn day() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}$" })
}

/// A day for all, or one for each organisation.
pub(in crate::config) fn days() -> Value {
    json!({ "anyOf": [day(), { "type": "object", "additionalProperties": day() }] })
}

#[cfg(feature = "tools")]
/// `{ key = "text" }`
pub(in crate::config) fn one_key(key: &str) -> Value {
    json!({
        "type": "object",
        "required": [key],
        "additionalProperties": false,
        "properties": { key: { "type": "string", "minLength": 1 } },
    })
}
