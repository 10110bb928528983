//! A reconciliation that a person asks for on the page: what is asked, what is under way, what came of it, and its files.
//! Only what lasts as long as the process; what the last one found is kept in the journal too. Who compares is
//! `serve::reconciler`.

use std::fmt;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::lang::Text;
use crate::reconcile::{Period, Reconciled, findings_csv};

/// The reconciliations of one pipeline as people order them.
#[derive(Debug, Clone, Default)]
pub struct Reconciliation {
    /// The days that a person wants to be compared and that nobody has begun with.
    pub asked: Option<Period>,
    /// The days that are compared at present.
    pub running: Option<Period>,
    /// Why the last one came to nothing, and when; gone with the next that did.
    pub failed: Option<(DateTime<Utc>, Text)>,
    /// The last one as files.
    pub files: Option<Arc<ReconcileFiles>>,
}

/// A comparison as files to download.
pub struct ReconcileFiles {
    /// The days that were compared.
    pub period: Period,
    /// Each difference, as CSV for a spreadsheet.
    pub csv: Vec<u8>,
    /// Sums, differences and what waits, as a workbook; empty in a program without them.
    pub xlsx: Vec<u8>,
}

impl ReconcileFiles {
    /// Makes the files of a comparison of `pipeline` by `rules`.
    ///
    /// # Errors
    /// When the temporary file of the comparison cannot be read.
    pub(super) fn of(
        reconciled: &Reconciled,
        (pipeline, rules): (&str, &str),
        period: Period,
        at: DateTime<Utc>,
    ) -> io::Result<Self> {
        let mut csv = Vec::new();
        findings_csv([(pipeline, &reconciled.books)], &mut csv)?;
        Ok(Self { period, csv, xlsx: workbook(reconciled, (pipeline, rules), period, at)? })
    }
}

#[cfg(feature = "xlsx")]
fn workbook(
    reconciled: &Reconciled,
    (pipeline, rules): (&str, &str),
    period: Period,
    at: DateTime<Utc>,
) -> io::Result<Vec<u8>> {
    let compared = crate::reconcile::Compared { pipeline, rules, reconciled };
    crate::reconcile::workbook_bytes(&[compared], period, at)
}

#[cfg(not(feature = "xlsx"))]
#[expect(clippy::unnecessary_wraps, reason = "with workbooks it can fail")]
fn workbook(_: &Reconciled, _: (&str, &str), _: Period, _: DateTime<Utc>) -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}

impl fmt::Debug for ReconcileFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileFiles").field("period", &self.period).finish_non_exhaustive()
    }
}
