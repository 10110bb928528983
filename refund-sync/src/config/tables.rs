//! Mapping tables as a configuration gives them: `"identity"`, `{ inline = … }` or `{ file = "….csv" }`.
//! The CSV form is `config::csv_table`; looking up is `crate::mapping::table`'s.

use std::collections::BTreeMap;

use super::csv_table;
use super::mapping::percent;
use super::schema;
use super::section::Section;
use super::setting::{Setting, Shape};
use super::time::parse_date;
use crate::mapping::table::{Table, TableRow};

/// What a table must look like.
pub(super) struct Form {
    /// Its name in messages, and its key.
    pub(super) name: &'static str,
    /// Whether `"identity"` can stand for it.
    pub(super) identity: bool,
    /// What its `to` column holds.
    pub(super) to: To,
    /// Further columns that mean something.
    pub(super) columns: &'static [&'static str],
}

/// What a `to` column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// A number of the other system.
    Code,
    /// A rate in percent.
    Percent,
    /// There is none: the further columns say it all.
    Nothing,
}

/// 客户 by shop or customer number.
pub(super) const CUSTOMERS: Form = Form { name: "customers", identity: true, to: To::Code, columns: &[] };
/// 物料 by spec or goods number.
pub(super) const MATERIALS: Form = Form { name: "materials", identity: true, to: To::Code, columns: &[] };
/// 仓库 by warehouse number, with its organisations and the 仓库 of its 残品.
pub(super) const WAREHOUSES: Form = Form {
    name: "warehouses",
    identity: true,
    to: To::Code,
    columns: &["stock_org", "owner_org", "defect_to"],
};
/// Organisations by shop.
pub(super) const ORGS: Form =
    Form { name: "orgs", identity: false, to: To::Nothing, columns: &["sale_org", "settle_org"] };
/// 税率 by material.
pub(super) const TAX_RATES: Form = Form { name: "tax_rate", identity: false, to: To::Percent, columns: &[] };

/// Rows by key, as [`Table::Rows`] keeps them.
pub(super) type Rows = BTreeMap<String, Vec<TableRow>>;

/// A table that must be stated, so that nobody gets "identity" by leaving a line out.
pub(super) fn required(section: &Section<'_>, form: &Form, example: &str) -> Option<Table> {
    section.describe(form.name, schema::table(form));
    let setting = section.get(form.name, Shape::Table);
    if setting.is_none() {
        section.missing(
            form.name,
            "is required: a table, or \"identity\" where the numbers are the same on both sides",
            "必填：对照表；两边编码一致时写 \"identity\"",
            example,
        );
    }
    read(&setting?, form)
}

/// Reads a table in any of its forms.
pub(super) fn read(setting: &Setting<'_>, form: &Form) -> Option<Table> {
    if setting.value().as_str() == Some("identity") && form.identity {
        return Some(Table::Identity);
    }
    let entries = setting.entries().unwrap_or_default();
    let (origin, rows) = match entries.as_slice() {
        [("inline", rows)] => ("inline".to_owned(), inline(rows, form)?),
        [("file", path)] => {
            let name = path.text("\"mapping/….csv\"")?;
            (name.to_owned(), csv_table::read(path, name, form)?)
        }
        _ => {
            wrong_form(setting, form);
            return None;
        }
    };
    if rows.is_empty() {
        setting.warn(
            "the table has no rows: every return will be parked",
            "对照表没有任何行：所有退货单都会被搁置",
            "add a row for each number · 请为每个编码添加一行",
        );
    }
    Some(Table::Rows { name: form.name, origin, rows })
}

fn wrong_form(setting: &Setting<'_>, form: &Form) {
    let identity = if form.identity { " or \"identity\"" } else { "" };
    let file = match setting.value().as_str() {
        Some(path) if path.to_lowercase().ends_with(".csv") => path,
        _ => &format!("mapping/{}.csv", form.name),
    };
    setting.fault(
        format!("must be {{ file = \"….csv\" }}, {{ inline = {{ from = \"to\" }} }}{identity}"),
        format!("应为 {{ file = \"….csv\" }}、{{ inline = {{ … }} }}{}", identity.replace(" or", " 或")),
        setting.write(format!("{{ file = {file:?} }}")),
    );
}

/// `{ S001 = "C001", S002 = { to = "C002", valid_from = "2026-01-01" } }`
fn inline(setting: &Setting<'_>, form: &Form) -> Option<Rows> {
    let Some(entries) = setting.entries() else {
        setting.fault("must be a table", "应为表", setting.write("{ S001 = \"C001\" }"));
        return None;
    };
    let rows: Vec<_> =
        entries.iter().map(|(key, row)| Some(((*key).to_owned(), vec![inline_row(row, form)?]))).collect();
    rows.into_iter().collect()
}

fn inline_row(setting: &Setting<'_>, form: &Form) -> Option<TableRow> {
    let cells: Option<BTreeMap<String, String>> = match setting.entries() {
        None if form.to == To::Nothing => {
            setting.fault(
                "must be a table of columns",
                "应为由列组成的表",
                setting.write(format!("{{ {} = \"100\" }}", form.columns.join(" = \"100\", "))),
            );
            return None;
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
    for (column, message, zh) in &wrong {
        setting.fault(format!("{column}: {message}"), format!("{column}：{zh}"), "correct it · 请修正");
    }
    wrong.is_empty().then_some(row)
}

/// What is wrong with one cell: the column, in English, in Chinese.
pub(super) type WrongCell = (&'static str, String, String);

/// A row of its cells by column (`from` taken out), and what is wrong with them.
pub(super) fn row(mut cells: BTreeMap<String, String>, form: &Form) -> (TableRow, Vec<WrongCell>) {
    let mut wrong = Vec::new();
    let to = cells.remove("to").unwrap_or_default();
    match form.to {
        To::Code if to.is_empty() => {
            wrong.push(("to", "is empty".to_owned(), "为空".to_owned()));
        }
        To::Percent if percent(&to).is_none() => {
            wrong.push((
                "to",
                format!("{to:?} is not a rate in percent, 0 to 100"),
                format!("{to:?} 不是 0 到 100 之间的百分数"),
            ));
        }
        To::Nothing if form.columns.iter().all(|column| cells.get(*column).is_none_or(String::is_empty)) => {
            let columns = form.columns.join(", ");
            wrong.push((
                form.columns[0],
                format!("needs one of {columns}"),
                format!("至少要有 {columns} 之一"),
            ));
        }
        _ => {}
    }
    let mut date = |column: &'static str| {
        let cell = cells.remove(column).filter(|cell| !cell.is_empty())?;
        let date = parse_date(&cell);
        if date.is_none() {
            wrong.push((
                column,
                format!("{cell:?} is not a date YYYY-MM-DD"),
                format!("{cell:?} 不是 YYYY-MM-DD 格式的日期"),
            ));
        }
        date
    };
    let (valid_from, valid_to) = (date("valid_from"), date("valid_to"));
    if let (Some(first), Some(last)) = (valid_from, valid_to)
        && last < first
    {
        wrong.push((
            "valid_to",
            format!("{last} is before valid_from {first}"),
            format!("{last} 早于 valid_from {first}"),
        ));
    }
    (TableRow { to, valid_from, valid_to, columns: cells }, wrong)
}
