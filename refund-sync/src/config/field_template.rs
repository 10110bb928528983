//! Templates of further fields: texts and documented fields of 旺店通, joined. No expression, no function. What may be
//! named is `model::named`'s.

use toml::de::DeValue;

use super::reader::Setting;
use super::table_form::REFUSED;
use crate::lang::{Text, both};
use crate::mapping::clean::is_refused;
use crate::mapping::fields::{Segment, Template};
use crate::mapping::form::Part;
use crate::model::named::{Kept, LINE, NAMED, NamedField, is_about_people};

/// Where a template stands, and what there is for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) part: Part,
    /// Stock-ins are read.
    pub(super) stockins: bool,
}

/// A constant text.
pub(super) fn literal(text: String) -> Template {
    Template(vec![Segment::Text(text)])
}

/// Reads a template; every fault in it is named.
pub(super) fn read(setting: &Setting<'_>, place: Place) -> Option<Template> {
    let text = setting.text("\"{tid}\"")?;
    let mut segments = Vec::new();
    let mut is_sound = true;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        segments.extend(constant(before));
        let Some(inside) = after.strip_prefix('{') else {
            unclosed(setting, Text::new("} 没有对应的 {", "} closes no brace"));
            return None;
        };
        if inside.starts_with('{') {
            setting.refuse(
                Text::new(
                    "用了双花括号：字段用单花括号",
                    "has doubled braces: a field stands in single ones",
                ),
                format!("{:?}", text.replace("{{", "{").replace("}}", "}")),
            );
            return None;
        }
        let end = inside.find(['{', '}']).filter(|end| inside[*end..].starts_with('}'));
        let Some(end) = end else {
            unclosed(setting, Text::new("花括号没有闭合", "a brace is not closed"));
            return None;
        };
        match field(setting, &inside[..end], place) {
            Some(field) => segments.push(Segment::Field(field)),
            None => is_sound = false,
        }
        rest = &inside[end + 1..];
    }
    segments.extend(constant(rest));
    if segments.iter().any(|segment| matches!(segment, Segment::Text(text) if is_refused(text))) {
        setting.fault(REFUSED, Text::new("请去掉", "remove them"));
        is_sound = false;
    }
    is_sound.then_some(Template(segments))
}

fn constant(text: &str) -> Option<Segment> {
    (!text.is_empty()).then(|| Segment::Text(text.to_owned()))
}

fn unclosed(setting: &Setting<'_>, message: Text) {
    setting.fault(message, Text::new("字段写作 {tid}", "write a field as {tid}"));
}

/// A field that can be named here.
pub(super) fn field(setting: &Setting<'_>, name: &str, place: Place) -> Option<&'static NamedField> {
    let Some(field) = NamedField::of(name) else {
        unknown(setting, name, place);
        return None;
    };
    if field.is_of_line() && place.part != Part::Line {
        setting.fault(
            both!(
                "{name} 是明细行的字段，而单据有多行",
                "{name} is a field of a line, and a bill has many lines"
            ),
            Text::new("请移至 [pipeline.mapping.line]", "put it into [pipeline.mapping.line]"),
        );
        return None;
    }
    if field.kept == Kept::Stockin && !place.stockins {
        setting.fault(
            both!(
                "{name} 是入库单的字段，而没有读取入库单",
                "{name} is a field of the stock-ins, which are not read"
            ),
            "enrich = \"stockin\" in [pipeline.wdt]",
        );
        return None;
    }
    Some(field)
}

fn unknown(setting: &Setting<'_>, name: &str, place: Place) {
    if is_about_people(name) {
        setting.fault(
            both!(
                "{name} 是个人信息，不会写入金蝶或台账",
                "{name} says who somebody is: nothing about people goes into 金蝶 or the journal"
            ),
            Text::new("请改用其它字段", "name another field"),
        );
        return;
    }
    let known = NAMED
        .iter()
        .map(|field| field.name)
        .filter(|known| place.part == Part::Line || !known.starts_with(LINE));
    let mut ranked: Vec<_> = known.map(|known| (strsim::damerau_levenshtein(name, known), known)).collect();
    ranked.sort_unstable();
    let near: Vec<&str> = ranked.into_iter().take(3).map(|(_, known)| known).collect();
    let is_expression = name.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '.'));
    let (why, why_zh) = if is_expression {
        (": templates join fields, there are no functions", "：模板只拼接字段，没有函数")
    } else {
        ("", "")
    };
    setting.fault(
        both!("没有可用的字段 {name:?}{why_zh}", "{name:?} is no field that can be named{why}"),
        both!("相近：{0}", "nearest: {0}", near.join(", ")),
    );
}

/// A scalar as TOML writes it.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(date) => format!("{:?}", date.to_string()),
        _ => "…".to_owned(),
    }
}
