//! The form of a mapping table and of one row of it, however it is written.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::time::parse_date;
use crate::mapping::table::TableRow;

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

/// Rows by key, as [`Table::Rows`](crate::mapping::table::Table::Rows) keeps them.
pub(super) type Rows = BTreeMap<String, Vec<TableRow>>;

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

/// A rate in percent, 0 to 100, written in plain digits. `Decimal`'s own parser takes `1_000` and `+5`.
pub(super) fn percent(text: &str) -> Option<Decimal> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.') && !text.starts_with('.');
    let rate = Decimal::from_str_exact(text).ok().filter(|_| plain)?;
    (rate <= Decimal::ONE_HUNDRED).then(|| rate.normalize())
}
