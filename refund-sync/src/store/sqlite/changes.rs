//! What one transaction changes of documents: their rows, their texts and what is told of it. The columns that move stand
//! here once, for a new document and for one that the journal holds. Which change follows which is `journal`'s.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, OptionalExtension as _, params, params_from_iter};
use serde::Serialize;

use super::failure::Failure;
use super::packed;
use super::rows::{COLUMNS, DOCUMENTS, read};
use super::search;
use super::texts::Tx;
use crate::journal::{Document, Log, Parking, Version, rebase};
use crate::model::Return;
use crate::store::Origin;
use crate::store::column::{day, micros, text, units};

/// Everything of a document that an event may change, its texts apart.
const MOVING: [&str; 25] = [
    "state",
    "modified",
    "asked_at",
    "kind",
    "process_status",
    "shop_no",
    "date",
    "moved_to",
    "mark",
    "rules",
    "fid",
    "pending",
    "parking",
    "flags",
    "attempts",
    "sends",
    "due_at",
    "unknown_since",
    "batch",
    "retries",
    "bill_status",
    "amount",
    "first_parked",
    "last_tried",
    "decision",
];

/// Behind what moves: the pipeline and the number.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let values: Vec<_> = (1..=MOVING.len() + 2).map(|place| format!("?{place}")).collect();
    format!(
        "INSERT INTO document ({}, pipeline, refund_no) VALUES ({})",
        MOVING.join(", "),
        values.join(", ")
    )
});

/// Behind what moves: the document, and the row that it must stand on still.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let set: Vec<_> = (1..).zip(MOVING).map(|(place, column)| format!("{column} = ?{place}")).collect();
    let [id, asked_at, modified] = [1, 2, 3].map(|further| MOVING.len() + further);
    format!(
        "UPDATE document SET {} WHERE id = ?{id} AND asked_at = ?{asked_at} AND modified IS ?{modified}",
        set.join(", ")
    )
});

static STORED: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM {DOCUMENTS} WHERE document.id = ?1"));

/// The texts that changed; the other one stays what it is.
const CONTENT: &str = "INSERT INTO content (document, source, bill) VALUES (?1, ?2, ?3)
    ON CONFLICT (document) DO UPDATE SET
        source = iif(?4, excluded.source, source), bill = iif(?5, excluded.bill, bill)";

const EVENT: &str = "INSERT INTO event (document, n, run, at, event, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The changes of one transaction. Events are numbered through their pipeline: the number tells their order, and that
/// something happened.
pub(super) struct Changes<'t> {
    tx: &'t Tx<'t>,
    origin: Origin,
    /// The number of the last event, before this transaction and by now.
    last: (i64, i64),
    insert: Prepared<'t>,
    update: Prepared<'t>,
    content: Prepared<'t>,
    event: Prepared<'t>,
    search: Prepared<'t>,
    /// Whose names this transaction has learned.
    shops: BTreeMap<String, String>,
}

/// A statement that is looked up when it is first run, and then never again.
struct Prepared<'t> {
    sql: &'static str,
    statement: Option<CachedStatement<'t>>,
}

impl<'t> Prepared<'t> {
    fn new(sql: &'static str) -> Self {
        Self { sql, statement: None }
    }

    fn on(&mut self, tx: &'t Tx<'t>) -> rusqlite::Result<&mut CachedStatement<'t>> {
        let statement = match self.statement.take() {
            Some(statement) => statement,
            None => tx.prepare_cached(self.sql)?,
        };
        Ok(self.statement.insert(statement))
    }
}

impl<'t> Changes<'t> {
    pub(super) fn open(tx: &'t Tx<'t>, origin: Origin) -> Result<Self, Failure> {
        let last = tx
            .prepare_cached("SELECT events FROM pipeline WHERE id = ?1")?
            .query_row(params![origin.pipeline], |row| row.get(0))?;
        Ok(Self {
            tx,
            origin,
            last: (last, last),
            insert: Prepared::new(&INSERT),
            update: Prepared::new(&UPDATE),
            content: Prepared::new(CONTENT),
            event: Prepared::new(EVENT),
            search: Prepared::new(search::PUT),
            shops: BTreeMap::new(),
        })
    }

    /// Writes a document that was read within this transaction as standing on `before`, with what happened to it; a new one
    /// gets its id.
    pub(super) fn put(
        &mut self,
        mut document: Document,
        before: Version,
        logs: &[Log],
    ) -> Result<(), Failure> {
        document.happened(logs, self.origin.at);
        if document.id == 0 {
            document.id = self.insert(&document)?;
        } else {
            self.update(&document, before)?;
        }
        logs.iter().try_for_each(|entry| self.log(document.id, entry))
    }

    /// Writes the writer's document, if the row that it was moved on still holds, and returns it.
    pub(super) fn put_moved(
        &mut self,
        mut document: Document,
        logs: &[Log],
    ) -> rusqlite::Result<Option<Document>> {
        document.happened(logs, self.origin.at);
        if self.update(&document, document.version)? {
            document.numbers.clear();
            return Ok(Some(document));
        }
        let stored = self.tx.prepare_cached(&STORED)?.query_row(params![document.id], read).optional()?;
        let Some(stored) = stored else {
            document.id = self.insert(&document)?;
            return Ok(Some(document));
        };
        let Some(mut document) = rebase(&stored, document) else { return Ok(None) };
        self.update(&document, stored.version)?;
        document.numbers.clear();
        Ok(Some(document))
    }

    /// What happened to a document.
    pub(super) fn log(&mut self, document: i64, log: &Log) -> Result<(), Failure> {
        self.last.1 += 1;
        self.event.on(self.tx)?.execute(params![
            document,
            self.last.1,
            self.origin.run,
            micros(self.origin.at),
            log.event.as_str(),
            packed::pack(&log.detail.to_string())
        ])?;
        Ok(())
    }

    /// Nothing more happens in this transaction.
    pub(super) fn close(self) -> Result<(), Failure> {
        let (before, last) = self.last;
        if last > before {
            self.tx
                .prepare_cached("UPDATE pipeline SET events = ?2 WHERE id = ?1")?
                .execute(params![self.origin.pipeline, last])?;
        }
        Ok(())
    }

    /// Puts a new document into the journal; returns its id.
    fn insert(&mut self, document: &Document) -> rusqlite::Result<i64> {
        let values = moving(document).into_iter();
        let further = [self.origin.pipeline.into(), borrowed(&document.refund_no)];
        self.insert.on(self.tx)?.execute(params_from_iter(values.chain(further)))?;
        let id = self.tx.last_insert_rowid();
        self.put_texts(id, document)?;
        Ok(id)
    }

    /// Writes what moved of a document that the journal holds, and its texts if they changed. Says whether the row that it
    /// stands on is still the one that `standing_on` says.
    fn update(&mut self, document: &Document, standing_on: Version) -> rusqlite::Result<bool> {
        let values = moving(document).into_iter();
        let further =
            [document.id.into(), micros(standing_on.asked_at).into(), owned(standing_on.modified.map(text))];
        let written = self.update.on(self.tx)?.execute(params_from_iter(values.chain(further)))?;
        if written > 0 {
            self.put_texts(document.id, document)?;
        }
        Ok(written > 0)
    }

    /// Its texts, and the numbers that it is found by.
    fn put_texts(&mut self, id: i64, document: &Document) -> rusqlite::Result<()> {
        for number in &document.numbers {
            self.search.on(self.tx)?.execute(params![number.text, number.kind.code(), id])?;
        }
        self.tx.wrote(id, document);
        let (source, bill) = (document.source.has_changed(), document.bill.has_changed());
        if !source && !bill {
            return Ok(());
        }
        if source && let Some(name) = document.refund().and_then(Return::shop_name) {
            self.learn_shop(&document.shop_no, name)?;
        }
        let pack = |has_changed: bool, text: Option<Cow<'_, str>>| {
            text.filter(|_| has_changed).map(|text| packed::pack(&text))
        };
        self.content.on(self.tx)?.execute(params![
            id,
            pack(source, document.source.encoded()),
            pack(bill, document.bill.encoded()),
            source,
            bill
        ])?;
        Ok(())
    }

    /// What the document's row calls its shop.
    fn learn_shop(&mut self, no: &str, name: &str) -> rusqlite::Result<()> {
        if self.shops.get(no).is_some_and(|known| known == name) {
            return Ok(());
        }
        self.shops.insert(no.to_owned(), name.to_owned());
        search::learn(self.tx, "shop", self.origin.pipeline, no, name)
    }
}

/// The values of [`MOVING`].
fn moving(document: &Document) -> [ToSqlOutput<'_>; MOVING.len()] {
    [
        borrowed(document.state.as_str()),
        owned(document.version.modified.map(text)),
        micros(document.version.asked_at).into(),
        owned(document.kind),
        owned(document.process_status),
        borrowed(&document.shop_no),
        owned(document.date.map(day)),
        owned(document.moved_to.map(day)),
        maybe(document.mark.as_deref()),
        maybe(document.rules.as_deref()),
        maybe(document.fid.as_deref()),
        maybe(document.pending.as_deref()),
        owned(document.parking.as_ref().and_then(Parking::kept)),
        owned((!document.flags.is_empty()).then(|| json(&document.flags)).flatten()),
        document.attempts.into(),
        document.sends.into(),
        owned(document.due_at.map(micros)),
        owned(document.unknown_since.map(micros)),
        owned(document.batch),
        owned(document.retries.as_ref().and_then(json)),
        maybe(document.bill_status.as_deref()),
        owned(document.amount.and_then(units)),
        owned(document.first_parked.map(micros)),
        owned(document.last_tried.map(micros)),
        owned(document.decision.as_ref().and_then(json)),
    ]
}

fn borrowed(text: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
}

fn maybe(text: Option<&str>) -> ToSqlOutput<'_> {
    text.map_or(ToSqlOutput::Owned(Value::Null), borrowed)
}

fn owned<'a>(value: Option<impl Into<Value>>) -> ToSqlOutput<'a> {
    ToSqlOutput::Owned(value.map_or(Value::Null, Into::into))
}

fn json<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_string(value).ok()
}
