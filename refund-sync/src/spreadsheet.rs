//! CSV files for people: how they are written so that a spreadsheet opens them well. What stands in them is their
//! writers' (`reconcile::sheet`, `coverage::export`); reading mapping tables back is `config::csv_table`'s.

use std::io::{self, Write};

/// What a spreadsheet needs to take a file for UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// A CSV that spreadsheets take for UTF-8.
pub(crate) fn csv_for_people<W: Write>(mut to: W) -> io::Result<csv::Writer<W>> {
    to.write_all(BOM)?;
    Ok(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to))
}

/// Whether a spreadsheet would take the text for a formula.
pub(crate) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text from outside, which a spreadsheet must not take for a formula.
pub(crate) fn text(text: &str) -> String {
    if is_formula(text) { format!("'{text}") } else { text.to_owned() }
}
