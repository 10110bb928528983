//! The form of a mapping table and of one row of it, however it is written.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::time::parse_date;
use crate::lang::{Text, both};
use crate::mapping::clean::is_refused;
use crate::mapping::table::TableRow;

/// What a table must look like.
pub(super) struct Form<'n> {
    /// Its name in messages, and its key.
    pub(super) name: &'n str,
    /// Whether `"identity"` can stand for it.
    pub(super) identity: bool,
    /// What its `to` column holds.
    pub(super) to: To,
    /// Whether `default` can stand for numbers that it does not have.
    pub(super) default: bool,
    /// Further columns that mean something.
    pub(super) columns: &'n [&'n str],
}

/// What people write for "whatever is not in the table".
pub(super) const ANY: &str = "*";

impl Form<'_> {
    /// What to write for the numbers that a table does not have.
    pub(super) fn instead_of_any(&self) -> Text {
        if self.default {
            Text::new(
                "请在表旁写默认值：default = \"…\"",
                "write a default beside the table: default = \"…\"",
            )
        } else {
            Text::new(
                "请删除，表中没有的另有配置项",
                "remove it: there is a key for what the table does not have",
            )
        }
    }
}

/// What a `to` column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// A number of the other system.
    Code,
    /// A number or a name of the other system; an empty one says that there is none.
    CodeOrNone,
    /// A rate in percent.
    Percent,
    /// There is none: the further columns say it all.
    Nothing,
}

/// Rows by key, as [`Table::Rows`](crate::mapping::table::Table::Rows) keeps them.
pub(super) type Rows = BTreeMap<String, Vec<TableRow>>;

/// What is wrong with one cell, behind its column.
pub(super) type WrongCell = (String, Text);

/// A row of its cells by column (`from` taken out), and what is wrong with them.
pub(super) fn row(mut cells: BTreeMap<String, String>, form: &Form<'_>) -> (TableRow, Vec<WrongCell>) {
    let mut wrong = Vec::new();
    let to = cells.remove("to").unwrap_or_default();
    match form.to {
        To::Code if to.is_empty() => {
            wrong.push(("to".to_owned(), Text::new("为空", "is empty")));
        }
        To::Percent if percent(&to).is_none() => {
            wrong.push((
                "to".to_owned(),
                both!("{to:?} 不是 0 到 100 之间的百分数", "{to:?} is not a rate in percent, 0 to 100"),
            ));
        }
        To::Nothing if form.columns.iter().all(|column| cells.get(*column).is_none_or(String::is_empty)) => {
            let columns = form.columns.join(", ");
            wrong.push((
                form.columns[0].to_owned(),
                both!("至少要有 {columns} 之一", "needs one of {columns}"),
            ));
        }
        _ => {}
    }
    // What the number of a further field is, is said in `to` or in the column that its rule names.
    if form.to == To::CodeOrNone {
        let numbers = form.columns.iter().filter_map(|column| Some((*column, cells.get(*column)?)));
        for (column, cell) in numbers.chain([("to", &to)]) {
            let Some(message) = unfit_number(cell) else { continue };
            wrong.push((column.to_owned(), message.before(&format!("{cell:?} "), &format!("{cell:?} "))));
        }
    }
    let mut date = |column: &'static str| {
        let cell = cells.remove(column).filter(|cell| !cell.is_empty())?;
        let date = parse_date(&cell);
        if date.is_none() {
            wrong.push((
                column.to_owned(),
                both!("{cell:?} 不是 YYYY-MM-DD 格式的日期", "{cell:?} is not a date YYYY-MM-DD"),
            ));
        }
        date
    };
    let (valid_from, valid_to) = (date("valid_from"), date("valid_to"));
    if let (Some(first), Some(last)) = (valid_from, valid_to)
        && last < first
    {
        wrong.push((
            "valid_to".to_owned(),
            both!("{last} 早于 valid_from {first}", "{last} is before valid_from {first}"),
        ));
    }
    (TableRow { to, valid_from, valid_to, columns: cells }, wrong)
}

/// Why a text is none for 金蝶.
pub(super) const REFUSED: Text = Text::new(
    "含有金蝶防火墙拦截的字符（' \" < > ; -- 之一）",
    "has one of ' \" < > ; -- in it, which 金蝶's firewall refuses",
);

/// Why a text is no number of 金蝶.
pub(super) fn unfit_number(text: &str) -> Option<Text> {
    if parse_date(text).is_some() {
        return Some(Text::new("是日期，不是金蝶的编码", "is a date, not a number of 金蝶"));
    }
    is_refused(text).then_some(REFUSED)
}

/// A rate in percent, 0 to 100, written in plain digits. `Decimal`'s own parser takes `1_000` and `+5`.
pub(super) fn percent(text: &str) -> Option<Decimal> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.') && !text.starts_with('.');
    let rate = Decimal::from_str_exact(text).ok().filter(|_| plain)?;
    (rate <= Decimal::ONE_HUNDRED).then(|| rate.normalize())
}
