//! The rehearsal as a workbook for the accountant: a row for each line of each bill that would be written, what would not
//! be written with its reason, and totals by shop.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::preview::{Forecast, Preview};
use crate::workbook::{Cell, Column, Workbook};

const fn column(title: &'static str, width: u16) -> Column<'static> {
    Column { title, width }
}

const LINES: [Column<'static>; 17] = [
    column("同步方案", 12),
    column("退换单号", 20),
    column("单据编号", 20),
    column("单据日期", 12),
    column("店铺", 12),
    column("退货客户", 14),
    column("物料", 18),
    column("实退数量", 10),
    column("含税单价", 12),
    column("价税合计", 14),
    column("税率 %", 8),
    column("赠品", 8),
    column("仓库", 12),
    column("结论", 10),
    column("原因", 40),
    column("下一步", 40),
    column("标记", 24),
];

const SHOPS: [Column<'static>; 9] = [
    column("同步方案", 12),
    column("店铺", 12),
    column("将写入单数", 12),
    column("件数", 10),
    column("价税合计", 16),
    column("不写入", 10),
    column("不写入金额", 16),
    column("不确定", 10),
    column("不确定金额", 16),
];

/// What would become of one shop.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    bills: u64,
    pieces: Decimal,
    amount: Decimal,
    not_written: (u64, Decimal),
    uncertain: (u64, Decimal),
}

/// Writes the rehearsal of several pipelines.
///
/// # Errors
/// When the file cannot be written.
pub fn write_plan<'a>(
    plans: impl IntoIterator<Item = (&'a str, &'a [Preview])>,
    at: DateTime<Utc>,
    path: &Path,
) -> Result<(), XlsxError> {
    let mut book = Workbook::new(at);
    let mut totals: BTreeMap<(&str, &str), Total> = BTreeMap::new();
    let mut lines = book.sheet("单据明细", &LINES)?;
    for (pipeline, previews) in plans {
        for preview in previews {
            totals.entry((pipeline, &preview.shop_no)).or_default().count(preview);
            let said = Said::of(preview);
            let Some(bill) = &preview.mapped else {
                let mut cells = [Cell::Empty; 17];
                (cells[0], cells[1], cells[4]) =
                    (Cell::Text(pipeline), Cell::Text(&preview.refund_no), Cell::Text(&preview.shop_no));
                cells[3] = preview.date.map_or(Cell::Empty, Cell::Day);
                cells[9] = preview.amount.map_or(Cell::Empty, Cell::Money);
                cells[13..].copy_from_slice(&said.cells());
                lines.row(cells)?;
                continue;
            };
            for line in &bill.lines {
                let [word, why, remedy, flags] = said.cells();
                lines.row([
                    Cell::Text(pipeline),
                    Cell::Text(&preview.refund_no),
                    Cell::Text(&bill.number),
                    Cell::Day(bill.date),
                    Cell::Text(&preview.shop_no),
                    Cell::Text(&bill.customer),
                    Cell::Text(&line.material),
                    Cell::Number(line.quantity),
                    Cell::Number(line.tax_price),
                    Cell::Money(line.amount),
                    line.tax_rate.map_or(Cell::Empty, Cell::Number),
                    line.free.map_or(Cell::Empty, |_| Cell::Text("赠品")),
                    Cell::Text(&line.stock),
                    word,
                    why,
                    remedy,
                    flags,
                ])?;
            }
        }
    }
    lines.filtered()?;
    let mut shops = book.sheet("按店铺汇总", &SHOPS)?;
    let mut all = Total::default();
    for ((pipeline, shop_no), total) in &totals {
        shops.row(total.cells(pipeline, shop_no))?;
        all.add(total);
    }
    shops.total(all.cells("合计", ""))?;
    book.save(path)
}

/// What is said of one return, in Chinese: this is for the finance department.
struct Said {
    word: &'static str,
    why: String,
    remedy: String,
    flags: String,
}

impl Said {
    fn of(preview: &Preview) -> Self {
        let word = match preview.forecast {
            Forecast::Will => "写入",
            Forecast::WillNot => "不写入",
            Forecast::CannotTell => "不确定",
        };
        let joined = |texts: Vec<String>| texts.join("\n");
        let why = if preview.reasons.is_empty() {
            preview.why_zh.clone().into_owned()
        } else {
            joined(preview.reasons.iter().map(|reason| reason.message.zh.to_string()).collect())
        };
        let remedy = joined(preview.reasons.iter().map(|reason| reason.remedy.zh.to_string()).collect());
        let flags = preview.flags.iter().map(|flag| flag.title().zh).collect::<Vec<_>>().join("、");
        Self { word, why, remedy, flags }
    }

    fn cells(&self) -> [Cell<'_>; 4] {
        [Cell::Text(self.word), Cell::Text(&self.why), Cell::Text(&self.remedy), Cell::Text(&self.flags)]
    }
}

impl Total {
    fn count(&mut self, preview: &Preview) {
        match (preview.forecast, &preview.mapped) {
            (Forecast::Will, Some(bill)) => {
                self.bills += 1;
                self.pieces += bill.lines.iter().map(|line| line.quantity).sum::<Decimal>();
                self.amount += bill.amount();
            }
            (forecast, _) => {
                let is_uncertain = forecast == Forecast::CannotTell;
                let (count, sum) = if is_uncertain { &mut self.uncertain } else { &mut self.not_written };
                *count += 1;
                *sum += preview.amount.unwrap_or_default();
            }
        }
    }

    fn add(&mut self, other: &Self) {
        self.bills += other.bills;
        self.pieces += other.pieces;
        self.amount += other.amount;
        for (mine, more) in
            [(&mut self.not_written, other.not_written), (&mut self.uncertain, other.uncertain)]
        {
            mine.0 += more.0;
            mine.1 += more.1;
        }
    }

    fn cells<'a>(&self, pipeline: &'a str, shop_no: &'a str) -> [Cell<'a>; 9] {
        [
            Cell::Text(pipeline),
            Cell::Text(shop_no),
            Cell::Count(self.bills),
            Cell::Number(self.pieces),
            Cell::Money(self.amount),
            Cell::Count(self.not_written.0),
            Cell::Money(self.not_written.1),
            Cell::Count(self.uncertain.0),
            Cell::Money(self.uncertain.1),
        ]
    }
}
