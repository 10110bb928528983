//! A row more in the text of a mapping table. Pure: everything that a person wrote stays where it is, byte for byte; the new
//! row comes last, in the form of the others. Reading the file and writing it is `config::table_file`'s.

use std::str;

use chrono::{Days, NaiveDate};

use super::table_form::unfit_number;
use super::time::parse_date;

/// Why a row cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditFault {
    /// The number to be written is none.
    #[error("{value:?} is no number of 金蝶")]
    Number {
        /// What was to be written.
        value: String,
    },
    /// The text is not a table that can be added to: not UTF-8, or without the columns from and to.
    #[error("the file is not a table with the columns from and to, in UTF-8")]
    NoTable,
    /// The key has a row by now.
    #[error("{key} has a row by now: {to}")]
    Known {
        /// The key.
        key: String,
        /// What it stands for there.
        to: String,
    },
    /// The key has rows with other days, and an added one would meet them.
    #[error("{key} has rows with days of their own: add its row by hand")]
    Days {
        /// The key.
        key: String,
    },
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What a table looks like: where its columns are, and the rows of one key.
struct Outline {
    width: usize,
    from: usize,
    to: usize,
    valid_from: Option<usize>,
    /// Each row of the key: what it stands for, and its last day.
    rows: Vec<(String, Option<NaiveDate>)>,
}

/// The text with a row more: `key` stands for `to` from now on. A key whose rows have all ended goes on the day after the
/// last of them.
///
/// # Errors
/// [`EditFault`]
pub fn with_row(text: &[u8], key: &str, to: &str) -> Result<Vec<u8>, EditFault> {
    let (key, to) = (key.trim(), to.trim());
    let is_shown = |value: &str| !value.is_empty() && !value.chars().any(char::is_control);
    let fits = |value: &str| is_shown(value) && value.chars().count() <= 100;
    if !fits(to) || unfit_number(to).is_some() || key == "*" || !fits(key) {
        return Err(EditFault::Number { value: to.to_owned() });
    }
    let outline = Outline::of(text, key).ok_or(EditFault::NoTable)?;
    let mut cells = vec![String::new(); outline.width];
    if let Some(after) = outline.begins(key)? {
        let place = outline.valid_from.ok_or_else(|| EditFault::Days { key: key.to_owned() })?;
        cells[place] = after.to_string();
    }
    let from = outline.from;
    (cells[from], cells[outline.to]) = (key.to_owned(), to.to_owned());
    let end: &[u8] = if text.windows(2).any(|two| two == b"\r\n") { b"\r\n" } else { b"\n" };
    let mut edited = text.to_vec();
    if !text.ends_with(b"\n") && !text.ends_with(b"\r") {
        edited.extend_from_slice(end);
    }
    let row: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
    edited.extend_from_slice(row.join(",").as_bytes());
    edited.extend_from_slice(end);
    Ok(edited)
}

impl Outline {
    fn of(text: &[u8], key: &str) -> Option<Self> {
        let text = str::from_utf8(text.strip_prefix(BOM).unwrap_or(text)).ok()?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header: Vec<_> = records.next()?.ok()?.iter().map(str::to_lowercase).collect();
        let column = |name: &str| header.iter().position(|column| column == name);
        let (from, to) = (column("from")?, column("to")?);
        let valid_to = column("valid_to");
        let rows = records.filter_map(Result::ok).filter(|record| record.get(from) == Some(key));
        let rows = rows.map(|record| {
            let last = valid_to.and_then(|place| parse_date(record.get(place)?));
            (record.get(to).unwrap_or_default().to_owned(), last)
        });
        Some(Self { width: header.len(), from, to, valid_from: column("valid_from"), rows: rows.collect() })
    }

    /// From which day on a new row of the key holds; `None`: since ever, there is no other.
    fn begins(&self, key: &str) -> Result<Option<NaiveDate>, EditFault> {
        let mut last = None;
        for (to, ends) in &self.rows {
            let Some(ends) = ends else {
                return Err(EditFault::Known { key: key.to_owned(), to: to.clone() });
            };
            last = last.max(Some(*ends));
        }
        let after = |last: NaiveDate| {
            last.checked_add_days(Days::new(1)).ok_or_else(|| EditFault::Days { key: key.to_owned() })
        };
        last.map(after).transpose()
    }
}

/// A cell as CSV has it.
fn quoted(cell: &str) -> String {
    let needs = cell.contains([',', '"']) || cell != cell.trim();
    if needs { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edited(text: &str, key: &str, to: &str) -> Result<String, EditFault> {
        with_row(text.as_bytes(), key, to).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_number_that_is_none_a_table_that_is_none_and_a_key_that_is_known_are_refused() {
        let table = "from,to,valid_from,valid_to\nS1,C1,,\nS2,C2,,2026-11-10\n";
        for wrong in ["", "  ", "C'1", "a\nb", "2026-01-01", "x;y"] {
            assert!(matches!(edited(table, "S9", wrong), Err(EditFault::Number { .. })), "{wrong:?}");
        }
        assert_eq!(edited("店铺,客户\n", "S9", "C9"), Err(EditFault::NoTable));
        assert_eq!(with_row(b"from,to\n\xB5\xEA,C1\n", "S9", "C9"), Err(EditFault::NoTable));
        assert_eq!(edited("", "S9", "C9"), Err(EditFault::NoTable));
        let known = EditFault::Known { key: "S1".into(), to: "C1".into() };
        assert_eq!(edited(table, "S1", "C9"), Err(known));
        assert!(matches!(
            edited("from,to,valid_to\nS2,C2,2026-11-10\n", "S2", "C9"),
            Err(EditFault::Days { .. })
        ));
    }

    #[test]
    fn an_ended_row_goes_on_the_day_after_and_everything_else_stays_as_it_was_written() {
        let table = "\u{feff}From,To,店铺名称,valid_from,valid_to\r\nS2,\"C,2\",旗舰店,,2026-11-10\r\n\r\n";
        let row = "S2,C9,,2026-11-11,\r\n";
        assert_eq!(edited(table, "S2", "C9").unwrap(), format!("{table}{row}"));
        assert_eq!(edited("from,to", "S1", "C 1").unwrap(), "from,to\nS1,C 1\n");
        assert_eq!(edited("to,from\nC1,S1", "S,2", "C2").unwrap(), "to,from\nC1,S1\nC2,\"S,2\"\n");
    }

    fn parsed(text: &[u8]) -> Vec<Vec<String>> {
        let text = text.strip_prefix(BOM).unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    proptest! {
        #[test]
        fn whatever_the_table_is_it_keeps_every_byte_and_has_one_row_more(
            rows in proptest::collection::vec(("[A-Z]{1,4}[0-9]{0,3}", "[A-Z0-9,\" 店]{0,6}"), 0..20),
            (key, to) in ("z[a-z0-9,\"]{0,8}", "[A-Z][A-Z0-9. ]{0,8}[A-Z0-9]"),
            (crlf, bom, ends) in (any::<bool>(), any::<bool>(), any::<bool>()),
        ) {
            let end = if crlf { "\r\n" } else { "\n" };
            let mut lines = vec!["from,to,note".to_owned()];
            lines.extend(rows.iter().map(|(from, note)| format!("{from},C1,\"{}\"", note.replace('"', "\"\""))));
            let text = format!("{}{}{}", if bom { "\u{feff}" } else { "" }, lines.join(end), if ends { end } else { "" });
            let edited = with_row(text.as_bytes(), &key, &to).unwrap();
            prop_assert!(edited.starts_with(text.as_bytes()));
            let (before, after) = (parsed(text.as_bytes()), parsed(&edited));
            prop_assert_eq!(&after[..before.len()], &before[..]);
            prop_assert_eq!(after.len(), before.len() + 1);
            prop_assert_eq!(&after[before.len()], &vec![key.clone(), to.clone(), String::new()]);
            let again = with_row(&edited, &key, "C2");
            prop_assert!(matches!(again, Err(EditFault::Known { .. })), "twice");
        }
    }
}
