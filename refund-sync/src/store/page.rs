//! A page of rows as it is journalled: what each row does to its document, and how it counts. The same in every
//! store; how rows are folded is `journal::fold`, the transaction around a page is each store's own.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::column::text;
use crate::journal::{Document, Event, Folded, Illegal, Log, Row, State, Version, fold};

/// One page of rows to be journalled.
#[derive(Debug, Clone)]
pub struct PageCommit {
    /// The rows, sorted by the filter.
    pub rows: Vec<Row>,
    /// When the request started: the tie-break between rows of equal `modified`.
    pub asked_at: DateTime<Utc>,
    /// The window that asked, for `why`.
    pub window: (NaiveDateTime, NaiveDateTime),
}

/// Makes a bill of a document that a row brought to `seen`, in the transaction that journals the row.
#[derive(Clone)]
pub struct MapNow(Arc<Mapping>);

type Mapping = dyn Fn(Document) -> Result<(Document, Vec<Log>), Illegal> + Send + Sync;

impl MapNow {
    /// By this.
    pub fn by(
        map: impl Fn(Document) -> Result<(Document, Vec<Log>), Illegal> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(map))
    }

    /// Not now.
    pub fn not() -> Self {
        Self::by(|document| Ok((document, Vec::new())))
    }
}

impl std::fmt::Debug for MapNow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MapNow")
    }
}

/// What a page brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PageOutcome {
    /// Accepted rows that are new or newer.
    pub accepted: u64,
    /// New or newer rows that the filter leaves out.
    pub filtered: u64,
    /// New or newer rows that cannot be read.
    pub unreadable: u64,
    /// Newer rows of documents that have a bill, or may have one.
    pub waiting: u64,
    /// Rows that say nothing new.
    pub unchanged: u64,
}

impl std::ops::AddAssign for PageOutcome {
    fn add_assign(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.filtered += other.filtered;
        self.unreadable += other.unreadable;
        self.waiting += other.waiting;
        self.unchanged += other.unchanged;
    }
}

impl PageOutcome {
    /// Folds `row` into the document of its number and counts it. Returns what is to be written, if anything.
    pub(super) fn take(
        &mut self,
        existing: Option<Document>,
        row: Row,
        page: &PageCommit,
        map: &MapNow,
    ) -> Result<Option<(Document, Vec<Log>)>, Illegal> {
        let (version, read) = (Version { modified: row.modified(), asked_at: page.asked_at }, row.event());
        match fold(existing, row, version)? {
            Folded::Unchanged => {
                self.unchanged += 1;
                Ok(None)
            }
            Folded::Touched(document) => {
                self.unchanged += 1;
                Ok(Some((document, Vec::new())))
            }
            Folded::Changed(document, mut entry) => {
                match (entry.event, read) {
                    (Event::Waiting, _) => self.waiting += 1,
                    (_, Event::ReadFiltered) => self.filtered += 1,
                    (_, Event::ReadUnreadable) => self.unreadable += 1,
                    _ => self.accepted += 1,
                }
                if let Some(detail) = entry.detail.as_object_mut() {
                    detail.insert("window".into(), json!([text(page.window.0), text(page.window.1)]));
                }
                let mut logs = vec![entry];
                if document.state != State::Seen {
                    return Ok(Some((document, logs)));
                }
                let (document, mapped) = map.0(document)?;
                logs.extend(mapped);
                Ok(Some((document, logs)))
            }
        }
    }
}
