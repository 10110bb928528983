//! Further fields of the bill: what `[pipeline.mapping.head]`, `finance` and `line` say, as data, and what it comes to for
//! one return. Which keys may not be given so is in `mapping::own_keys`; where a field stands is the sink's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::goods::Part;
use super::refusal::Refusal;
use super::table::Table;
use super::{Pass, clean};
use crate::model::named::{Kept, NamedField};
use crate::model::{Field, Return, ReturnLine, Stockin};

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

/// Where the values of named fields are taken from: a return, and for a line the line and its part of the goods.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub(super) refund: &'a Return,
    pub(super) stockins: &'a [Stockin],
    pub(super) line: Option<(usize, &'a ReturnLine)>,
    pub(super) part: Option<&'s Part<'a>>,
}

impl<'a> Scope<'_, 'a> {
    /// The head's.
    pub(super) fn head(refund: &'a Return, stockins: &'a [Stockin]) -> Self {
        Self { refund, stockins, line: None, part: None }
    }

    /// What a field says here; empty where it says nothing.
    fn value(&self, field: &NamedField) -> Cow<'a, str> {
        match self.line.filter(|_| field.is_of_line()) {
            Some((_, line)) => self.of_line(line, field.key()),
            None => self.of_head(field.key()),
        }
    }

    fn of_head(&self, key: &str) -> Cow<'a, str> {
        let refund = self.refund;
        let figure = |figure: Option<rust_decimal::Decimal>| {
            figure.map_or_else(String::new, |figure| figure.normalize().to_string()).into()
        };
        match key {
            "refund_no" => refund.refund_no.as_str().into(),
            "tid" => refund.tid.as_str().into(),
            "src_no" => refund.src_no.as_str().into(),
            "sales_tid" => refund.sales_tid.as_str().into(),
            "shop_no" => refund.shop_no.as_str().into(),
            "customer_no" => refund.customer_no.as_str().into(),
            "warehouse_no" => self.warehouse_no().into(),
            "refund_amount" => figure(refund.refund_amount),
            "goods_amount" => figure(refund.goods_amount),
            "actual_refund_amount" => figure(refund.actual_refund_amount),
            "created" => moment(refund.created),
            "modified" => moment(refund.modified),
            "finish_time" => moment(refund.finish_time),
            "check_time" => {
                moment(refund.check_time.or_else(|| self.stockins.iter().filter_map(Stockin::time).max()))
            }
            "stockin_time" => moment(self.stockins.iter().filter_map(|stockin| stockin.stockin_time).max()),
            "stockin_no" => {
                let numbers: Vec<_> =
                    self.stockins.iter().map(|stockin| stockin.stockin_no.as_str()).collect();
                numbers.join(",").into()
            }
            other => refund
                .further
                .as_ref()
                .and_then(|further| further.get(other))
                .map_or("", String::as_str)
                .into(),
        }
    }

    /// Where the goods arrived; of a whole return the first such place, as its 库存组织 is.
    fn warehouse_no(&self) -> &'a str {
        let of_stockins = self.stockins.first().map(|stockin| stockin.warehouse_no.as_str());
        self.part.and_then(|part| part.warehouse_no).or(of_stockins).unwrap_or(&self.refund.warehouse_no)
    }

    fn of_line(&self, line: &'a ReturnLine, key: &str) -> Cow<'a, str> {
        match key {
            "spec_no" => line.spec_no.as_str().into(),
            "goods_no" => line.goods_no.as_str().into(),
            "order_id" => line.order_id.as_str().into(),
            "oid" => line.oid.as_str().into(),
            "batch_no" => self.part.and_then(|part| part.batch).unwrap_or_default().into(),
            "production_date" => self
                .part
                .and_then(|part| part.produced)
                .map_or_else(String::new, |day| day.to_string())
                .into(),
            "expire_date" => {
                self.part.and_then(|part| part.expires).map_or_else(String::new, |day| day.to_string()).into()
            }
            other => line.further.get(other).map_or("", String::as_str).into(),
        }
    }

    fn text(&self, template: &Template) -> String {
        let pieces = template.0.iter().map(|segment| match segment {
            Segment::Text(text) => Cow::Borrowed(text.as_str()),
            Segment::Field(field) => self.value(field),
        });
        clean::text(&pieces.collect::<String>())
    }
}

fn moment<'a>(time: Option<chrono::NaiveDateTime>) -> Cow<'a, str> {
    time.map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S").to_string()).into()
}

/// It was refused already.
struct IsRefused;

impl<'a> Pass<'a> {
    /// The fields of `rules` as they come to here; what cannot be is refused.
    pub(super) fn fields(&mut self, rules: &'a [FieldRule], scope: Scope<'_, 'a>) -> Vec<Field> {
        rules.iter().filter_map(|rule| self.field(rule, scope)).collect()
    }

    /// One field; `None` where it says nothing and may.
    pub(super) fn field(&mut self, rule: &'a FieldRule, scope: Scope<'_, 'a>) -> Option<Field> {
        let said = match &rule.value {
            FieldValue::Constant(json) => Some(json.clone()),
            FieldValue::Text(template) => some(scope.text(template)).map(|text| quoted(&text)),
            FieldValue::Date(field) => {
                let time = scope.value(field);
                time.get(..10).map(quoted)
            }
            FieldValue::Number(lookup) => {
                self.looked_up(rule, lookup, scope).ok()?.map(|number| object("FNumber", &quoted(&number)))
            }
            FieldValue::Name(lookup) => {
                self.looked_up(rule, lookup, scope).ok()?.map(|name| object("FName", &quoted(&name)))
            }
            FieldValue::Object(key, lookup) => self
                .looked_up(rule, lookup, scope)
                .ok()?
                .map(|number| object(key, &object("FNumber", &quoted(&number)))),
        };
        if said.is_none() && rule.required {
            let line = scope.line.map(|(index, _)| self.line_ref(index));
            self.refuse(Refusal::EmptyField { line, key: rule.key.clone() });
        }
        said.map(|json| Field { key: rule.key.clone(), json })
    }

    /// The number or name, if there is one.
    fn looked_up(
        &mut self,
        rule: &'a FieldRule,
        lookup: &'a Lookup,
        scope: Scope<'_, 'a>,
    ) -> Result<Option<String>, IsRefused> {
        match lookup {
            Lookup::Template(template) => {
                let number = scope.text(template);
                Ok(some(number))
            }
            Lookup::Table { by, table, column } => {
                let key = scope.value(by);
                if key.trim().is_empty() && table.default_to().is_none() {
                    return Ok(None);
                }
                match table.get(&key, self.day()) {
                    Ok(hit) => {
                        if hit.is_default {
                            self.note(format!("{}: {key} → {} (default)", rule.key, hit.to));
                        }
                        Ok(some(hit.cell(column.as_deref()).to_owned()))
                    }
                    // A gap in the days is more likely a mistake than a wish; so is a number that must be there.
                    Err(miss) if miss.out_of_validity || rule.required => {
                        self.missed(miss);
                        Err(IsRefused)
                    }
                    Err(_) => {
                        self.note(format!("{}: {key} is not in the table: left out", rule.key));
                        Ok(None)
                    }
                }
            }
        }
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// JSON text of a text.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn object(key: &str, json: &str) -> String {
    format!("{{{}:{json}}}", quoted(key))
}
