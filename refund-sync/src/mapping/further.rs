//! What the rules of further fields come to for one return: templates filled, numbers looked up, and what is left out or
//! refused. The rules themselves are in `mapping::fields`.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::fields::{FieldRule, FieldRules, FieldValue, Lookup, Segment, Template, quoted};
use super::goods::Part;
use super::refusal::Refusal;
use super::{Pass, clean};
use crate::model::named::NamedField;
use crate::model::{Field, Return, ReturnLine, Stockin};

/// 备注: a further field that the program has a text of its own for.
const HEAD_NOTE: &str = "FHeadNote";

/// What the rules of further fields make of the head.
pub(super) struct FurtherHead {
    /// What 备注 is made of, if a rule says.
    pub(super) note: Option<String>,
    pub(super) head: Vec<Field>,
    pub(super) finance: Vec<Field>,
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
    /// The further fields of the head. Of 备注 the text is taken: a date that is moved comes before it.
    pub(super) fn further(&mut self) -> FurtherHead {
        let rules = &self.rules.further;
        let scope = Scope::head(self.refund, self.stockins());
        let mut head = self.fields(&rules.head, scope);
        let note = head.iter().position(|field| field.key.eq_ignore_ascii_case(HEAD_NOTE));
        let note = note.map(|at| head.remove(at)).and_then(|note| serde_json::from_str(&note.json).ok());
        // A rule that comes to nothing leaves the note out, not to the order numbers.
        let is_ruled = FieldRules::find(&rules.head, HEAD_NOTE).is_some();
        let note = note.or_else(|| is_ruled.then(String::new));
        FurtherHead { note, head, finance: self.fields(&rules.finance, scope) }
    }

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
                time.get(..10).filter(|day| day.parse::<NaiveDate>().is_ok()).map(quoted)
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
                    Err(miss) if miss.gap.is_some() || rule.required => {
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

fn object(key: &str, json: &str) -> String {
    format!("{{{}:{json}}}", quoted(key))
}
