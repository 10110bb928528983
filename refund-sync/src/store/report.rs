//! What the journal tells people: the shapes behind `status`, `why` and `parked` (their `--json` is a contract).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kingdee_k3cloud_sdk::Hold;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Stopped;
use super::column::{rfc3339, text};
use super::row::ListRow;
use super::short::ShortRow;
use crate::journal::{Decision, DecisionKind, Document, Earlier, Flag, Reason, State, seen};
use crate::lang::{Text, both};
use crate::model::Names;
use crate::model::Return;
use crate::model::ReturnBill;
use crate::source::Unproven;

/// One pipeline in `status --json`.
#[derive(Debug, Clone, Serialize)]
pub struct PipelineStatus {
    /// The pipeline's name.
    pub pipeline: String,
    /// End of the unbroken settled past, Asia/Shanghai; null before anything is settled.
    pub cursor: Option<String>,
    /// How far rows were read, Asia/Shanghai.
    pub read_until: Option<String>,
    /// Server time of 旺店通 minus local time, in seconds.
    pub clock_offset_seconds: f64,
    /// What is wrong with this machine's clock or with what 旺店通 says about the time; absent when they agree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockNote>,
    /// Why nothing is sent at present; null when all is well.
    pub stopped: Option<Stopped>,
    /// Since when a person wants its firings skipped (RFC 3339, +08:00); null when they are not.
    pub paused: Option<String>,
    /// Until when nothing is written, Asia/Shanghai, by the configuration's hours and freezes; null: it is written now.
    pub writing_waits_until: Option<String>,
    /// Until when 旺店通 wants to be left alone, and in which words; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldNote>,
    /// The same of 金蝶.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kingdee_held: Option<HeldNote>,
    /// Documents by state.
    pub documents: BTreeMap<&'static str, u64>,
    /// Documents by flag.
    pub flags: BTreeMap<String, u64>,
    /// Parked documents by cause.
    pub parked: BTreeMap<String, u64>,
    /// Their money in yuan, as far as it is known.
    pub parked_yuan: BTreeMap<String, Decimal>,
    /// Documents that a person decided not to have written, by what was decided.
    pub decided: BTreeMap<String, u64>,
    /// What the filter left out.
    pub filtered: Vec<FilteredCount>,
    /// The last windows, newest first.
    pub windows: Vec<WindowRow>,
    /// Windows that are not proven whole; they are looked at again.
    pub short_windows: Vec<ShortRow>,
    /// The last runs, newest first.
    pub runs: Vec<RunRow>,
}

/// Clocks that disagree, as the last run found them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockNote {
    /// `steady`: 旺店通's clock is known, and not this machine's; `contradictory`: its answers contradict each other, or
    /// this machine by hours; `unknown`: they tell no time; `impossible`: this machine's clock cannot be right.
    pub state: String,
    /// This machine's clock (RFC 3339, +08:00).
    pub local: String,
    /// 旺店通's clock at that moment, the earliest that it can be where it is not known for sure; null: it tells none.
    pub server: Option<String>,
    /// Both times and which is used for what.
    #[serde(flatten, with = "crate::lang::message")]
    pub message: Text,
}

impl ClockNote {
    /// What the journal keeps.
    pub(super) fn kept(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }
}

/// A pause that 旺店通 or 金蝶 asked for, and that is sat out.
#[derive(Debug, Clone, Serialize)]
pub struct HeldNote {
    /// Until when (RFC 3339, +08:00).
    pub until: String,
    /// In which words; empty if nothing is known of them.
    pub said: String,
}

impl HeldNote {
    /// 金蝶's.
    pub(crate) fn of(hold: Hold) -> Self {
        Self { until: rfc3339(hold.until.timestamp_micros()), said: hold.said }
    }
}

/// How many returns the filter left out, by type, status and shop.
#[derive(Debug, Clone, Serialize)]
pub struct FilteredCount {
    /// 类型
    #[serde(rename = "type")]
    pub kind: Option<i32>,
    /// 处理状态
    pub process_status: Option<i32>,
    /// 店铺编号
    pub shop_no: String,
    /// How many.
    pub count: u64,
    /// Their money in yuan, as far as it is known.
    #[serde(serialize_with = "crate::lang::yuan::serialize")]
    pub amount: Decimal,
}

/// One window of the ledger.
#[derive(Debug, Clone, Serialize)]
pub struct WindowRow {
    /// First second, Asia/Shanghai.
    pub start: String,
    /// Last second, Asia/Shanghai.
    pub end: String,
    /// `read` or `settled`.
    pub state: String,
    /// The total that the server named.
    pub total: Option<u64>,
    /// Distinct numbers seen.
    pub seen: u64,
    /// Calls made.
    pub calls: u32,
    /// Why it is only read, or by how much it is short.
    pub note: String,
}

impl WindowRow {
    /// Why it is only read, or by how much it is short.
    pub fn gap(&self) -> Option<Text> {
        let seen = self.seen;
        match (Unproven::parse(&self.note), self.total) {
            (Some(why), _) => Some(why.title()),
            _ if self.note.is_empty() => None,
            (None, Some(total)) if total > seen => Some(both!(
                "少 {} 条：旺店通计数 {total}，实际给出 {seen}",
                "short by {}: 旺店通 counts {total} and delivers {seen}",
                total - seen
            )),
            // As many as are counted came: what is missing are stock-ins.
            (None, _) => Some(Text::new("少入库单", "short of stock-ins")),
        }
    }
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct RunRow {
    /// What was called.
    pub command: String,
    /// When it began (RFC 3339, +08:00).
    pub started: String,
    /// When it ended; null while it goes on, or when it was killed.
    pub ended: Option<String>,
    /// What came of it.
    pub outcome: Option<Value>,
}

/// The life of one return in one pipeline, as in `why --json`.
#[derive(Debug, Clone, Serialize)]
pub struct Life {
    /// The pipeline's name.
    pub pipeline: String,
    /// 退换单号
    pub refund_no: String,
    /// Where it stands.
    pub state: State,
    /// FBillNo, once mapped.
    pub bill_no: Option<String>,
    /// FID in 金蝶, once known.
    pub fid: Option<String>,
    /// 最后修改时间 of the row it stands on.
    pub modified: Option<String>,
    /// The accounting date, once fixed.
    pub date: Option<String>,
    /// Its money in yuan; null: not known.
    pub amount: Option<Decimal>,
    /// 店铺编号
    pub shop_no: String,
    /// 店铺名称, where it is known.
    pub shop_name: Option<String>,
    /// 类型
    #[serde(rename = "type")]
    pub kind: Option<i32>,
    /// 处理状态
    pub process_status: Option<i32>,
    /// Why it is not in scope, for one that is not; null otherwise.
    #[serde(serialize_with = "serde_with::As::<Option<serde_with::DisplayFromStr>>::serialize")]
    pub not_in_scope: Option<Text>,
    /// When it first came up for a person (RFC 3339, +08:00); null where it does not wait for one.
    pub first_parked: Option<String>,
    /// When it was last taken up again or sent (RFC 3339, +08:00); null: never, or it is done.
    pub last_tried: Option<String>,
    /// Why it is parked; empty otherwise.
    pub reasons: Vec<Reason>,
    /// What a person should know.
    pub flags: Vec<Flag>,
    /// Not before this time, if it waits (RFC 3339, +08:00).
    pub due_at: Option<String>,
    /// When it is tried again by itself, for a parked one (RFC 3339, +08:00); null: only when a person asks.
    pub next_try: Option<String>,
    /// Until when its bill is not written, Asia/Shanghai, by the configuration's hours and freezes; null: nothing waits.
    pub writing_waits_until: Option<String>,
    /// Why its pipeline is stopped, where that is what it waits for; null otherwise.
    pub stopped: Option<Stopped>,
    /// The pause that 金蝶 asked for, where that is what it waits for; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldNote>,
    /// A newer row waits until the fate of the bill is known.
    pub newer_row_waits: bool,
    /// The return as it was read.
    pub refund: Option<Return>,
    /// The bill as it was mapped.
    pub bill: Option<ReturnBill>,
    /// Up to when its history was taken out of the journal (RFC 3339, +08:00); null: it is all there.
    pub pruned_until: Option<String>,
    /// What a person decided about it; absent where nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionNote>,
    /// A word for how it stands: a decision that carries it is refused once the return stands otherwise.
    pub seen: String,
    /// Everything that happened, oldest first.
    pub events: Vec<LifeEvent>,
}

/// What a person decided about a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionNote {
    /// `arrived`, `asked`, `open-day`, `booked` or `ignored`.
    #[serde(rename = "as")]
    pub kind: DecisionKind,
    /// Who decided.
    pub by: String,
    /// When (RFC 3339, +08:00).
    pub at: String,
    /// Why, in that person's words; empty where none were needed.
    pub note: String,
    /// The number of the bill that was booked by hand; null otherwise.
    pub bill: Option<String>,
    /// FID of that bill; null otherwise.
    pub fid: Option<String>,
    /// What nobody could compare of that bill.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_compared: Vec<String>,
    /// What was decided before and has its part in how the bill is made, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierNote>,
}

/// A decision that another one was added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierNote {
    /// `arrived`, `asked` or `open-day`.
    #[serde(rename = "as")]
    pub kind: DecisionKind,
    /// Who decided.
    pub by: String,
    /// When (RFC 3339, +08:00).
    pub at: String,
    /// Why, in that person's words.
    pub note: String,
}

impl From<Decision> for DecisionNote {
    fn from(Decision { wish, at, fid, not_compared, earlier, .. }: Decision) -> Self {
        let told = |at: DateTime<Utc>| rfc3339(at.timestamp_micros());
        let earlier = earlier.into_iter().map(|Earlier { wish, at }| EarlierNote {
            kind: wish.kind,
            by: wish.by,
            at: told(at),
            note: wish.note,
        });
        let (at, earlier) = (told(at), earlier.collect());
        Self {
            kind: wish.kind,
            by: wish.by,
            at,
            note: wish.note,
            bill: wish.bill,
            fid,
            not_compared,
            earlier,
        }
    }
}

/// One line of a life.
#[derive(Debug, Clone, Serialize)]
pub struct LifeEvent {
    /// When (RFC 3339, +08:00).
    pub at: String,
    /// In which run.
    pub run: i64,
    /// What happened.
    pub event: String,
    /// Further facts.
    pub detail: Value,
}

/// A parked document, as in `parked --json`.
#[derive(Debug, Clone, Serialize)]
pub struct ParkedDocument {
    /// The pipeline's name.
    pub pipeline: String,
    /// 退换单号
    pub refund_no: String,
    /// 店铺编号
    pub shop_no: String,
    /// The first cause.
    pub cause: String,
    /// Everything that is wrong, each with what to do.
    pub reasons: Vec<Reason>,
    /// FID in 金蝶, if a bill stands there.
    pub fid: Option<String>,
    /// Since when: when it first came up (RFC 3339, +08:00).
    pub since: String,
    /// Its money in yuan; null: not known.
    pub amount: Option<Decimal>,
    /// The accounting date; while that is not fixed, the day on which it last changed in 旺店通.
    pub date: Option<NaiveDate>,
    /// 店铺名称, where it is known.
    pub shop_name: Option<String>,
    /// 原始单号
    pub tid: String,
    /// 平台退款单号
    pub src_no: String,
    /// 系统订单编号
    pub sales_tid: String,
    /// The same as `since`.
    pub first_parked: Option<String>,
    /// When it was last taken up again or sent (RFC 3339, +08:00); null: never.
    pub last_tried: Option<String>,
    /// When it is tried again by itself (RFC 3339, +08:00); null: only when a person asks.
    pub next_try: Option<String>,
}

impl PipelineStatus {
    /// A pipeline of which nothing is known but its name.
    pub(super) fn named(pipeline: String) -> Self {
        Self {
            pipeline,
            cursor: None,
            read_until: None,
            clock_offset_seconds: 0.0,
            clock: None,
            stopped: None,
            paused: None,
            writing_waits_until: None,
            held: None,
            kingdee_held: None,
            documents: State::ALL.into_iter().map(|state| (state.as_str(), 0)).collect(),
            flags: BTreeMap::new(),
            parked: BTreeMap::new(),
            parked_yuan: BTreeMap::new(),
            decided: BTreeMap::new(),
            filtered: Vec::new(),
            windows: Vec::new(),
            short_windows: Vec::new(),
            runs: Vec::new(),
        }
    }
}

impl ParkedDocument {
    /// What `parked` tells of a row of the list.
    pub(super) fn of(row: ListRow) -> Self {
        let moment = |at: Option<DateTime<Utc>>| at.map(|at| rfc3339(at.timestamp_micros()));
        let first_parked = moment(row.first_parked);
        Self {
            pipeline: row.pipeline,
            refund_no: row.refund_no,
            shop_no: row.shop_no,
            cause: row.cause,
            reasons: row.reasons,
            fid: row.fid,
            since: first_parked.clone().unwrap_or_default(),
            amount: row.amount,
            date: row.date,
            shop_name: row.shop_name,
            tid: row.tid,
            src_no: row.src_no,
            sales_tid: row.sales_tid,
            first_parked,
            last_tried: moment(row.last_tried),
            next_try: moment(row.next_try),
        }
    }

    /// Everything that is parked, cause by cause.
    pub(super) fn in_order(mut all: Vec<Self>) -> Vec<Self> {
        all.sort_by(|one, other| (&one.cause, &one.pipeline).cmp(&(&other.cause, &other.pipeline)));
        all
    }
}

impl Life {
    /// The life of `document`, in a pipeline whose shops have these names.
    pub(super) fn of(
        pipeline: String,
        names: &Names,
        document: Document,
        pruned_until: Option<i64>,
        events: Vec<LifeEvent>,
    ) -> Self {
        let (bill, refund) = (document.return_bill().cloned(), document.refund().cloned());
        let seen = seen(&document);
        // What was decided waits for nothing.
        let due_at = document.due_at.filter(|_| document.state != State::Decided);
        Self {
            pipeline,
            state: document.state,
            bill_no: bill.as_ref().map(|bill| bill.number.clone()),
            modified: document.version.modified.map(text),
            date: document.day().map(|day| day.to_string()),
            amount: document.amount,
            shop_name: names.shops.get(&document.shop_no).cloned(),
            shop_no: document.shop_no,
            kind: document.kind,
            process_status: document.process_status,
            not_in_scope: None,
            first_parked: document.first_parked.map(|at| rfc3339(at.timestamp_micros())),
            last_tried: document.last_tried.map(|at| rfc3339(at.timestamp_micros())),
            due_at: due_at.map(|at| rfc3339(at.timestamp_micros())),
            next_try: None,
            writing_waits_until: None,
            stopped: None,
            held: None,
            newer_row_waits: document.pending.is_some(),
            refund,
            bill,
            reasons: document.parking.map(|parking| parking.reasons).unwrap_or_default(),
            flags: document.flags,
            fid: document.fid,
            refund_no: document.refund_no,
            pruned_until: pruned_until.map(rfc3339),
            decision: document.decision.map(DecisionNote::from),
            seen,
            events,
        }
    }
}
