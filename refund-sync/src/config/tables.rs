//! Mapping tables as a configuration gives them: `"identity"`, `{ inline = … }` or `{ file = "….csv" }`.
//! The CSV form is `config::csv_table`; looking up is `crate::mapping::table`'s.

use std::collections::BTreeMap;

use super::csv_table;
use super::reader::{Section, Setting, Shape};
use super::table_form::{ANY, Form, Rows, To, row, unfit_number};
use serde_json::{Value, json};
use toml::de::DeValue;

use super::reader::json_schema::{code, text};
use crate::lang::{Text, both};
use crate::mapping::table::{Table, TableRow};

/// 客户 by shop or customer number.
pub(super) const CUSTOMERS: Form<'_> =
    Form { name: "customers", identity: true, to: To::Code, default: true, columns: &[] };
/// 物料 by spec or goods number.
pub(super) const MATERIALS: Form<'_> =
    Form { name: "materials", identity: true, to: To::Code, default: true, columns: &[] };
/// 仓库 by warehouse number, with its organisations and the 仓库 of its 残品.
pub(super) const WAREHOUSES: Form<'_> = Form {
    name: "warehouses",
    identity: true,
    to: To::Code,
    default: true,
    columns: &["stock_org", "owner_org", "defect_to"],
};
/// Organisations by shop.
pub(super) const ORGS: Form<'_> = Form {
    name: "orgs",
    identity: false,
    to: To::Nothing,
    default: false,
    columns: &["sale_org", "settle_org", "stock_org", "owner_org"],
};
/// 税率 by material.
pub(super) const TAX_RATES: Form<'_> =
    Form { name: "tax_rate", identity: false, to: To::Percent, default: false, columns: &[] };

/// A table that must be stated, so that nobody gets "identity" by leaving a line out.
pub(super) fn required(section: &Section<'_>, form: &Form<'static>, example: &str) -> Option<Table> {
    section.describe(form.name, table_schema(form));
    let setting = section.get(form.name, Shape::Table);
    if setting.is_none() {
        section.missing(
            form.name,
            Text::new(
                "必填：对照表；两边编码一致时写 \"identity\"",
                "is required: a table, or \"identity\" where the numbers are the same on both sides",
            ),
            example,
        );
    }
    read(&setting?, form)
}

/// Reads a table in any of its forms.
pub(super) fn read(setting: &Setting<'_>, form: &Form<'_>) -> Option<Table> {
    if setting.value().as_str() == Some("identity") && form.identity {
        return Some(Table::Identity);
    }
    read_among(setting, form, &[])
}

/// The same where other keys stand beside the table's own, which somebody else reads.
pub(super) fn read_among(setting: &Setting<'_>, form: &Form<'_>, others: &[&str]) -> Option<Table> {
    let entries = setting.entries().unwrap_or_default();
    let own: Vec<_> = entries.iter().filter(|(key, _)| !others.contains(key)).collect();
    let (defaults, sources): (Vec<_>, Vec<_>) =
        own.into_iter().partition(|(key, _)| form.default && *key == "default");
    let default = match defaults.as_slice() {
        [] => None,
        [(_, default), ..] => Some(number(default)?),
    };
    let (origin, rows) = match sources.as_slice() {
        [("inline", rows)] => ("inline".to_owned(), inline(rows, form)?),
        [("file", path)] => {
            let name = path.text("\"mapping/….csv\"")?;
            (name.to_owned(), csv_table::read(path, name, form)?)
        }
        [] if default.is_some() => ("default".to_owned(), Rows::new()),
        _ => {
            wrong_form(setting, form);
            return None;
        }
    };
    if rows.is_empty() && default.is_none() {
        setting.warn(
            Text::new(
                "对照表没有任何行：所有退货单都会转为待处理",
                "the table has no rows: every return will be parked",
            ),
            Text::new("请为每个编码添加一行", "add a row for each number"),
        );
    }
    Some(Table::Rows { name: form.name.to_owned().into(), origin, rows, default })
}

/// A number of 金蝶 that is written in the configuration.
pub(super) fn number(setting: &Setting<'_>) -> Option<String> {
    if let DeValue::Datetime(date) = setting.value() {
        setting.refuse(
            both!("{date} 是日期，不是金蝶的编码", "{date} is a date, not a number of 金蝶"),
            "\"…\"",
        );
        return None;
    }
    let number = setting.code("\"…\"")?;
    let Some(message) = unfit_number(&number) else { return Some(number) };
    setting.refuse(message, "\"…\"");
    None
}

fn wrong_form(setting: &Setting<'_>, form: &Form<'_>) {
    let (or, zh) = if form.identity { (" or \"identity\"", " 或 \"identity\"") } else { ("", "") };
    let file = match setting.value().as_str() {
        Some(path) if path.to_lowercase().ends_with(".csv") => path,
        _ => &format!("mapping/{}.csv", form.name),
    };
    setting.refuse(
        both!(
            "应为 {{ file = \"….csv\" }}、{{ inline = {{ … }} }}{zh}",
            "must be {{ file = \"….csv\" }}, {{ inline = {{ from = \"to\" }} }}{or}"
        ),
        format!("{{ file = {file:?} }}"),
    );
}

/// `{ S001 = "C001", S002 = { to = "C002", valid_from = "2026-01-01" } }`
fn inline(setting: &Setting<'_>, form: &Form<'_>) -> Option<Rows> {
    let Some(entries) = setting.entries() else {
        setting.refuse(Text::new("应为表", "must be a table"), "{ S001 = \"C001\" }");
        return None;
    };
    let rows: Vec<_> = entries
        .iter()
        .map(|(key, row)| {
            if key.trim().is_empty() || *key == ANY {
                row.fault(
                    both!("{key:?} 不是编码，也不代表其它编码", "{key:?} is no number, and stands for none"),
                    form.instead_of_any(),
                );
                return None;
            }
            Some(((*key).to_owned(), vec![inline_row(row, form)?]))
        })
        .collect();
    rows.into_iter().collect()
}

fn inline_row(setting: &Setting<'_>, form: &Form<'_>) -> Option<TableRow> {
    let cells: Option<BTreeMap<String, String>> = match setting.entries() {
        None if form.to == To::Nothing => {
            setting.refuse(
                Text::new("应为由列组成的表", "must be a table of columns"),
                format!("{{ {} = \"100\" }}", form.columns.join(" = \"100\", ")),
            );
            return None;
        }
        None if form.to == To::CodeOrNone => {
            // Which column it is makes no difference to a row of one cell.
            let column = form.columns.first().copied().unwrap_or("to");
            let none = setting.value().as_str() == Some("");
            let cell = if none { String::new() } else { number(setting)? };
            Some(BTreeMap::from([(column.to_owned(), cell)]))
        }
        None => Some(BTreeMap::from([("to".to_owned(), setting.text("\"…\"")?.to_owned())])),
        Some(cells) => {
            let cells: Vec<_> = cells
                .iter()
                .map(|(column, cell)| Some(((*column).to_owned(), cell.code("\"…\"")?)))
                .collect();
            cells.into_iter().collect()
        }
    };
    let (row, wrong) = row(cells?, form);
    for (column, message) in &wrong {
        setting.fault(
            message.before(&format!("{column}："), &format!("{column}: ")),
            Text::new("请修正", "correct it"),
        );
    }
    wrong.is_empty().then_some(row)
}

/// A rate in percent, a table of rates, or `kingdee`.
pub(super) fn rate_schema(rates: &Form<'_>) -> Value {
    let fixed = json!({ "type": "string", "pattern": "^(kingdee|[0-9][0-9.]*)$" });
    let number = json!({ "type": "number", "minimum": 0, "maximum": 100 });
    json!({ "anyOf": [fixed, number, table_schema(rates)] })
}

/// A mapping table in any of its forms.
pub(super) fn table_schema(form: &Form<'_>) -> Value {
    let cells = json!({ "type": "object", "additionalProperties": { "type": ["string", "number"] } });
    let row = match form.to {
        To::Nothing => cells,
        To::CodeOrNone | To::Code | To::Percent => json!({ "anyOf": [text(), cells] }),
    };
    let inline = json!({ "type": "object", "additionalProperties": row });
    let file = json!({ "type": "string", "minLength": 1 });
    let object = |required: &[&str], mut properties: Value| {
        if form.default {
            properties["default"] = code();
        }
        json!({
            "type": "object",
            "required": required,
            "additionalProperties": false,
            "properties": properties,
        })
    };
    let mut forms =
        vec![object(&["file"], json!({ "file": file })), object(&["inline"], json!({ "inline": inline }))];
    if form.default {
        forms.push(object(&["default"], json!({})));
    }
    if form.identity {
        forms.push(json!({ "const": "identity" }));
    }
    json!({ "anyOf": forms })
}
