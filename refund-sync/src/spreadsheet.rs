//! CSV files for people: how they are written so that a spreadsheet opens them well. What stands in them is their
//! writers' (`reconcile::sheet`, `coverage::export`); reading mapping tables back is `config::csv_table`'s.

use std::io::{self, Write};

use crate::text::shown;

/// What a spreadsheet needs to take a file for UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A CSV that spreadsheets take for UTF-8.
pub(crate) fn csv_for_people<W: Write>(mut to: W) -> io::Result<csv::Writer<W>> {
    to.write_all(BOM)?;
    Ok(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to))
}

/// Whether a spreadsheet would take the text for a formula; some take signs of full width for those of half.
pub(crate) fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

/// A text from outside, which a spreadsheet must not take for a formula, and of which everything is to be seen.
pub(crate) fn text(text: &str) -> String {
    let seen = shown(text);
    if is_formula(text) { format!("'{seen}") } else { seen.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_a_formula_or_hides_in_a_cell() {
        let cells =
            ["=1+1", "  @SUM(A1)", "＝HYPERLINK(1)", "\t=1", "-1", "TK1\r\nTK2", "TK\u{202e}1", "店铺 1"];
        let written = cells.map(text);
        let expected = [
            "'=1+1",
            "'  @SUM(A1)",
            "'＝HYPERLINK(1)",
            "'\\t=1",
            "'-1",
            "TK1\\r\\nTK2",
            "TK\\u{202e}1",
            "店铺 1",
        ];
        assert_eq!(written, expected);
    }
}
