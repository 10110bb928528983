//! Which bills an operation names: `Numbers` and `Ids`, as lists, texts or numbers.
//! What is done with them is in `state` and `other`.

use super::bill::StoredBill;
use super::call::Call;
use super::json::Json;
use super::reply::Objection;
use super::world::World;

/// What is said where an operation names nothing.
pub(super) const NOTHING: &str = "编码值或内码值必须传其一";

/// The bills that a call names, in its order, each once, and an objection for each that is not there.
pub(super) struct Selection {
    pub(super) bills: Vec<(usize, StoredBill)>,
    pub(super) objections: Vec<Objection>,
}

/// Reads it; nothing where the call names nothing at all.
pub(super) fn read(world: &World, call: &Call) -> Option<Selection> {
    let numbers = texts(call.data.get("Numbers").or_else(|| call.data.get("Number")));
    let ids = texts(call.data.get("Ids").or_else(|| call.data.get("Id")));
    if numbers.is_empty() && ids.is_empty() {
        return None;
    }
    let of_form = |bill: &&StoredBill| bill.form_id.eq_ignore_ascii_case(&call.form);
    let by_number = numbers.iter().map(|number| {
        let found = world.bills.numbered(number).find(of_form);
        found.ok_or_else(|| format!("单据编号为“{number}”的单据不存在"))
    });
    let by_id = ids.iter().map(|id| {
        let found = id.parse().ok().and_then(|id| world.bills.get(id)).filter(of_form);
        found.ok_or_else(|| format!("内码为“{id}”的单据不存在"))
    });
    let (mut bills, mut objections) = (Vec::<(usize, StoredBill)>::new(), Vec::new());
    for (index, found) in by_number.chain(by_id).enumerate() {
        match found {
            Ok(bill) if bills.iter().any(|(_, other)| other.id == bill.id) => {}
            Ok(bill) => bills.push((index, bill.clone())),
            Err(message) => objections.push(Objection { field: None, message, index, code: 10 }),
        }
    }
    Some(Selection { bills, objections })
}

/// The numbers that a call names, each once.
pub(super) fn numbers(call: &Call) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for number in texts(call.data.get("Numbers").or_else(|| call.data.get("Number"))) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The items of a list, or of a text with commas; blank ones are none.
fn texts(value: Option<&Json>) -> Vec<String> {
    let raw = match value {
        Some(Json::List(items)) => items.iter().map(Json::scalar).collect(),
        Some(scalar) => scalar.scalar().split(',').map(str::to_owned).collect(),
        None => Vec::new(),
    };
    let trimmed = raw.iter().map(|text| text.trim().trim_matches('\'').to_owned());
    trimmed.filter(|text| !text.is_empty() && text != "0").collect()
}
