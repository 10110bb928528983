//! What was refunded and what was booked, by shop and month: a sheet whose last column is zero, or says by name why not.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::{Comparison, ExpectedBill, Finding, Judged, Kind, Period, month};
use crate::journal::DecisionKind;
use crate::lang::{Lang, Text, cents, money, yuan};
use crate::model::Cause;
use crate::spreadsheet::{csv_for_people, text};

/// The sheet.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    rows: BTreeMap<(String, NaiveDate), SheetRow>,
}

/// One shop in one month. Money is yuan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SheetRow {
    /// Returns that are due a bill.
    pub returns: u64,
    /// Their pieces.
    pub pieces: Decimal,
    /// What the buyers got back for the goods.
    #[serde(serialize_with = "yuan::serialize")]
    pub refunded: Decimal,
    /// The goods' value.
    #[serde(serialize_with = "yuan::serialize")]
    pub goods_value: Decimal,
    /// refunded − goods_value: 邮费、补偿、折让. No fault.
    #[serde(serialize_with = "yuan::serialize")]
    pub difference: Decimal,
    /// Returns whose bill stands in 金蝶.
    pub written: u64,
    /// Returns that wait for a person, by cause.
    pub parked: BTreeMap<String, u64>,
    /// What their buyers got back.
    #[serde(skip)]
    pub parked_yuan: BTreeMap<String, Decimal>,
    /// Returns that the filter leaves out, by `type/process_status`.
    pub filtered: BTreeMap<String, u64>,
    /// Their money, as 旺店通 tells it.
    #[serde(skip)]
    pub filtered_yuan: BTreeMap<String, Decimal>,
    /// Returns that a closed period moved here from another month.
    pub moved: u64,
    /// Returns about which a person decided, by what was decided.
    pub decided: BTreeMap<String, u64>,
    /// What of refunded − booked that explains.
    #[serde(serialize_with = "yuan::serialize")]
    pub decided_yuan: Decimal,
    /// Bills in 金蝶.
    pub bills: u64,
    /// Their pieces.
    pub booked_pieces: Decimal,
    /// Their 价税合计.
    #[serde(serialize_with = "yuan::serialize")]
    pub booked: Decimal,
    /// What differs, by kind: how many, and how much of refunded − booked they explain.
    #[serde(serialize_with = "parts")]
    pub named: BTreeMap<Kind, (u64, Decimal)>,
}

fn parts<S: Serializer>(named: &BTreeMap<Kind, (u64, Decimal)>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(named.iter().map(|(kind, (count, gap))| (kind, (count, cents(*gap)))))
}

/// The sheet's columns: 中文, English.
const HEAD: [(&str, &str); 19] = [
    ("同步方案", "pipeline"),
    ("店铺", "shop_no"),
    ("月份", "month"),
    ("退货单数", "returns"),
    ("件数", "pieces"),
    ("退款", "refunded"),
    ("货值", "goods_value"),
    ("退款减货值", "difference"),
    ("已写入", "written"),
    ("待处理", "parked"),
    ("未纳入（类型/状态）", "filtered (type/status)"),
    ("跨月移入", "moved from another month"),
    ("金蝶单数", "bills"),
    ("金蝶件数", "booked pieces"),
    ("金蝶价税合计", "booked"),
    ("已决定", "decided"),
    ("决定差额", "decided difference"),
    ("差额构成", "made up of"),
    ("未解释", "unexplained"),
];

/// The columns of what differs.
const FINDINGS: [(&str, &str); 11] = [
    ("同步方案", "pipeline"),
    ("差异", "kind"),
    ("退换单号", "refund_no"),
    ("单据编号", "bill_no"),
    ("内码", "FID"),
    ("店铺", "shop_no"),
    ("日期", "date"),
    ("不一致处", "points"),
    ("说明", "why"),
    ("应退金额", "due"),
    ("金蝶价税合计", "booked"),
];

impl Sheet {
    /// A return with what was found for it.
    pub(super) fn take(&mut self, due: &ExpectedBill, judged: &Judged, period: Period) {
        let at = due.date;
        if period.contains(at) {
            let row = self.row(&due.shop_no, at);
            row.returns += 1;
            row.pieces += due.pieces;
            row.refunded += due.amount;
            row.goods_value += due.goods.unwrap_or_default();
            row.difference += due.goods.map_or(Decimal::ZERO, |goods| due.amount - goods);
            row.written += u64::from(!judged.bills.is_empty() && due.decided.is_none());
            row.moved += u64::from(due.moved_from.is_some_and(|from| month(from) != month(at)));
            if let Some(decision) = &due.decided {
                *row.decided.entry(decision.wish.kind.as_str().to_owned()).or_default() += 1;
            }
            if let Some(cause) = due.parked.clone() {
                *row.parked_yuan.entry(cause.clone()).or_default() += due.amount;
                *row.parked.entry(cause).or_default() += 1;
            }
        }
        self.take_bills(&due.shop_no, judged, period);
        if let Some(finding) = &judged.finding {
            self.name(finding, Some(due), judged, period);
        } else if due.decided.is_some() {
            for (at, gap) in gaps(Some(due), judged, period) {
                self.row(&due.shop_no, at).decided_yuan += gap;
            }
        }
    }

    /// A bill that nothing is due for.
    pub(super) fn take_extra(&mut self, finding: &Finding, judged: &Judged, period: Period) {
        self.take_bills(&finding.shop_no, judged, period);
        self.name(finding, None, judged, period);
    }

    /// A return that the filter leaves out.
    pub(super) fn take_filtered(
        &mut self,
        shop_no: &str,
        at: NaiveDate,
        (kind, status): (i32, i32),
        yuan: Decimal,
    ) {
        let row = self.row(shop_no, at);
        let what = format!("{kind}/{status}");
        *row.filtered_yuan.entry(what.clone()).or_default() += yuan;
        *row.filtered.entry(what).or_default() += 1;
    }

    fn take_bills(&mut self, shop_no: &str, judged: &Judged, period: Period) {
        for bill in &judged.bills {
            let Some(at) = bill.date.filter(|date| period.contains(*date)) else { continue };
            let row = self.row(shop_no, at);
            row.bills += 1;
            row.booked += bill.amount().unwrap_or_default();
            row.booked_pieces +=
                bill.lines.iter().flatten().filter_map(|line| line.quantity).sum::<Decimal>();
        }
    }

    /// Names a finding in every row that it touches, with the part of the gap there that it explains.
    fn name(&mut self, finding: &Finding, due: Option<&ExpectedBill>, judged: &Judged, period: Period) {
        for (at, gap) in gaps(due, judged, period) {
            let (count, sum) = self.row(&finding.shop_no, at).named.entry(finding.kind).or_default();
            *count += 1;
            *sum += gap;
        }
    }

    fn row(&mut self, shop_no: &str, at: NaiveDate) -> &mut SheetRow {
        self.rows.entry((shop_no.to_owned(), month(at))).or_default()
    }

    /// The rows: shop, first day of the month, figures.
    pub fn rows(&self) -> impl Iterator<Item = (&str, NaiveDate, &SheetRow)> {
        self.rows.iter().map(|((shop_no, at), row)| (shop_no.as_str(), *at, row))
    }

    /// Writes the sheets of several pipelines as one CSV that a spreadsheet opens: UTF-8 with a byte order mark, in one
    /// language.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn write<'a>(
        sheets: impl IntoIterator<Item = (&'a str, &'a Self)>,
        to: impl Write,
        lang: Lang,
    ) -> io::Result<()> {
        let mut csv = csv_for_people(to)?;
        csv.write_record(HEAD.map(|(zh, en)| lang.of(zh, en)))?;
        for (pipeline, sheet) in sheets {
            for (shop_no, at, row) in sheet.rows() {
                csv.write_record(std::iter::once(text(pipeline)).chain(row.cells(shop_no, at, lang)))?;
            }
        }
        csv.flush()
    }
}

/// Refunded − booked of one return, by month.
fn gaps(due: Option<&ExpectedBill>, judged: &Judged, period: Period) -> BTreeMap<NaiveDate, Decimal> {
    let mut gaps: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
    if let Some(due) = due.filter(|due| period.contains(due.date)) {
        *gaps.entry(month(due.date)).or_default() += due.amount;
    }
    for bill in &judged.bills {
        if let Some(date) = bill.date.filter(|date| period.contains(*date)) {
            *gaps.entry(month(date)).or_default() -= bill.amount().unwrap_or_default();
        }
    }
    gaps
}

impl SheetRow {
    /// What of refunded − booked no difference explains: 0 unless something is wrong here.
    pub fn rest(&self) -> Decimal {
        let explained: Decimal = self.named.values().map(|(_, gap)| *gap).sum();
        self.refunded - self.booked - explained - self.decided_yuan
    }

    /// Each kind of difference with its part of refunded − booked; empty where there is none.
    pub fn made_up_of(&self, lang: Lang) -> String {
        let part = |(kind, (count, gap)): (&Kind, &(u64, Decimal))| {
            let gap = money(*gap);
            match lang {
                Lang::Chinese => format!("{} {count} 张 {gap}", kind.chinese()),
                Lang::English => format!("{kind} {count}: {gap}"),
            }
        };
        self.named.iter().map(part).collect::<Vec<_>>().join(lang.of("、", ", "))
    }

    fn cells(&self, shop_no: &str, at: NaiveDate, lang: Lang) -> [String; 18] {
        let counts = |counts: &BTreeMap<String, u64>, title: fn(&str) -> Option<Text>| {
            let count = |(word, count): (&String, &u64)| {
                let title = title(word).map_or_else(|| word.clone(), |title| title.get(lang).to_owned());
                format!("{title}{}{count}", lang.of("：", ": "))
            };
            counts.iter().map(count).collect::<Vec<_>>().join(lang.of("；", "; "))
        };
        let made_up_of = Some(self.made_up_of(lang)).filter(|parts| !parts.is_empty());
        [
            text(shop_no),
            at.format("%Y-%m").to_string(),
            self.returns.to_string(),
            self.pieces.normalize().to_string(),
            cents(self.refunded),
            cents(self.goods_value),
            cents(self.difference),
            self.written.to_string(),
            counts(&self.parked, |cause| Cause::parse(cause).map(Cause::title)),
            counts(&self.filtered, |_| None),
            self.moved.to_string(),
            self.bills.to_string(),
            self.booked_pieces.normalize().to_string(),
            cents(self.booked),
            counts(&self.decided, |kind| DecisionKind::parse(kind).map(DecisionKind::title)),
            cents(self.decided_yuan),
            made_up_of.unwrap_or_else(|| "0".to_owned()),
            cents(self.rest()),
        ]
    }
}

/// Writes what differs in several pipelines as one CSV that a spreadsheet opens, a row each, in one language.
///
/// # Errors
/// When `to` cannot be written, or a temporary file cannot be read.
pub fn findings_csv<'a>(
    books: impl IntoIterator<Item = (&'a str, &'a Comparison)>,
    to: impl Write,
    lang: Lang,
) -> io::Result<()> {
    let mut csv = csv_for_people(to)?;
    csv.write_record(FINDINGS.map(|(zh, en)| lang.of(zh, en)))?;
    for (pipeline, books) in books {
        let mut wrote = Ok(());
        let row = |finding: Finding| {
            let points: Vec<_> =
                finding.points.iter().map(|point| point.text().get(lang).to_owned()).collect();
            let points = points.join(lang.of("；", "; "));
            let cells = [
                pipeline,
                lang.of(finding.kind.chinese(), finding.kind.as_str()),
                &finding.refund_no,
                &finding.bill_no,
                finding.fid.as_deref().unwrap_or_default(),
                &finding.shop_no,
                &finding.date.map(|date| date.to_string()).unwrap_or_default(),
                &points,
                finding.why.get(lang),
            ];
            // Figures of ours: a minus sign makes no formula of them.
            let money = |amount: Option<Decimal>| amount.map(cents).unwrap_or_default();
            let figures = [money(finding.due), money(finding.booked)];
            if wrote.is_ok() {
                wrote = csv.write_record(cells.map(text).into_iter().chain(figures));
            }
        };
        books.findings(row).map_err(io::Error::other)?;
        wrote?;
    }
    csv.flush()
}
