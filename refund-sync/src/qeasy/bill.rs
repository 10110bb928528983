//! A bill as a list of paths and values, whoever made it: the scheme, by what its values come to, or we. Rows of FEntity are
//! kept apart, so that they can be laid beside each other.

use super::field::{Field, Wrap};
use super::interpret::{Answer, Row, answer, lines};
use super::json::{Node, Value};
use super::scheme::Scheme;
use super::template::Template;

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// `FDate`, `SubHeadEntity.FSettleOrgId`, in a row `FNote`.
    pub(super) path: String,
    pub(super) value: Answer,
}

/// A bill.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Flat {
    pub(super) head: Vec<Cell>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Flat {
    /// The bill that a scheme would have sent for a row.
    pub(super) fn of_scheme(scheme: &Scheme, row: &Node) -> Self {
        let mut bill = Self::default();
        let head = Row { head: row, line: None };
        for field in &scheme.target.fields {
            match field.name.to_lowercase().as_str() {
                "fentity" => {
                    let row_of = |line| {
                        let mut cells = Vec::new();
                        let row = Row { head: row, line: Some(line) };
                        field.children.iter().for_each(|field| from_field(field, "", row, &mut cells));
                        cells
                    };
                    bill.rows.extend(lines(row).iter().map(row_of));
                }
                _ => from_field(field, "", head, &mut bill.head),
            }
        }
        bill
    }

    /// The bill that we send, of its JSON.
    pub(super) fn of_ours(bill: &Node) -> Self {
        let mut flat = Self::default();
        for (key, value) in bill.entries() {
            if key.eq_ignore_ascii_case("FEntity") {
                let row_of = |row: &Node| {
                    let mut cells = Vec::new();
                    row.entries().iter().for_each(|(key, value)| from_json(key, value, &mut cells));
                    cells
                };
                flat.rows.extend(value.items().iter().map(row_of));
            } else {
                from_json(key, value, &mut flat.head);
            }
        }
        flat
    }
}

/// The value of a path in some cells, whatever its case.
pub(super) fn find<'a>(cells: &'a [Cell], path: &str) -> Option<&'a Answer> {
    cells.iter().find(|cell| cell.path.eq_ignore_ascii_case(path)).map(|cell| &cell.value)
}

fn from_field(field: &Field, before: &str, row: Row<'_>, cells: &mut Vec<Cell>) {
    let path = format!("{before}{}", field.name);
    if !field.children.is_empty() {
        let before = format!("{path}.");
        return field.children.iter().for_each(|child| from_field(child, &before, row, cells));
    }
    let path = match &field.wrap {
        Wrap::Object(key) => within(path, key),
        Wrap::Two(outer, inner) => within(format!("{path}.{outer}"), inner),
        Wrap::None | Wrap::Other(_) => path,
    };
    if let Some(nested) = &field.nested {
        return from_json(&path, nested, cells);
    }
    let is_slipped = field.value.is_empty() && field.label.ends_with('}');
    let value = match field.label.find('{').filter(|_| is_slipped) {
        Some(open) => &field.label[open..],
        None => &field.value,
    };
    push(path, answer(&Template::of(value), row), cells);
}

/// Where a wrapped value stands: the number of base data stands for the whole.
fn within(path: String, key: &str) -> String {
    if is_number(key) { path } else { format!("{path}.{key}") }
}

fn is_number(key: &str) -> bool {
    key.eq_ignore_ascii_case("FNumber") || key.eq_ignore_ascii_case("FName")
}

fn push(path: String, value: Answer, cells: &mut Vec<Cell>) {
    // An empty value is not sent.
    if !value.shown().is_empty() {
        cells.push(Cell { path, value });
    }
}

/// `{"FNumber":"…"}` is its number; anything else is gone into.
fn from_json(path: &str, node: &Node, cells: &mut Vec<Cell>) {
    match &node.value {
        Value::Object(entries) => match entries.as_slice() {
            [(key, value)] if is_number(key) => {
                from_json(path, value, cells);
            }
            entries => {
                for (key, value) in entries {
                    from_json(&format!("{path}.{key}"), value, cells);
                }
            }
        },
        Value::List(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| from_json(&format!("{path}[{}]", index + 1), item, cells)),
        _ => push(path.to_owned(), node.text().map_or(Answer::Null, Answer::Text), cells),
    }
}
