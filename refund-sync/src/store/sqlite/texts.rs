//! The texts of documents on their way, as this process wrote or decoded them last: a step of a document does not read and
//! decode again what the step before it had in its hands. What moves of a document is always read, and whatever another
//! connection commits makes all of this forgotten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, params};

use super::rows::kept;
use crate::journal::{Document, Kept};
use crate::model::{Return, ReturnBill};

/// So many documents are remembered at most; half as many that were only read, so that there is room for those that are
/// taken up again.
const MOST: usize = 400;

/// The texts of a document.
type Both = (Kept<Return>, Kept<ReturnBill>);

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: BTreeMap<i64, Both>,
    /// SQLite's figure that changes with what others commit.
    data_version: Option<i64>,
}

/// A transaction that writes, and the documents that it wrote.
pub(super) struct Tx<'c> {
    inner: Transaction<'c>,
    written: RefCell<Vec<(i64, Option<Both>)>>,
}

impl<'c> Deref for Tx<'c> {
    type Target = Transaction<'c>;

    fn deref(&self) -> &Transaction<'c> {
        &self.inner
    }
}

impl<'c> Tx<'c> {
    pub(super) fn of(inner: Transaction<'c>) -> Self {
        Self { inner, written: RefCell::default() }
    }

    /// The journal holds this document so, once the transaction is committed.
    pub(super) fn wrote(&self, id: i64, document: &Document) {
        let mut written = self.written.borrow_mut();
        let is_kept = document.state.is_pending() && written.len() < MOST;
        let both = is_kept.then(|| (document.source.as_stored(), document.bill.as_stored()));
        written.push((id, both));
    }

    pub(super) fn commit(self, texts: &Mutex<Texts>) -> rusqlite::Result<()> {
        self.inner.commit()?;
        let mut texts = lock(texts);
        for (id, both) in self.written.into_inner() {
            let before = texts.known.remove(&id);
            let most = if before.is_some() { MOST } else { MOST / 2 };
            if let Some(both) = both.filter(|_| texts.known.len() < most) {
                texts.known.insert(id, both);
            }
        }
        Ok(())
    }
}

impl Texts {
    /// Gives documents that were read within this transaction their texts.
    pub(super) fn fill(
        texts: &Mutex<Self>,
        tx: &Connection,
        documents: &mut [Document],
    ) -> rusqlite::Result<()> {
        let mut texts = lock(texts);
        let now = tx.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if texts.data_version.replace(now) != Some(now) {
            texts.known.clear();
        }
        let mut statement = tx.prepare_cached("SELECT source, bill FROM content WHERE document = ?1")?;
        for document in documents {
            let both = if let Some(known) = texts.known.get(&document.id) {
                known.clone()
            } else {
                let mut rows = statement.query(params![document.id])?;
                let Some(row) = rows.next()? else { continue };
                let read: Both = (kept(row, 0)?, kept(row, 1)?);
                if texts.known.len() < MOST {
                    texts.known.insert(document.id, read.clone());
                }
                read
            };
            (document.source, document.bill) = both;
        }
        Ok(())
    }
}

fn lock(texts: &Mutex<Texts>) -> MutexGuard<'_, Texts> {
    texts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Row, State};
    use crate::store::column::instant;
    use crate::store::{MapNow, Origin, PageCommit, Sqlite, Store as _};
    use chrono::NaiveDateTime;

    fn page(modified: &str, customer: &str) -> PageCommit {
        let json = format!(
            r#"{{"refund_no":"TK1","kind":2,"process_status":90,"shop_no":"S1","customer_no":"{customer}","warehouse_no":"",
            "modified":"2026-11-{modified}T00:00:00","finish_time":null,"check_time":null,"goods_amount":null,
            "refund_amount":null,"actual_refund_amount":null,"tid":"","src_no":"","sales_tid":"","return_mask":0,"lines":[]}}"#
        );
        let refund = serde_json::from_str(&json).unwrap();
        let window = (NaiveDateTime::default(), NaiveDateTime::default());
        PageCommit { rows: vec![Row::Accepted(Box::new(refund))], asked_at: instant(1), window }
    }

    async fn customer(store: &Sqlite) -> String {
        let seen = store.due(1, State::Seen, instant(9), 10).await.unwrap();
        seen[0].refund().unwrap().customer_no.clone()
    }

    #[tokio::test]
    async fn what_another_connection_or_a_newer_row_changed_is_what_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let store = Sqlite::open(&path).unwrap();
        let pipeline = store.pipeline("main").await.unwrap().id;
        let origin = Origin { pipeline, run: 1, at: instant(1) };
        store.commit_mapped(origin, page("01", "A"), MapNow::not()).await.unwrap();
        assert_eq!(customer(&store).await, "A");
        store.commit_mapped(origin, page("02", "B"), MapNow::not()).await.unwrap();
        assert_eq!(customer(&store).await, "B");
        let by_hand = Connection::open(&path).unwrap();
        let text = serde_json::to_string(&match &page("02", "C").rows[0] {
            Row::Accepted(refund) => refund.clone(),
            other => panic!("{other:?}"),
        });
        by_hand.execute("UPDATE content SET source = ?1", params![text.unwrap()]).unwrap();
        assert_eq!(customer(&store).await, "C");
    }

    #[tokio::test]
    async fn of_what_was_not_committed_nothing_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("journal.db")).unwrap();
        let pipeline = store.pipeline("main").await.unwrap().id;
        let origin = Origin { pipeline, run: 1, at: instant(1) };
        store.commit_mapped(origin, page("01", "A"), MapNow::not()).await.unwrap();
        assert_eq!(customer(&store).await, "A");
        let mut changed = page("02", "B");
        // The first row is stored, the second cannot be.
        changed.rows.push(Row::Unreadable {
            refund_no: "TK2".into(),
            modified: None,
            reasons: Vec::new(),
            raw: String::new(),
        });
        super::super::lock(&store.connection)
            .execute_batch(
                "CREATE TRIGGER full BEFORE INSERT ON document BEGIN SELECT raise(ABORT, 'full'); END",
            )
            .unwrap();
        store.commit_mapped(origin, changed, MapNow::not()).await.unwrap_err();
        assert_eq!(customer(&store).await, "A");
    }
}
