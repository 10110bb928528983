//! The configuration that an import comes to, as data. `qeasy::written` writes it.

use std::collections::BTreeMap;

use crate::lang::Text;

/// What `refund-sync.toml` is to say, and the tables beside it.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// `start_from`
    pub start_from: String,
    /// Keys of `[pipeline.wdt]`, values in TOML.
    pub wdt: Keys,
    /// Keys of `[pipeline.kingdee]`.
    pub kingdee: Keys,
    /// Keys of `[pipeline.mapping]`.
    pub mapping: Keys,
    /// `[pipeline.mapping.head]`
    pub head: Vec<Key>,
    /// `[pipeline.mapping.finance]`
    pub finance: Vec<Key>,
    /// `[pipeline.mapping.line]`
    pub line: Vec<Key>,
    /// The tables to be filled in, by their file.
    pub tables: BTreeMap<String, Skeleton>,
}

/// Keys of a section in the order they are to be written.
#[derive(Debug, Clone, Default)]
pub struct Keys(pub Vec<Key>);

/// One key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its value in TOML.
    pub value: String,
    /// What people call it.
    pub about: String,
}

/// A table to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skeleton {
    /// Which field it goes by.
    pub by: String,
    /// Its columns behind `from`.
    pub columns: Vec<String>,
    /// Rows that are known: `from`, and cells by column.
    pub rows: BTreeMap<String, BTreeMap<String, String>>,
    /// What is to be filled in where.
    pub about: Vec<Text>,
}

impl Keys {
    /// Sets a key; one that is there is replaced.
    pub fn set(&mut self, name: &str, value: impl Into<String>, about: &str) {
        let key = Key { name: name.to_owned(), value: value.into(), about: about.to_owned() };
        match self.0.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = key,
            None => self.0.push(key),
        }
    }

    /// The value of a key in TOML.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|key| key.name == name).map(|key| key.value.as_str())
    }
}

impl Draft {
    /// A column of a table by a field; the table is made where there is none.
    pub fn column(&mut self, file: &str, by: &str, column: &str, about: Text) -> &mut Skeleton {
        let table = self.tables.entry(file.to_owned()).or_insert_with(|| Skeleton {
            by: by.to_owned(),
            columns: Vec::new(),
            rows: BTreeMap::new(),
            about: Vec::new(),
        });
        if !table.columns.iter().any(|known| known == column) {
            table.columns.push(column.to_owned());
            table.about.push(about);
        }
        table
    }

    /// Rows of a table that the scheme itself names.
    pub fn rows(&mut self, file: &str, column: &str, rows: &[(String, String)]) {
        if let Some(table) = self.tables.get_mut(file) {
            for (from, to) in rows {
                table.rows.entry(from.clone()).or_default().insert(column.to_owned(), to.clone());
            }
        }
    }
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A list of texts as TOML writes it.
pub(super) fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// `{ a = …, b = … }` of values in TOML.
pub(super) fn inline(entries: &[(&str, String)]) -> String {
    let entries: Vec<_> =
        entries.iter().map(|(key, value)| format!("{} = {value}", bare_or_quoted(key))).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// A key as TOML writes it.
pub(super) fn bare_or_quoted(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if is_bare { key.to_owned() } else { quoted(key) }
}
