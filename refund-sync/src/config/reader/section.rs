//! A section of the configuration (`[pipeline.wdt]`): hands out its settings by key, remembers which keys exist,
//! and raises a fault for every key that does not. One value is `setting`'s.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use serde_json::{Value, json};

use super::fault::{Fault, Place};
use super::json_schema::Shape;
use super::json_schema::{self as schema, Node};
use super::setting::Setting;
use super::walk::{PREFIX, Stranger, Walk, nearest};
use crate::lang::Text;

/// One section, present or not.
pub(in crate::config) struct Section<'a> {
    pub(in crate::config) walk: &'a Walk<'a>,
    /// The section's path, `pipeline[0].wdt`; empty for the whole file.
    path: String,
    /// What the names of its overrides start with.
    variable: String,
    place: Place,
    table: Option<&'a DeTable<'a>>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(in crate::config) fn root(walk: &'a Walk<'a>, table: &'a DeTable<'a>) -> Self {
        Self::new(walk, String::new(), PREFIX.to_owned(), walk.place(0), Some(table))
    }

    fn new(
        walk: &'a Walk<'a>,
        path: String,
        variable: String,
        place: Place,
        table: Option<&'a DeTable<'a>>,
    ) -> Self {
        Self { walk, path, variable, place, table, known: RefCell::default() }
    }

    /// From now on its overrides are found by a name: `REFUND_SYNC__PIPELINE__MAIN`.
    pub(in crate::config) fn name(&mut self, name: &str) {
        let (parent, _) = self.variable.rsplit_once("__").unwrap_or((PREFIX, ""));
        self.variable = format!("{parent}__{}", variable_part(name));
    }

    /// Whether it is in the file or any of its keys in the environment.
    pub(in crate::config) fn is_present(&self) -> bool {
        self.table.is_some() || self.walk.has_overrides(&self.variable)
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn entry(&self, key: &'static str, node: Node) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.borrow_mut().insert(key);
        self.walk.ask(&self.key(key), node);
        self.table?.get(key)
    }

    /// A setting, the environment's before the file's.
    pub(in crate::config) fn get(&self, key: &'static str, shape: Shape) -> Option<Setting<'a>> {
        let entry = self.setting(key, Some(schema::of_shape(shape)));
        let variable = format!("{}__{}", self.variable, key.to_uppercase());
        match self.walk.override_of(&variable) {
            Some(text) => Some(Setting::in_variable(self.walk, self.key(key), variable, text, shape)),
            None => entry,
        }
    }

    /// A setting that no variable overrides.
    pub(in crate::config) fn in_file(&self, key: &'static str) -> Option<Setting<'a>> {
        self.setting(key, None)
    }

    fn setting(&self, key: &'static str, schema: Option<Value>) -> Option<Setting<'a>> {
        let entry = self.entry(key, Node::Key(schema));
        entry.map(|value| Setting::in_file(self.walk, self.key(key), value))
    }

    /// Says for the schema what may stand at a key, where that is more than its shape.
    pub(in crate::config) fn describe(&self, key: &'static str, schema: Value) {
        self.walk.describe(&self.key(key), schema);
    }

    /// A section inside this one.
    pub(in crate::config) fn section(&self, key: &'static str) -> Section<'a> {
        let entry = self.entry(key, Node::Section);
        let table = entry.and_then(|value| value.get_ref().as_table());
        let place = entry.map_or_else(|| self.place.clone(), |value| self.walk.place(value.span().start));
        if let (Some(_), None) = (entry, table) {
            self.report(
                &place,
                &self.key(key),
                Text::new("应为一节（表）", "must be a section"),
                format!("[{}]", self.header(key)),
            );
        }
        let variable = format!("{}__{}", self.variable, key.to_uppercase());
        Section::new(self.walk, self.key(key), variable, place, table)
    }

    /// Sections that this program has no use for: what stands in them is not looked at.
    #[cfg(not(feature = "console"))]
    pub(in crate::config) fn skip(&self, keys: &[&'static str]) {
        for key in keys {
            self.known.borrow_mut().insert(key);
            self.walk.skip(&format!("{}__{}", self.variable, key.to_uppercase()));
        }
    }

    /// A section that must be there; a fault if it is not.
    pub(in crate::config) fn required_section(&self, key: &'static str) -> Option<Section<'a>> {
        let section = self.section(key);
        if section.is_present() {
            return Some(section);
        }
        if self.table.is_some_and(|table| !table.contains_key(key)) {
            let header = format!("[{}]", self.header(key));
            self.fault(key, Text::new("缺少这一节", "the section is missing"), header);
        }
        None
    }

    /// The sections of an array of tables, `[[key]]`.
    pub(in crate::config) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(entry) = self.entry(key, Node::Sections) else { return Vec::new() };
        let place = self.walk.place(entry.span().start);
        let wrong = |place: &Place| {
            self.report(
                place,
                &self.key(key),
                Text::new("应使用双方括号", "must be written with double brackets"),
                format!("[[{key}]]"),
            );
        };
        let Some(items) = entry.get_ref().as_array() else {
            wrong(&place);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (i, item) in items.iter().enumerate() {
            let place = self.walk.place(item.span().start);
            let Some(table) = item.get_ref().as_table() else {
                wrong(&place);
                continue;
            };
            let path = format!("{}[{i}]", self.key(key));
            let variable = format!("{}__{}__{i}", self.variable, key.to_uppercase());
            sections.push(Section::new(self.walk, path, variable, place, Some(table)));
        }
        sections
    }

    /// A text with a default.
    pub(in crate::config) fn text(&self, key: &'static str, default: &str) -> String {
        self.describe(key, json!({ "type": "string", "minLength": 1, "default": default }));
        self.get(key, Shape::Text)
            .and_then(|setting| setting.text(&format!("{default:?}")).map(str::to_owned))
            .unwrap_or_else(|| default.to_owned())
    }

    /// A text without one: `example` is the value of the line to add.
    pub(in crate::config) fn required_text(&self, key: &'static str, example: &str) -> Option<String> {
        self.describe(key, json!({ "type": "string", "minLength": 1 }));
        self.required(key, Shape::Text, example)?.narrow(example).map(str::to_owned)
    }

    /// A number of the other system, as text or as a number, with a default.
    pub(in crate::config) fn code(&self, key: &'static str, default: &str) -> String {
        self.describe(key, json!({ "type": ["string", "number"], "minLength": 1, "default": default }));
        self.get(key, Shape::Text)
            .and_then(|setting| setting.code(&format!("{default:?}")))
            .unwrap_or_else(|| default.to_owned())
    }

    /// A whole number with a default.
    pub(in crate::config) fn number(
        &self,
        key: &'static str,
        range: &RangeInclusive<u32>,
        default: u32,
    ) -> u32 {
        let (least, most) = (range.start(), range.end());
        self.describe(
            key,
            json!({ "type": "integer", "minimum": least, "maximum": most, "default": default }),
        );
        self.get(key, Shape::Number).and_then(|setting| setting.number(range, default)).unwrap_or(default)
    }

    /// A time in whole seconds with a default.
    pub(in crate::config) fn seconds(
        &self,
        key: &'static str,
        range: &RangeInclusive<u32>,
        default: u32,
    ) -> Duration {
        Duration::from_secs(self.number(key, range, default).into())
    }

    /// One of the named choices; the first is the default.
    pub(in crate::config) fn choice<T: Copy, const N: usize>(
        &self,
        key: &'static str,
        choices: &[(&'static str, T); N],
    ) -> T {
        self.describe(key, schema::choice(choices));
        self.get(key, Shape::Text).and_then(|setting| setting.choice(choices)).unwrap_or(choices[0].1)
    }

    /// A setting that must be there: `example` is the value of the line to add.
    pub(in crate::config) fn required(
        &self,
        key: &'static str,
        shape: Shape,
        example: &str,
    ) -> Option<Setting<'a>> {
        let setting = self.get(key, shape);
        if setting.is_none() {
            self.missing(key, Text::new("必填，没有默认值", "is required and has no default"), example);
        }
        setting
    }

    /// Says that a key is missing, and which line to add.
    pub(in crate::config) fn missing(&self, key: &'static str, message: Text, example: &str) {
        self.fault(key, message, format!("{key} = {example}"));
    }

    /// Notes every key that was never asked for.
    pub(in crate::config) fn finish(&self) {
        let known = self.known.borrow();
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            let name: &str = key.get_ref();
            if known.contains(name) {
                continue;
            }
            self.walk.meet(Stranger {
                place: self.walk.place(key.span().start),
                key: self.key(name),
                near: nearest(name, known.iter().copied()),
            });
        }
    }

    /// Raises a fault about a key that is not there.
    pub(in crate::config) fn fault(&self, key: &str, message: Text, fix: impl Into<Text>) {
        self.report(&self.place, &self.key(key), message, fix);
    }

    fn report(&self, place: &Place, key: &str, message: Text, fix: impl Into<Text>) {
        self.walk.fault(Fault {
            place: place.clone(),
            key: key.to_owned(),
            value: None,
            message,
            fix: fix.into(),
        });
    }

    /// The header to write for a section inside this one, without indexes: `pipeline.wdt`.
    fn header(&self, key: &str) -> String {
        let path = self.path.split('[').next().unwrap_or_default();
        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
    }
}

/// A name as a part of a variable's name: upper case, anything but letters and digits as `_`.
pub(in crate::config) fn variable_part(name: &str) -> String {
    let part = |character: char| if character.is_alphanumeric() { character } else { '_' };
    name.to_uppercase().chars().map(part).collect()
}
