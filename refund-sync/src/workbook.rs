//! Workbooks (.xlsx) for accountants: a text stays the text it is, money is a number with two decimals, and nothing is a
//! formula. What stands in them is their writers' (`worker::plan`, `reconcile::workbook`).

use std::io::{self, BufWriter};
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, Format, FormatBorder, Worksheet, XlsxError};

use crate::files;
use crate::text::shown;

/// A spreadsheet keeps 15 digits of a number; what has more stays exact as text.
const MOST_DIGITS: usize = 15;
/// A cell takes no longer text.
const LONGEST_TEXT: usize = 32_000;
/// A sheet takes 1,048,576 rows; the last ones are for the total and the word that it was cut.
const MOST_ROWS: u32 = 1_048_570;

/// What a column shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column<'a> {
    /// Its title.
    pub(crate) title: &'a str,
    /// Its width in characters.
    pub(crate) width: u16,
}

/// What one cell holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// A text, whatever it looks like.
    Text(&'a str),
    /// Yuan, two decimals.
    Money(Decimal),
    /// A price, a quantity, a rate: as many decimals as it has.
    Number(Decimal),
    /// How many.
    Count(u64),
    /// A day.
    Day(NaiveDate),
    /// A day and its time.
    #[cfg_attr(not(feature = "reconcile"), expect(dead_code, reason = "a rehearsal tells days alone"))]
    Moment(NaiveDateTime),
    /// Nothing.
    Empty,
}

/// A workbook that is being written.
pub(crate) struct Workbook {
    book: rust_xlsxwriter::Workbook,
    formats: Formats,
}

/// One sheet of it that is being written, from its first row down.
pub(crate) struct Sheet<'a> {
    worksheet: &'a mut Worksheet,
    formats: &'a Formats,
    columns: u16,
    next: u32,
}

/// How cells look.
struct Formats {
    title: Format,
    text: Format,
    money: Format,
    number: Format,
    count: Format,
    day: Format,
    moment: Format,
    total: [Format; 2],
}

impl Formats {
    fn new() -> Self {
        let total = || Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Self {
            title: Format::new().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin),
            // Also when a person edits the cell: 0012345 stays what it is.
            text: Format::new().set_num_format("@"),
            money: Format::new().set_num_format("#,##0.00"),
            number: Format::new().set_num_format("General"),
            count: Format::new().set_num_format("#,##0"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            total: [total(), total().set_num_format("#,##0.00")],
        }
    }
}

/// What the library fails with, as the system tells it where it was the system's.
pub(crate) fn io_error(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

impl Workbook {
    /// An empty workbook, made `at` that time.
    pub(crate) fn new(at: DateTime<Utc>) -> Self {
        let mut book = rust_xlsxwriter::Workbook::new();
        let properties = DocProperties::new().set_author("refund-sync").set_creation_datetime(&at);
        book.set_properties(&properties);
        Self { book, formats: Formats::new() }
    }

    /// A new sheet with its titles, which stay in sight and can be filtered by.
    pub(crate) fn sheet(&mut self, name: &str, columns: &[Column<'_>]) -> Result<Sheet<'_>, XlsxError> {
        let sheet = self.book.add_worksheet_with_low_memory()?;
        sheet.set_name(name)?;
        for (place, column) in (0_u16..).zip(columns) {
            sheet.set_column_width(place, f64::from(column.width))?;
            sheet.write_string_with_format(0, place, column.title, &self.formats.title)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let columns = u16::try_from(columns.len()).unwrap_or(u16::MAX);
        Ok(Sheet { worksheet: sheet, formats: &self.formats, columns, next: 1 })
    }

    /// Writes the workbook, in place of whatever was there.
    pub(crate) fn save(mut self, path: &Path) -> io::Result<()> {
        let file = BufWriter::new(files::create(path)?);
        self.book.save_to_writer(file).map_err(io_error)
    }

    /// The workbook as a file's content.
    #[cfg(any(feature = "reconcile", feature = "tools"))]
    pub(crate) fn bytes(mut self) -> Result<Vec<u8>, XlsxError> {
        self.book.save_to_buffer()
    }
}

impl Sheet<'_> {
    /// The next row. What does not fit into a sheet any more is left out, and its last row says so.
    pub(crate) fn row<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> Result<(), XlsxError> {
        if self.next >= MOST_ROWS {
            if self.next == MOST_ROWS {
                self.worksheet.write_string(
                    self.next,
                    0,
                    "行数超出工作表上限，其余未写入：请改用 --csv 或缩短期间",
                )?;
                self.next += 1;
            }
            return Ok(());
        }
        for (place, cell) in (0_u16..).zip(cells) {
            self.write(place, cell)?;
        }
        self.next += 1;
        Ok(())
    }

    /// A column that persons fill in: what they type stays the text that it is, also below the last row.
    #[cfg(feature = "tools")]
    pub(crate) fn takes_text(&mut self, place: u16) -> Result<(), XlsxError> {
        self.worksheet.set_column_format(place, &self.formats.text).map(drop)
    }

    /// The last row, set off from the others.
    pub(crate) fn total<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> Result<(), XlsxError> {
        let [plain, money] = &self.formats.total;
        for (place, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Money(amount) if fits(amount) => {
                    self.worksheet.write_number_with_format(self.next, place, number(amount), money)?;
                }
                Cell::Number(amount) if fits(amount) => {
                    self.worksheet.write_number_with_format(self.next, place, number(amount), plain)?;
                }
                Cell::Count(count) if fits(count.into()) => {
                    self.worksheet.write_number_with_format(self.next, place, number(count.into()), plain)?;
                }
                Cell::Text(text) => {
                    self.worksheet.write_string_with_format(self.next, place, text, plain)?;
                }
                Cell::Empty => {
                    self.worksheet.write_blank(self.next, place, plain)?;
                }
                other => self.write(place, other)?,
            }
        }
        self.next += 1;
        Ok(())
    }

    /// Lets the rows so far be filtered and sorted by their titles.
    pub(crate) fn filtered(&mut self) -> Result<(), XlsxError> {
        if self.next > 1 && self.columns > 0 {
            self.worksheet.autofilter(0, 0, self.next - 1, self.columns - 1)?;
        }
        Ok(())
    }

    fn write(&mut self, place: u16, cell: Cell<'_>) -> Result<(), XlsxError> {
        let Self { worksheet, formats, next, .. } = self;
        match cell {
            Cell::Text(text) => {
                let text: String = shown(text).chars().take(LONGEST_TEXT).collect();
                worksheet.write_string_with_format(*next, place, text, &formats.text)?;
            }
            Cell::Money(amount) if fits(amount) => {
                worksheet.write_number_with_format(*next, place, number(amount), &formats.money)?;
            }
            Cell::Number(amount) if fits(amount) => {
                worksheet.write_number_with_format(*next, place, number(amount), &formats.number)?;
            }
            Cell::Money(amount) | Cell::Number(amount) => {
                worksheet.write_string_with_format(*next, place, amount.to_string(), &formats.text)?;
            }
            Cell::Count(count) => {
                worksheet.write_number_with_format(*next, place, number(count.into()), &formats.count)?;
            }
            Cell::Day(day) => {
                worksheet.write_date_with_format(*next, place, day, &formats.day)?;
            }
            Cell::Moment(time) => {
                worksheet.write_datetime_with_format(*next, place, time, &formats.moment)?;
            }
            Cell::Empty => {}
        }
        Ok(())
    }
}

/// Whether a spreadsheet can hold it to its last digit.
fn fits(amount: Decimal) -> bool {
    amount.normalize().mantissa().unsigned_abs().to_string().len() <= MOST_DIGITS
}

/// The number of a spreadsheet that is shown as this amount. A sheet knows no other kind of number; nothing is computed
/// with it here.
fn number(amount: Decimal) -> f64 {
    amount.normalize().to_string().parse().unwrap_or_default()
}
