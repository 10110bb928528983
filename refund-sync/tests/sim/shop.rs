//! The life of returns at 旺店通 as a timetable: they appear, settle, are touched, amended, reversed, broken and
//! mended, some of it late. What was visible when is kept, because the oracle asks for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;
use serde_json::Value;
use wdt_qimen_sdk::Span;
use wdt_qimen_sdk::mock::{Gateway, MockRefund, fill, stockin_of};
use wdt_qimen_sdk::wire::format_time;

use crate::climate::Climate;
use crate::record::Record;
use crate::rng::Rng;

/// A shop that 金蝶 has no customer for.
pub(crate) const UNKNOWN_SHOP: &str = "S999";

/// Every state that every row was ever in, oldest first, by 退换单号.
pub(crate) type History = BTreeMap<String, Vec<MockRefund>>;

/// The warehouse of every stock-in, by 退换单号.
pub(crate) type Arrivals = BTreeMap<String, String>;

const STOCKINS: &str = "wdt.stockin.order.query.refund";

/// What happens to one row.
#[derive(Debug, Clone)]
enum Change {
    /// The whole row, new or in the place of what stood there.
    Put(Box<MockRefund>),
    /// A remark: nothing that a bill could show.
    Touch,
    /// One yuan less on its first line.
    Amend,
    /// The amounts are again what they were at first.
    Unamend,
    /// It leaves 90.
    Reverse,
    /// It is finished again.
    Restore,
    /// A quantity that is no number.
    Break,
    /// Everything is again as it was at first, in a shop that exists.
    Mend,
    /// Its goods are checked in.
    Arrive(Box<MockRefund>),
}

/// One entry of the timetable.
#[derive(Debug, Clone)]
struct Event {
    at: Duration,
    refund_no: String,
    change: Change,
    /// How long before `at` its `modified` lies.
    late: Duration,
}

/// The rows and their timetable.
#[derive(Debug)]
pub(crate) struct Shop {
    record: Record,
    gateway: Gateway,
    history: Arc<Mutex<History>>,
    arrivals: Arc<Mutex<Arrivals>>,
    originals: BTreeMap<String, MockRefund>,
    events: Vec<Event>,
    climate: Climate,
}

impl Shop {
    /// Draws the whole timetable, and puts there what stands at the beginning.
    pub(crate) fn open(climate: &Climate, record: &Record, gateway: &Gateway, start: NaiveDateTime) -> Self {
        let mut draw = Draw {
            rng: Rng::of(climate.seed, "shop"),
            climate,
            begin: record.local(Duration::ZERO),
            events: Vec::new(),
        };
        let end = record.local(climate.span * 3 / 4);
        let mut rows = fill(climate.seed, climate.returns, Span::new(start, end).unwrap());
        draw.gather(&mut rows);
        // A row on the very first second that is read: both ends of a window are closed.
        settle_at(&mut rows[0], start);
        if climate.month_end.is_some() {
            rows[1..].iter_mut().for_each(|row| settled_before(row, climate.seed));
        }
        let originals = rows.iter().map(|row| (row.refund_no(), row.clone())).collect();
        for row in rows {
            draw.life(row);
        }
        draw.spells();
        let mut events = draw.events;
        events.sort_by_key(|event| event.at);
        let mut shop = Self {
            record: record.clone(),
            gateway: gateway.clone(),
            history: Arc::default(),
            arrivals: Arc::default(),
            originals,
            events,
            climate: climate.clone(),
        };
        let later = shop.events.partition_point(|event| event.at.is_zero());
        for event in shop.events.drain(..later).collect::<Vec<_>>() {
            shop.apply(&event);
        }
        shop
    }

    /// What every row was, is and will have been.
    pub(crate) fn history(&self) -> Arc<Mutex<History>> {
        Arc::clone(&self.history)
    }

    /// Where the goods of every return arrived.
    pub(crate) fn arrivals(&self) -> Arc<Mutex<Arrivals>> {
        Arc::clone(&self.arrivals)
    }

    /// Rows that stand there finished, for a person who types their bills by hand.
    pub(crate) fn finished(&self) -> Vec<MockRefund> {
        self.gateway.world().refunds().into_iter().filter(is_accepted).collect()
    }

    /// Lives through the timetable.
    pub(crate) async fn live(self) {
        for event in &self.events {
            tokio::time::sleep_until(self.record.instant(event.at)).await;
            self.apply(event);
        }
    }

    fn apply(&self, event: &Event) {
        let number = &event.refund_no;
        if let Change::Arrive(stockin) = &event.change {
            return self.check_in(event, stockin);
        }
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let known = history.get(number).and_then(|states| states.last()).cloned();
        let (row, is_new) = match (&event.change, known) {
            (Change::Put(row), None) => ((**row).clone(), true),
            (_, None) => return,
            (change, Some(mut row)) => {
                let before = row.modified();
                self.change(change, &mut row);
                let stamp = self.record.local(event.at.saturating_sub(event.late));
                row.touch(before.map_or(stamp, |before| before.max(stamp)));
                (row, false)
            }
        };
        self.record.note(format_args!(
            "shop {number} {} status {} modified {}",
            event.change.word(),
            row.text("process_status"),
            row.text("modified")
        ));
        if is_new {
            self.put(number, row.clone());
        } else {
            self.gateway.world().edit(number, |stored| *stored = row.clone());
        }
        history.entry(number.clone()).or_default().push(row);
    }

    /// A new row: counted from now on, and delivered as soon as this world's lists do.
    fn put(&self, number: &str, row: MockRefund) {
        let Climate { seed, lists, .. } = &self.climate;
        let Some(after) = lists.withholds(*seed, number, self.climate.latest()) else {
            return self.gateway.world().push(row);
        };
        self.record.note(format_args!("shop {number} is delivered after {after:?}"));
        self.gateway.world().push_late(row, self.record.at(self.record.elapsed() + after));
    }

    fn check_in(&self, event: &Event, stockin: &MockRefund) {
        let mut stockin = stockin.clone();
        stockin.touch(self.record.local(event.at.saturating_sub(event.late)));
        self.record.note(format_args!(
            "shop {} arrives in {} modified {}",
            event.refund_no,
            stockin.text("warehouse_no"),
            stockin.text("modified")
        ));
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.insert(event.refund_no.clone(), stockin.text("warehouse_no"));
        self.gateway.world().put(STOCKINS, stockin);
    }

    fn change(&self, change: &Change, row: &mut MockRefund) {
        let original = self.originals.get(&row.refund_no());
        match change {
            Change::Put(new) => *row = (**new).clone(),
            Change::Arrive(_) => {}
            Change::Touch => row.set("remark", format!("备注 {}", self.record.elapsed().as_millis())),
            Change::Amend => amend(row),
            Change::Reverse => row.set("process_status", "20"),
            Change::Restore => row.set("process_status", "90"),
            Change::Break => {
                if let Some(line) = row.lines().and_then(|lines| lines.first_mut()) {
                    line["refund_num"] = "abc".into();
                }
            }
            Change::Unamend | Change::Mend => {
                for key in ["refund_order_list", "refund_amount", "goods_amount"] {
                    if let Some(value) = original.and_then(|original| original.0.get(key)) {
                        row.set(key, value.clone());
                    }
                }
                if row.text("shop_no") == UNKNOWN_SHOP {
                    row.set("shop_no", "S001");
                }
            }
        }
    }
}

/// The dice at work on a timetable.
struct Draw<'a> {
    rng: Rng,
    climate: &'a Climate,
    begin: NaiveDateTime,
    events: Vec<Event>,
}

impl Draw<'_> {
    /// Settles some neighbours in one second, as a person does who marks a list and clicks once.
    fn gather(&mut self, rows: &mut [MockRefund]) {
        let mut from = 1;
        while from < rows.len() {
            let size = if self.rng.chance(60) { 3 + self.rng.below(12) } else { 1 };
            let to = (from + usize::try_from(size).unwrap_or(1)).min(rows.len());
            if let Some(second) = rows[from].modified() {
                rows[from..to].iter_mut().for_each(|row| settle_at(row, second));
            }
            from = to;
        }
    }

    /// One return from its first appearance to the last thing that happens to it.
    fn life(&mut self, mut row: MockRefund) {
        let number = row.refund_no();
        let Some(modified) = row.modified() else { return };
        let late = self.lateness();
        // What is older than the beginning stands there when the world begins.
        let settled = (modified - self.begin).to_std().ok();
        let at = settled.map_or(Duration::ZERO, |at| at + late);
        if self.rng.chance(20) {
            row.set("shop_no", UNKNOWN_SHOP);
        }
        if !at.is_zero() && self.rng.chance(500) {
            let earlier = self.rng.between(Duration::ZERO, at);
            let mut open = row.clone();
            open.set("process_status", "60");
            open.touch(self.begin + chrono::TimeDelta::from_std(earlier).unwrap_or_default());
            self.push(earlier, &number, Change::Put(Box::new(open)), Duration::ZERO);
        }
        self.push(at, &number, Change::Put(Box::new(row.clone())), late);
        if row.text("shop_no") == UNKNOWN_SHOP && self.rng.chance(700) {
            let mended = self.later(at);
            self.push(mended, &number, Change::Mend, Duration::ZERO);
        }
        if is_accepted(&row) {
            self.arrive(&row, at, late);
            self.afterwards(&number, at);
        }
    }

    /// When its goods are checked in: mostly before it is finished, at times later, never, or at the very beginning.
    fn arrive(&mut self, row: &MockRefund, at: Duration, late: Duration) {
        let Some(stockin) = stockin_of(row).filter(|_| self.climate.stockins) else { return };
        let mut dice = Rng::of(self.climate.seed, &row.refund_no());
        let (at, late) = match dice.below(100) {
            0..10 => return,
            10..20 => (Duration::ZERO, Duration::ZERO),
            20..45 => (at + dice.between(Duration::ZERO, Duration::from_mins(30)), Duration::ZERO),
            _ => (at, late),
        };
        self.push(at, &row.refund_no(), Change::Arrive(Box::new(stockin)), late);
    }

    /// What happens to a finished return.
    fn afterwards(&mut self, number: &str, at: Duration) {
        let late = self.lateness();
        match self.rng.below(100) {
            0..10 => {
                let when = self.later(at);
                self.push(when, number, Change::Touch, late);
            }
            10..20 => {
                let when = self.later(at);
                self.push(when, number, Change::Amend, late);
                if self.rng.chance(300) {
                    // The same second again, seen later: the number of the later request decides.
                    let hidden = self.rng.between(Duration::ZERO, self.climate.latest().saturating_sub(late));
                    self.push(when + hidden, number, Change::Amend, late + hidden);
                } else if self.rng.chance(300) {
                    let back = self.later(when);
                    self.push(back, number, Change::Unamend, Duration::ZERO);
                }
            }
            20..28 => {
                let when = self.later(at);
                self.push(when, number, Change::Reverse, late);
                if self.rng.chance(500) {
                    let back = self.later(when);
                    self.push(back, number, Change::Restore, Duration::ZERO);
                }
            }
            28..30 => {
                let when = self.later(at);
                self.push(when, number, Change::Break, late);
                if self.rng.chance(600) {
                    let mended = self.later(when);
                    self.push(mended, number, Change::Mend, Duration::ZERO);
                }
            }
            _ => {}
        }
    }

    /// Busy minutes, at the beginning and when an outage ends: rows move while they are read.
    fn spells(&mut self) {
        let numbers: Vec<String> = self.events.iter().map(|event| event.refund_no.clone()).collect();
        let outages = self.climate.outages.iter().map(|(_, to)| *to);
        for start in std::iter::once(Duration::ZERO).chain(outages).collect::<Vec<_>>() {
            for _ in 0..self.rng.below(40) {
                let at = start + self.rng.between(Duration::from_secs(1), Duration::from_secs(90));
                let number = self.rng.pick(&numbers);
                let change = if self.rng.chance(800) { Change::Touch } else { Change::Amend };
                self.push(at, &number, change, Duration::ZERO);
            }
        }
    }

    fn push(&mut self, at: Duration, number: &str, change: Change, late: Duration) {
        let at = at.min(self.climate.span);
        self.events.push(Event { at, refund_no: number.to_owned(), change, late });
    }

    fn later(&mut self, than: Duration) -> Duration {
        // Often within the minutes in which the bill is under way.
        let most = if self.rng.chance(500) { Duration::from_mins(15) } else { self.climate.span / 4 };
        than + self.rng.between(Duration::from_secs(1), most)
    }

    fn lateness(&mut self) -> Duration {
        let latest = self.climate.latest();
        match self.rng.below(20) {
            0 => latest,
            1..4 => self.rng.between(Duration::ZERO, latest),
            _ => Duration::from_millis(self.rng.below(2_000)),
        }
    }
}

impl Change {
    fn word(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Arrive(_) => "arrive",
            Self::Touch => "touch",
            Self::Amend => "amend",
            Self::Unamend => "unamend",
            Self::Reverse => "reverse",
            Self::Restore => "restore",
            Self::Break => "break",
            Self::Mend => "mend",
        }
    }
}

/// The seed's filter: 退货, 已完成.
pub(crate) fn is_accepted(row: &MockRefund) -> bool {
    row.text("type") == "2" && row.text("process_status") == "90"
}

/// A figure of the wire, whether it came as text or as a number.
pub(crate) fn figure(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => Decimal::from_str_exact(text).ok(),
        number => Decimal::from_str_exact(&number.to_string()).ok(),
    }
}

fn settle_at(row: &mut MockRefund, second: NaiveDateTime) {
    row.touch(second);
    if is_accepted(row) {
        row.set("finish_time", format_time(second));
    }
}

/// Some were settled hours before their last change: of the month that ended, and read in the next one.
fn settled_before(row: &mut MockRefund, seed: u64) {
    let mut dice = Rng::of(seed, &format!("settled {}", row.refund_no()));
    let hours = dice.between(Duration::ZERO, Duration::from_hours(4));
    if let Some(modified) = row.modified().filter(|_| is_accepted(row) && dice.chance(300)) {
        row.set("finish_time", format_time(modified - hours));
    }
}

/// Takes one yuan from the first line that has two, and from the head.
fn amend(row: &mut MockRefund) {
    let two = Decimal::TWO;
    let lines = row.lines().into_iter().flatten();
    let line =
        lines.into_iter().find(|line| figure(&line["refund_order_amount"]).is_some_and(|share| share >= two));
    let Some(line) = line else { return };
    let less = |value: &Value| figure(value).map(|figure| format!("{:.4}", figure - Decimal::ONE));
    if let Some(share) = less(&line["refund_order_amount"]) {
        line["refund_order_amount"] = share.into();
    }
    let head = row.0.get("refund_amount").and_then(less);
    if let Some(head) = head {
        row.set("refund_amount", head);
    }
}
