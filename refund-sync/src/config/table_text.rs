//! What a mapping table's file holds, as rows of cells: CSV in UTF-8, UTF-16 or GBK, parted by commas, semicolons or tabs;
//! or the one sheet of a workbook (.xlsx). What the cells mean is `config::csv_table`'s.

use std::borrow::Cow;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

use crate::lang::Text;
#[cfg(feature = "xlsx")]
use crate::lang::both;

/// Why a file is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// What is the matter.
    pub(super) message: Text,
    /// What to do.
    pub(super) fix: Text,
    /// The line that shows it.
    pub(super) line: u64,
}

const AS_CSV: Text = Text::new("请在 Excel 中另存为“CSV UTF-8”", "save it as \"CSV UTF-8\"");
const AS_XLSX: Text = Text::new("请另存为 .xlsx 或“CSV UTF-8”", "save it as .xlsx or as \"CSV UTF-8\"");

/// What to do about a number that a spreadsheet has shortened.
pub(super) const AS_TEXT: Text = Text::new(
    "请将该列设为文本格式并重新填写完整编码",
    "format the column as text and enter the whole number",
);

/// The text of a CSV file in whatever encoding a spreadsheet writes it; a workbook as the CSV that it would be.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => workbook(bytes).map(Cow::Owned),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            Err(whole(Text::new("是旧版 Excel 工作簿（.xls）", "is an old workbook (.xls)"), AS_XLSX))
        }
        [0xff, 0xfe, ..] => Ok(UTF_16LE.decode_with_bom_removal(bytes).0),
        [0xfe, 0xff, ..] => Ok(UTF_16BE.decode_with_bom_removal(bytes).0),
        _ => match std::str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count() as u64;
                let (text, is_broken) = GB18030.decode_without_bom_handling(bytes);
                // What is no GBK either may be anything.
                if is_broken || text.contains('\0') {
                    let message = Text::new("既不是 UTF-8 也不是 GBK 编码", "is neither UTF-8 nor GBK");
                    return Err(Unreadable { message, fix: AS_CSV, line });
                }
                Ok(text)
            }
        },
    }
}

/// Whether it is a workbook, which nothing is added to as one adds to a text.
#[cfg(feature = "serve")]
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0])
}

/// More text for a file in the encoding that it has; `None` where that has no such character.
#[cfg(feature = "serve")]
pub(super) fn encoded_like(bytes: &[u8], more: &str) -> Option<Vec<u8>> {
    let units = |unit: fn(u16) -> [u8; 2]| more.encode_utf16().flat_map(unit).collect();
    match bytes {
        [0xff, 0xfe, ..] => Some(units(u16::to_le_bytes)),
        [0xfe, 0xff, ..] => Some(units(u16::to_be_bytes)),
        _ if std::str::from_utf8(bytes).is_ok() => Some(more.as_bytes().to_vec()),
        _ => {
            let (gbk, _, is_lossy) = GB18030.encode(more);
            (!is_lossy).then(|| gbk.into_owned())
        }
    }
}

/// A line that begins so is a note of whoever keeps the table.
pub(super) const COMMENT: u8 = b'#';

/// What parts the cells: what stands most often in the first line that is no note.
pub(super) fn separator(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.as_bytes().starts_with(&[COMMENT])).unwrap_or_default();
    let count = |separator: u8| first.bytes().filter(|byte| *byte == separator).count();
    // The comma where nothing stands out.
    [b';', b'\t']
        .into_iter()
        .filter(|one| count(*one) > count(b','))
        .max_by_key(|one| count(*one))
        .unwrap_or(b',')
}

/// The column that a header names: its own word, or what people call it in Chinese.
pub(super) fn column(header: &str) -> String {
    let header = header.trim().to_lowercase();
    let known = match header.as_str() {
        "店铺编号" | "店铺编码" | "仓库编号" | "仓库编码" | "商家编码" | "货品编号" | "货品编码"
        | "旺店通编码" | "旺店通编号" => "from",
        "金蝶客户编码" | "金蝶仓库编码" | "金蝶物料编码" | "金蝶编码" | "税率" => {
            "to"
        }
        "生效日期" | "有效期从" => "valid_from",
        "失效日期" | "有效期至" => "valid_to",
        "销售组织" => "sale_org",
        "结算组织" => "settle_org",
        "库存组织" => "stock_org",
        "货主" => "owner_org",
        "残品仓" | "残品仓库" => "defect_to",
        "店铺名称" | "仓库名称" | "名称" => "name",
        "退换单数" => "returns",
        _ => return header,
    };
    known.to_owned()
}

/// What people call a column of a table in Chinese.
pub(super) fn in_chinese<'c>(table: &str, column: &'c str) -> &'c str {
    match (column, table) {
        ("from", "customers" | "orgs") => "店铺编号",
        ("from", "warehouses") => "仓库编号",
        ("from", "materials" | "tax_rate") => "商家编码",
        ("from", _) => "旺店通编码",
        ("to", "customers") => "金蝶客户编码",
        ("to", "warehouses") => "金蝶仓库编码",
        ("to", "materials") => "金蝶物料编码",
        ("to", "tax_rate") => "税率",
        ("to", _) => "金蝶编码",
        ("sale_org", _) => "销售组织",
        ("settle_org", _) => "结算组织",
        ("stock_org", _) => "库存组织",
        ("owner_org", _) => "货主",
        ("defect_to", _) => "残品仓",
        (other, _) => other,
    }
}

fn whole(message: Text, fix: Text) -> Unreadable {
    Unreadable { message, fix, line: 1 }
}

#[cfg(not(feature = "xlsx"))]
fn workbook(_: &[u8]) -> Result<String, Unreadable> {
    Err(whole(
        Text::new("是 Excel 工作簿，本程序未包含读取功能", "is a workbook, which this build cannot read"),
        AS_CSV,
    ))
}

/// The one sheet that holds something, as CSV: a line a row, so that faults name the row.
#[cfg(feature = "xlsx")]
fn workbook(bytes: &[u8]) -> Result<String, Unreadable> {
    use calamine::{Data, Reader as _, Xlsx};

    let broken = |error: calamine::XlsxError| {
        whole(Text::of("不是可读的工作簿", format!("is no workbook that can be read: {error}")), AS_XLSX)
    };
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).map_err(broken)?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(broken)?;
        if !range.is_empty() {
            sheets.push((name, range));
        }
    }
    let (name, range) = match sheets.as_slice() {
        [(name, range)] => (name.clone(), range),
        [] => {
            return Err(whole(
                Text::new("工作簿是空的", "is an empty workbook"),
                Text::new("请填写内容", "enter its rows"),
            ));
        }
        several => {
            let names: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            return Err(whole(
                both!("有多个工作表：{names}", "has several sheets: {names}"),
                Text::new(
                    "请只保留一个，或每个对照表各用一个文件",
                    "keep one, or name a file for each table",
                ),
            ));
        }
    };
    let formulas = book.worksheet_formula(&name).map_err(broken)?;
    if let Some(line) = without_a_value(&formulas, range) {
        return Err(Unreadable {
            message: both!("第 {line} 行有公式而没有值", "row {line} has a formula without a value"),
            fix: Text::new(
                "请在 Excel 中打开并保存一次，或把公式粘贴为值",
                "open it in Excel and save it, or paste the values in place of the formulas",
            ),
            line,
        });
    }
    let merged = book.merge_cells_by_sheet_name(&name).map_err(broken)?;
    if let Some(region) = merged.iter().min_by_key(|region| region.start) {
        let line = u64::from(region.start.0) + 1;
        return Err(Unreadable {
            message: both!("第 {line} 行有合并单元格", "has merged cells in row {line}"),
            fix: Text::new("请取消合并，每行各填各的单元格", "part them, each row needs its own cells"),
            line,
        });
    }
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let failed = |error: &dyn std::fmt::Display| {
        whole(Text::of("无法读取", format!("cannot be read: {error}")), AS_XLSX)
    };
    for _ in 0..first_row {
        csv.write_record([""]).map_err(|error| failed(&error))?;
    }
    for row in range.rows() {
        let mut cells = vec![String::new(); first_column as usize];
        for cell in row {
            cells.push(match cell {
                Data::Empty => String::new(),
                Data::String(text) => text.clone(),
                // In capitals, as Excel shows it.
                Data::Bool(is) => is.to_string().to_uppercase(),
                Data::Int(number) => number.to_string(),
                Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
                // A rate such as 0.13 or 6.5; a number of more digits is no code any more.
                Data::Float(number) if number.abs() < 1e15 => number.to_string(),
                // Its digits beyond 15 are gone. As Excel shows it: that is refused where it stands.
                Data::Float(number) => format!("{number:E}").replace('E', "E+"),
                Data::DateTime(day) => {
                    let (year, month, day, ..) = day.to_ymd_hms_milli();
                    format!("{year:04}-{month:02}-{day:02}")
                }
                Data::DateTimeIso(text) | Data::DurationIso(text) => text.chars().take(10).collect(),
                Data::Error(error) => error.to_string(),
            });
        }
        csv.write_record(&cells).map_err(|error| failed(&error))?;
    }
    let bytes = csv.into_inner().map_err(|error| failed(&error))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The line of a formula that nothing has worked out.
#[cfg(feature = "xlsx")]
fn without_a_value(
    formulas: &calamine::Range<String>,
    values: &calamine::Range<calamine::Data>,
) -> Option<u64> {
    let (first_row, first_column) = formulas.start()?;
    let written = formulas.used_cells().filter(|(.., formula)| !formula.is_empty());
    let mut places = written.filter_map(|(row, column, _)| {
        Some((first_row + u32::try_from(row).ok()?, first_column + u32::try_from(column).ok()?))
    });
    let empty = places.find(|place| matches!(values.get_value(*place), None | Some(calamine::Data::Empty)));
    empty.map(|(row, _)| u64::from(row) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_a_spreadsheet_writes_is_read() {
        let table = "店铺编号,金蝶客户编码\nS001,C001\n";
        let gbk = GB18030.encode(table).0.into_owned();
        let utf_16 = |big: bool| {
            let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            std::iter::once('\u{feff}').chain(table.chars()).flat_map(|c| unit(c as u16)).collect::<Vec<u8>>()
        };
        for bytes in [
            table.as_bytes().to_vec(),
            format!("\u{feff}{table}").into_bytes(),
            gbk,
            utf_16(true),
            utf_16(false),
        ] {
            assert_eq!(text(&bytes).unwrap(), table);
        }
        assert!(text(b"from,to\nS\xff\xff,\x81\n").is_err(), "neither");
        assert!(text(b"\xd0\xcf\x11\xe0rest").unwrap_err().message.en.contains(".xls"));
    }

    #[test]
    fn cells_are_parted_by_what_stands_in_the_header_and_headers_may_be_chinese() {
        assert_eq!(
            [separator("from,to;x"), separator("from;to;valid_from"), separator("from\tto")],
            [b',', b';', b'\t']
        );
        let columns = ["店铺编号", "金蝶客户编码", " From ", "残品仓", "备注"].map(column);
        assert_eq!(columns, ["from", "to", "from", "defect_to", "备注"]);
    }
}
