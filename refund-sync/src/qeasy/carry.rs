//! What becomes of each field of a scheme: carried into a setting, carried by a table to fill in, replaced by a rule of ours,
//! or not to be carried, with what to do. By side and part of the bill in `carry::{source,options,head,line,further}`.

mod further;
mod head;
mod line;
mod options;
mod source;

use chrono::NaiveDate;

use super::draft::{Draft, inline, quoted};
use super::fault::Fault;
use super::field::Field;
use super::form::{Form, Switch};
use super::names::{Named, key_of_line, lost_its_braces, named};
use super::parts::{FieldRef, Find, shown};
use super::sample::Sample;
use super::scheme::{Reads, Scheme, Side};
use crate::lang::{Text, vocabulary};

vocabulary! {
    /// What becomes of a field of a scheme.
    pub enum Outcome {
        Carried = "carried" { title: "已带过来", "carried"; }
        Table = "table" { title: "需填写对照表", "carried by a table to fill in"; }
        Replaced = "replaced" { title: "由本程序的规则代替", "replaced by our rule"; }
        Cannot = "cannot" { title: "无法带过来", "cannot be carried"; }
    }
}

/// A part of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// What is read.
    Source,
    /// How it is written.
    Options,
    /// The bill's head.
    Head,
    /// 财务信息
    Finance,
    /// A row of FEntity.
    Line,
}

/// What becomes of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carry {
    /// Where it stands in the scheme.
    pub section: Section,
    /// Its key.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its file.
    pub file: String,
    /// Its line there.
    pub line: usize,
    /// Its value, shortened.
    pub value: String,
    /// What becomes of it.
    pub outcome: Outcome,
    /// The setting it goes to; empty where there is none.
    pub setting: String,
    /// Why so, and what to do.
    pub why: Text,
}

/// Everything that an import comes to.
#[derive(Debug, Clone)]
pub struct Import {
    /// What was imported.
    pub scheme: Scheme,
    /// What becomes of each field, in the scheme's order.
    pub carries: Vec<Carry>,
    /// What is wrong with the scheme itself.
    pub faults: Vec<Fault>,
    /// The configuration.
    pub draft: Draft,
}

impl Section {
    /// How the path of a field begins.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Source | Self::Options | Self::Head => "",
            Self::Finance => "SubHeadEntity.",
            Self::Line => "FEntity.",
        }
    }

    /// Its fields stand on the bill.
    pub(super) fn is_of_the_bill(self) -> bool {
        matches!(self, Self::Head | Self::Finance | Self::Line)
    }
}

impl Carry {
    /// The field's path on the bill.
    pub fn path(&self) -> String {
        format!("{}{}", self.section.prefix(), self.name)
    }
}

impl Import {
    /// Imports a scheme; `today` is where reading starts if the scheme does not say.
    pub fn of(scheme: Scheme, today: NaiveDate) -> Self {
        let mut carrier = Carrier {
            scheme: &scheme,
            reads: scheme.reads(),
            draft: Draft::default(),
            carries: Vec::new(),
            faults: scheme.faults.clone(),
        };
        carrier.source(today);
        carrier.target();
        carrier.options();
        let Carrier { draft, carries, mut faults, .. } = carrier;
        faults.extend(super::faults::of(&scheme));
        faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        faults.dedup();
        Self { scheme, carries, faults, draft }
    }

    /// Takes a further field back: the configuration refuses it, and says why.
    pub fn refuse(&mut self, section: Section, name: &str, why: &Text) {
        let keys = match section {
            Section::Finance => &mut self.draft.finance,
            Section::Line => &mut self.draft.line,
            Section::Source | Section::Options | Section::Head => &mut self.draft.head,
        };
        keys.retain(|key| key.name != name);
        let file = format!("mapping/{}.csv", name.to_lowercase());
        if let Some(carry) =
            self.carries.iter_mut().find(|carry| carry.section == section && carry.name == name)
        {
            if carry.setting.contains(&file) {
                self.draft.tables.remove(&file);
            }
            carry.outcome = Outcome::Cannot;
            carry.setting.clear();
            carry.why = why.clone();
        }
    }

    /// The draft with its tables filled, so that a sample of returns can be mapped: what a person fills in later is shown
    /// by what it is found by.
    #[must_use]
    pub fn filled(&self, sample: &Sample) -> Self {
        let mut filled = self.clone();
        for (file, table) in &mut filled.draft.tables {
            for key in sample.values(&table.by) {
                let row = table.rows.entry(key.clone()).or_default();
                for column in &table.columns {
                    row.entry(column.clone()).or_insert_with(|| format!("⟨{file} {key} {column}⟩"));
                }
            }
        }
        if filled.draft.mapping.get("tax_rate").is_some_and(|rate| rate.contains("file")) {
            filled.draft.mapping.set("tax_rate", quoted("kingdee"), "");
        }
        filled
    }

    /// How many fields have an outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.carries.iter().filter(|carry| carry.outcome == outcome).count()
    }
}

/// A scheme on its way to a configuration.
struct Carrier<'a> {
    scheme: &'a Scheme,
    reads: Reads,
    draft: Draft,
    carries: Vec<Carry>,
    faults: Vec<Fault>,
}

/// A field and where it stands.
#[derive(Clone, Copy)]
struct At<'a> {
    section: Section,
    side: &'a Side,
    field: &'a Field,
}

/// A table of ours that a field may go to.
struct Target {
    /// The key of `[pipeline.mapping]`.
    key: &'static str,
    file: &'static str,
    column: &'static str,
    /// What people call the column.
    about: Text,
}

impl Carrier<'_> {
    fn note(
        &mut self,
        at: At<'_>,
        outcome: Outcome,
        setting: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        let Field { name, label, line, value, nested, children, .. } = at.field;
        let is_plain = nested.is_none() && (children.is_empty() || !value.is_empty());
        let value = if is_plain { shown(value) } else { "{…}".to_owned() };
        self.carries.push(Carry {
            section: at.section,
            name: crate::text::shown(name).into_owned(),
            label: shown(label),
            file: at.side.file.clone(),
            line: *line,
            value,
            outcome,
            setting: setting.to_owned(),
            why: Text::of(zh, en),
        });
    }

    fn carried(&mut self, at: At<'_>, setting: &str) {
        self.note(at, Outcome::Carried, setting, "", "");
    }

    fn fault(&mut self, at: At<'_>, line: usize, message: Text, fix: Text) {
        self.faults.push(at.side.fault(line, message, fix));
    }

    /// What a field's value comes to. One that slipped into the label is taken from there; a constant that is a field's name
    /// lost its braces.
    fn form(&mut self, at: At<'_>) -> Form {
        let field = at.field;
        let slipped = field.value.is_empty() && field.nested.is_none() && field.label.ends_with('}');
        let slipped = field.label.find('{').filter(|_| slipped).map(|open| &field.label[open..]);
        if let Some(value) = slipped {
            self.fault(
                at,
                field.line,
                Text::of(
                    format!("{} 没有值，值混进了名称：{}", field.name, shown(value)),
                    format!("{} has no value: it slipped into the label: {}", field.name, shown(value)),
                ),
                Text::of(format!("已按 {} 导入", shown(value)), format!("imported as {}", shown(value))),
            );
        }
        match Form::of(slipped.unwrap_or(&field.value)) {
            Form::Constant(text) if lost_its_braces(&text, self.reads) => {
                self.fault(
                    at,
                    at.field.value_line,
                    Text::of(
                        format!("{} 的值 {text} 是字段名，却没有花括号", at.field.name),
                        format!(
                            "the value of {}, {text}, is the name of a field without braces",
                            at.field.name
                        ),
                    ),
                    Text::of(format!("已按 {{{{{text}}}}} 导入"), format!("imported as {{{{{text}}}}}")),
                );
                Form::Field(FieldRef { path: text, format: String::new() })
            }
            form => form,
        }
    }

    /// Our name of the scheme's field, if it can be named.
    fn name_of(&self, field: &FieldRef) -> Option<&'static str> {
        match named(&field.path, self.reads) {
            Named::Ours(field) => Some(field.name),
            Named::Person | Named::Own | Named::Unknown(_) => None,
        }
    }

    /// Which field of ours a look-up goes by.
    fn key_of(&self, find: &Find) -> Option<&'static str> {
        self.by(find.key()?)
    }

    /// The same for a field: what belongs to the shop goes by the shop's number.
    fn by(&self, field: &FieldRef) -> Option<&'static str> {
        match field.path.as_str() {
            "shop_name" | "shop_id" | "shop_platform" => Some("shop_no"),
            "warehouse_name" | "warehouse_id" => Some("warehouse_no"),
            _ => self.name_of(field),
        }
    }

    /// A number that stands as a constant, in a table of ours by `by`, or in one of another scheme. Says what became of it,
    /// or hands the form back.
    fn by_table_of_ours(&mut self, at: At<'_>, form: Form, target: &Target, by: &str) -> Option<Form> {
        let setting = format!("{} ({})", target.key, target.file);
        match form {
            Form::Find(find) if self.key_of(&find) == Some(by) => {
                self.leave_to_fill(target, by, &find);
                let (column, from) = (shown(&find.column), shown(&find.from));
                self.note(
                    at,
                    Outcome::Table,
                    &setting,
                    format!(
                        "原来到方案 {from} 中按 {by} 查 {column}；改为对照表，每个 {by} 一行，填 {} 列",
                        target.column
                    ),
                    format!(
                        "was looked up as {column} of the scheme {from} by {by}; now a table: a row for each {by}, fill in the column {}",
                        target.column
                    ),
                );
                None
            }
            Form::Switch(switch) if self.by(&switch.by) == Some(by) => {
                self.with_rows(at, &switch, target, by, &setting);
                None
            }
            form => Some(form),
        }
    }

    fn leave_to_fill(&mut self, target: &Target, by: &str, find: &Find) {
        let about = target.about.and(
            &format!("（方案 {} 的 {}）", shown(&find.from), shown(&find.column)),
            &format!(" ({} of the scheme {})", shown(&find.column), shown(&find.from)),
        );
        self.draft.column(target.file, by, target.column, about);
    }

    /// A case by a field: its rows are known.
    fn with_rows(&mut self, at: At<'_>, switch: &Switch, target: &Target, by: &str, setting: &str) {
        self.draft.column(target.file, by, target.column, target.about.clone());
        self.draft.rows(target.file, target.column, &switch.rows);
        let count = switch.rows.len();
        self.note(
            at,
            Outcome::Carried,
            setting,
            format!("case 的 {count} 个分支已写入对照表"),
            format!("the {count} branches of the case stand in the table"),
        );
    }

    /// Why a value cannot be carried.
    fn cannot(&mut self, at: At<'_>, form: &Form, zh: &str, en: &str) {
        let (why_zh, why_en) = match form {
            Form::Unclear(why) => (why.zh.to_string(), why.en.to_string()),
            Form::Function(expr) => {
                let functions = functions(expr);
                (
                    format!("函数 {functions} 不能带过来"),
                    format!("the function {functions} cannot be carried"),
                )
            }
            Form::Find(find) => {
                let by: Vec<_> = find.by.iter().map(|(column, _)| shown(column)).collect();
                let by = by.join(", ");
                (format!("按 {by} 的查询不能变成对照表"), format!("a look-up by {by} is no table of ours"))
            }
            Form::Switch(switch) => {
                let by = shown(&switch.by.path);
                (format!("按 {by} 的 case 不能变成对照表"), format!("a case by {by} is no table of ours"))
            }
            Form::Field(field) => self.why_not(field),
            Form::Joined(_) => ("拼接的文本".to_owned(), "a text of several pieces".to_owned()),
            Form::Constant(_) => ("固定值".to_owned(), "a constant".to_owned()),
            Form::Empty => ("没有值".to_owned(), "has no value".to_owned()),
        };
        self.note(at, Outcome::Cannot, "", format!("{why_zh}。{zh}"), format!("{why_en}. {en}"));
    }

    /// Why a field cannot be named.
    fn why_not(&self, field: &FieldRef) -> (String, String) {
        let path = shown(&field.path);
        match named(&field.path, self.reads) {
            Named::Person => (
                format!("{path} 是买家或经办人的个人信息，不进入台账，也不能写入单据"),
                format!("{path} is about a person: it is neither kept nor written"),
            ),
            Named::Own => {
                (format!("{path} 是轻易云运行时的值"), format!("{path} is a value of 轻易云's own run"))
            }
            Named::Ours(_) => (format!("{path} 用不到这里"), format!("{path} has no place here")),
            Named::Unknown(nearest) if nearest.is_empty() => (
                format!("{path} 不在可用字段之列"),
                format!("{path} is not among the fields that can be named"),
            ),
            Named::Unknown(nearest) => {
                let nearest = nearest.join(", ");
                (
                    format!("{path} 不在可用字段之列，相近的有 {nearest}"),
                    format!("{path} is not among the fields that can be named; nearest: {nearest}"),
                )
            }
        }
    }

    /// `{ file = "…", default = "…" }` of a table that has one.
    fn table_of(&mut self, target: &Target, otherwise: Option<&str>) {
        let mut entries = vec![("file", quoted(target.file))];
        if let Some(otherwise) = otherwise {
            entries.push(("default", quoted(otherwise)));
        }
        self.draft.mapping.set(target.key, inline(&entries), &target.about.zh);
    }
}

/// The functions of an expression, or its arithmetic.
fn functions(expr: &super::expression::Expr) -> String {
    use super::expression::Expr;
    let mut names: Vec<String> = Vec::new();
    expr.visit(&mut |part| {
        let name = match part {
            Expr::Call(name, _) => name.clone(),
            Expr::Case { .. } => "case".to_owned(),
            Expr::Binary(..) | Expr::Negative(_) => "算术 arithmetic".to_owned(),
            Expr::Find(_) => "_findCollection".to_owned(),
            _ => return,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    });
    shown(&names.join(", "))
}

/// The key of a line's field, of whatever list.
fn line_key(field: &FieldRef) -> Option<&str> {
    key_of_line(&field.path)
}
