//! One accounting month of one pipeline: what is written, what is still open up to its end, and whether it may be closed.
//! What closing does to bills is `mapping`'s; who carries it out, `worker::closing`'s.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::months::MONTHS;
use super::short::{SHORT_WINDOWS, ShortRow, ShortWindow};
use super::{ClosedMonths, Closing, Store, StoreError};
use crate::clock::{moment, shanghai};
use crate::journal::{Document, State};
use crate::lang::{Text, both, money};
use crate::mapping::Rules;
use crate::model::{Month, Return, ReturnBill};

/// Documents read in one go.
const CHUNK: usize = 500;
/// So many open returns are named; all of them are counted.
const NAMED: usize = 100;
/// So many are named in the reason why a month may not be closed.
const IN_A_SENTENCE: usize = 5;

impl ClosedMonths {
    /// It is closed, by itself or with a later one: by whom.
    pub fn closing(&self, month: Month) -> Option<&Closing> {
        self.closed.range(month..).next().map(|(_, closing)| closing)
    }

    /// Closes or reopens, and keeps it.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn keep(
        mut self,
        closing: Closing,
        store: &dyn Store,
        pipeline: i64,
    ) -> Result<(), StoreError> {
        if closing.reopened {
            self.closed.remove(&closing.month);
        } else {
            self.closed.insert(closing.month, closing.clone());
        }
        self.history.push(closing);
        store.set_note(pipeline, MONTHS, serde_json::to_string(&self).unwrap_or_default()).await
    }
}

/// A count and its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MonthSum {
    /// How many.
    pub count: u64,
    /// 元
    #[serde(serialize_with = "crate::lang::yuan::serialize")]
    pub yuan: Decimal,
}

impl MonthSum {
    fn add(&mut self, yuan: Decimal) {
        self.count += 1;
        self.yuan += yuan;
    }
}

impl std::ops::AddAssign for MonthSum {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.yuan += other.yuan;
    }
}

/// One shop in the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ShopMonth {
    /// Bills that stand in 金蝶 and are done.
    pub written: MonthSum,
    /// Those of them whose return belongs to an earlier month.
    pub late: MonthSum,
    /// On their way.
    pub in_progress: MonthSum,
    /// Waiting for a person, of this month or an earlier one.
    pub parked: MonthSum,
    /// Booked by hand, or not to be booked.
    pub decided: MonthSum,
    /// What the last reconciliation found different: how many, and due − booked.
    pub differs: MonthSum,
    /// Returns that the filter leaves out, last changed in the month.
    pub filtered: u64,
    /// Their money in yuan, as 旺店通 tells it.
    #[serde(serialize_with = "crate::lang::yuan::serialize")]
    pub filtered_yuan: Decimal,
}

/// A return that is open, or came late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenReturn {
    /// 退换单号
    pub refund_no: String,
    /// 店铺编号
    pub shop_no: String,
    /// The accounting date that it has by itself.
    pub date: NaiveDate,
    /// The month of that date.
    pub month: Month,
    /// 元
    #[serde(serialize_with = "crate::lang::yuan::serialize")]
    pub yuan: Decimal,
    /// Where it stands.
    pub state: State,
    /// Why it waits for a person: the first cause.
    pub cause: Option<String>,
}

/// Why a month may not be closed, or what is to be known before it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// `before_ledger`, `unread`, `short_windows`, `in_progress` or `parked`; of a note `began_within`, `differs` or
    /// `not_reconciled`.
    pub cause: &'static str,
    /// In words, with names.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
}

/// A month of one pipeline.
#[derive(Debug, Clone, Serialize)]
pub struct MonthReport {
    /// The pipeline's name.
    pub pipeline: String,
    /// The month.
    pub month: Month,
    /// Nothing of it is open.
    pub may_close: bool,
    /// What is.
    pub why: Vec<Why>,
    /// What whoever closes it should know.
    pub notes: Vec<Why>,
    /// Who closed it; null: nobody did.
    pub closed: Option<Closing>,
    /// Who closed it and opened it again, oldest first.
    pub history: Vec<Closing>,
    /// Nobody did, and by the rules (`close_day`, `open_from`) nothing is booked in it any more.
    pub closed_by_rules: bool,
    /// The first open day by whatever closes months: a person, `close_day`, `open_from`; null: none does.
    pub open_from: Option<NaiveDate>,
    /// Up to where everything was read, Asia/Shanghai.
    pub cursor: Option<String>,
    /// Windows of the month that are not proven whole.
    pub short_windows: Vec<ShortRow>,
    /// By shop.
    pub shops: BTreeMap<String, ShopMonth>,
    /// All shops.
    pub total: ShopMonth,
    /// On their way, the first of them.
    pub in_progress: Vec<OpenReturn>,
    /// Waiting for a person, the first of them.
    pub parked: Vec<OpenReturn>,
    /// Booked in this month, and of an earlier one.
    pub late: Vec<OpenReturn>,
}

impl MonthReport {
    /// Reads the month of a pipeline.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn read(
        store: &dyn Store,
        (name, pipeline): (&str, i64),
        rules: &Rules,
        month: Month,
    ) -> Result<Self, StoreError> {
        Self::read_of(store, (name, pipeline), rules, month, None).await
    }

    /// The same of one shop.
    ///
    /// # Errors
    /// What the journal fails with.
    pub async fn read_of(
        store: &dyn Store,
        (name, pipeline): (&str, i64),
        rules: &Rules,
        month: Month,
        shop: Option<&str>,
    ) -> Result<Self, StoreError> {
        let row = store.known_pipeline(name).await?;
        let (began, cursor) = row.map_or((None, None), |row| (row.began, row.cursor));
        let months = ClosedMonths::kept(store, pipeline).await?;
        let closed = months.closing(month).cloned();
        let open_from = rules.open_from(None);
        let mut report = Self {
            pipeline: name.to_owned(),
            month,
            may_close: false,
            why: Vec::new(),
            notes: Vec::new(),
            closed_by_rules: closed.is_none() && open_from.is_some_and(|open| month.last() < open),
            closed,
            history: months.history.into_iter().filter(|closing| closing.month == month).collect(),
            open_from,
            cursor: cursor.map(|cursor| cursor.to_string()),
            short_windows: Vec::new(),
            shops: BTreeMap::new(),
            total: ShopMonth::default(),
            in_progress: Vec::new(),
            parked: Vec::new(),
            late: Vec::new(),
        };
        let (first, end) = (month.first().and_time(NaiveTime::MIN), month.end().and_time(NaiveTime::MIN));
        let short = ShortWindow::all(store.note(pipeline, SHORT_WINDOWS).await?.as_deref());
        let of_month = short.into_iter().filter(|window| window.start < end && window.end >= first);
        report.short_windows = of_month.map(ShortRow::from).collect();
        report.read_written(store, pipeline, rules).await?;
        report.read_open(store, pipeline, rules).await?;
        for (shop_no, sum) in store.filtered_between(pipeline, first, end).await? {
            let shop = report.shop(&shop_no);
            shop.filtered += sum.count;
            let cents = RoundingStrategy::MidpointAwayFromZero;
            shop.filtered_yuan += sum.yuan.round_dp_with_strategy(2, cents);
        }
        if let Some(shop) = shop {
            report.shops.retain(|shop_no, _| shop_no == shop);
            for list in [&mut report.in_progress, &mut report.parked, &mut report.late] {
                list.retain(|one| one.shop_no == shop);
            }
        }
        report.total = report.shops.values().fold(ShopMonth::default(), ShopMonth::with);
        report.notes.extend(began.filter(|began| first < *began && *began < end).map(began_within));
        report.judge(cursor.is_some_and(|cursor| cursor >= end), began.filter(|began| *began >= end));
        Ok(report)
    }

    async fn read_written(
        &mut self,
        store: &dyn Store,
        pipeline: i64,
        rules: &Rules,
    ) -> Result<(), StoreError> {
        let days = (self.month.first(), self.month.last());
        let mut after = 0;
        loop {
            let some = store.dated(pipeline, days, after, CHUNK).await?;
            let Some(last) = some.last() else { return Ok(()) };
            after = last.id;
            for document in some.iter().filter(|document| document.state == State::Confirmed) {
                let one = OpenReturn::of(document, rules);
                let shop = self.shop(&one.shop_no);
                shop.written.add(one.yuan);
                if one.month != self.month {
                    self.shop(&one.shop_no).late.add(one.yuan);
                    self.late.push(one);
                }
            }
        }
    }

    async fn read_open(&mut self, store: &dyn Store, pipeline: i64, rules: &Rules) -> Result<(), StoreError> {
        let far = DateTime::<Utc>::MAX_UTC;
        for state in State::ALL.into_iter().filter(|state| state.is_pending()) {
            for document in store.due(pipeline, state, far, usize::MAX >> 1).await? {
                let Some(one) = self.still_open(&document, rules) else { continue };
                self.shop(&one.shop_no).in_progress.add(one.yuan);
                self.in_progress.push(one);
            }
        }
        for document in store.parked_documents(pipeline, None).await? {
            let Some(one) = self.still_open(&document, rules) else { continue };
            self.shop(&one.shop_no).parked.add(one.yuan);
            self.parked.push(one);
        }
        let mut after = 0;
        loop {
            let some = store.decided(pipeline, after, CHUNK).await?;
            let Some(last) = some.last() else { return Ok(()) };
            after = last.id;
            for one in some.iter().map(|document| OpenReturn::of(document, rules)) {
                if one.month == self.month {
                    self.shop(&one.shop_no).decided.add(one.yuan);
                }
            }
        }
    }

    /// A document that is open at the end of the month.
    fn still_open(&self, document: &Document, rules: &Rules) -> Option<OpenReturn> {
        let one = OpenReturn::of(document, rules);
        (booked_on(document, one.date) <= self.month.last()).then_some(one)
    }

    fn shop(&mut self, shop_no: &str) -> &mut ShopMonth {
        self.shops.entry(shop_no.to_owned()).or_default()
    }

    /// Takes from the reconciliation of that moment what differs and is open: shop, day, due − booked.
    pub fn take_differences<'a>(
        &mut self,
        at: DateTime<Utc>,
        differences: impl IntoIterator<Item = (&'a str, NaiveDate, Decimal)>,
    ) {
        let month = self.month;
        for (shop_no, _, gap) in differences.into_iter().filter(|(_, day, _)| month.contains(*day)) {
            self.shop(shop_no).differs.add(gap);
            self.total.differs.add(gap);
        }
        let MonthSum { count, yuan } = self.total.differs;
        if count > 0 {
            let (at, yuan) = (moment(at), money(yuan));
            self.notes.push(Why {
                cause: "differs",
                message: both!(
                    "{at} 的对账有 {count} 张差异还没有处理，相差 {yuan}",
                    "{count} differences of the reconciliation of {at} are open, {yuan} in all"
                ),
            });
        }
    }

    /// Nobody compared the month with 金蝶, or only these days of it.
    pub fn not_reconciled(&mut self, days: Option<(NaiveDate, NaiveDate)>) {
        if self.shops.is_empty() {
            return;
        }
        let message = match days {
            None => Text::new(
                "还没有按计划或在页面上对账",
                "it was never compared with 金蝶 by schedule or on the page",
            ),
            Some((from, to)) => both!(
                "最近一次对账只比较了 {from} 至 {to}",
                "the last reconciliation compared {from} to {to} only"
            ),
        };
        self.notes.push(Why { cause: "not_reconciled", message });
    }

    /// Whether it may be closed, and why not. `after`: the ledger begins only when the month is over.
    fn judge(&mut self, is_read: bool, after: Option<NaiveDateTime>) {
        let mut why = Vec::new();
        if let Some(began) = after {
            why.push(Why {
                cause: "before_ledger",
                message: both!(
                    "同步从 {began} 开始读取，{} 在此之前，没有可关账的内容",
                    "reading began at {began}, {} lies before it: there is nothing to close",
                    self.month
                ),
            });
        }
        if !is_read {
            let to = self.cursor.as_deref().unwrap_or("-");
            why.push(Why {
                cause: "unread",
                message: Text::of(
                    format!("旺店通只完整读取到 {to}，本月到 {} 才结束", self.month.end()),
                    format!("旺店通 is fully read to {to} only, the month ends at {}", self.month.end()),
                ),
            });
        }
        if !self.short_windows.is_empty() {
            let named = self.short_windows.iter().take(IN_A_SENTENCE);
            let named =
                named.map(|one| format!("{} … {}", one.start, one.end)).collect::<Vec<_>>().join("; ");
            let count = self.short_windows.len();
            why.push(Why {
                cause: "short_windows",
                message: Text::of(
                    format!("{count} 个窗口没有读完整：{named}"),
                    format!("{count} windows are not proven whole: {named}"),
                ),
            });
        }
        why.extend(open("in_progress", "处理中", "in progress", self.total.in_progress, &self.in_progress));
        why.extend(open("parked", "待处理", "need attention", self.total.parked, &self.parked));
        self.may_close = why.is_empty();
        self.why = why;
        for list in [&mut self.in_progress, &mut self.parked, &mut self.late] {
            list.truncate(NAMED);
        }
    }
}

/// Only a part of the month was ever read.
fn began_within(began: NaiveDateTime) -> Why {
    Why {
        cause: "began_within",
        message: both!(
            "本月只从 {began} 起读取，此前的退货不在本系统中",
            "this month was read from {began} on: what came before is not in here"
        ),
    }
}

fn open(cause: &'static str, zh: &str, en: &str, sum: MonthSum, named: &[OpenReturn]) -> Option<Why> {
    if sum.count == 0 {
        return None;
    }
    let mut numbers: Vec<_> = named.iter().take(IN_A_SENTENCE).map(|one| one.refund_no.as_str()).collect();
    if named.len() > IN_A_SENTENCE {
        numbers.push("…");
    }
    let numbers = numbers.join(", ");
    let (count, yuan) = (sum.count, money(sum.yuan));
    Some(Why {
        cause,
        message: Text::of(
            format!("{count} 张{zh}，{yuan}：{numbers}"),
            format!("{count} {en}, {yuan}: {numbers}"),
        ),
    })
}

/// The day on which it is booked, or would be.
fn booked_on(document: &Document, date: NaiveDate) -> NaiveDate {
    document.return_bill().map_or(date, |bill| bill.date)
}

impl OpenReturn {
    /// What tells no day of its own counts by the day on which it was read.
    fn of(document: &Document, rules: &Rules) -> Self {
        let (bill, refund) = (document.return_bill(), document.refund());
        let date = bill
            .and_then(|bill| bill.moved_from)
            .or(document.date)
            .or_else(|| refund.and_then(|refund| rules.date(refund)))
            .or_else(|| bill.map(|bill| bill.date))
            .or_else(|| refund.and_then(|refund| refund.finish_time.or(refund.modified)).map(|at| at.date()))
            .or_else(|| document.version.modified.map(|at| at.date()))
            .unwrap_or_else(|| shanghai(document.version.asked_at).date());
        let yuan = bill.map(ReturnBill::amount).or_else(|| refund.map(|refund| refunded(refund, rules)));
        Self {
            refund_no: document.refund_no.clone(),
            shop_no: document.shop_no.clone(),
            date,
            month: Month::of(date),
            yuan: yuan.unwrap_or_default(),
            state: document.state,
            cause: document.parking.as_ref().map(|parking| parking.cause.clone()),
        }
    }
}

/// What the buyer got back for the goods, in yuan.
fn refunded(refund: &Return, rules: &Rules) -> Decimal {
    let sum: Decimal = refund.lines.iter().filter_map(|line| rules.amount_from.of(line)).sum();
    sum.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

impl ShopMonth {
    fn with(mut self, other: &Self) -> Self {
        self.written += other.written;
        self.late += other.late;
        self.in_progress += other.in_progress;
        self.parked += other.parked;
        self.decided += other.decided;
        self.differs += other.differs;
        self.filtered += other.filtered;
        self.filtered_yuan += other.filtered_yuan;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_month_closes_all_before_it_and_none_after() {
        let month: Month = "2026-11".parse().unwrap();
        let closing = |month| Closing {
            month,
            reopened: false,
            by: "财务".into(),
            at: DateTime::from_timestamp(1_796_000_000, 0).unwrap(),
            note: String::new(),
        };
        let months = ClosedMonths { closed: BTreeMap::from([(month, closing(month))]), history: Vec::new() };
        assert_eq!(months.before(), Some(month.end()));
        assert!(months.closing(month.before()).is_some() && months.closing(month.after()).is_none());
    }
}
