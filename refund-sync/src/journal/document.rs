//! One return in the journal, and what an event changes in it besides its state.
//! Which transitions exist is in `state`; how rows replace each other is in `fold`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::decided::Decision;
use super::kept::Kept;
use super::number::{Number, NumberKind};
use super::parking::Parking;
use super::retries::Retries;
use super::state::{Event, Illegal, State};
use crate::lang::{Lang, Text};
use crate::model::{Direction, FlagKind, Return, ReturnBill};

/// Which of two rows of one return is the newer: `modified` first, then which request started later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// 最后修改时间, Asia/Shanghai; `None` is older than any.
    pub modified: Option<NaiveDateTime>,
    /// When the request started that brought the row.
    pub asked_at: DateTime<Utc>,
}

/// One return in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Row id in the journal; 0 before it is stored.
    pub id: i64,
    /// 退换单号; for an unreadable row without one, the key it counts by.
    pub refund_no: String,
    /// Where it stands.
    pub state: State,
    /// The row it stands on.
    pub version: Version,
    /// 类型, 处理状态 and 店铺 of that row, for counting what the filter left out.
    pub kind: Option<i32>,
    /// See `kind`.
    pub process_status: Option<i32>,
    /// See `kind`.
    pub shop_no: String,
    /// The return itself; none when filtered or unreadable.
    pub source: Kept<Return>,
    /// The accounting date, fixed when it was first mapped.
    pub date: Option<NaiveDate>,
    /// The day that its bill was moved to after 金蝶 itself refused the accounting date.
    pub moved_to: Option<NaiveDate>,
    /// The bill, once mapped.
    pub bill: Kept<ReturnBill>,
    /// FThirdBillId: 16 hex digits of the SHA-256 of the bill as sent.
    pub mark: Option<String>,
    /// Which version of rules and tables mapped it.
    pub rules: Option<String>,
    /// FID in 金蝶, once known.
    pub fid: Option<String>,
    /// A newer row that waits until the fate of the bill is known, as JSON text of a [`super::Row`].
    pub pending: Option<String>,
    /// Why it is parked.
    pub parking: Option<Parking>,
    /// What a person should know although nothing stops.
    pub flags: Vec<Flag>,
    /// How often in a row it was put off for a passing reason.
    pub attempts: u32,
    /// How many calls that carried it may have reached 金蝶. Above 0 it is looked up before it is sent.
    pub sends: u32,
    /// Not before this time.
    pub due_at: Option<DateTime<Utc>>,
    /// Since when the fate of its last call is unknown.
    pub unknown_since: Option<DateTime<Utc>>,
    /// The call that carried it last.
    pub batch: Option<i64>,
    /// How often it was tried again by itself since it was first parked for a cause that only 金蝶 can lift.
    pub retries: Option<Retries>,
    /// FDocumentStatus as it was last read; `None`: never.
    pub bill_status: Option<String>,
    /// The refund's money in yuan: the bill's once there was one, until then what the row asks; `None`: not known.
    pub amount: Option<Decimal>,
    /// When it first came up for a person. It stays while it is tried again, until it is done or not in scope.
    pub first_parked: Option<DateTime<Utc>>,
    /// When it was last taken up again or sent; gone once it is done.
    pub last_tried: Option<DateTime<Utc>>,
    /// Numbers by which the journal may not find it yet. They are written with it and not read back.
    pub numbers: Vec<Number>,
    /// What a person decided about it.
    pub decision: Option<Decision>,
}

/// Something that a person should know although nothing stops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flag {
    /// A stable word: `altered`, `foreign`, `changed`, `reversed`, `split_line`, …
    pub kind: String,
    /// The figures.
    pub detail: String,
    /// The same in Chinese, where it is put in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail_zh: Option<String>,
}

impl Flag {
    /// The figures for this reader.
    pub fn told(&self, lang: Lang) -> &str {
        self.detail_zh.as_deref().filter(|_| lang == Lang::Chinese).unwrap_or(&self.detail)
    }
}

/// One line of a document's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What happened.
    pub event: Event,
    /// Further facts, as a JSON object.
    pub detail: Value,
}

impl Document {
    /// A document that was never seen before, in the state that `event` gives a first row.
    pub fn new(refund_no: String, version: Version) -> Self {
        Self {
            id: 0,
            refund_no,
            // Overwritten by the first `apply`: every first event is allowed from here.
            state: State::Filtered,
            version,
            kind: None,
            process_status: None,
            shop_no: String::new(),
            source: Kept::default(),
            date: None,
            moved_to: None,
            bill: Kept::default(),
            mark: None,
            rules: None,
            fid: None,
            pending: None,
            parking: None,
            flags: Vec::new(),
            attempts: 0,
            sends: 0,
            due_at: None,
            unknown_since: None,
            batch: None,
            retries: None,
            bill_status: None,
            amount: None,
            first_parked: None,
            last_tried: None,
            numbers: Vec::new(),
            decision: None,
        }
    }

    /// Takes an event: the state follows the table, what no longer holds is cleared.
    pub fn apply(&mut self, event: Event, detail: Value) -> Result<Log, Illegal> {
        let before = self.state;
        self.state = before.after(event)?;
        match event {
            Event::Undone if before == State::Decided => {}
            Event::Read
            | Event::ReadFiltered
            | Event::ReadUnreadable
            | Event::Requeued
            | Event::Directed
            | Event::Undone => {
                self.parking = None;
                self.bill.clear();
                self.mark = None;
                self.attempts = 0;
                self.due_at = None;
                self.unknown_since = None;
                self.fid = None;
                self.bill_status = None;
                if matches!(event, Event::Read | Event::ReadFiltered | Event::ReadUnreadable) {
                    self.flags.clear();
                    self.retries = None;
                }
            }
            Event::Intended => {
                self.unknown_since = None;
                self.due_at = None;
                self.sends += 1;
            }
            Event::NotSent => {
                self.unknown_since = None;
                self.due_at = None;
                self.sends = self.sends.saturating_sub(1);
            }
            Event::Saved | Event::Adopted | Event::Rejected | Event::Conflict | Event::Broken => {
                self.unknown_since = None;
                self.due_at = None;
                self.attempts = 0;
            }
            Event::Submitted | Event::Audited => {
                self.due_at = None;
                self.attempts = 0;
            }
            Event::Confirmed => {
                self.due_at = None;
                self.attempts = 0;
                self.retries = None;
            }
            Event::Mapped
            | Event::Refused
            | Event::Decided
            | Event::Declined
            | Event::FateUnknown
            | Event::Absent
            | Event::Noticed
            | Event::Reversed
            | Event::Restored
            | Event::Waiting => {}
        }
        Ok(Log { event, detail })
    }

    /// Parks it with `parking`.
    pub fn park(&mut self, event: Event, parking: Parking) -> Result<Log, Illegal> {
        let detail = serde_json::json!({ "cause": parking.cause, "reasons": parking.reasons });
        let log = self.apply(event, detail)?;
        self.parking = Some(parking);
        Ok(log)
    }

    /// What `logs` say happened to it `at` this time: what lists show of it, and what it is found by, follows.
    pub fn happened(&mut self, logs: &[Log], at: DateTime<Utc>) {
        if self.id == 0 {
            // As it stands the journal finds it anyway.
            let own = Number::new(NumberKind::Refund, &self.refund_no);
            self.numbers.extend(own.filter(|own| own.text != self.refund_no));
        }
        for log in logs {
            match log.event {
                Event::Mapped => {
                    let bill = self.bill.get();
                    self.amount = bill.map(ReturnBill::amount).or(self.amount);
                    let number = bill.and_then(|bill| Number::new(NumberKind::Bill, &bill.number));
                    self.numbers.extend(number.filter(|number| number.text != self.refund_no));
                }
                Event::Requeued | Event::Intended => self.last_tried = Some(at),
                Event::Saved | Event::Adopted | Event::Conflict | Event::Rejected => {
                    let fid = self.fid.as_deref().and_then(|fid| Number::new(NumberKind::Fid, fid));
                    self.numbers.extend(fid);
                }
                // A bill that was made by hand is looked for by its own numbers.
                Event::Decided => {
                    let named = |kind, text: Option<&str>| text.and_then(|text| Number::new(kind, text));
                    if let Some(Decision { wish, fid, .. }) = &self.decision {
                        self.numbers.extend(named(NumberKind::Bill, wish.bill.as_deref()));
                        self.numbers.extend(named(NumberKind::Fid, fid.as_deref()));
                    }
                }
                Event::Confirmed | Event::ReadFiltered => (self.first_parked, self.last_tried) = (None, None),
                _ => {}
            }
        }
        if self.state == State::Parked {
            self.first_parked.get_or_insert(at);
        }
    }

    /// Raises a flag; one of each kind, the latest detail. Says whether it is news.
    pub fn flag(&mut self, kind: FlagKind, detail: impl Into<Text>) -> bool {
        let Text { zh, en } = detail.into();
        let detail_zh = (zh != en).then(|| zh.into_owned());
        let flag = Flag { kind: kind.as_str().to_owned(), detail: en.into_owned(), detail_zh };
        if let Some(known) = self.flags.iter_mut().find(|known| known.kind == flag.kind) {
            let news = known.detail != flag.detail;
            *known = flag;
            return news;
        }
        self.flags.push(flag);
        true
    }

    /// Takes a flag down. Says whether it was up.
    pub fn unflag(&mut self, kind: FlagKind) -> bool {
        let before = self.flags.len();
        self.flags.retain(|flag| flag.kind != kind.as_str());
        self.flags.len() != before
    }

    /// Whether a flag of this kind is up.
    pub fn is_flagged(&self, kind: FlagKind) -> bool {
        self.flags.iter().any(|flag| flag.kind == kind.as_str())
    }

    /// A bill of ours stands in 金蝶, as far as we know.
    pub fn has_bill(&self) -> bool {
        self.fid.is_some()
    }

    /// How its bill is made where the rules would refuse.
    pub fn direction(&self) -> Direction {
        self.decision.as_ref().map(|decision| decision.direction).unwrap_or_default()
    }

    /// The day of the bill that stands, or may stand, in 金蝶; `None` where there is none.
    pub fn booked_on(&self) -> Option<NaiveDate> {
        let bill = self.return_bill().map(|bill| bill.date);
        bill.or(self.moved_to).or(self.date).filter(|_| self.sends > 0 || self.has_bill())
    }

    /// The accounting day that people are shown: that of its bill, else the one that its bill would have, else that of its
    /// last change. Lists select and sort by the same in SQL (`store::list`).
    pub fn day(&self) -> Option<NaiveDate> {
        self.return_bill()
            .map(|bill| bill.date)
            .or(self.moved_to)
            .or(self.date)
            .or_else(|| self.parking.as_ref()?.day)
            .or_else(|| self.version.modified.map(|at| at.date()))
    }

    /// The return, if it can be decoded.
    pub fn refund(&self) -> Option<&Return> {
        self.source.get()
    }

    /// The bill, if it can be decoded.
    pub fn return_bill(&self) -> Option<&ReturnBill> {
        self.bill.get()
    }
}

/// What is asked once for all documents that are parked in the same words: their own numbers are not part of them.
pub fn question(document: &Document) -> Option<String> {
    let parking = document.parking.as_ref()?;
    let number = document.return_bill().map(|bill| bill.number.as_str());
    let words = |text: &str| {
        let text = text.replace(&document.refund_no, "#");
        let text = number.map_or_else(|| text.clone(), |number| text.replace(number, "#"));
        document.fid.as_ref().map_or_else(|| text.clone(), |fid| text.replace(fid, "#"))
    };
    let reasons: Vec<String> = parking.reasons.iter().map(|reason| words(&reason.message.en)).collect();
    Some(format!("{}: {}", parking.cause, reasons.join("; ")))
}
