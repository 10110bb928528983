//! What one transaction adds to the lives of documents. Events are numbered through their pipeline: the number tells their
//! order, and that something happened.

use rusqlite::{Transaction, params};

use super::failure::Failure;
use crate::journal::Log;
use crate::store::Origin;
use crate::store::column::micros;

/// The events of one transaction.
pub(super) struct Chronicle<'t> {
    tx: &'t Transaction<'t>,
    origin: Origin,
    /// The number of the last event, before this transaction and by now.
    last: (i64, i64),
}

impl<'t> Chronicle<'t> {
    pub(super) fn open(tx: &'t Transaction<'t>, origin: Origin) -> Result<Self, Failure> {
        let last = tx
            .prepare_cached("SELECT events FROM pipeline WHERE id = ?1")?
            .query_row(params![origin.pipeline], |row| row.get(0))?;
        Ok(Self { tx, origin, last: (last, last) })
    }

    /// Where the changes of this transaction come from.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    pub(super) fn log(&mut self, document: i64, log: &Log) -> Result<(), Failure> {
        self.last.1 += 1;
        self.tx
            .prepare_cached(
                "INSERT INTO event (document, n, run, at, event, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                document,
                self.last.1,
                self.origin.run,
                micros(self.origin.at),
                log.event.as_str(),
                log.detail.to_string()
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
}
