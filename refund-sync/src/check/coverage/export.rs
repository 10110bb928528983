//! A mapping table as a CSV or a workbook to be filled in: what it lacks comes first, what it has stays, so that the file
//! can take the table's place. How such a file is read back is `config`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
#[cfg(feature = "xlsx")]
use rust_xlsxwriter::XlsxError;

use super::{Coverage, TableUse};
#[cfg(feature = "xlsx")]
use crate::lang::Lang;
use crate::mapping::table::{Table, TableRow};
use crate::source::Names;
use crate::spreadsheet::{csv_for_people, is_formula, text};
use crate::text::is_hidden;
#[cfg(feature = "xlsx")]
use crate::workbook::{Cell, Column, Workbook};

/// What kind of file a table becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A CSV, which a spreadsheet opens by rules of its own.
    Csv,
    /// A workbook (.xlsx), whose texts are texts.
    Workbook,
}

/// One table to be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// `customers.csv`, `customers.xlsx`
    pub file: String,
    kind: Kind,
    /// The field of 旺店通 that is looked up in it.
    field: &'static str,
    /// The header.
    pub columns: Vec<String>,
    /// The rows: first those without an answer, the most wanted first.
    pub rows: Vec<Vec<String>>,
    /// How many of them are to be filled in.
    pub to_fill: usize,
    /// Numbers left out, because not all of them is to be seen, or a spreadsheet would take them for formulas.
    pub left_out: Vec<String>,
}

/// How often a number was asked for, in returns: a column for people, which the tables pass over.
const COUNT: &str = "returns";

/// What it is called in 旺店通: for people, too.
const NAME: &str = "name";

/// How wide each column of a workbook is, in characters.
#[cfg(feature = "xlsx")]
const WIDTH: u16 = 18;

impl Coverage<'_> {
    /// The tables to be filled in, with a column of names where there are any.
    pub fn sheets(&self, kind: Kind, names: Option<&Names>) -> Vec<Sheet> {
        let orgs = [self.rules.sale_org.as_str(), self.rules.settle_org.as_str()];
        let of = |field: &str| match field {
            "shop_no" => names.map(|names| &names.shops),
            "warehouse_no" => names.map(|names| &names.warehouses),
            _ => None,
        };
        self.tables.iter().map(|table| table.sheet(kind, orgs, of(table.field))).collect()
    }
}

impl TableUse<'_> {
    fn sheet(&self, kind: Kind, orgs: [&str; 2], names: Option<&BTreeMap<String, String>>) -> Sheet {
        let mut columns: Vec<String> = vec!["from".into()];
        let own: &[&str] = match self.name {
            "orgs" => &["sale_org", "settle_org"],
            "warehouses" => &["to", "stock_org", "owner_org"],
            _ => &["to"],
        };
        columns.extend(own.iter().map(|column| (*column).to_owned()));
        columns.extend(["valid_from".into(), "valid_to".into(), COUNT.into()]);
        if names.is_some() {
            columns.push(NAME.into());
        }
        let has = |column: &str| columns.iter().any(|known| known == column);
        let rows = self.rows();
        let further: BTreeSet<&String> = rows
            .iter()
            .flat_map(|rows| rows.values().flatten())
            .flat_map(|row| row.columns.keys().filter(|column| !has(column) && !column.is_empty()))
            .collect();
        let further: Vec<String> = further.into_iter().cloned().collect();
        columns.extend(further);

        let name = if self.name == "tax_rate" { "tax_rates" } else { self.name };
        let extension = match kind {
            Kind::Csv => "csv",
            Kind::Workbook => "xlsx",
        };
        let mut sheet = Sheet {
            file: format!("{name}.{extension}"),
            kind,
            field: self.field,
            columns,
            rows: Vec::new(),
            to_fill: 0,
            left_out: Vec::new(),
        };
        for missing in self.report().missing {
            // A row that holds on other days is left as it is; the new one begins after it, and stays open unless another
            // one begins later.
            let known = rows.and_then(|rows| rows.get(&missing.key)).map(Vec::as_slice).unwrap_or_default();
            let is_late = missing.why == super::Why::OutOfValidity;
            let (from, to) = if is_late { beside(known, missing.first, missing.last) } else { (None, None) };
            let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
            let (from, to) = (day(from), day(to));
            sheet.to_fill += sheet.add(&missing.key, missing.returns, |column| match column {
                "valid_from" => from.clone(),
                "valid_to" => to.clone(),
                _ => String::new(),
            });
        }
        let returns = |key: &str| self.keys.get(key).map_or(0, |used| used.returns);
        for (key, row) in rows
            .iter()
            .flat_map(|rows| rows.iter().flat_map(|(key, known)| known.iter().map(move |row| (key, row))))
        {
            sheet.add(key, returns(key), |column| cell(row, column));
        }
        // What is the same on both sides, and shops that have the default organisations.
        for (key, used) in &self.keys {
            let has_row = rows.is_some_and(|rows| rows.contains_key(key));
            if used.gap.is_none() && !has_row {
                sheet.add(key, used.returns, |column| match (self.table, column) {
                    (_, "sale_org") => orgs[0].to_owned(),
                    (_, "settle_org") => orgs[1].to_owned(),
                    (Table::Identity, "to") => key.clone(),
                    _ => String::new(),
                });
            }
        }
        if let (Some(names), Some(at)) = (names, sheet.columns.iter().position(|column| column == NAME)) {
            for row in &mut sheet.rows {
                if let Some(name) = names.get(&row[0]) {
                    row[at] = match kind {
                        Kind::Csv => text(name),
                        Kind::Workbook => name.clone(),
                    };
                }
            }
        }
        sheet
    }
}

impl Sheet {
    /// Adds a row; how many it added.
    fn add(&mut self, key: &str, returns: u64, cell: impl Fn(&str) -> String) -> usize {
        if key.trim().is_empty() {
            return 0;
        }
        if (self.kind == Kind::Csv && is_formula(key)) || key.contains(is_hidden) {
            self.left_out.push(key.to_owned());
            return 0;
        }
        let cells = self.columns.iter().map(|column| match column.as_str() {
            "from" => key.to_owned(),
            COUNT => returns.to_string(),
            column => cell(column),
        });
        self.rows.push(cells.collect());
        1
    }

    /// Writes it as it is meant to be; a workbook says that it was made `at` that time.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write(&self, to: impl Write, at: DateTime<Utc>) -> io::Result<()> {
        match self.kind {
            Kind::Csv => self.write_csv(to),
            #[cfg(feature = "xlsx")]
            Kind::Workbook => self.write_workbook(to, at).map_err(io::Error::other),
            #[cfg(not(feature = "xlsx"))]
            Kind::Workbook => Err(io::Error::other(format!("this build writes no workbooks ({at})"))),
        }
    }

    /// UTF-8 with a byte order mark, as spreadsheets want it and the tables take it.
    fn write_csv(&self, to: impl Write) -> io::Result<()> {
        let mut csv = csv_for_people(to)?;
        csv.write_record(&self.columns)?;
        for row in &self.rows {
            csv.write_record(row)?;
        }
        csv.flush()
    }

    /// Days are days and counts are numbers; everything else is text, also what a person types into it.
    #[cfg(feature = "xlsx")]
    fn write_workbook(&self, mut to: impl Write, at: DateTime<Utc>) -> Result<(), XlsxError> {
        let is_day = |column: &str| matches!(column, "valid_from" | "valid_to");
        let table = self.file.split('.').next().unwrap_or_default();
        let columns = self
            .columns
            .iter()
            .map(|column| Column { title: title((table, self.field), column), width: WIDTH });
        let columns: Vec<Column<'_>> = columns.collect();
        let mut book = Workbook::new(at);
        let mut sheet = book.sheet(table, &columns)?;
        for (place, column) in (0_u16..).zip(&self.columns) {
            if !is_day(column) && column != COUNT {
                sheet.takes_text(place)?;
            }
        }
        for row in &self.rows {
            sheet.row(self.columns.iter().zip(row).map(|(column, cell)| match column.as_str() {
                COUNT => cell.parse().map_or(Cell::Text(cell), Cell::Count),
                column if is_day(column) => cell.parse().map_or(Cell::Empty, Cell::Day),
                _ => Cell::Text(cell),
            }))?;
        }
        sheet.filtered()?;
        Ok(to.write_all(&book.bytes()?)?)
    }
}

/// What people call a column, if they read Chinese; the tables take either.
#[cfg(feature = "xlsx")]
fn title<'a>((table, field): (&str, &str), column: &'a str) -> &'a str {
    if Lang::chosen() != Lang::Chinese {
        return column;
    }
    match (table, column) {
        (_, "from") => match field {
            "shop_no" => "店铺编号",
            "warehouse_no" => "仓库编号",
            "spec_no" => "商家编码",
            "goods_no" => "货品编号",
            _ => "旺店通编码",
        },
        ("warehouses", "to") => "金蝶仓库编码",
        ("warehouses", NAME) => "仓库名称",
        ("materials", "to") => "金蝶物料编码",
        ("customers", "to") => "金蝶客户编码",
        ("customers" | "orgs", NAME) => "店铺名称",
        ("tax_rates", "to") => "税率",
        (_, "valid_from") => "生效日期",
        (_, "valid_to") => "失效日期",
        (_, "sale_org") => "销售组织",
        (_, "settle_org") => "结算组织",
        (_, "stock_org") => "库存组织",
        (_, "owner_org") => "货主",
        (_, COUNT) => "退换单数",
        (_, column) => column,
    }
}

/// The days of a new row beside these, for the days from `first` to `last`, which none of them holds.
fn beside(known: &[TableRow], first: NaiveDate, last: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let ends = known.iter().filter_map(|row| row.valid_to).filter(|end| *end < first);
    let begins = known.iter().filter_map(|row| row.valid_from).filter(|begin| *begin > last);
    (ends.max().and_then(|end| end.succ_opt()), begins.min().and_then(|begin| begin.pred_opt()))
}

fn cell(row: &TableRow, column: &str) -> String {
    let date = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    match column {
        "to" => row.to.clone(),
        "valid_from" => date(row.valid_from),
        "valid_to" => date(row.valid_to),
        column => row.columns.get(column).cloned().unwrap_or_default(),
    }
}
