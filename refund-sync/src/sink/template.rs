//! A bill on the wire: the typed form with the further fields in the template's places. 金蝶 applies a Model's fields in
//! the order sent, and a later one can reset an earlier one. The order itself is `mapping::form`'s.

use std::fmt;

use kingdee_k3cloud_sdk::Form;
use kingdee_k3cloud_sdk::model::return_stock::ReturnStock;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::mapping::form::Part;
use crate::model::{Field, ReturnBill};

/// A bill as it is sent: the typed form with the further fields in their places.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct WireBill {
    #[serde(serialize_with = "as_it_stands")]
    body: Body,
}

/// Typed as long as nothing was added.
#[derive(Debug, Clone)]
enum Body {
    Plain(Box<ReturnStock>),
    Placed(Option<String>, Fields),
}

fn as_it_stands<S: Serializer>(body: &Body, serializer: S) -> Result<S::Ok, S::Error> {
    match body {
        Body::Plain(form) => form.serialize(serializer),
        Body::Placed(_, fields) => fields.serialize(serializer),
    }
}

impl Form for WireBill {
    const FORM_ID: &'static str = ReturnStock::FORM_ID;

    fn number(&self) -> Option<&str> {
        match &self.body {
            Body::Plain(form) => form.number(),
            Body::Placed(number, _) => number.as_deref(),
        }
    }
}

impl WireBill {
    /// `form` with the further fields of `bill`.
    pub(super) fn of(form: ReturnStock, bill: &ReturnBill) -> Self {
        let adds_none = bill.head.is_empty()
            && bill.finance.is_empty()
            && bill.lines.iter().all(|line| line.further.is_empty());
        if !adds_none && let Some(fields) = placed(&form, bill) {
            return Self { body: Body::Placed(form.bill_no, fields) };
        }
        Self { body: Body::Plain(Box::new(form)) }
    }
}

/// `None` cannot be: what was written as JSON is read as such.
fn placed(form: &ReturnStock, bill: &ReturnBill) -> Option<Fields> {
    let mut head = Fields::of(&serde_json::to_string(form).ok()?)?;
    if let Some(finance) = head.get_mut("SubHeadEntity") {
        *finance = Fields::of(finance.get())?.with(&bill.finance, Part::Finance)?.raw()?;
    }
    if let Some(entries) = head.get_mut("FEntity") {
        let texts: Vec<Box<RawValue>> = serde_json::from_str(entries.get()).ok()?;
        let rows = texts.iter().zip(&bill.lines);
        let rows = rows.map(|(text, line)| Fields::of(text.get())?.with(&line.further, Part::Line)?.raw());
        let rows = rows.collect::<Option<Vec<_>>>()?;
        *entries = serde_json::value::to_raw_value(&rows).ok()?;
    }
    head.with(&bill.head, Part::Head)
}

/// An object's fields in their order, each value as its text.
#[derive(Debug, Clone)]
struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    fn of(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Box<RawValue>> {
        self.0.iter_mut().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    fn raw(&self) -> Option<Box<RawValue>> {
        serde_json::value::to_raw_value(self).ok()
    }

    /// With `further`: each at the template's place, those that it does not have last, in their own order. None of them
    /// takes the place of a field that is there.
    fn with(mut self, further: &[Field], part: Part) -> Option<Self> {
        let template = part.template();
        let place = |key: &str| {
            template.iter().position(|known| known.eq_ignore_ascii_case(key)).unwrap_or(template.len())
        };
        for Field { key, json } in further {
            if self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(key)) {
                continue;
            }
            let own = place(key);
            let at = self.0.iter().position(|(known, _)| place(known) > own).unwrap_or(self.0.len());
            self.0.insert(at, (key.clone(), RawValue::from_string(json.clone()).ok()?));
        }
        Some(self)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
