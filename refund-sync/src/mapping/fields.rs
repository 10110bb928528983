//! The rules of further fields of the bill: what `[pipeline.mapping.head]`, `finance` and `line` say, as data. What they
//! come to is in `mapping::further`, which keys may not be given so in `mapping::own_keys`; where a field stands is the sink's.

use std::collections::BTreeSet;

use super::table::Table;
use crate::model::Return;
use crate::model::named::{Kept, NamedField};

/// The rules of the further fields, in the order written.
#[derive(Debug, Clone, Default)]
pub struct FieldRules {
    /// Of the bill's head.
    pub head: Vec<FieldRule>,
    /// Of 财务信息 SubHeadEntity.
    pub finance: Vec<FieldRule>,
    /// Of each row of FEntity.
    pub line: Vec<FieldRule>,
}

/// The rule of one further field.
#[derive(Debug, Clone)]
pub struct FieldRule {
    /// Its key, in 金蝶's own spelling.
    pub key: String,
    /// What it is made of.
    pub value: FieldValue,
    /// Park the return where it comes to nothing; else the field is left out.
    pub required: bool,
}

/// What a further field is made of.
#[derive(Debug, Clone)]
pub enum FieldValue {
    /// A text.
    Text(Template),
    /// Base data by number: `{"FNumber":"…"}`.
    Number(Lookup),
    /// Base data by name: `{"FName":"…"}`.
    Name(Lookup),
    /// 仓位 or 辅助属性: `{"OBJECT":{"FNumber":"…"}}`.
    Object(String, Lookup),
    /// A constant: JSON text.
    Constant(String),
    /// The day of a time.
    Date(&'static NamedField),
}

/// A number or a name of 金蝶.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// Said by a template.
    Template(Template),
    /// Found in a table.
    Table {
        /// The field that is looked up.
        by: &'static NamedField,
        /// Where.
        table: Table,
        /// The column; `None`: `to`.
        column: Option<String>,
    },
}

/// Texts and named fields, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Segment>);

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// As it stands.
    Text(String),
    /// The value of a field.
    Field(&'static NamedField),
}

impl FieldRules {
    /// Every rule.
    pub fn iter(&self) -> impl Iterator<Item = &FieldRule> {
        self.head.iter().chain(&self.finance).chain(&self.line)
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Free texts that a rule names: what is kept of a return because of it.
    pub fn free_texts(&self) -> BTreeSet<&'static str> {
        let named = self.iter().flat_map(|rule| rule.value.named());
        named.filter(|field| field.kept == Kept::Named).map(|field| field.name).collect()
    }

    /// A rule of the line names this field.
    pub(super) fn line_names(&self, name: &str) -> bool {
        self.line.iter().any(|rule| rule.value.named().any(|field| field.name == name))
    }

    /// The rule of a key of the head or of a line.
    pub(super) fn find<'r>(rules: &'r [FieldRule], key: &str) -> Option<&'r FieldRule> {
        rules.iter().find(|rule| rule.key.eq_ignore_ascii_case(key))
    }

    /// A field that a rule names and that `refund` was never asked for.
    pub fn unread(&self, refund: &Return) -> Option<&'static str> {
        let named = self.iter().flat_map(|rule| rule.value.named());
        named.filter(|field| !was_asked(refund, field)).map(|field| field.name).next()
    }
}

fn was_asked(refund: &Return, field: &NamedField) -> bool {
    match field.kept {
        Kept::Own | Kept::Stockin => true,
        Kept::Further => refund.further.is_some(),
        Kept::Named if field.is_of_line() => {
            refund.lines.iter().all(|line| line.further.contains_key(field.key()))
        }
        Kept::Named => refund.further.as_ref().is_some_and(|further| further.contains_key(field.key())),
    }
}

impl FieldValue {
    /// The fields it names.
    pub fn named(&self) -> impl Iterator<Item = &'static NamedField> {
        let (template, one) = match self {
            Self::Text(template)
            | Self::Number(Lookup::Template(template))
            | Self::Name(Lookup::Template(template))
            | Self::Object(_, Lookup::Template(template)) => (Some(template), None),
            Self::Number(Lookup::Table { by, .. })
            | Self::Name(Lookup::Table { by, .. })
            | Self::Object(_, Lookup::Table { by, .. })
            | Self::Date(by) => (None, Some(*by)),
            Self::Constant(_) => (None, None),
        };
        let segments = template.map(|template| template.0.as_slice()).unwrap_or_default();
        let of_template = segments.iter().filter_map(|segment| match segment {
            Segment::Field(field) => Some(*field),
            Segment::Text(_) => None,
        });
        of_template.chain(one)
    }
}

/// JSON text of a text.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
