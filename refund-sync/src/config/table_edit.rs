//! A row more in the text of a mapping table. Pure: everything that a person wrote stays where it is, byte for byte; the new
//! row comes last, in the form of the others. Reading the file and writing it is `config::table_file`'s.

use chrono::{Days, NaiveDate};

use super::table_form::unfit_number;
use super::table_text::{self, column, encoded_like, is_workbook, separator};
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
    /// The text is not a table that can be added to: a workbook, or without the columns from and to.
    #[error("the file is no CSV with the columns from and to: add the row there")]
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

/// What a table looks like: what parts its cells, where its columns are, and the rows of one key.
struct Outline {
    separator: u8,
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
pub fn with_row(file: &[u8], key: &str, to: &str) -> Result<Vec<u8>, EditFault> {
    let (key, to) = (key.trim(), to.trim());
    let is_shown = |value: &str| !value.is_empty() && !value.chars().any(char::is_control);
    let fits = |value: &str| is_shown(value) && value.chars().count() <= 100;
    if !fits(to) || unfit_number(to).is_some() || key == "*" || !fits(key) {
        return Err(EditFault::Number { value: to.to_owned() });
    }
    if is_workbook(file) {
        return Err(EditFault::NoTable);
    }
    let text = table_text::text(file).map_err(|_| EditFault::NoTable)?;
    let outline = Outline::of(&text, key).ok_or(EditFault::NoTable)?;
    let mut cells = vec![String::new(); outline.width];
    if let Some(after) = outline.begins(key)? {
        let place = outline.valid_from.ok_or_else(|| EditFault::Days { key: key.to_owned() })?;
        cells[place] = after.to_string();
    }
    let from = outline.from;
    (cells[from], cells[outline.to]) = (key.to_owned(), to.to_owned());
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let begin = if text.ends_with(['\n', '\r']) { "" } else { end };
    let separator = char::from(outline.separator);
    let row: Vec<_> = cells.iter().map(|cell| quoted(cell, separator)).collect();
    let row = format!("{begin}{}{end}", row.join(&separator.to_string()));
    let more = encoded_like(file, &row).ok_or_else(|| EditFault::Number { value: to.to_owned() })?;
    Ok([file, &more].concat())
}

impl Outline {
    fn of(text: &str, key: &str) -> Option<Self> {
        let separator = separator(text);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .trim(csv::Trim::All)
            .comment(Some(table_text::COMMENT))
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header: Vec<_> = records.next()?.ok()?.iter().map(column).collect();
        let place = |name: &str| header.iter().position(|column| column == name);
        let (from, to) = (place("from")?, place("to")?);
        let valid_to = place("valid_to");
        let rows = records.filter_map(Result::ok).filter(|record| record.get(from) == Some(key));
        let rows = rows.map(|record| {
            let last = valid_to.and_then(|place| parse_date(record.get(place)?));
            (record.get(to).unwrap_or_default().to_owned(), last)
        });
        let valid_from = place("valid_from");
        Some(Self { separator, width: header.len(), from, to, valid_from, rows: rows.collect() })
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
fn quoted(cell: &str, separator: char) -> String {
    let needs = cell.contains([separator, '"']) || cell != cell.trim();
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
        for no_text in
            [b"from,to\nS\xff\xff,\x81\n".as_slice(), b"PK\x03\x04from,to\n", b"\xd0\xcf\x11\xe0from,to\n"]
        {
            assert_eq!(with_row(no_text, "S9", "C9"), Err(EditFault::NoTable));
        }
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

    #[test]
    fn notes_of_whoever_keeps_the_table_stay_where_they_are_and_are_no_rows() {
        let table = "# 财务部维护;不要改首行\nfrom,to\n#S9,C0\nS1,C1\n# 完\n";
        assert_eq!(edited(table, "S9", "C9").unwrap(), format!("{table}S9,C9\n"));
    }

    #[test]
    fn a_table_of_a_spreadsheet_keeps_its_headers_its_separator_and_its_encoding() {
        let table = "店铺编号;店铺名称;金蝶客户编码\r\nS1;旗舰店;C1\r\n";
        let all = format!("{table}\"S;9\";;C9\r\n");
        let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
        let utf_16 = |text: &str| -> Vec<u8> {
            std::iter::once('\u{feff}').chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect()
        };
        let utf_8 = |text: &str| format!("\u{feff}{text}").into_bytes();
        for encode in [&gbk as &dyn Fn(&str) -> Vec<u8>, &utf_16, &utf_8] {
            assert_eq!(with_row(&encode(table), "S;9", "C9"), Ok(encode(&all)));
        }
        assert_eq!(edited("from\tto\nS1\tC1", "S9", "C9").unwrap(), "from\tto\nS1\tC1\nS9\tC9\n");
        let known = EditFault::Known { key: "S1".into(), to: "C1".into() };
        assert_eq!(edited(table, "S1", "C9"), Err(known));
    }

    fn parsed(text: &[u8]) -> Vec<Vec<String>> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
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
