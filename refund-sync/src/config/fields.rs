//! `[pipeline.mapping.head]`, `finance` and `line`: further fields of the bill. A key is any of the form's, in 金蝶's own
//! spelling, but for ours; its value is a template, or a table that says what it is made of. Templates are `config::field_template`'s.

use serde_json::{Value, json};
use toml::de::DeValue;

use super::field_template::{self, Place};
use super::reader::{Section, Setting, Shape, nearest};
use super::table_form::{Form, REFUSED, To};
use super::tables;
use crate::lang::{Text, both};
use crate::mapping::clean::is_refused;
use crate::mapping::fields::{FieldRule, FieldRules, FieldValue, Lookup, quoted};
use crate::mapping::form::Part;
use crate::mapping::own_keys::own_key;
use crate::model::named::{DATES, NamedField};

const EXAMPLE: &str = "{ number = \"BM000004\" }";
const FORMS: &str = "\"{tid}\" | { number = \"…\" } | { name = \"…\" } | { value = true } | { date = \"finish_time\" } | { object = \"…\", number = \"…\" }";

/// What the rest of the configuration decides about these.
pub(super) struct Around {
    /// Stock-ins are read.
    pub(super) stockins: bool,
    /// 批号 is the stock-in's.
    pub(super) lots: bool,
    /// So are 生产日期 and 有效期至.
    pub(super) dates: bool,
}

/// Reads the three sections.
pub(super) fn read(section: &Section<'_>, around: &Around) -> FieldRules {
    let part = |part| read_part(section, part, around);
    FieldRules { head: part(Part::Head), finance: part(Part::Finance), line: part(Part::Line) }
}

fn read_part(section: &Section<'_>, part: Part, around: &Around) -> Vec<FieldRule> {
    section.describe(part.section(), schema());
    let Some(setting) = section.get(part.section(), Shape::Table) else { return Vec::new() };
    let Some(entries) = setting.entries_as_written() else {
        setting.fault(
            Text::new("应为由字段组成的一节", "must be a section of fields"),
            format!("[pipeline.mapping.{}]", part.section()),
        );
        return Vec::new();
    };
    let mut rules: Vec<FieldRule> = Vec::new();
    for (key, value) in entries {
        let twin = rules.iter().find(|rule| rule.key.eq_ignore_ascii_case(key));
        if let Some(twin) = twin {
            value.fault(
                both!(
                    "与 {} 重复：金蝶的字段标识不分大小写",
                    "is {} again: 金蝶's keys have no case",
                    twin.key
                ),
                Text::new("请删除一个", "remove one"),
            );
        }
        let is_fit = twin.is_none() && check_key(&value, key, part, around);
        // A value is read whatever its key is: one fault hides no other.
        if let (Some(rule), true) = (rule(&value, key, part, around), is_fit) {
            rules.push(rule);
        }
    }
    rules
}

/// Whether a key may be set here; a fault says why not.
fn check_key(value: &Setting<'_>, key: &str, part: Part, around: &Around) -> bool {
    let is_shaped = key.starts_with(['F', 'f'])
        && key.len() > 1
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_shaped {
        value.fault(
            Text::new(
                "不是金蝶的字段标识：以 F 开头，只含英文字母、数字和 _",
                "is no key of 金蝶: they begin with F and have Latin letters, digits and _ only",
            ),
            Text::new("请写 BOS 设计器中的标识", "write the 标识 from BOS, as in F_PSEH_TEXT"),
        );
        return false;
    }
    if let Some((_, own)) = own_key(key) {
        value.fault(
            own.why.before(
                &format!("{} 由本程序负责：", own.key),
                &format!("{} is the program's own: ", own.key),
            ),
            own.instead.clone(),
        );
        return false;
    }
    let is = |other: &str| other.eq_ignore_ascii_case(key);
    let of_stockin = [
        ("FLot", around.lots, "lot_from"),
        ("FProduceDate", around.dates, "shelf_life"),
        ("FExpiryDate", around.dates, "shelf_life"),
    ];
    if let (Part::Line, Some((_, _, setting))) =
        (part, of_stockin.iter().find(|(own, taken, _)| *taken && is(own)))
    {
        value.fault(
            both!("已由 {setting} 取自入库单", "comes from the stock-in, as {setting} says"),
            both!("请删除，或 {setting} = \"none\"", "remove it, or {setting} = \"none\""),
        );
        return false;
    }
    if part.has(key) {
        return true;
    }
    let elsewhere = Part::ALL.into_iter().find(|other| other.has(key));
    if let Some(elsewhere) = elsewhere {
        let (section, there, chinese) = (elsewhere.section(), elsewhere.key(), elsewhere.chinese());
        let (key, here) = (part.key(), part.chinese());
        value.fault(
            both!(
                "是{chinese}的字段，不是{here}的：写在这里会被金蝶悄悄丢弃",
                "is a field of {there} {chinese}, not of {key}: 金蝶 drops it here in silence"
            ),
            both!("请移至 [pipeline.mapping.{section}]", "put it into [pipeline.mapping.{section}]"),
        );
        return false;
    }
    check_slip(value, key, part)
}

/// A site's own fields have an underscore. Any other key that is nearly one of the template's is a slip of the hand.
fn check_slip(value: &Setting<'_>, key: &str, part: Part) -> bool {
    if key.contains('_') || key.ends_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let lower = key.to_ascii_lowercase();
    let distance = |known: &&&str| strsim::damerau_levenshtein(&lower, &known.to_ascii_lowercase());
    let Some(near) = part.template().iter().min_by_key(distance) else { return true };
    let fix = both!("是否想写 {near}？", "did you mean {near}?");
    match distance(&near) {
        1 => {
            value.fault(
                Text::new(
                    "模板中没有这个字段，但有很相近的：金蝶会悄悄丢弃不认识的字段",
                    "is no field of the form's template, but nearly one: 金蝶 drops unknown keys in silence",
                ),
                fix,
            );
            false
        }
        2 => {
            value.warn(
                Text::new(
                    "模板中没有这个字段；`check --live` 可查该站点是否有",
                    "is no field of the form's template; `check --live` says whether this site has it",
                ),
                fix,
            );
            true
        }
        _ => true,
    }
}

fn rule(setting: &Setting<'_>, key: &str, part: Part, around: &Around) -> Option<FieldRule> {
    let place = Place { part, stockins: around.stockins };
    let key = key.to_owned();
    let entries = match setting.value() {
        DeValue::String(_) => {
            let value = FieldValue::Text(field_template::read(setting, place)?);
            return Some(FieldRule { key, value, required: false });
        }
        DeValue::Table(_) => setting.entries()?,
        DeValue::Array(_) => {
            wrong_form(setting);
            return None;
        }
        other => {
            let constant = field_template::shown(other);
            setting.refuse(
                Text::new("是常量，请写明", "is a constant: say so"),
                format!("{{ value = {constant} }}"),
            );
            return None;
        }
    };
    let mut required = Some(false);
    let mut object = None;
    let mut said = Vec::new();
    for (name, value) in &entries {
        match *name {
            "required" => required = flag(value),
            "object" => object = Some(value),
            "text" | "number" | "name" | "value" | "date" => said.push((*name, value)),
            other => {
                let known = ["text", "number", "name", "value", "date", "object", "required"];
                let fix = match nearest(other, known.into_iter()) {
                    Some(near) => both!("是否想写 {near}？", "did you mean {near}?"),
                    None => both!("应为 {FORMS}", "write one of {FORMS}"),
                };
                value.fault(Text::new("不是字段规则的组成部分", "is no part of a field's rule"), fix);
                required = None;
            }
        }
    }
    let [(form, value)] = said.as_slice() else {
        if required.is_some() {
            wrong_form(setting);
        }
        return None;
    };
    let value = match (*form, object) {
        ("number", Some(object)) => {
            let (object, lookup) = (object_key(object), lookup(value, &key, place));
            FieldValue::Object(object?, lookup?)
        }
        (_, Some(_)) => {
            wrong_form(setting);
            return None;
        }
        ("number", None) => FieldValue::Number(lookup(value, &key, place)?),
        ("name", None) => FieldValue::Name(lookup(value, &key, place)?),
        ("date", None) => FieldValue::Date(date(value, place)?),
        ("value", None) => FieldValue::Constant(constant(value, 0)?),
        _ => FieldValue::Text(field_template::read(value, place)?),
    };
    let is_text = match &value {
        FieldValue::Text(_) | FieldValue::Date(_) => true,
        FieldValue::Constant(json) => json.starts_with('"'),
        FieldValue::Number(_) | FieldValue::Name(_) | FieldValue::Object(..) => false,
    };
    if key.eq_ignore_ascii_case("FHeadNote") && !is_text {
        setting.refuse(Text::new("是文本：备注", "is a text: 备注"), "\"{logistics_no}\"");
        return None;
    }
    Some(FieldRule { key, value, required: required? })
}

fn wrong_form(setting: &Setting<'_>) {
    setting.refuse(both!("应为 {FORMS} 之一", "must be one of {FORMS}"), EXAMPLE);
}

fn flag(setting: &Setting<'_>) -> Option<bool> {
    let flag = setting.value().as_bool();
    setting.or_refuse(flag, Text::new("应为 true 或 false", "must be true or false"), "true")
}

/// 仓位's or 辅助属性's own key: `FSTOCKLOCID__FF100001`.
fn object_key(setting: &Setting<'_>) -> Option<String> {
    let key = setting.text("\"FSTOCKLOCID__FF100001\"")?;
    if key.starts_with('F') && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Some(key.to_owned());
    }
    setting.refuse(
        Text::new("不是仓位或辅助属性的标识", "is no key of a 仓位 or 辅助属性"),
        "\"FSTOCKLOCID__FF100001\"",
    );
    None
}

/// A number or a name: a template, or found in a table.
fn lookup(setting: &Setting<'_>, key: &str, place: Place) -> Option<Lookup> {
    if setting.value().is_table() {
        return table(setting, key, place);
    }
    if setting.value().as_str().is_some_and(|text| text.contains(['{', '}'])) {
        return field_template::read(setting, place).map(Lookup::Template);
    }
    let number = tables::number(setting)?;
    Some(Lookup::Template(field_template::literal(number)))
}

/// `{ by = "shop_no", file = "….csv" }`, `inline = { S001 = "0012" }`, with `column` and `default` if wished.
fn table(setting: &Setting<'_>, key: &str, place: Place) -> Option<Lookup> {
    let entries = setting.entries()?;
    let find = |name: &str| entries.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let by = if let Some(by) = find("by") {
        by.text("\"shop_no\"").and_then(|name| field_template::field(by, name, place))
    } else {
        setting.fault(
            Text::new("没有写明按旺店通的哪个字段查找", "says not by which field of 旺店通 it is looked up"),
            "by = \"shop_no\"",
        );
        None
    };
    let column = match find("column") {
        Some(column) => Some(column.text("\"to\"")?.to_lowercase()),
        None => None,
    };
    let columns: Vec<&str> = column.as_deref().into_iter().collect();
    let form = Form { name: key, identity: false, to: To::CodeOrNone, default: true, columns: &columns };
    let table = tables::read_among(setting, &form, &["by", "column"]);
    Some(Lookup::Table { by: by?, table: table?, column })
}

/// A time of 旺店通, whose day is written.
fn date(setting: &Setting<'_>, place: Place) -> Option<&'static NamedField> {
    let name = setting.text("\"finish_time\"")?;
    if let Some(known) = DATES.iter().find(|known| **known == name) {
        return field_template::field(setting, known, place);
    }
    let near = nearest(name, DATES.into_iter()).unwrap_or("finish_time");
    let all = DATES.join(" | ");
    setting.refuse(both!("不是旺店通的时间字段：{all}", "is no time of 旺店通: {all}"), format!("{near:?}"));
    None
}

/// A constant as JSON: scalars, and objects of base data no deeper than 仓位 needs.
fn constant(setting: &Setting<'_>, depth: usize) -> Option<String> {
    match setting.value() {
        DeValue::String(text) if is_refused(text) => {
            setting.fault(REFUSED, Text::new("请去掉", "remove them"));
            None
        }
        DeValue::String(text) => Some(quoted(text)),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => plain_number(setting, number.as_str()),
        DeValue::Float(number) => plain_number(setting, number.as_str()),
        DeValue::Datetime(date) => {
            setting.refuse(
                Text::new("固定日期应写成文本", "a constant date is a text"),
                format!("{:?}", date.to_string()),
            );
            None
        }
        DeValue::Table(_) if depth < 2 => {
            let entries = setting.entries_as_written()?;
            let members: Vec<_> = entries
                .iter()
                .map(|(key, value)| Some(format!("{}:{}", quoted(key), constant(value, depth + 1)?)))
                .collect();
            let members: Vec<String> = members.into_iter().collect::<Option<_>>()?;
            Some(format!("{{{}}}", members.join(",")))
        }
        DeValue::Table(_) => {
            setting.fault(
                Text::new(
                    "嵌套过深：字段只能是值、{\"FNumber\":…} 或由它组成的对象",
                    "is an object too deep: a field is a value, {\"FNumber\":…}, or an object of such",
                ),
                "{ value = { FSTOCKLOCID__FF100001 = { FNumber = \"…\" } } }",
            );
            None
        }
        _ => {
            setting.fault(
                Text::new("应为 true、数字、文本或对象", "must be true, a number, a text or an object"),
                "{ value = true }",
            );
            None
        }
    }
}

/// A number of TOML that is one of JSON too, digit for digit.
fn plain_number(setting: &Setting<'_>, number: &str) -> Option<String> {
    let plain = number.trim_start_matches('+').replace('_', "");
    let is_json = serde_json::from_str::<&serde_json::value::RawValue>(&plain).is_ok();
    let message = Text::new("不是普通数字", "is no plain number");
    setting.or_refuse(is_json.then_some(plain), message, "{ value = 12 }")
}

/// For editors: what a field may be.
fn schema() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let number = json!({ "anyOf": [
        { "type": ["string", "number"], "minLength": 1 },
        {
            "type": "object",
            "required": ["by"],
            "additionalProperties": false,
            "properties": {
                "by": text, "file": text, "column": text,
                "inline": { "type": "object" },
                "default": { "type": ["string", "number"] },
            },
        },
    ] });
    json!({
        "type": "object",
        "propertyNames": { "pattern": "^[Ff][A-Za-z0-9_]+$" },
        "additionalProperties": { "anyOf": [text, {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": false,
            "properties": {
                "text": text, "number": number, "name": number, "date": { "enum": DATES },
                "value": { "type": ["string", "number", "boolean", "object"] },
                "object": text, "required": { "type": "boolean" },
            },
        }] },
    })
}
