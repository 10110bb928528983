//! Queries of forms that the simulated site does not know by heart: every key is looked up in the Model as it was saved,
//! one row per row of the part that is asked about. Forms it does know are in `query`.

use std::cmp::Ordering;

use bytes::Bytes;
use http::Response;
use rust_decimal::Decimal;

use super::bill::StoredBill;
use super::call::Call;
use super::cells;
use super::json::Json;
use super::reply;
use super::settings::Settings;
use super::value::Value;
use super::words::{self, Words};
use super::world::World;

/// A bill, or one row of it.
struct Row<'a> {
    bill: &'a StoredBill,
    model: Json,
    /// Forbid or Enable was called for it.
    forbidden: Option<bool>,
    /// The part's key, and which of its rows.
    entry: Option<(String, usize)>,
}

/// Answers a query.
pub(super) fn answer(settings: &Settings, world: &World, call: &Call, form: &str) -> Response<Bytes> {
    let asked = match Words::read(call) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let named: Vec<&str> = asked.named().collect();
    let bills =
        world.bills.iter().filter(|bill| bill.form_id.eq_ignore_ascii_case(form) && !world.rights.blind);
    let mut rows: Vec<Row<'_>> = bills.flat_map(|bill| Row::of(world, bill, &named)).collect();
    rows.retain(|row| asked.condition.holds(&|key| row.value(key)));
    rows.sort_by(|a, b| {
        let by = |(key, descending): &(String, bool)| {
            let ordering = a.value(key).order(&b.value(key));
            if *descending { ordering.reverse() } else { ordering }
        };
        asked.order.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
    });
    let by_name = call.service == "BillQuery";
    let write = |row: Row<'_>| {
        let shown = |key: &String| {
            let is_masked = world.rights.masked.contains(&key.to_ascii_lowercase());
            let value = if is_masked { "\"***\"".to_owned() } else { row.value(key).json() };
            if by_name { format!("\"{key}\":{value}") } else { value }
        };
        let cells = asked.keys.iter().map(shown).collect::<Vec<_>>().join(",");
        if by_name { format!("{{{cells}}}") } else { format!("[{cells}]") }
    };
    let rows: Vec<String> = words::page(settings, &call.data, rows).map(write).collect();
    reply::ok(format!("[{}]", rows.join(",")))
}

impl<'a> Row<'a> {
    /// The rows of a bill that these keys ask for: one for each row of a part, or the bill itself.
    fn of(world: &World, bill: &'a StoredBill, named: &[&str]) -> Vec<Self> {
        let forbidden = world.forbids(&bill.form_id, &bill.number);
        let model = Json::parse(&bill.model).unwrap_or(Json::Null);
        let Some(part) = named.iter().find_map(|key| part_of(&model, key)) else {
            return vec![Self { bill, model, forbidden, entry: None }];
        };
        let rows = 0..model.list(&part).len();
        rows.map(|at| Self { bill, model: model.clone(), forbidden, entry: Some((part.clone(), at)) })
            .collect()
    }

    fn value(&self, key: &str) -> Value {
        let item = self.entry.as_ref().and_then(|(part, at)| self.model.list(part).get(*at));
        let own = self.entry.as_ref().and_then(|(part, _)| within(part, key));
        let name = own.unwrap_or(key);
        match name.to_ascii_lowercase().as_str() {
            "fentryid" | "fseq" => {
                let at = self.entry.as_ref().map_or(0, |(_, at)| *at as u64 + 1);
                return Value::Whole(if name.eq_ignore_ascii_case("FSeq") {
                    at
                } else {
                    self.bill.id * 1000 + at
                });
            }
            "fid" => return Value::Whole(self.bill.id),
            "fbillno" | "fnumber" => return Value::Text(self.bill.number.clone()),
            "fforbidstatus" if self.forbidden.is_some() => {
                return Value::Text(if self.forbidden == Some(true) { "B" } else { "A" }.to_owned());
            }
            "fdocumentstatus" => return Value::Text(self.bill.document_status.to_string()),
            "fcancelstatus" => return Value::Text(if self.bill.cancelled { "B" } else { "A" }.to_owned()),
            "fcreatedate" => return Value::Date(self.bill.created),
            "fmodifydate" => return Value::Date(self.bill.modified),
            _ => {}
        }
        let found = item.and_then(|item| found(item, name)).or_else(|| found(&self.model, name));
        match found {
            None if name.eq_ignore_ascii_case("FForbidStatus") => Value::Text("A".to_owned()),
            found => found.unwrap_or(Value::Null),
        }
    }
}

/// The part with rows that a key belongs to: by the part's name before it, or because only its rows have the key.
fn part_of(model: &Json, key: &str) -> Option<String> {
    let mut parts = model.members().iter().filter(|(_, value)| matches!(value, Json::List(_)));
    let name = key.split('.').next().unwrap_or(key);
    let has =
        |value: &Json| model.get(name).is_none() && value.items().iter().any(|item| item.get(name).is_some());
    parts.find(|(part, value)| within(part, key).is_some() || has(value)).map(|(part, _)| part.clone())
}

/// A key without the part's name before it.
fn within<'k>(part: &str, key: &'k str) -> Option<&'k str> {
    let (before, rest) = key.split_at_checked(part.len())?;
    rest.strip_prefix('_').filter(|_| before.eq_ignore_ascii_case(part))
}

/// What an object holds under a key, with what follows the key's point.
fn found(object: &Json, key: &str) -> Option<Value> {
    if let Some(value) = object.get(key) {
        return Some(plain(key, value));
    }
    let (name, suffix) = key.split_once('.')?;
    let value = object.get(name)?;
    Some(match suffix.to_ascii_lowercase().as_str() {
        "fnumber" => Value::Text(value.referred()),
        "fname" => value
            .get(suffix)
            .map_or_else(|| Value::Text(cells::name(&value.referred())), |name| plain(key, name)),
        _ => value.get(suffix).map_or(Value::Null, |inner| plain(key, inner)),
    })
}

fn plain(key: &str, value: &Json) -> Value {
    match value {
        Json::Null | Json::List(_) => Value::Null,
        Json::Flag(flag) => Value::Flag(*flag),
        Json::Number(text) => Decimal::from_str_exact(text).map_or(Value::Null, Value::Number),
        Json::Text(text) => Value::Text(text.clone()),
        // A reference by itself is its internal id.
        Json::Object(_) => Value::Whole(cells::id(key, &value.referred())),
    }
}
