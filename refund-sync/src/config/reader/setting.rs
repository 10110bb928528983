//! One value of the configuration, its key and its place: from the file or from an environment variable.
//! Turns it into plain types, or says what is wrong with it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::{Fault, Place};
use super::json_schema::Shape;
use super::walk::{Walk, nearest};
use crate::lang::{Text, both};

/// One value, its key and its place.
pub(in crate::config) struct Setting<'a> {
    pub(in crate::config) walk: &'a Walk<'a>,
    /// The key's path.
    pub(in crate::config) key: String,
    place: Place,
    value: Cow<'a, DeValue<'a>>,
    /// The value may be a secret: it is never shown.
    hidden: bool,
}

impl<'a> Setting<'a> {
    pub(in crate::config) fn in_file(
        walk: &'a Walk<'a>,
        key: String,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Self {
        let place = walk.place(value.span().start);
        Self { walk, key, place, value: Cow::Borrowed(value.get_ref()), hidden: false }
    }

    pub(in crate::config) fn in_variable(
        walk: &'a Walk<'a>,
        key: String,
        variable: String,
        text: &'a str,
        shape: Shape,
    ) -> Self {
        let value = Cow::Owned(shape.read(text));
        Self { walk, key, place: Place::Variable { variable }, value, hidden: false }
    }

    /// The same, its value never shown.
    pub(in crate::config) fn hide(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The same, its value not shown if it is a text in which `secret` sees one.
    pub(in crate::config) fn hide_if(self, secret: impl Fn(&str) -> bool) -> Self {
        let hidden = self.hidden || self.value.as_str().is_some_and(secret);
        Self { hidden, ..self }
    }

    /// A value inside this one.
    fn child<'c>(&'c self, name: &str, value: &'c Spanned<DeValue<'c>>) -> Setting<'c> {
        let place = match &self.place {
            Place::Variable { .. } => self.place.clone(),
            Place::File { .. } => self.walk.place(value.span().start),
        };
        Setting {
            walk: self.walk,
            key: format!("{}{name}", self.key),
            place,
            value: Cow::Borrowed(value.get_ref()),
            hidden: self.hidden,
        }
    }

    pub(in crate::config) fn value(&self) -> &DeValue<'a> {
        &self.value
    }

    /// Where it is written.
    pub(in crate::config) fn place(&self) -> &Place {
        &self.place
    }

    pub(in crate::config) fn is_override(&self) -> bool {
        matches!(self.place, Place::Variable { .. })
    }

    /// Raises a fault here.
    pub(in crate::config) fn fault(&self, message: Text, fix: impl Into<Text>) {
        self.walk.fault(self.report(message, fix));
    }

    /// Raises a fault here; `example`, in TOML, is what to write instead.
    pub(in crate::config) fn refuse(&self, message: Text, example: impl AsRef<str>) {
        self.fault(message, self.write(example));
    }

    /// What was read of it; where that is nothing, a fault here.
    pub(in crate::config) fn or_refuse<T>(&self, read: Option<T>, message: Text, example: &str) -> Option<T> {
        if read.is_none() {
            self.refuse(message, example);
        }
        read
    }

    /// Warns here.
    pub(in crate::config) fn warn(&self, message: Text, fix: impl Into<Text>) {
        self.walk.warn(self.report(message, fix));
    }

    /// Notes that this value weakens a promise.
    pub(in crate::config) fn weaken(&self, message: Text, fix: impl Into<Text>) {
        self.walk.weaken(self.report(message, fix));
    }

    /// Notes that this is an example which nobody changed.
    pub(in crate::config) fn leave(&self, message: Text, fix: impl Into<Text>) {
        self.walk.leave(self.report(message, fix));
    }

    fn report(&self, message: Text, fix: impl Into<Text>) -> Fault {
        Fault {
            place: self.place.clone(),
            key: self.key.clone(),
            value: self.shown(),
            message,
            fix: fix.into(),
        }
    }

    /// The line, or the variable, to write instead; `value` in TOML.
    pub(in crate::config) fn write(&self, value: impl AsRef<str>) -> String {
        let name = self.key.rsplit('.').next().unwrap_or_default();
        // The key of an item is its list's.
        let value = match value.as_ref() {
            item if name.contains('[') && !item.starts_with('[') => &format!("[{item}]"),
            value => value,
        };
        match &self.place {
            Place::File { .. } => format!("{} = {value}", name.split('[').next().unwrap_or_default()),
            Place::Variable { variable } => format!("{variable}={}", value.trim_matches('"')),
        }
    }

    /// The value as far as it may be shown.
    fn shown(&self) -> Option<String> {
        (!self.hidden).then(|| show(&self.value))
    }

    fn wrong_type(&self, wanted: &Text, example: &str) {
        let Text { zh, en } = kind(&self.value);
        let message = wanted.before("应为", "must be ").and(&format!("，而不是{zh}"), &format!(", not {en}"));
        // Full-width digits are digits to whoever typed them.
        let meant = self.value.as_str().filter(|_| !self.hidden).map(narrowed);
        let meant = meant.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
        self.refuse(message, meant.as_deref().unwrap_or(example));
    }

    /// A text that is not empty and has no blanks around it or control characters inside.
    pub(in crate::config) fn text(&self, example: &str) -> Option<&str> {
        let Some(text) = self.value.as_str() else {
            self.wrong_type(&Text::new("带引号的文本", "a text in quotes"), example);
            return None;
        };
        if text.trim().is_empty() {
            self.refuse(Text::new("不能为空", "is empty"), example);
        } else if text.trim() != text || text.contains(char::is_control) {
            // `"C:\temp\new"` came as a tab and an end of line.
            let path = text.strip_prefix("sqlite:").unwrap_or(text).trim_start_matches('/');
            let is_path = path.get(1..2) == Some(":") && path.starts_with(|c: char| c.is_ascii_alphabetic());
            let [message, fix] = if is_path && text.contains(char::is_control) {
                let example =
                    if path == text { "C:\\certs\\ca.pem" } else { "sqlite:C:\\data\\refund-sync.db" };
                [
                    Text::new(
                        "是 Windows 路径，双引号中的 \\ 另有含义",
                        "is a Windows path, and \\ means something else within double quotes",
                    ),
                    both!(
                        "路径请用 / ，或用单引号: '{example}'",
                        "write a path with / or in single quotes: '{example}'"
                    ),
                ]
            } else {
                [
                    Text::new(
                        "首尾有空格，或含有控制字符",
                        "has blanks around it or control characters in it",
                    ),
                    Text::new("请去掉", "remove them"),
                ]
            };
            self.fault(message, fix);
        } else {
            return Some(text);
        }
        None
    }

    /// A number of the other system: text, or a plain number.
    pub(in crate::config) fn code(&self, example: &str) -> Option<String> {
        match self.value() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            _ => self.narrow(example).map(str::to_owned),
        }
    }

    /// A text without full-width letters and digits, which look like others and are none.
    pub(in crate::config) fn narrow(&self, example: &str) -> Option<&str> {
        let text = self.text(example)?;
        let narrowed = narrowed(text);
        if narrowed == text {
            return Some(text);
        }
        let fix = if self.hidden {
            Text::new("请改用半角", "write them half-width")
        } else {
            self.write(format!("{narrowed:?}")).into()
        };
        self.fault(Text::new("含有全角字母或数字", "has full-width letters or digits in it"), fix);
        None
    }

    /// A whole number within `range`.
    pub(in crate::config) fn number(&self, range: &RangeInclusive<u32>, default: u32) -> Option<u32> {
        let Some(written) = self.value.as_integer() else {
            self.wrong_type(&Text::new("整数", "a whole number"), &default.to_string());
            return None;
        };
        let number = i64::from_str_radix(written.as_str(), written.radix())
            .ok()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number));
        let (low, high) = (range.start(), range.end());
        let message = both!("应在 {low} 到 {high} 之间", "must be {low} to {high}");
        self.or_refuse(number, message, &default.to_string())
    }

    /// One of the named choices; the first is the default.
    pub(in crate::config) fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let names = || choices.iter().map(|(name, _)| *name);
        let default = names().next().unwrap_or_default();
        let Some(text) = self.value.as_str() else {
            self.wrong_type(&Text::new("带引号的文本", "a text in quotes"), &format!("{default:?}"));
            return None;
        };
        let chosen = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        if chosen.is_none() {
            let all = names().collect::<Vec<_>>().join(" | ");
            let near = nearest(&text.to_lowercase(), names()).unwrap_or(default);
            self.refuse(both!("只能是 {all} 之一", "must be one of {all}"), format!("{near:?}"));
        }
        chosen
    }

    /// Every item of a list, read by `read`; `None` if any of them is wrong.
    pub(in crate::config) fn list<T>(
        &self,
        example: &str,
        mut read: impl FnMut(&Setting<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(items) = self.value.as_array() else {
            self.wrong_type(&Text::new("列表", "a list"), example);
            return None;
        };
        let read: Vec<Option<T>> = items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let item = self.child(&format!("[{i}]"), item);
                read(&item)
            })
            .collect();
        read.into_iter().collect()
    }

    /// The entries of a table, in the order of its keys; `None` (and no fault) if it is none.
    pub(in crate::config) fn entries(&self) -> Option<Vec<(&str, Setting<'_>)>> {
        let table: &DeTable<'_> = self.value.as_table()?;
        let entry = |key: &'_ str| format!(".{key}");
        Some(
            table
                .iter()
                .map(|(key, value)| {
                    let key: &str = key.get_ref();
                    (key, self.child(&entry(key), value))
                })
                .collect(),
        )
    }
}

impl Setting<'_> {
    /// The entries of a table, in the order written; `None` (and no fault) if it is none.
    pub(in crate::config) fn entries_as_written(&self) -> Option<Vec<(&str, Setting<'_>)>> {
        let table: &DeTable<'_> = self.value.as_table()?;
        let mut places: Vec<(usize, &str)> = Vec::with_capacity(table.len());
        places.extend(table.keys().map(|key| (key.span().start, key.get_ref().as_ref())));
        places.sort_unstable();
        let mut entries: BTreeMap<&str, Setting<'_>> = self.entries()?.into_iter().collect();
        Some(places.into_iter().filter_map(|(_, key)| Some((key, entries.remove(key)?))).collect())
    }
}

impl Shape {
    /// What is not of the shape stays text and is refused as such by its key.
    fn read(self, text: &str) -> DeValue<'_> {
        let as_toml = || DeValue::parse(text.trim()).ok().map(Spanned::into_inner);
        let as_text = || DeValue::String(Cow::Borrowed(text));
        match self {
            Self::Text => as_text(),
            Self::Number => {
                as_toml().filter(|value| value.is_integer() || value.is_float()).unwrap_or_else(as_text)
            }
            Self::Table => as_toml().filter(DeValue::is_table).unwrap_or_else(as_text),
            Self::List if text.trim_start().starts_with('[') => {
                as_toml().filter(DeValue::is_array).unwrap_or_else(as_text)
            }
            Self::List => {
                let mut items = toml::de::DeArray::new();
                for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
                    items.push(Spanned::new(0..0, Self::Number.read(item)));
                }
                DeValue::Array(items)
            }
        }
    }
}

/// Full-width letters and digits as half-width ones.
pub(in crate::config) fn narrowed(text: &str) -> String {
    let narrow = |c: char| match u32::from(c) {
        wide @ (0xff10..=0xff19 | 0xff21..=0xff3a | 0xff41..=0xff5a) => {
            char::from_u32(wide - 0xfee0).unwrap_or(c)
        }
        _ => c,
    };
    text.chars().map(narrow).collect()
}

/// The value as a fault shows it: at most 60 characters, nothing of a table.
fn show(value: &DeValue<'_>) -> String {
    let mut shown = match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(boolean) => boolean.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Table(_) => "{ … }".to_owned(),
        DeValue::Array(items) => {
            format!("[{}]", items.iter().map(|item| show(item.get_ref())).collect::<Vec<_>>().join(", "))
        }
    };
    if let Some((cut, _)) = shown.char_indices().nth(60) {
        shown.truncate(cut);
        shown.push('…');
    }
    shown
}

/// The value's type.
fn kind(value: &DeValue<'_>) -> Text {
    match value {
        DeValue::String(_) => Text::new("文本", "a text"),
        DeValue::Integer(_) => Text::new("整数", "a whole number"),
        DeValue::Float(_) => Text::new("小数", "a number with decimals"),
        DeValue::Boolean(_) => Text::new("布尔值", "true or false"),
        DeValue::Datetime(_) => Text::new("日期时间", "a date or time"),
        DeValue::Array(_) => Text::new("列表", "a list"),
        DeValue::Table(_) => Text::new("表", "a table"),
    }
}
