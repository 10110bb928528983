//! ExecuteBillQuery and BillQuery at the simulated site: bills and base data by field keys, one row per line as
//! soon as a line's field is asked for. Its words are read in `words`, cells are in `cells`; other forms' are in `free`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Response;

use super::bill::StoredBill;
use super::call::Call;
use super::cells::{Base, Column, Source};
use super::filter::Condition;
use super::free;
use super::meta::{self, Form};
use super::reply;
use super::settings::{Known, Settings};
use super::value::Value;
use super::words::{self, Words};
use super::world::{Random, World};

/// What a query asks for, as far as it could be read.
struct Asked {
    words: Words,
    /// Every key, and the column it names.
    columns: BTreeMap<String, Column>,
}

/// Answers a query.
pub(super) fn answer(settings: &Settings, world: &World, call: &Call) -> Response<Bytes> {
    let form = call.data.text("FormId");
    let Ok(base) = base_form(settings, world, &form) else { return reply::unknown_form(call, &form) };
    if Form::of(&form).is_none() {
        return free::answer(settings, world, call, &form);
    }
    let asked = match Asked::read(settings, call, base) {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let by_line = asked.columns.values().any(|column| column.is_line);
    let mut rows = match base {
        _ if world.rights.blind => Vec::new(),
        Some(form) => {
            let known = known(settings, form);
            let mut numbers = known.among(asked.words.condition.values_of("FNumber").unwrap_or_default());
            numbers.sort_unstable();
            numbers.dedup();
            let forbidden = |number| world.forbids(form.id, number);
            let row = |number| Source::Base(Base { settings, form, number, forbidden: forbidden(number) });
            numbers.into_iter().map(row).collect()
        }
        None => bills(world, &form, &asked.words.condition, by_line),
    };
    rows.retain(|row| asked.words.condition.holds(&|key| asked.value(*row, key)));
    if settings.shuffle && !asked.words.order.is_empty() {
        // Without an order rows come by their id; an order that leaves two rows equal says nothing about which is first,
        // at this call or the next.
        Random::of(settings.seed ^ world.counts.arrivals).shuffle(&mut rows);
    }
    asked.sort(&mut rows);
    let rows: Vec<String> = words::page(settings, &call.data, rows)
        .map(|row| asked.write(row, call.service == "BillQuery", &world.rights.masked))
        .collect();
    reply::ok(format!("[{}]", rows.join(",")))
}

impl Asked {
    fn read(settings: &Settings, call: &Call, base: Option<&'static Form>) -> Result<Self, Response<Bytes>> {
        let words = Words::read(call)?;
        let mut columns = BTreeMap::new();
        for key in words.named() {
            let Some(column) = Column::of(settings, base, key) else {
                // Of a reference that is there, what follows the point is missed; else that is not part of it.
                let reference = key.split('.').next().unwrap_or(key);
                let missing = if Column::of(settings, base, reference).is_some() { key } else { reference };
                return Err(reply::refused(call, 9, &format!("元数据中标识为{missing}的字段不存在")));
            };
            columns.insert(key.to_owned(), column);
        }
        let is_number = |key: &&str| columns.get(*key).is_some_and(Column::is_number);
        if settings.refuse_quoted_numbers
            && let Some(key) = words.condition.quoted_keys().into_iter().find(is_number)
        {
            return Err(reply::refused(call, 4, &format!("非法SQL：{key}是数字，不能与文本比较")));
        }
        Ok(Self { words, columns })
    }

    fn value(&self, row: Source<'_>, key: &str) -> Value {
        self.columns.get(key).map_or(Value::Null, |column| row.value(column))
    }

    fn sort(&self, rows: &mut [Source<'_>]) {
        let columns: Vec<(&Column, bool)> = self
            .words
            .order
            .iter()
            .filter_map(|(key, descending)| Some((self.columns.get(key)?, *descending)))
            .collect();
        rows.sort_by(|a, b| {
            let by = |(column, descending): &(&Column, bool)| {
                let ordering = a.value(column).order(&b.value(column));
                if *descending { ordering.reverse() } else { ordering }
            };
            columns.iter().map(by).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
        });
    }

    fn write(&self, row: Source<'_>, by_name: bool, masked: &BTreeSet<String>) -> String {
        let cell = |key: &String| {
            let is_masked = !masked.is_empty() && masked.contains(&key.to_ascii_lowercase());
            let value = if is_masked { "\"***\"".to_owned() } else { self.value(row, key).json() };
            if by_name { format!("\"{key}\":{value}") } else { value }
        };
        let cells = self.words.keys.iter().map(cell).collect::<Vec<_>>().join(",");
        if by_name { format!("{{{cells}}}") } else { format!("[{cells}]") }
    }
}

fn bills<'a>(world: &'a World, form: &str, condition: &Condition, by_line: bool) -> Vec<Source<'a>> {
    let confined = |key| {
        let mut values = condition.values_of(key)?;
        values.sort_unstable();
        values.dedup();
        Some(values)
    };
    let mut found: Vec<&StoredBill> =
        match (confined("FBillNo"), confined("FThirdBillNo").filter(|marks| !marks.contains(&""))) {
            (Some(numbers), _) => {
                numbers.into_iter().flat_map(|number| world.bills.numbered(number)).collect()
            }
            (None, Some(marks)) => marks.into_iter().flat_map(|mark| world.bills.marked(mark)).collect(),
            (None, None) => world.bills.iter().collect(),
        };
    found.retain(|bill| bill.form_id.eq_ignore_ascii_case(form));
    found.sort_by_key(|bill| bill.id);
    if by_line {
        let lines = |bill: &'a StoredBill| bill.lines.iter().map(move |line| Source::Bill(bill, Some(line)));
        found.into_iter().flat_map(lines).collect()
    } else {
        found.into_iter().map(|bill| Source::Bill(bill, None)).collect()
    }
}

/// The form if it is base data, nothing for bills, an error for a form that this site does not have.
fn base_form(settings: &Settings, world: &World, form: &str) -> Result<Option<&'static Form>, ()> {
    match Form::of(form) {
        Some(known) => Ok(known.is_base().then_some(known)),
        None => is_form(settings, world, form).then_some(None).ok_or(()),
    }
}

/// Whether the site has such a form.
pub(super) fn is_form(settings: &Settings, world: &World, form: &str) -> bool {
    Form::of(form).is_some()
        || meta::BILLS.iter().any(|known| known.eq_ignore_ascii_case(form))
        || settings.forms.iter().any(|known| known.eq_ignore_ascii_case(form))
        || world.bills.iter().any(|bill| bill.form_id.eq_ignore_ascii_case(form))
}

/// The numbers there are of a kind of base data.
pub(super) fn known<'a>(settings: &'a Settings, form: &Form) -> &'a Known {
    match form.id {
        "BD_Customer" => &settings.customers,
        "BD_MATERIAL" => &settings.materials,
        "BD_STOCK" => &settings.stocks,
        "BD_Currency" => &settings.currencies,
        "BD_Department" => &settings.departments,
        _ => &settings.orgs,
    }
}
