//! What the simulator holds: returns and the rows of its other methods, as JSON objects, so that a test can put any
//! shape there, also a broken one. Made-up rows come from `fill.rs` and `master.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};

use super::tables::{TABLES, Table};
use crate::method::refund::Refund;
use crate::wire::mask::mask_json;
use crate::wire::{FieldFault, format_time, parse_time, read_row};

/// The method whose rows stand by themselves.
const REFUNDS: &str = "wdt.refund.query";

/// One return, or another method's row, as it will stand in an answer. Anything may be put in it.
/// `Debug` shows it without its people.
///
/// ```
/// use serde_json::json;
/// use wdt_qimen_sdk::mock::MockRefund;
///
/// let mut row = MockRefund::from(json!({ "refund_no": "TK1", "modified": "2026-11-20 10:00:00" }));
/// row.set("refund_amount", "9.90");
/// assert_eq!((row.refund_no(), row.text("refund_amount")), ("TK1".to_owned(), "9.90".to_owned()));
/// ```
#[derive(Clone, PartialEq)]
pub struct MockRefund(pub Map<String, Value>);

impl MockRefund {
    /// The text of a key; numbers as text, true and false as 1 and 0, anything else as empty.
    pub fn text(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => u8::from(*flag).to_string(),
            _ => String::new(),
        }
    }

    /// Its `refund_no`, or empty.
    pub fn refund_no(&self) -> String {
        self.text("refund_no")
    }

    /// Its `modified`, if that is a time.
    pub fn modified(&self) -> Option<NaiveDateTime> {
        parse_time(&self.text("modified")).ok()
    }

    /// Puts a value.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// Moves its `modified`, as any change does.
    pub fn touch(&mut self, time: NaiveDateTime) {
        self.set("modified", format_time(time));
    }

    /// Its lines, if it has a list of them.
    pub fn lines(&mut self) -> Option<&mut Vec<Value>> {
        self.0.get_mut("refund_order_list")?.as_array_mut()
    }

    /// What a client reads of it.
    pub fn read(&self) -> Result<Refund, Vec<FieldFault>> {
        read_row(&self.as_text())
    }

    /// Its text in an answer, before anything spoils it.
    pub(super) fn as_text(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for MockRefund {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MockRefund").field(&mask_json(&self.as_text())).finish()
    }
}

impl From<Value> for MockRefund {
    /// Any JSON; what is no object becomes an empty one.
    fn from(value: Value) -> Self {
        match value {
            Value::Object(fields) => Self(fields),
            _ => Self(Map::new()),
        }
    }
}

/// The rows of a simulator, shared by its clones. A test may change them while a client reads.
///
/// ```
/// use serde_json::json;
/// use wdt_qimen_sdk::mock::Gateway;
///
/// let world = Gateway::builder().build().world();
/// world.push(json!({ "refund_no": "TK1", "modified": "2026-11-20 10:00:00" }));
/// assert!(world.edit("TK1", |row| row.set("refund_amount", "9.90")));
/// assert!(world.remove("TK1") && world.is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct World {
    rows: Arc<Mutex<Vec<Stored>>>,
    /// The rows of the other methods, by name.
    others: Arc<Mutex<BTreeMap<&'static str, Vec<Stored>>>>,
    tables: Arc<[Table]>,
}

impl Default for World {
    fn default() -> Self {
        Self::with(Vec::new())
    }
}

/// A row with the times that it is found by.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) row: MockRefund,
    pub(super) modified: Option<NaiveDateTime>,
    pub(super) settled: Option<NaiveDateTime>,
    pub(super) shown: Shown,
}

/// When a row that is counted is delivered.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shown {
    Always,
    Never,
    From(DateTime<Utc>),
}

impl Shown {
    pub(super) fn is_at(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::From(time) => now >= time,
        }
    }
}

impl Stored {
    /// The time under a key.
    pub(super) fn time(&self, key: &str) -> Option<NaiveDateTime> {
        match key {
            "modified" => self.modified,
            "finish_time" => self.settled,
            key => parse_time(&self.row.text(key)).ok(),
        }
    }

    fn of(row: MockRefund) -> Self {
        let (modified, settled) = (row.modified(), parse_time(&row.text("finish_time")).ok());
        Self { row, modified, settled, shown: Shown::Always }
    }
}

impl World {
    /// An empty world that knows these methods besides the crate's own.
    pub(super) fn with(further: Vec<Table>) -> Self {
        let tables = TABLES.into_iter().chain(further).collect();
        Self { rows: Arc::default(), others: Arc::default(), tables }
    }

    pub(super) fn table(&self, method: &str) -> Option<Table> {
        self.tables.iter().find(|table| table.answers(method)).copied()
    }

    /// Adds a row. One whose `modified` lies in the past appears late.
    ///
    /// ```
    /// use serde_json::json;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// let world = Gateway::builder().build().world();
    /// // Any shape, also a broken one:
    /// world.push(json!({ "refund_no": 7, "modified": "2026-11-20 10:00:00", "refund_amount": "a lot" }));
    /// assert_eq!(world.len(), 1);
    /// ```
    pub fn push(&self, row: impl Into<MockRefund>) {
        self.rows().push(Stored::of(row.into()));
    }

    /// Adds many rows.
    pub fn extend(&self, rows: impl IntoIterator<Item = MockRefund>) {
        self.rows().extend(rows.into_iter().map(Stored::of));
    }

    /// Adds a row that totals count and no page ever shows.
    pub fn push_ghost(&self, row: impl Into<MockRefund>) {
        self.rows().push(Stored { shown: Shown::Never, ..Stored::of(row.into()) });
    }

    /// Adds a row that totals count from now on and pages show from `time` on, by the simulator's clock.
    ///
    /// ```
    /// use serde_json::json;
    /// use wdt_qimen_sdk::mock::Gateway;
    ///
    /// let world = Gateway::builder().build().world();
    /// // Counted at once, and shown three minutes later: a gateway that lags behind its own count.
    /// let row = json!({ "refund_no": "TK1", "modified": "2026-11-20 10:00:00" });
    /// world.push_late(row, "2026-11-20T02:03:00Z".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_late(&self, row: impl Into<MockRefund>, time: DateTime<Utc>) {
        self.rows().push(Stored { shown: Shown::From(time), ..Stored::of(row.into()) });
    }

    /// Changes the return with this number; false if there is none.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Span, mock};
    ///
    /// let world = mock::Gateway::builder().build().world();
    /// world.extend(mock::fill(7, 3, Span::day("2026-11-20".parse()?)));
    /// let number = world.refunds()[0].refund_no();
    /// assert!(world.edit(&number, |row| row.set("process_status", "90")));
    /// assert!(!world.edit("no such return", |_| ()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn edit(&self, refund_no: &str, change: impl FnOnce(&mut MockRefund)) -> bool {
        self.edit_in(REFUNDS, refund_no, change)
    }

    /// Changes the row of a method with this number, as the shop `S001` of `wdt.shop.query`; false if there is none.
    ///
    /// ```
    /// use serde_json::json;
    /// use wdt_qimen_sdk::mock::{Gateway, MockRefund};
    ///
    /// let world = Gateway::builder().build().world();
    /// world.put("wdt.shop.query", MockRefund::from(json!({ "shop_no": "S009" })));
    /// assert!(world.edit_in("wdt.shop.query", "S009", |shop| shop.set("shop_name", "旗舰店")));
    /// ```
    pub fn edit_in(&self, method: &str, number: &str, change: impl FnOnce(&mut MockRefund)) -> bool {
        self.change(method, |key, rows| {
            let Some(stored) = rows.iter_mut().find(|stored| stored.row.text(key) == number) else {
                return false;
            };
            change(&mut stored.row);
            *stored = Stored { shown: stored.shown, ..Stored::of(stored.row.clone()) };
            true
        })
    }

    /// Takes the return with this number away; false if there is none.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Span, mock};
    ///
    /// let world = mock::Gateway::builder().build().world();
    /// world.extend(mock::fill(7, 3, Span::day("2026-11-20".parse()?)));
    /// let number = world.refunds()[0].refund_no();
    /// assert!(world.remove(&number) && !world.remove(&number));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, refund_no: &str) -> bool {
        self.remove_in(REFUNDS, refund_no)
    }

    /// Takes the row of a method with this number away; false if there is none.
    pub fn remove_in(&self, method: &str, number: &str) -> bool {
        self.change(method, |key, rows| {
            let before = rows.len();
            rows.retain(|stored| stored.row.text(key) != number);
            rows.len() < before
        })
    }

    /// Changes the rows of a method, which are known by this key; false if there is no such method or key.
    fn change(&self, method: &str, change: impl FnOnce(&str, &mut Vec<Stored>) -> bool) -> bool {
        match self.table(method) {
            Some(table) if table.number.is_empty() => false,
            Some(table) if table.method == REFUNDS => change(table.number, &mut self.rows()),
            Some(table) => change(table.number, self.others().entry(table.method).or_default()),
            None => false,
        }
    }

    /// All rows as they are now.
    pub fn refunds(&self) -> Vec<MockRefund> {
        self.rows().iter().map(|stored| stored.row.clone()).collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows().is_empty()
    }

    /// Puts a row of another method, as `wdt.shop.query`; one with the same number makes way for it. False if the
    /// simulator does not know the method: see [`GatewayBuilder::method`](super::GatewayBuilder::method).
    ///
    /// ```
    /// use serde_json::json;
    /// use wdt_qimen_sdk::mock::{Gateway, MockRefund};
    ///
    /// let world = Gateway::builder().build().world();
    /// let shop = MockRefund::from(json!({ "shop_no": "S009", "shop_name": "旗舰店" }));
    /// assert!(world.put("wdt.shop.query", shop));
    /// assert_eq!(world.list("wdt.shop.query").len(), 1);
    /// ```
    pub fn put(&self, method: &str, row: impl Into<MockRefund>) -> bool {
        let Some(table) = self.table(method) else { return false };
        let stored = Stored::of(row.into());
        let place = |rows: &mut Vec<Stored>| {
            let number = stored.row.text(table.number);
            rows.retain(|other| number.is_empty() || other.row.text(table.number) != number);
            rows.push(stored);
        };
        if table.method == REFUNDS {
            place(&mut self.rows());
        } else {
            place(self.others().entry(table.method).or_default());
        }
        true
    }

    /// The rows of a method as they are now.
    pub fn list(&self, method: &str) -> Vec<MockRefund> {
        self.read(method, |rows| rows.iter().map(|stored| stored.row.clone()).collect())
    }

    pub(super) fn read<T>(&self, method: &str, read: impl FnOnce(&[Stored]) -> T) -> T {
        match self.table(method) {
            Some(table) if table.method == REFUNDS => read(&self.rows()),
            Some(table) => read(self.others().get(table.method).map_or(&[], Vec::as_slice)),
            None => read(&[]),
        }
    }

    fn others(&self) -> MutexGuard<'_, BTreeMap<&'static str, Vec<Stored>>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rows(&self) -> MutexGuard<'_, Vec<Stored>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
