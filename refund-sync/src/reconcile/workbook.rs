//! A reconciliation as a workbook for the accountant: money by shop and month with a column for each kind of difference,
//! what differs, what waits for a person, what is not in scope, and what was compared by which rules.

use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use rust_xlsxwriter::XlsxError;

use super::{DecidedRow, ExpectedBill, Finding, Kind, Period, Reconciled, SheetRow};
use crate::clock::shanghai;
use crate::journal::{Wish, point_text};
use crate::model::{Cause, Names, scope_title};
use crate::workbook::{Cell, Column, Sheet, Workbook};

const fn column(title: &'static str, width: u16) -> Column<'static> {
    Column { title, width }
}

const BEFORE: [Column<'static>; 17] = [
    column("同步方案", 12),
    column("店铺", 12),
    column("店铺名称", 16),
    column("月份", 10),
    column("退货单数", 10),
    column("件数", 10),
    column("退款", 14),
    column("货值", 14),
    column("退款减货值", 14),
    column("已写入", 10),
    column("待处理", 10),
    column("跨月移入", 10),
    column("金蝶单数", 10),
    column("金蝶件数", 10),
    column("金蝶价税合计", 14),
    column("已决定", 10),
    column("决定差额", 14),
];

const DECIDED: [Column<'static>; 14] = [
    column("同步方案", 12),
    column("退换单号", 20),
    column("平台订单号", 22),
    column("店铺", 12),
    column("店铺名称", 16),
    column("日期", 12),
    column("退款金额", 14),
    column("决定", 16),
    column("决定人", 14),
    column("决定时间", 18),
    column("原因", 40),
    column("手工单据编号", 20),
    column("内码", 12),
    column("未核对", 24),
];

const DIFFERENCES: [Column<'static>; 14] = [
    column("同步方案", 12),
    column("差异", 10),
    column("退换单号", 20),
    column("单据编号", 20),
    column("内码", 12),
    column("平台订单号", 22),
    column("店铺", 12),
    column("店铺名称", 16),
    column("日期", 12),
    column("应有金额", 14),
    column("实有金额", 14),
    column("差额", 14),
    column("不一致处", 40),
    column("说明", 50),
];

const WAITING: [Column<'static>; 7] = [
    column("同步方案", 12),
    column("店铺", 12),
    column("店铺名称", 16),
    column("月份", 10),
    column("原因", 30),
    column("单数", 10),
    column("退款金额", 14),
];

const LEFT_OUT: [Column<'static>; 7] = [
    column("同步方案", 12),
    column("店铺", 12),
    column("店铺名称", 16),
    column("月份", 10),
    column("类型/状态", 28),
    column("单数", 10),
    column("退款金额", 14),
];

const SETTINGS: [Column<'static>; 2] = [column("项目", 20), column("内容", 60)];

/// One pipeline as it was compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// Its name.
    pub pipeline: &'a str,
    /// The version of its mapping rules.
    pub rules: &'a str,
    /// What the shops are called.
    pub names: &'a Names,
    /// What the comparison brought.
    pub reconciled: &'a Reconciled,
}

impl Compared<'_> {
    /// What a shop is called; nothing where nobody said.
    fn shop(&self, shop_no: &str) -> &str {
        self.names.shops.get(shop_no).map_or("", String::as_str)
    }
}

/// Of which days a workbook is, when it was made, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The accounting dates that were compared.
    pub period: Period,
    /// When.
    pub at: DateTime<Utc>,
    /// Who ordered it.
    pub by: &'a str,
}

/// Writes the comparisons of several pipelines.
///
/// # Errors
/// When the file cannot be written, or a temporary file cannot be read.
pub fn write_workbook(compared: &[Compared<'_>], occasion: Occasion<'_>, path: &Path) -> io::Result<()> {
    filled(compared, occasion)?.save(path)
}

/// The same, to be handed on instead of written to a file.
///
/// # Errors
/// When it cannot be made, or a temporary file cannot be read.
pub fn workbook_bytes(compared: &[Compared<'_>], occasion: Occasion<'_>) -> io::Result<Vec<u8>> {
    filled(compared, occasion)?.bytes().map_err(io::Error::other)
}

fn filled(compared: &[Compared<'_>], occasion: Occasion<'_>) -> io::Result<Workbook> {
    let mut book = Workbook::new(occasion.at);
    summary(&mut book, compared).map_err(io::Error::other)?;
    differences(&mut book, compared)?;
    waiting(&mut book, compared).map_err(io::Error::other)?;
    left_out(&mut book, compared).map_err(io::Error::other)?;
    // What the program does not write, and what it writes otherwise than by its rules.
    decided(&mut book, "已决定", compared, |due| due.decided.is_some())?;
    decided(&mut book, "按决定写入", compared, |due| due.directed.is_some())?;
    settings(&mut book, compared, occasion).map_err(io::Error::other)?;
    Ok(book)
}

/// Refunded − booked, split by what explains it. What is left over is normally 0.00.
fn summary(book: &mut Workbook, compared: &[Compared<'_>]) -> Result<(), XlsxError> {
    let mut columns = BEFORE.to_vec();
    columns.extend(Kind::ALL.map(|kind| column(kind.chinese(), 14)));
    columns.push(column("未解释", 14));
    let mut sheet = book.sheet("汇总", &columns)?;
    let mut all = SheetRow::default();
    for one in compared {
        for (shop_no, month, row) in one.reconciled.sheet.rows() {
            let month = month.format("%Y-%m").to_string();
            // What stands in a row is what is summed: 旺店通 tells four decimals.
            let row = rounded(row);
            sheet.row(summed(one.pipeline, (shop_no, one.shop(shop_no)), &month, &row))?;
            add(&mut all, &row);
        }
    }
    sheet.total(summed("合计", ("", ""), "", &all))
}

fn summed<'a>(
    pipeline: &'a str,
    (shop_no, shop): (&'a str, &'a str),
    month: &'a str,
    row: &SheetRow,
) -> impl Iterator<Item = Cell<'a>> + use<'a> {
    let explained = Kind::ALL.map(|kind| row.named.get(&kind).map_or(Decimal::ZERO, |(_, gap)| *gap));
    let before = [
        Cell::Text(pipeline),
        Cell::Text(shop_no),
        Cell::Text(shop),
        Cell::Text(month),
        Cell::Count(row.returns),
        Cell::Number(row.pieces),
        Cell::Money(row.refunded),
        Cell::Money(row.goods_value),
        Cell::Money(row.difference),
        Cell::Count(row.written),
        Cell::Count(row.parked.values().sum()),
        Cell::Count(row.moved),
        Cell::Count(row.bills),
        Cell::Number(row.booked_pieces),
        Cell::Money(row.booked),
        Cell::Count(row.decided.values().sum()),
        Cell::Money(row.decided_yuan),
    ];
    before.into_iter().chain(explained.map(Cell::Money)).chain([Cell::Money(row.rest())])
}

fn rounded(row: &SheetRow) -> SheetRow {
    let cents = |amount: Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    SheetRow { goods_value: cents(row.goods_value), difference: cents(row.difference), ..row.clone() }
}

fn add(all: &mut SheetRow, row: &SheetRow) {
    all.returns += row.returns;
    all.pieces += row.pieces;
    all.refunded += row.refunded;
    all.goods_value += row.goods_value;
    all.difference += row.difference;
    all.written += row.written;
    all.moved += row.moved;
    all.bills += row.bills;
    all.booked_pieces += row.booked_pieces;
    all.booked += row.booked;
    all.decided_yuan += row.decided_yuan;
    for (kind, count) in &row.decided {
        *all.decided.entry(kind.clone()).or_default() += count;
    }
    for (cause, count) in &row.parked {
        *all.parked.entry(cause.clone()).or_default() += count;
    }
    for (kind, (count, gap)) in &row.named {
        let (counts, gaps) = all.named.entry(*kind).or_default();
        *counts += count;
        *gaps += *gap;
    }
}

fn differences(book: &mut Workbook, compared: &[Compared<'_>]) -> io::Result<()> {
    let mut sheet = book.sheet("差异", &DIFFERENCES).map_err(io::Error::other)?;
    for one in compared {
        let mut wrote = Ok(());
        one.reconciled
            .books
            .findings(|finding| {
                if wrote.is_ok() {
                    wrote = difference(&mut sheet, one, &finding);
                }
            })
            .map_err(io::Error::other)?;
        wrote.map_err(io::Error::other)?;
    }
    sheet.filtered().map_err(io::Error::other)
}

fn difference(sheet: &mut Sheet<'_>, one: &Compared<'_>, finding: &Finding) -> Result<(), XlsxError> {
    // A workbook speaks Chinese, whoever orders it.
    let points =
        finding.points.iter().map(|point| point.text().zh.into_owned()).collect::<Vec<_>>().join("；");
    let gap = finding.due.unwrap_or_default() - finding.booked.unwrap_or_default();
    sheet.row([
        Cell::Text(one.pipeline),
        Cell::Text(finding.kind.chinese()),
        Cell::Text(&finding.refund_no),
        Cell::Text(&finding.bill_no),
        finding.fid.as_deref().map_or(Cell::Empty, Cell::Text),
        Cell::Text(&finding.tid),
        Cell::Text(&finding.shop_no),
        Cell::Text(one.shop(&finding.shop_no)),
        finding.date.map_or(Cell::Empty, Cell::Day),
        finding.due.map_or(Cell::Empty, Cell::Money),
        finding.booked.map_or(Cell::Empty, Cell::Money),
        finding.due.or(finding.booked).map_or(Cell::Empty, |_| Cell::Money(gap)),
        Cell::Text(&points),
        Cell::Text(&finding.why.zh),
    ])
}

fn waiting(book: &mut Workbook, compared: &[Compared<'_>]) -> Result<(), XlsxError> {
    let mut sheet = book.sheet("待处理", &WAITING)?;
    let (mut count, mut sum) = (0, Decimal::ZERO);
    for one in compared {
        for (shop_no, month, row) in one.reconciled.sheet.rows() {
            let month = month.format("%Y-%m").to_string();
            for (cause, returns) in &row.parked {
                let amount = row.parked_yuan.get(cause).copied().unwrap_or_default();
                let title = Cause::parse(cause).map(|cause| cause.title().zh);
                sheet.row([
                    Cell::Text(one.pipeline),
                    Cell::Text(shop_no),
                    Cell::Text(one.shop(shop_no)),
                    Cell::Text(&month),
                    Cell::Text(title.as_deref().unwrap_or(cause)),
                    Cell::Count(*returns),
                    Cell::Money(amount),
                ])?;
                count += returns;
                sum += amount;
            }
        }
    }
    let none = Cell::Empty;
    sheet.total([Cell::Text("合计"), none, none, none, none, Cell::Count(count), Cell::Money(sum)])
}

fn left_out(book: &mut Workbook, compared: &[Compared<'_>]) -> Result<(), XlsxError> {
    let mut sheet = book.sheet("未纳入", &LEFT_OUT)?;
    let (mut count, mut sum) = (0, Decimal::ZERO);
    for one in compared {
        for (shop_no, month, row) in one.reconciled.sheet.rows() {
            let month = month.format("%Y-%m").to_string();
            for (what, returns) in &row.filtered {
                let amount = row.filtered_yuan.get(what).copied().unwrap_or_default();
                let amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
                (count, sum) = (count + returns, sum + amount);
                sheet.row([
                    Cell::Text(one.pipeline),
                    Cell::Text(shop_no),
                    Cell::Text(one.shop(shop_no)),
                    Cell::Text(&month),
                    Cell::Text(&in_words(what)),
                    Cell::Count(*returns),
                    Cell::Money(amount),
                ])?;
            }
        }
    }
    sheet.filtered()?;
    let none = Cell::Empty;
    sheet.total([Cell::Text("合计"), none, none, none, none, Cell::Count(count), Cell::Money(sum)])
}

/// `4/90` as `退款不退货 · 已完成（4/90）`.
fn in_words(what: &str) -> String {
    let (kind, status) = what.split_once('/').unwrap_or((what, ""));
    format!("{}（{what}）", scope_title(kind.parse().ok(), status.parse().ok()).zh)
}

/// Each return about which a person decided: who, when and why.
fn decided(
    book: &mut Workbook,
    name: &str,
    compared: &[Compared<'_>],
    is_meant: impl Fn(&ExpectedBill) -> bool,
) -> io::Result<()> {
    let mut sheet = book.sheet(name, &DECIDED).map_err(io::Error::other)?;
    let (mut count, mut sum) = (0_u64, Decimal::ZERO);
    for one in compared {
        let mut wrote = Ok(());
        let row = |row: DecidedRow| {
            if !is_meant(&row.due) {
                return;
            }
            count += 1;
            sum += row.due.amount;
            if wrote.is_ok() {
                wrote = decision(&mut sheet, one, &row);
            }
        };
        one.reconciled.books.decided(row).map_err(io::Error::other)?;
        wrote.map_err(io::Error::other)?;
    }
    let mut total = [Cell::Empty; DECIDED.len()];
    (total[0], total[1], total[6]) = (Cell::Text("合计"), Cell::Count(count), Cell::Money(sum));
    sheet.total(total).map_err(io::Error::other)
}

fn decision(sheet: &mut Sheet<'_>, one: &Compared<'_>, row: &DecidedRow) -> Result<(), XlsxError> {
    let DecidedRow { due, decision } = row;
    // Each of several that made the bill so, and who decided it.
    let joined = |said: fn(&Wish) -> &str| decision.parts().map(said).collect::<Vec<_>>().join("；");
    let title = decision.parts().map(|wish| wish.kind.title().zh).collect::<Vec<_>>().join("；");
    let by = joined(|wish| &wish.by);
    let note = if decision.parts().all(|wish| wish.note.is_empty()) {
        String::new()
    } else {
        joined(|wish| &wish.note)
    };
    let not_compared: Vec<_> = decision.not_compared.iter().map(|what| point_text(what).zh).collect();
    let not_compared = not_compared.join("、");
    sheet.row([
        Cell::Text(one.pipeline),
        Cell::Text(&due.refund_no),
        Cell::Text(&due.tid),
        Cell::Text(&due.shop_no),
        Cell::Text(one.shop(&due.shop_no)),
        Cell::Day(due.date),
        Cell::Money(due.amount),
        Cell::Text(&title),
        Cell::Text(&by),
        Cell::Moment(shanghai(decision.at)),
        Cell::Text(&note),
        decision.wish.bill.as_deref().map_or(Cell::Empty, Cell::Text),
        decision.fid.as_deref().map_or(Cell::Empty, Cell::Text),
        Cell::Text(&not_compared),
    ])
}

fn settings(
    book: &mut Workbook,
    compared: &[Compared<'_>],
    Occasion { period, at, by }: Occasion<'_>,
) -> Result<(), XlsxError> {
    let mut sheet = book.sheet("参数", &SETTINGS)?;
    let mut say = |what: &str, text: &str| sheet.row([Cell::Text(what), Cell::Text(text)]);
    say("记账日期", &format!("{} 至 {}", period.from, period.to))?;
    say("对账时间（北京时间）", &shanghai(at).format("%Y-%m-%d %H:%M:%S").to_string())?;
    say("对账人", by)?;
    say("未纳入的口径", "期间内结算而不写单据的退换单；月结按本月内最后修改的计，含未结算的，两者不必相等")?;
    say("程序版本", concat!("refund-sync ", env!("CARGO_PKG_VERSION")))?;
    for one in compared {
        say("同步方案", one.pipeline)?;
        say("对照规则版本", one.rules)?;
        let report = &one.reconciled.report;
        say("应有 / 一致 / 非本程序", &format!("{} / {} / {}", report.due, report.equal, report.others))?;
        if !report.lines_compared {
            say("注意", "金蝶不返回明细，只比较了单号、客户和日期")?;
        }
        for (from, to, why) in &report.unproven {
            say("旺店通未读完整的时段", &format!("{from} 至 {to}：{why}"))?;
        }
    }
    Ok(())
}
