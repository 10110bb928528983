//! A mapping table as a file (CSV, or a workbook): reads it, and says for every line what is wrong.
//! The other forms of a table, and what a row must hold, are `config::tables`'s.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::leftover::is_example_row;
use super::reader::{Fault, Place, Position, Setting, Walk, narrowed, nearest, unreadable};
use super::table_form::{ANY, Form, Rows, To, row};
use super::table_text::{self, AS_TEXT, Unreadable};
use crate::lang::{Text, both};
use crate::mapping::table::TableRow;

/// A file that is wrong all over says so this many times.
const MOST_FAULTS: usize = 20;

/// Reads the CSV that `setting` names.
pub(super) fn read(setting: &Setting<'_>, name: &str, form: &Form<'_>) -> Option<Rows> {
    let path = setting.walk.resolve(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            setting.fault(
                unreadable(&path, &error),
                Text::new(
                    "请创建文件或检查路径（相对于本配置文件）",
                    "create it, or correct the path (relative to this file)",
                ),
            );
            return None;
        }
    };
    setting.walk.note_file(form.name, &path, &bytes);
    let mut sheet = Sheet { walk: setting.walk, path, form, faults: 0 };
    let rows = sheet.rows(&bytes);
    (sheet.faults == 0).then_some(rows)
}

/// One CSV file on its way to rows.
struct Sheet<'a> {
    walk: &'a Walk<'a>,
    path: PathBuf,
    form: &'a Form<'a>,
    faults: usize,
}

impl Sheet<'_> {
    fn fault(&mut self, at: Position, message: Text, fix: impl Into<Text>) {
        self.faults += 1;
        if self.faults < MOST_FAULTS {
            self.walk.fault(self.report(at, message, fix));
        } else if self.faults == MOST_FAULTS {
            let more = Text::new("此行起还有更多错误", "from here on there are more faults");
            let fix = Text::new("请先修正以上错误", "correct those above first");
            self.walk.fault(self.report(at, more, fix));
        }
    }

    fn report(&self, at: Position, message: Text, fix: impl Into<Text>) -> Fault {
        Fault {
            place: Place::File { path: self.path.clone(), position: Some(at) },
            key: self.form.name.to_owned(),
            value: None,
            message,
            fix: fix.into(),
        }
    }

    fn rows(&mut self, bytes: &[u8]) -> Rows {
        let text = match table_text::text(bytes) {
            Ok(text) => text,
            Err(Unreadable { message, fix, line }) => {
                self.fault(start_of(line), message, fix);
                return Rows::new();
            }
        };
        let text = text.as_ref();
        let separator = table_text::separator(text);
        if let Some(line) = open_quote(text, separator) {
            self.fault(
                start_of(line),
                Text::new(
                    "此行有双引号没有闭合，其后各行都被当作同一个单元格",
                    "has a double quote that nothing closes: all lines behind it are one cell",
                ),
                Text::new("请补上或删除这个双引号", "close it, or remove it"),
            );
            return Rows::new();
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .trim(csv::Trim::All)
            .comment(Some(table_text::COMMENT))
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = records.next().and_then(Result::ok).unwrap_or_default();
        let Some(columns) = self.columns(&header) else { return Rows::new() };

        let mut rows = Rows::new();
        let mut ruler = Ruler { text, at: 0, line: 1 };
        let mut lines: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for record in records {
            // Cannot fail: the text is in memory, is UTF-8, and rows may have any length.
            let Ok(record) = record else { continue };
            let line = ruler.line(record.position());
            if record.iter().all(str::is_empty) {
                continue;
            }
            let Some((key, row)) = self.row(&record, &columns, line) else { continue };
            let known = rows.entry(key.clone()).or_default();
            let at = lines.entry(key.clone()).or_default();
            if let Some((_, first)) = known.iter().zip(at.iter()).find(|(other, _)| meet(other, &row)) {
                self.fault(
                    start_of(line),
                    both!(
                        "{key:?} 与第 {first} 行重复（有效期重叠）",
                        "{key:?} stands in line {first} too, on the same days"
                    ),
                    Text::new(
                        "请删除一行，或用有效期区分",
                        "remove one, or part them by valid_from and valid_to",
                    ),
                );
            }
            known.push(row);
            at.push(line);
        }
        rows
    }

    /// The header: which column stands where.
    fn columns(&mut self, header: &csv::StringRecord) -> Option<Vec<String>> {
        let columns: Vec<String> = header.iter().map(table_text::column).collect();
        let to = match self.form.to {
            To::Nothing => None,
            // Its rule says where the number is.
            To::CodeOrNone => Some(self.form.columns.first().copied().unwrap_or("to")),
            To::Code | To::Percent => Some("to"),
        };
        let needed = ["from"].into_iter().chain(to);
        let missing: Vec<&str> = needed.filter(|name| !columns.iter().any(|column| column == name)).collect();
        if !missing.is_empty() {
            let chinese = |name: &&str| table_text::in_chinese(self.form.name, name).to_owned();
            let missing_zh = if header.iter().any(|cell| !cell.is_ascii()) {
                missing.iter().map(chinese).collect::<Vec<_>>().join("、")
            } else {
                missing.join(", ")
            };
            let (missing, found) = (missing.join(", "), header.iter().collect::<Vec<_>>().join(", "));
            let further = self.form.columns.iter().copied().filter(|column| to != Some(*column));
            // Whoever writes heads in Chinese is told Chinese ones.
            let is_chinese = header.iter().any(|cell| !cell.is_ascii());
            let table = self.form.name;
            let called = |name| if is_chinese { table_text::in_chinese(table, name) } else { name };
            let example = ["from"].into_iter().chain(to).chain(further).map(called);
            let example = example.collect::<Vec<_>>().join(",");
            let fix = both!("首行: {example}", "first line: {example}");
            let message =
                both!("缺少列 {missing_zh}；现有列：{found}", "has no column {missing}; it has: {found}");
            self.fault(start_of(1), message, fix);
            return None;
        }
        for (i, column) in columns.iter().enumerate() {
            if columns[..i].contains(column) {
                self.fault(
                    start_of(1),
                    both!("列 {column} 重复", "column {column} stands twice"),
                    Text::new("请删除一列", "remove one"),
                );
            }
        }
        self.warn_of_slips(&columns);
        Some(columns)
    }

    /// Further columns are welcome, but one that is nearly a known one is a slip.
    fn warn_of_slips(&self, columns: &[String]) {
        let known =
            || ["from", "to", "valid_from", "valid_to"].into_iter().chain(self.form.columns.iter().copied());
        // A word of another script is nobody's slip.
        let is_slip = |column: &&String| column.is_ascii() && !known().any(|name| name == column.as_str());
        for column in columns.iter().filter(is_slip) {
            if let Some(near) = nearest(column, known()) {
                self.walk.warn(self.report(
                    start_of(1),
                    both!("列 {column} 不起作用", "column {column} means nothing here"),
                    both!("是否想写 {near}？", "did you mean {near}?"),
                ));
            }
        }
    }

    /// What no number is, or hardly any.
    fn doubt(&mut self, at: Position, column: &str, cell: &str) {
        if matches!(cell, "TRUE" | "FALSE") {
            let message = both!(
                "{column}：{cell} 是表格软件的逻辑值，不是编码",
                "{column}: {cell} is a spreadsheet's yes or no, not a number"
            );
            self.fault(at, message, AS_TEXT);
        }
        if cell.contains(['\n', '\r']) {
            let message = both!("{column}：单元格中有换行", "{column}: has a line end in the cell");
            let fix = Text::new(
                "请去掉换行；也可能是上方少了一个双引号",
                "remove it; or a double quote is missing above",
            );
            self.fault(at, message, fix);
        }
        let narrow = narrowed(cell);
        if narrow != cell {
            let message = both!(
                "{column}：{cell} 含有全角字母或数字",
                "{column}: {cell} has full-width letters or digits in it"
            );
            let fix = both!(
                "如果旺店通、金蝶中不是全角，请改成 {narrow}",
                "unless it is written so there, write {narrow}"
            );
            self.walk.warn(self.report(at, message, fix));
        }
    }

    fn row(
        &mut self,
        record: &csv::StringRecord,
        columns: &[String],
        line: u64,
    ) -> Option<(String, TableRow)> {
        let at = start_of(line);
        if record.len() > columns.len() {
            self.fault(
                at,
                both!(
                    "有 {} 个单元格，而首行有 {} 列",
                    "has {} cells, the header {}",
                    record.len(),
                    columns.len()
                ),
                Text::new("含逗号的单元格请加双引号", "put cells with commas in double quotes"),
            );
            return None;
        }
        let mut cells: BTreeMap<String, String> =
            columns.iter().cloned().zip(record.iter().map(str::to_owned)).collect();
        for (column, cell) in cells.iter().filter(|(_, cell)| is_mangled(cell)) {
            self.fault(
                at,
                both!(
                    "{column}：{cell} 是被表格软件缩写的数字",
                    "{column}: {cell} is a number that a spreadsheet shortened"
                ),
                AS_TEXT,
            );
        }
        for (column, cell) in cells.iter().filter(|(_, cell)| is_formula_error(cell)) {
            self.fault(
                at,
                both!(
                    "{column}：{cell} 是表格公式出错的结果",
                    "{column}: {cell} is what a spreadsheet writes where a formula failed"
                ),
                Text::new("请填写编码本身", "enter the number itself"),
            );
        }
        let counts = |column: &str| matches!(column, "from" | "to") || self.form.columns.contains(&column);
        let own: Vec<_> = cells.iter().filter(|(column, _)| counts(column)).collect();
        for (column, cell) in own {
            self.doubt(at, column, cell);
        }
        for (column, cell) in cells.iter().filter(|(_, cell)| is_rounded(cell)) {
            let message = both!(
                "{column}：{cell} 超过 15 位且其后全为 0，可能被表格软件改过",
                "{column}: {cell} has more than 15 digits and zeros from there on, as a spreadsheet rounds"
            );
            self.walk.warn(self.report(at, message, AS_TEXT));
        }
        if is_example_row(&record.iter().collect::<Vec<_>>()) {
            self.walk.leave(self.report(
                at,
                Text::new("是示例行，不是实际数据", "is an example, not yours"),
                Text::new("请改成实际数据", "write your own rows"),
            ));
        }
        let key = cells.remove("from").unwrap_or_default();
        if key.is_empty() {
            self.fault(
                at,
                Text::new("from：为空", "from: is empty"),
                Text::new("请填写编码或删除该行", "enter the number, or remove the line"),
            );
        }
        if key == ANY {
            self.fault(
                at,
                Text::new("from：* 不是编码，也不代表其它编码", "from: * is no number, and stands for none"),
                self.form.instead_of_any(),
            );
        }
        let (row, wrong) = row(cells, self.form);
        for (column, message) in wrong {
            self.fault(
                at,
                message.before(&format!("{column}："), &format!("{column}: ")),
                Text::new("请修正该单元格", "correct the cell"),
            );
        }
        (!key.is_empty()).then_some((key, row))
    }
}

/// Counts lines along the text. The reader's own count is one behind where lines end in CR LF: it takes the LF for the
/// beginning of the next record.
struct Ruler<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Ruler<'_> {
    /// The line of a record behind the one before.
    fn line(&mut self, start: Option<&csv::Position>) -> u64 {
        let byte = start.and_then(|start| usize::try_from(start.byte()).ok()).unwrap_or_default();
        let rest = self.text.as_bytes().get(byte..).unwrap_or_default();
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.as_bytes().get(self.at..byte + ends).unwrap_or_default();
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at = byte + ends;
        self.line
    }
}

/// The line of the row in which a quote is still open where the text ends: what is put behind that is no row of its own.
fn open_quote(text: &str, separator: u8) -> Option<u64> {
    let more = format!("{text}\n.\n");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .comment(Some(table_text::COMMENT))
        .from_reader(more.as_bytes());
    let last = reader.records().filter_map(Result::ok).last()?;
    let is_open = last.len() != 1 || &last[0] != ".";
    is_open.then(|| Ruler { text: &more, at: 0, line: 1 }.line(last.position()))
}

/// Whether two rows hold on a common day.
fn meet(a: &TableRow, b: &TableRow) -> bool {
    let before =
        |a: &TableRow, b: &TableRow| a.valid_to.zip(b.valid_from).is_some_and(|(last, first)| last < first);
    !before(a, b) && !before(b, a)
}

/// `6.90123E+12`: what a spreadsheet makes of a long number.
fn is_mangled(cell: &str) -> bool {
    cell.split_once("E+").is_some_and(|(digits, power)| {
        let numeric = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == '.');
        numeric(digits.trim_start_matches('-')) && numeric(power)
    })
}

/// `#N/A` and its like.
fn is_formula_error(cell: &str) -> bool {
    ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"].contains(&cell)
}

/// A number whose digits behind the fifteenth are all zeros: a spreadsheet keeps fifteen.
fn is_rounded(cell: &str) -> bool {
    cell.len() > 15
        && cell.bytes().all(|byte| byte.is_ascii_digit())
        && cell[15..].bytes().all(|byte| byte == b'0')
}

fn start_of(line: u64) -> Position {
    Position { line: usize::try_from(line).unwrap_or(usize::MAX), column: 1 }
}
