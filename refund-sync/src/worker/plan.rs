//! The rehearsal as a workbook for the accountant: a row for each line of each bill that would be written, what would not
//! be written with its reason, and totals by shop.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use rust_xlsxwriter::XlsxError;

use super::preview::{Forecast, Preview};
use super::totals::{Plan, Total};
use crate::workbook::{self, Cell, Column, Workbook};

const fn column(title: &'static str, width: u16) -> Column<'static> {
    Column { title, width }
}

const LINES: [Column<'static>; 19] = [
    column("同步方案", 12),
    column("退换单号", 20),
    column("单据编号", 20),
    column("单据日期", 12),
    column("平台订单号", 22),
    column("店铺", 12),
    column("店铺名称", 16),
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

const SHOPS: [Column<'static>; 12] = [
    column("同步方案", 12),
    column("店铺", 12),
    column("店铺名称", 16),
    column("将写入单数", 12),
    column("件数", 10),
    column("价税合计", 16),
    column("不写入", 10),
    column("不写入金额", 16),
    column("不确定", 10),
    column("不确定金额", 16),
    column("未纳入同步", 10),
    column("未纳入同步金额", 16),
];

/// Writes the rehearsal of several pipelines.
///
/// # Errors
/// When the file cannot be written.
pub fn write_plan(plans: &[Plan<'_>], at: DateTime<Utc>, path: &Path) -> io::Result<()> {
    filled(plans, at).map_err(workbook::io_error)?.save(path)
}

fn filled(plans: &[Plan<'_>], at: DateTime<Utc>) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new(at);
    let mut lines = book.sheet("单据明细", &LINES)?;
    for plan in plans {
        for preview in plan.previews {
            let said = Said::of(preview);
            let pipeline = plan.pipeline;
            let shop = [
                Cell::Text(&preview.tid),
                Cell::Text(&preview.shop_no),
                Cell::Text(plan.shop(&preview.shop_no)),
            ];
            let Some(bill) = &preview.mapped else {
                let mut cells = [Cell::Empty; 19];
                (cells[0], cells[1]) = (Cell::Text(pipeline), Cell::Text(&preview.refund_no));
                cells[3] = preview.date.map_or(Cell::Empty, Cell::Day);
                cells[4..7].copy_from_slice(&shop);
                cells[11] = preview.amount.map_or(Cell::Empty, Cell::Money);
                cells[15..].copy_from_slice(&said.cells());
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
                    shop[0],
                    shop[1],
                    shop[2],
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
    for plan in plans {
        for (shop_no, total) in plan.totals() {
            shops.row(total_cells(plan.pipeline, (shop_no, plan.shop(shop_no)), &total))?;
            all += total;
        }
    }
    shops.total(total_cells("合计", ("", ""), &all))?;
    Ok(book)
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
        let joined = |texts: Vec<String>| texts.join("；");
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

fn total_cells<'a>(pipeline: &'a str, (shop_no, shop): (&'a str, &'a str), total: &Total) -> [Cell<'a>; 12] {
    let [uncertain, left_out] =
        [total.uncertain, total.left_out].map(|part| [Cell::Count(part.count), Cell::Money(part.yuan)]);
    [
        Cell::Text(pipeline),
        Cell::Text(shop_no),
        Cell::Text(shop),
        Cell::Count(total.written.count),
        Cell::Number(total.pieces),
        Cell::Money(total.written.yuan),
        Cell::Count(total.not_written.count),
        Cell::Money(total.not_written.yuan),
        uncertain[0],
        uncertain[1],
        left_out[0],
        left_out[1],
    ]
}
