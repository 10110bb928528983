//! Any other field: what `[pipeline.mapping.head]`, `finance` and `line` can say of it.

use super::super::draft::{Key, inline, quoted};
use super::super::field::{Field, Wrap};
use super::super::form::{Form, Switch};
use super::super::json::{Node, Value};
use super::super::parts::{Find, Part, shown};
use super::{At, Carrier, Outcome, Section, Target};
use crate::lang::Text;
use crate::model::named::DATES;

/// What a base data is told by.
#[derive(Clone, Copy)]
struct Told<'a> {
    /// `number` or `name`.
    key: &'static str,
    /// What lies between, for 仓位 and 辅助属性.
    object: Option<&'a str>,
}

impl Told<'_> {
    fn around(&self, value: String) -> String {
        match self.object {
            Some(object) => inline(&[("object", quoted(object)), (self.key, value)]),
            None => inline(&[(self.key, value)]),
        }
    }
}

impl<'a> Carrier<'a> {
    pub(super) fn further(&mut self, at: At<'a>) {
        let field = at.field;
        if !is_key(&field.name) {
            self.fault(
                at,
                field.line,
                Text::of(
                    format!("{:?} 不是金蝶的字段名", field.name),
                    format!("{:?} is no key of 金蝶", field.name),
                ),
                Text::new("修正 field", "correct field"),
            );
            return;
        }
        if let [child] = field.children.as_slice() {
            return self.object(at, child);
        }
        if field.children.len() > 1 {
            return self.note(
                at,
                Outcome::Cannot,
                "",
                "含多个子字段：子单据体不能由规则生成",
                "has several fields in it: a list within the bill is made by no rule",
            );
        }
        if let Some(nested) = &field.nested {
            return self.nested(at, nested);
        }
        match &field.wrap {
            Wrap::None => self.plain(at),
            Wrap::Object(key) => match key.to_lowercase().as_str() {
                "fnumber" => self.base_data(at, field, Told { key: "number", object: None }),
                "fname" => self.base_data(at, field, Told { key: "name", object: None }),
                _ => self.other_key(at, key),
            },
            Wrap::Two(object, key) if key.eq_ignore_ascii_case("fnumber") => {
                self.base_data(at, field, Told { key: "number", object: Some(object) });
            }
            Wrap::Two(_, key) => self.note(
                at,
                Outcome::Cannot,
                "",
                format!("两层对象的内层须是 FNumber，这里是 {key}"),
                format!("the inner key of an object two deep must be FNumber, here it is {key}"),
            ),
            Wrap::Other(name) => self.note(
                at,
                Outcome::Cannot,
                "",
                format!("解析器 {name} 不能带过来"),
                format!("the parser {name} cannot be carried"),
            ),
        }
    }

    fn write(&mut self, at: At<'_>, value: String) {
        let key = Key { name: at.field.name.clone(), value, about: shown(&at.field.label) };
        let keys = match at.section {
            Section::Finance => &mut self.draft.finance,
            Section::Line => &mut self.draft.line,
            _ => &mut self.draft.head,
        };
        let known = keys.iter_mut().find(|known| known.name.eq_ignore_ascii_case(&key.name));
        match known {
            None => keys.push(key),
            Some(known) => {
                *known = key;
                self.fault(
                    at,
                    at.field.line,
                    Text::of(
                        format!("字段 {} 出现两次", at.field.name),
                        format!("the field {} stands twice", at.field.name),
                    ),
                    Text::new("删除其中一个；已按后一个导入", "remove one; the later one was imported"),
                );
            }
        }
    }

    fn setting(at: At<'_>) -> String {
        let part = match at.section {
            Section::Finance => "finance",
            Section::Line => "line",
            _ => "head",
        };
        format!("[pipeline.mapping.{part}] {}", at.field.name)
    }

    /// Text, a constant or a day.
    fn plain(&mut self, at: At<'_>) {
        let form = self.form(at);
        match &form {
            Form::Empty => {}
            Form::Constant(text) => {
                let kind = at.field.kind.to_lowercase();
                let is_flag = matches!(text.as_str(), "true" | "false");
                let is_figure = matches!(kind.as_str(), "int" | "integer" | "number" | "float" | "decimal")
                    && rust_decimal::Decimal::from_str_exact(text).is_ok()
                    && !text.starts_with(['.', '0']);
                let value = if is_flag || is_figure {
                    inline(&[("value", text.clone())])
                } else if text.contains(['{', '}']) {
                    inline(&[("value", quoted(text))])
                } else {
                    quoted(text)
                };
                self.write(at, value);
                self.carried(at, &Self::setting(at));
            }
            Form::Field(field) => match self.name_of(field) {
                Some(name) if fits(at, name) && DATES.contains(&name) => {
                    self.write(at, inline(&[("date", quoted(name))]));
                    self.carried(at, &Self::setting(at));
                }
                _ => self.text(at, &[Part::Field(field.clone())]),
            },
            Form::Joined(parts) => self.text(at, parts),
            form => {
                if let Some(name) = form.time_field().and_then(|field| self.name_of(field))
                    && DATES.contains(&name)
                    && fits(at, name)
                {
                    self.write(at, inline(&[("date", quoted(name))]));
                    return self.note(
                        at,
                        Outcome::Carried,
                        &Self::setting(at),
                        "只写日期，不带时间",
                        "the day alone, without the time",
                    );
                }
                self.cannot(
                    at,
                    form,
                    "文本只能由固定文字和字段拼接；需要换算的请在金蝶用服务策略，或在旺店通先填好",
                    "a text only joins words and fields; compute it in 金蝶 or have it in 旺店通 already",
                );
            }
        }
    }

    /// `"{tid} {remark}"`, if each field can be named.
    fn text(&mut self, at: At<'_>, parts: &[Part]) {
        match self.template(at, parts) {
            Ok(template) => {
                self.write(at, quoted(&template));
                let (zh, en) = if template.contains("remark}") || template.contains("refund_reason}") {
                    (
                        "自由文本会先清理金蝶防火墙拦截的字符；其中的买家信息会进入台账和单据，请确认需要",
                        "free text is cleaned for 金蝶's firewall; what it says about buyers gets into journal and bill: make sure that it is needed",
                    )
                } else {
                    ("", "")
                };
                self.note(at, Outcome::Carried, &Self::setting(at), zh, en);
            }
            Err(why) => self.note(at, Outcome::Cannot, "", why.zh, why.en),
        }
    }

    fn template(&self, at: At<'_>, parts: &[Part]) -> Result<String, Text> {
        let mut template = String::new();
        for part in parts {
            match part {
                Part::Text(text) if text.contains(['{', '}']) => {
                    return Err(Text::new("文字里有花括号", "there are braces in the text"));
                }
                Part::Text(text) => template.push_str(text),
                Part::Field(field) => {
                    let name = self.name_of(field).ok_or_else(|| {
                        let (zh, en) = self.why_not(field);
                        Text::of(zh, en)
                    })?;
                    if !fits(at, name) {
                        return Err(Text::of(
                            format!("{name} 是明细的字段，不能用在表头"),
                            format!("{name} is a field of a line and has no place in the head"),
                        ));
                    }
                    template.push('{');
                    template.push_str(name);
                    template.push('}');
                }
            }
        }
        Ok(template)
    }

    /// `{ number = … }`, `{ name = … }`, `{ object = …, number = … }`
    fn base_data(&mut self, at: At<'_>, said: &Field, told: Told<'_>) {
        let form = Form::of(&said.value);
        match form {
            Form::Empty => {}
            Form::Constant(number) => {
                self.write(at, told.around(quoted(&number)));
                self.carried(at, &Self::setting(at));
            }
            Form::Field(field) => self.told_by(at, &[Part::Field(field)], told),
            Form::Joined(parts) => self.told_by(at, &parts, told),
            Form::Find(find) if self.key_of(&find).is_some_and(|by| fits(at, by)) => {
                self.by_table(at, told, &find);
            }
            Form::Switch(switch) if self.by(&switch.by).is_some_and(|by| fits(at, by)) => {
                self.by_case(at, told, &switch);
            }
            form => self.cannot(
                at,
                &form,
                "基础资料可以是固定编码、字段，或按一个字段的对照表",
                "base data is a constant number, a field, or a table by one field",
            ),
        }
    }

    fn told_by(&mut self, at: At<'_>, parts: &[Part], told: Told<'_>) {
        match self.template(at, parts) {
            Ok(template) => {
                self.write(at, told.around(quoted(&template)));
                self.carried(at, &Self::setting(at));
            }
            Err(why) => self.note(at, Outcome::Cannot, "", why.zh, why.en),
        }
    }

    fn table_file(at: At<'_>) -> String {
        format!("mapping/{}.csv", at.field.name.to_lowercase())
    }

    fn by_table(&mut self, at: At<'_>, told: Told<'_>, find: &Find) {
        let Some(by) = self.key_of(find) else { return };
        let file = Self::table_file(at);
        let about = Text::of(
            format!("{} 的编码（方案 {} 的 {}）", at.field.name, find.from, find.column),
            format!("number of {} ({} of the scheme {})", at.field.name, find.column, find.from),
        );
        self.draft.column(&file, by, "to", about);
        let table = inline(&[("by", quoted(by)), ("file", quoted(&file))]);
        self.write(at, told.around(table));
        self.note(
            at,
            Outcome::Table,
            &format!("{} ({file})", Self::setting(at)),
            format!("改为按 {by} 的对照表"),
            format!("now a table by {by}"),
        );
    }

    fn by_case(&mut self, at: At<'_>, told: Told<'_>, switch: &Switch) {
        let Some(by) = self.by(&switch.by) else { return };
        let file = Self::table_file(at);
        let mut entries = vec![("by", quoted(by)), ("file", quoted(&file))];
        if let Some(otherwise) = &switch.otherwise {
            entries.push(("default", quoted(otherwise)));
        }
        self.write(at, told.around(inline(&entries)));
        let target = Target {
            key: "",
            file: "",
            column: "to",
            about: Text::of(shown(&at.field.label), at.field.name.clone()),
        };
        self.draft.column(&file, by, target.column, target.about);
        self.draft.rows(&file, target.column, &switch.rows);
        self.note(
            at,
            Outcome::Carried,
            &format!("{} ({file})", Self::setting(at)),
            "case 的分支已写入对照表",
            "the branches of the case stand in the table",
        );
    }

    /// `{ "FStaffNumber": "…" }`: a constant as it is.
    fn other_key(&mut self, at: At<'_>, key: &str) {
        match self.form(at) {
            Form::Empty => {}
            Form::Constant(text) if is_key(key) => {
                self.write(at, inline(&[("value", inline(&[(key, quoted(&text))]))]));
                self.carried(at, &Self::setting(at));
            }
            form => self.cannot(
                at,
                &form,
                &format!("以 {key} 指定的资料只能是固定值"),
                &format!("what is told by {key} can only be a constant"),
            ),
        }
    }

    /// A field with one field in it: 仓位, 辅助属性.
    fn object(&mut self, at: At<'_>, child: &Field) {
        match &child.wrap {
            Wrap::Object(key) if key.eq_ignore_ascii_case("fnumber") && is_key(&child.name) => {
                self.base_data(at, child, Told { key: "number", object: Some(&child.name) });
            }
            _ => self.note(
                at,
                Outcome::Cannot,
                "",
                "其中的字段须以 FNumber 指定",
                "the field in it must be told by FNumber",
            ),
        }
    }

    fn nested(&mut self, at: At<'_>, nested: &Node) {
        match constant(nested, 0) {
            Ok(value) if !nested.entries().is_empty() => {
                self.write(at, inline(&[("value", value)]));
                self.carried(at, &Self::setting(at));
            }
            Ok(_) => self.note(at, Outcome::Cannot, "", "列表不能由规则生成", "a list is made by no rule"),
            Err(why) => self.note(at, Outcome::Cannot, "", why.zh, why.en),
        }
    }
}

/// A line's field has no place in the head.
fn fits(at: At<'_>, name: &str) -> bool {
    at.section == Section::Line || !name.starts_with("line.")
}

/// A constant object in TOML.
fn constant(node: &Node, depth: usize) -> Result<String, Text> {
    match &node.value {
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Number(number) => Ok(number.clone()),
        Value::Text(text) if matches!(Form::of(text), Form::Constant(_) | Form::Empty) => Ok(quoted(text)),
        Value::Object(entries) if depth < 2 => {
            let mut written = Vec::new();
            for (key, value) in entries {
                written.push((key.as_str(), constant(value, depth + 1)?));
            }
            Ok(inline(&written))
        }
        Value::Object(_) => Err(Text::new("对象超过两层", "an object more than two deep")),
        Value::Text(_) | Value::Bare(_) => Err(Text::new(
            "对象里的字段不能带过来：写成 { object = …, number = \"{…}\" }",
            "a field within an object cannot be carried: write { object = …, number = \"{…}\" }",
        )),
        Value::Null | Value::List(_) => Err(Text::new("列表或空值", "a list or null")),
    }
}

fn is_key(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
