//! View and QueryBusinessInfo at the simulated site: a bill or a number of base data with everything in it, and what a
//! form is made of. Their shapes are those that readers of real answers rely on.

use bytes::Bytes;
use http::Response;
use rust_decimal::Decimal;

use super::bill::StoredBill;
use super::call::Call;
use super::cells;
use super::json::Json;
use super::line::StoredLine;
use super::meta::{self, Entity, Field, Form, Kind};
use super::query;
use super::reply;
use super::selection;
use super::settings::Settings;
use super::value::Value;
use super::world::World;

/// View: by Number or by Id.
pub(super) fn view(settings: &Settings, world: &World, call: &Call) -> Response<Bytes> {
    if !query::is_form(settings, world, &call.form) {
        return reply::unknown_form(call, &call.form);
    }
    let (number, id) = (call.data.text("Number"), call.data.text("Id"));
    if number.is_empty() && matches!(id.as_str(), "" | "0") {
        return reply::refused(call, 8, selection::NOTHING);
    }
    let found = match Form::of(&call.form).filter(|form| form.is_base()) {
        Some(form) => base_data(settings, world, form, &number, &id),
        None => bill(world, &call.form, &number, &id),
    };
    match found {
        Some(found) => {
            let result = object([("ResponseStatus", Json::Null), ("Result", found)]);
            reply::ok(object([("Result", result)]).to_string())
        }
        None => reply::refused(call, 10, "传递的编码值不存在"),
    }
}

fn bill(world: &World, form: &str, number: &str, id: &str) -> Option<Json> {
    let is_form = |bill: &&StoredBill| bill.form_id.eq_ignore_ascii_case(form);
    let by_id = id.parse().ok().and_then(|id| world.bills.get(id)).filter(is_form);
    let bill = world.bills.numbered(number).find(is_form).or(by_id)?;
    let lines = bill.lines.iter().enumerate().map(|(at, line)| row(at, line)).collect();
    let mut members = vec![
        ("Id", whole(bill.id)),
        ("FFormId", text(&bill.form_id)),
        ("BillNo", text(&bill.number)),
        ("DocumentStatus", Json::Text(bill.document_status.to_string())),
        ("CancelStatus", text(if bill.cancelled { "B" } else { "A" })),
        ("Date", Json::Text(format!("{}T00:00:00", bill.date))),
        ("CreateDate", Json::Text(bill.created.format("%Y-%m-%dT%H:%M:%S").to_string())),
        ("ModifyDate", Json::Text(bill.modified.format("%Y-%m-%dT%H:%M:%S").to_string())),
        ("HeadNote", text(&bill.note)),
    ];
    members.extend(reference("RetcustId", "RetcustId_Id", "BD_Customer", &bill.customer));
    members.extend(reference("SaleOrgId", "SaleOrgId_Id", "ORG_Organizations", &bill.sale_org));
    members.extend(reference("StockOrgId", "StockOrgId_Id", "ORG_Organizations", &bill.stock_org));
    let finance = object([
        ("Id", whole(bill.id)),
        ("IsIncludedTax", Json::Flag(bill.is_included_tax)),
        ("BillAllAmount", decimal(bill.all_amount)),
        ("THIRDBILLNO", text(&bill.third_bill_no)),
    ]);
    members.push(("SAL_RETURNSTOCKFIN", Json::List(vec![finance])));
    members.push(("SAL_RETURNSTOCKENTRY", Json::List(lines)));
    Some(object(members))
}

fn row(at: usize, line: &StoredLine) -> Json {
    let mut members = vec![("Id", whole(line.id)), ("Seq", whole(at as u64 + 1))];
    members.extend(reference("MaterialId", "MaterialId_Id", "BD_MATERIAL", &line.material));
    members.extend(reference("UnitID", "UnitID_Id", "BD_UNIT", &line.unit));
    members.extend(reference("StockId", "StockId_Id", "BD_STOCK", &line.stock));
    members.extend([
        ("RealQty", decimal(line.qty)),
        ("BaseunitQty", decimal(line.qty * line.unit_factor)),
        ("Price", decimal(line.price)),
        ("TaxPrice", decimal(line.tax_price)),
        ("Amount", decimal(line.amount())),
        ("AllAmount", decimal(line.all_amount)),
        ("IsFree", Json::Flag(line.is_free)),
    ]);
    object(members)
}

fn base_data(
    settings: &Settings,
    world: &World,
    form: &'static Form,
    number: &str,
    id: &str,
) -> Option<Json> {
    let known = query::known(settings, form);
    let by_id = || known.among(Vec::new()).into_iter().find(|own| cells::id(form.id, own).to_string() == id);
    let number = if number.is_empty() { by_id()? } else { number };
    if !known.has(number) {
        return None;
    }
    let mut members = named(form.id, number);
    let status = if world.forbids(form.id, number) == Some(true) { "B" } else { "A" };
    members.extend([("DocumentStatus", text("C")), ("ForbidStatus", text(status))]);
    members.extend(reference("UseOrgId", "UseOrgId_Id", "ORG_Organizations", "100"));
    Some(object(members))
}

/// A reference as readers find it: the object, and beside it its id.
fn reference(name: &'static str, id: &'static str, form: &str, number: &str) -> [(&'static str, Json); 2] {
    if number.is_empty() {
        return [(id, whole(0)), (name, Json::Null)];
    }
    [(id, whole(cells::id(form, number))), (name, object(named(form, number)))]
}

fn named(form: &str, number: &str) -> Vec<(&'static str, Json)> {
    let (id, name) = (cells::id(form, number), cells::name(number));
    let local = object([("PkId", whole(id)), ("LocaleId", whole(2052)), ("Name", text(&name))]);
    vec![
        ("Id", whole(id)),
        ("msterID", whole(id)),
        ("MultiLanguageText", Json::List(vec![local])),
        ("Name", names(&name)),
        ("Number", text(number)),
    ]
}

/// QueryBusinessInfo: the parts and fields of a form.
pub(super) fn business_info(settings: &Settings, world: &World, call: &Call) -> Response<Bytes> {
    let asked = call.data.text("FormId");
    let id = if asked.is_empty() { &call.form } else { &asked };
    if !query::is_form(settings, world, id) {
        return reply::unknown_form(call, id);
    }
    let form = Form::of(id);
    let parts = form.map_or(&[][..], |form| form.entities);
    let is_bill = parts.len() > 1;
    let parts = parts.iter().map(|entity| part(entity, settings, is_bill)).collect();
    let operations = ["Save", "Submit", "Audit", "UnAudit", "Delete", "Cancel", "UnCancel", "CancelAssign"];
    let operations = operations.iter().map(|number| object([("OperationNumber", text(number))])).collect();
    let info = object([
        ("Id", text(form.map_or(id, |form| form.id))),
        ("Name", names(form.map_or(id, |form| form.name))),
        ("Entrys", Json::List(parts)),
        ("Operations", Json::List(operations)),
    ]);
    let status = reply::status(true, &[], &[])["Result"]["ResponseStatus"].to_string();
    reply::ok(format!("{{\"Result\":{{\"ResponseStatus\":{status},\"NeedReturnData\":{info}}}}}"))
}

/// A part with its fields; those of a bill with what the site has and requires besides.
fn part(entity: &Entity, settings: &Settings, is_bill: bool) -> Json {
    let is_here = |name: &&String| is_bill && meta::placed(name).0.eq_ignore_ascii_case(entity.key);
    let is_required = |key: &str| {
        let of_it = |name: &String| meta::placed(name).1.eq_ignore_ascii_case(key);
        settings.required_fields.iter().filter(is_here).any(of_it)
    };
    let own = entity.fields.iter().map(|field| described(field, field.must || is_required(field.key)));
    let custom = settings.custom_fields.iter().filter(is_here).map(|name| {
        let key = meta::placed(name).1.to_ascii_uppercase();
        described_as(&key, &key, Kind::Text, is_required(&key))
    });
    let fields = own.chain(custom).collect();
    object([
        ("Key", text(entity.key)),
        ("EntryName", text(entity.key)),
        ("Name", names(entity.name)),
        ("Fields", Json::List(fields)),
    ])
}

fn described(field: &Field, must: bool) -> Json {
    described_as(field.key, field.name, field.kind, must)
}

fn described_as(key: &str, name: &str, kind: Kind, must: bool) -> Json {
    let (kind, lookup) = match kind {
        Kind::Id => ("IntegerField", ""),
        Kind::Text => ("TextField", ""),
        Kind::Number => ("DecimalField", ""),
        Kind::Flag => ("CheckBoxField", ""),
        Kind::Date => ("DateField", ""),
        Kind::Ref(form) => ("BaseDataField", form),
        Kind::Part => ("SubEntryEntity", ""),
    };
    object([
        ("Key", text(key)),
        ("FieldName", Json::Text(key.to_ascii_uppercase())),
        ("PropertyName", text(key.strip_prefix('F').unwrap_or(key))),
        ("Name", names(name)),
        ("MustInput", Json::Number(u8::from(must).to_string())),
        ("FieldType", text(kind)),
        ("LookUpObjectFormId", text(lookup)),
    ])
}

fn names(name: &str) -> Json {
    Json::List(vec![object([("Key", whole(2052)), ("Value", text(name))])])
}

fn object(members: impl IntoIterator<Item = (&'static str, Json)>) -> Json {
    Json::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn whole(number: u64) -> Json {
    Json::Number(number.to_string())
}

/// As .NET writes it, and exact.
fn decimal(number: Decimal) -> Json {
    Json::Number(Value::Number(number).json())
}
