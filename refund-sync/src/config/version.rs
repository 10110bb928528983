//! The version of a mapping: a digest of its rules and of what its tables hold.
//! Two configurations with one version map every return to the same bill.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};
use sha2::{Digest, Sha256};

use crate::mapping::Rules;
use crate::mapping::fields::{FieldRule, FieldValue, Lookup};
use crate::mapping::rules::{ShelfLife, TaxRate};
use crate::mapping::table::Table;
use crate::model::Month;

/// The first 16 hex digits of the SHA-256 over the canonical text of the rules.
pub(super) fn of(rules: &Rules) -> String {
    let digest = Sha256::digest(canonical(rules).as_bytes());
    base16ct::lower::encode_string(&digest[..8])
}

/// The rules with what `check --live` learned of materials: those that 金蝶 manages by shelf life.
pub fn learn(rules: &mut Rules, shelf_life: BTreeSet<String>) {
    if matches!(rules.shelf_life, ShelfLife::Learned(_)) {
        rules.shelf_life = ShelfLife::Learned(shelf_life);
        rules.version = of(rules);
    }
}

/// Closes months in the rules: all before `closed_before`, and those that `close_day` closes by `today`. The version
/// follows. The rules are those of the configuration.
pub fn close_months(rules: &mut Rules, closed_before: Option<NaiveDate>, today: NaiveDate) {
    let by_day = rules.close_day.map(|day| {
        let this = Month::of(today);
        if today.day() >= day { this.first() } else { this.before().first() }
    });
    rules.closed_before = closed_before.max(by_day);
    if let Some(day) = rules.closed_before {
        let digest = Sha256::digest(format!("{} closed before {day}", rules.version).as_bytes());
        rules.version = base16ct::lower::encode_string(&digest[..8]);
    }
}

/// One line a rule, texts quoted. A table's origin is left out: moving a file changes no bill.
fn canonical(rules: &Rules) -> String {
    // Taken apart field by field, so that a new rule cannot be forgotten here.
    let Rules {
        joins_stockins,
        lots,
        shelf_life,
        serials_from,
        bill_type,
        bill_no_prefix,
        return_type,
        sale_org,
        settle_org,
        stock_org,
        currency,
        date_from,
        quantity_from,
        on_quantity_gap,
        amount_from,
        balance_against,
        on_imbalance,
        on_no_refund,
        material_from,
        customer_from,
        price_scale,
        tax_rate,
        unit,
        open_from,
        closed_period,
        // What is closed beside the configuration changes the version when it is known: `close_months`.
        close_day: _,
        closed_before: _,
        customers,
        materials,
        warehouses,
        orgs,
        further,
        version: _,
    } = rules;
    let mut text = format!(
        "{bill_type:?} {bill_no_prefix:?} {return_type:?} {sale_org:?} {settle_org:?} {stock_org:?} \
         {currency:?}\n{date_from:?} {quantity_from:?} {on_quantity_gap:?} {amount_from:?} \
         {balance_against:?} {on_imbalance:?} {on_no_refund:?} {material_from:?} {customer_from:?}\n\
         {price_scale} {unit:?} {open_from:?} {closed_period:?} {joins_stockins} {lots}\n"
    );
    // What nobody has asked for is left out: no document is mapped anew for it.
    match shelf_life {
        ShelfLife::Learned(materials) if !materials.is_empty() => {
            line(&mut text, "shelf_life", &format_args!("{materials:?}"));
        }
        ShelfLife::All => line(&mut text, "shelf_life", &"all"),
        ShelfLife::Learned(_) | ShelfLife::None => {}
    }
    if let Some(key) = serials_from {
        line(&mut text, "serials_from", key);
    }
    match tax_rate {
        TaxRate::Fixed(rate) => line(&mut text, "tax_rate", rate),
        TaxRate::Kingdee => line(&mut text, "tax_rate", &"kingdee"),
        TaxRate::ByMaterial(rates) => table(&mut text, "tax_rate", Some(rates)),
    }
    table(&mut text, "customers", Some(customers));
    table(&mut text, "materials", Some(materials));
    table(&mut text, "warehouses", Some(warehouses));
    table(&mut text, "orgs", orgs.as_ref());
    for (part, rules) in [("head", &further.head), ("finance", &further.finance), ("line", &further.line)] {
        for rule in rules {
            field(&mut text, part, rule);
        }
    }
    text
}

/// One further field. Without any the text is what it was before there were such: no document is mapped anew for it.
fn field(text: &mut String, part: &str, rule: &FieldRule) {
    let FieldRule { key, value, required } = rule;
    let lookup = match value {
        FieldValue::Number(lookup) | FieldValue::Name(lookup) | FieldValue::Object(_, lookup) => Some(lookup),
        FieldValue::Text(_) | FieldValue::Constant(_) | FieldValue::Date(_) => None,
    };
    let form = match value {
        FieldValue::Text(template) => format!("text {template:?}"),
        FieldValue::Constant(json) => format!("value {json}"),
        FieldValue::Date(field) => format!("date {}", field.name),
        FieldValue::Number(_) => "number".to_owned(),
        FieldValue::Name(_) => "name".to_owned(),
        FieldValue::Object(object, _) => format!("object {object}"),
    };
    line(text, part, &format_args!("{key} {required} {form}"));
    match lookup {
        Some(Lookup::Template(template)) => line(text, "template", &format_args!("{template:?}")),
        Some(Lookup::Table { by, table: rows, column }) => {
            line(text, "by", &format_args!("{} {column:?}", by.name));
            table(text, "in", Some(rows));
        }
        None => {}
    }
}

fn table(text: &mut String, name: &str, table: Option<&Table>) {
    match table {
        None => line(text, name, &"none"),
        Some(Table::Identity) => line(text, name, &"identity"),
        Some(Table::Rows { rows, default: None, .. }) => line(text, name, &format_args!("{rows:?}")),
        Some(Table::Rows { rows, default: Some(default), .. }) => {
            line(text, name, &format_args!("{rows:?} {default:?}"));
        }
    }
}

fn line(text: &mut String, name: &str, value: &dyn std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name} {value}");
}
