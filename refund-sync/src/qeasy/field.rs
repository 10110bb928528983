//! One field of a scheme: its name, its value as written, how it is wrapped, what lies in it.
//! What its value says is `qeasy::template`'s; what becomes of it, `qeasy::carry`'s.

use super::json::{Node, Value};

/// One entry of `request` or `otherRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it begins.
    pub line: usize,
    /// Its key in the other system.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// `string`, `bool`, …
    pub kind: String,
    /// As written, trimmed; empty where there is none.
    pub value: String,
    /// The line of the value.
    pub value_line: usize,
    /// The value is a template without quotes.
    pub is_bare: bool,
    /// A list or an object instead of a text.
    pub nested: Option<Node>,
    /// What is put around the value.
    pub wrap: Wrap,
    /// The fields in it.
    pub children: Vec<Field>,
}

/// What a parser puts around a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrap {
    /// Nothing.
    None,
    /// `{ key: value }`
    Object(String),
    /// `{ outer: { inner: value } }`
    Two(String, String),
    /// Something else: the parser's name.
    Other(String),
}

/// `request` in any of its shapes: a list of fields, with `children` or flat with `parent`, or an object by name.
pub(super) fn fields(node: Option<&Node>) -> Vec<Field> {
    let Some(node) = node else { return Vec::new() };
    let by_name = node.entries().iter().map(|(name, node)| (Some(name.as_str()), node));
    let listed = node.items().iter().map(|node| (None, node));
    let mut top: Vec<Field> = Vec::new();
    for (name, node) in by_name.chain(listed) {
        let field = field(name, node);
        let parent = node.text_of("parent");
        match parent_of(&mut top, &parent, node) {
            Some(parent) => parent.children.push(field),
            None => place(&mut top, field),
        }
    }
    top
}

/// The field that is named as parent, where it stands in front.
fn parent_of<'a>(top: &'a mut [Field], parent: &str, node: &Node) -> Option<&'a mut Field> {
    if parent.is_empty() || parent == node.text_of("field") {
        return None;
    }
    top.iter_mut().find(|field| field.name.eq_ignore_ascii_case(parent))
}

/// `FEntity.FNote` lies in `FEntity`.
fn place(top: &mut Vec<Field>, mut field: Field) {
    if let Some((parent, name)) = field.name.split_once('.')
        && parent.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        let (parent, name) = (parent.to_owned(), name.to_owned());
        field.name = name;
        if let Some(known) = top.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&parent)) {
            known.children.push(field);
            return;
        }
        let line = field.line;
        top.push(Field { children: vec![field], ..empty(line, parent) });
        return;
    }
    top.push(field);
}

fn empty(line: usize, name: String) -> Field {
    Field {
        line,
        name,
        label: String::new(),
        kind: String::new(),
        value: String::new(),
        value_line: line,
        is_bare: false,
        nested: None,
        wrap: Wrap::None,
        children: Vec::new(),
    }
}

fn field(name: Option<&str>, node: &Node) -> Field {
    let name = name.map_or_else(|| node.text_of("field"), str::to_owned);
    let value = node.get("value").or_else(|| node.get("mapping"));
    // `"FBillNo": "{{refund_no}}"`, where fields are an object by name.
    let value = value.or_else(|| node.text().is_some().then_some(node));
    let nested = value.filter(|value| !value.items().is_empty() || !value.entries().is_empty());
    Field {
        label: node.text_of("label"),
        kind: node.text_of("type"),
        value: value.and_then(Node::text).unwrap_or_default().trim().to_owned(),
        value_line: value.map_or(node.line, |value| value.line),
        is_bare: value.is_some_and(|value| matches!(value.value, Value::Bare(_))),
        nested: nested.cloned(),
        wrap: wrap(node.get("parser")),
        children: fields(node.get("children")),
        ..empty(node.line, name)
    }
}

fn wrap(parser: Option<&Node>) -> Wrap {
    let Some(parser) = parser else { return Wrap::None };
    let name = parser.text().unwrap_or_else(|| parser.text_of("name"));
    match name.as_str() {
        "" => Wrap::None,
        "ConvertObjectParser" => match parser.text_of("params") {
            key if key.is_empty() => Wrap::Object("FNumber".to_owned()),
            key => Wrap::Object(key),
        },
        "ConvertTwoStageObjectParser" => Wrap::Two(parser.text_of("params1"), parser.text_of("params2")),
        _ => Wrap::Other(name),
    }
}
