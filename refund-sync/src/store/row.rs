//! One document as people see it in a line, and what several come to.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::column::text;
use crate::journal::{Decision, Document, Flag, NumberKind, Parking, Reason, State, seen};
use crate::model::{Names, Return};

/// So many documents, and their money in yuan; of some it may not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// What they come to.
    pub amount: Decimal,
}

/// A document as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRow {
    /// The pipeline's name.
    pub pipeline: String,
    /// 退换单号
    pub refund_no: String,
    /// Where it stands.
    pub state: State,
    /// 类型
    pub kind: Option<i32>,
    /// 处理状态
    pub process_status: Option<i32>,
    /// 店铺编号
    pub shop_no: String,
    /// 店铺名称, where it is known.
    pub shop_name: Option<String>,
    /// The accounting date; while nothing tells it, the day on which it last changed in 旺店通.
    pub date: Option<NaiveDate>,
    /// Its money in yuan.
    pub amount: Option<Decimal>,
    /// Of what is parked, its first cause; of what is filtered, type and status; of what is in progress, its state; of what
    /// is decided, what was; else its first flag, if it has one.
    pub cause: String,
    /// Why it is parked, each with what to do.
    pub reasons: Vec<Reason>,
    /// The flags' words and figures.
    pub flags: Vec<Flag>,
    /// What a person decided about it.
    pub decision: Option<Decision>,
    /// The word for how it stands, of what is decided: taking it back carries it. Empty otherwise.
    pub seen: String,
    /// 原始单号
    pub tid: String,
    /// 平台退款单号
    pub src_no: String,
    /// 系统订单编号
    pub sales_tid: String,
    /// FBillNo, once mapped.
    pub bill_no: Option<String>,
    /// FID in 金蝶, once known.
    pub fid: Option<String>,
    /// When it first came up for a person.
    pub first_parked: Option<DateTime<Utc>>,
    /// When it was last taken up again or sent.
    pub last_tried: Option<DateTime<Utc>>,
    /// When it is tried next by itself.
    pub next_try: Option<DateTime<Utc>>,
    /// 最后修改时间, Asia/Shanghai.
    pub modified: Option<String>,
}

/// A return that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The return.
    pub row: ListRow,
    /// By what it was found.
    pub by: NumberKind,
    /// That number, in capitals.
    pub number: String,
}

impl ListRow {
    /// `document` of a pipeline.
    pub(super) fn of(pipeline: &str, document: &Document, names: &Names) -> Self {
        let refund = document.refund();
        let told = |field: fn(&Return) -> &String| refund.map(field).cloned().unwrap_or_default();
        Self {
            pipeline: pipeline.to_owned(),
            refund_no: document.refund_no.clone(),
            state: document.state,
            kind: document.kind,
            process_status: document.process_status,
            shop_no: document.shop_no.clone(),
            shop_name: names.shops.get(&document.shop_no).cloned(),
            date: document.day(),
            amount: document.amount,
            cause: cause(document),
            reasons: document.parking.as_ref().map(|parking| parking.reasons.clone()).unwrap_or_default(),
            flags: document.flags.clone(),
            decision: document.decision.clone(),
            seen: if document.state == State::Decided { seen(document) } else { String::new() },
            tid: told(|refund| &refund.tid),
            src_no: told(|refund| &refund.src_no),
            sales_tid: told(|refund| &refund.sales_tid),
            bill_no: document.return_bill().map(|bill| bill.number.clone()),
            fid: document.fid.clone(),
            first_parked: document.first_parked,
            last_tried: document.last_tried,
            next_try: document.due_at,
            modified: document.version.modified.map(text),
        }
    }
}

/// As in [`ListRow::cause`].
fn cause(document: &Document) -> String {
    match document.state {
        State::Parked => document
            .parking
            .as_ref()
            .map_or_else(|| Parking::of(Vec::new()).cause, |parking| parking.cause.clone()),
        State::Filtered => filtered(document.kind, document.process_status),
        State::Decided => document
            .decision
            .as_ref()
            .map(|decision| decision.wish.kind.as_str().to_owned())
            .unwrap_or_default(),
        state if state.is_pending() => state.as_str().to_owned(),
        _ => document.flags.first().map(|flag| flag.kind.clone()).unwrap_or_default(),
    }
}

/// Type and status as one word.
pub fn filtered(kind: Option<i32>, process_status: Option<i32>) -> String {
    let figure = |figure: Option<i32>| figure.map(|figure| figure.to_string()).unwrap_or_default();
    format!("{}/{}", figure(kind), figure(process_status))
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.amount += other.amount;
    }
}

impl std::iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), |mut all, sum| {
            all += sum;
            all
        })
    }
}
