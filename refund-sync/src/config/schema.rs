//! The JSON Schema of the configuration, for editors: made from what the walk asks for, so it cannot name a key that is
//! not read, or miss one. What may stand where is said beside each key's reading; descriptions are the template's.
//!
//! It judges the file alone and refuses nothing that `check` accepts: a key that is missing may be in the environment.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::load::every_key;
use super::reader::json_schema::{Asked, Node, one_key};
use super::template::template;

/// The schema of `refund-sync.toml` (JSON Schema, draft 7: what editors understand).
pub fn schema() -> Value {
    let mut root = object(&every_key(), "", &descriptions());
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "refund-sync.toml".into();
    root["definitions"] = json!({ "secret": {
        "description": "{ env = \"NAME\" }, { file = \"PATH\" } or a text · 环境变量、文件或文本",
        "anyOf": [{ "type": "string", "minLength": 1 }, one_key("env"), one_key("file")],
    }});
    root
}

/// A section with what was asked for in it.
fn object(asked: &Asked, path: &str, descriptions: &BTreeMap<String, String>) -> Value {
    let mut properties = Map::new();
    for (key, node) in asked {
        let name = match (path, key.rsplit_once('.')) {
            ("", None) => key,
            (path, Some((parent, name))) if parent == path => name,
            _ => continue,
        };
        let mut schema = match node {
            Node::Section => object(asked, key, descriptions),
            Node::Sections => json!({ "type": "array", "items": object(asked, key, descriptions) }),
            Node::Key(schema) => schema.clone().unwrap_or_else(|| json!({})),
        };
        if let Some(description) = descriptions.get(key) {
            // Beside a reference draft 7 reads nothing else.
            if schema.get("$ref").is_some() {
                schema = json!({ "allOf": [schema] });
            }
            schema["description"] = description.as_str().into();
        }
        properties.insert(name.to_owned(), schema);
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// What the template says of each key behind its `#`, by path.
fn descriptions() -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut descriptions = BTreeMap::new();
    for line in template().lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        let (code, comment) = match line.split_once(" #") {
            Some((code, comment)) => (code.trim(), comment.trim()),
            None => (line.trim(), ""),
        };
        let key = match (code.starts_with('['), code.split_once(" = ")) {
            (true, _) => {
                code.trim_matches(['[', ']']).clone_into(&mut section);
                section.clone()
            }
            (false, Some((key, _))) if !key.contains(' ') && !section.is_empty() => {
                format!("{section}.{key}")
            }
            _ => continue,
        };
        if !comment.is_empty() {
            descriptions.insert(key, comment.to_owned());
        }
    }
    descriptions
}
