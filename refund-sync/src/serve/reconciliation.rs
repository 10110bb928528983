//! A reconciliation that a person asks for on the page: what is asked, what is under way, what came of it, and its files.
//! Only what lasts as long as the process; what the last one found is kept in the journal too. Who compares is
//! `serve::reconciler`.

use std::fmt;
use std::io;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::config::Pipeline;
use crate::lang::{Lang, Text};
use crate::model::Names;
use crate::reconcile::{Period, Reconciled, findings_csv};

/// The reconciliations of one pipeline as people order them.
#[derive(Debug, Clone, Default)]
pub struct Reconciliation {
    /// The days that a person wants to be compared and that nobody has begun with.
    pub asked: Option<Period>,
    /// Who wants that.
    pub asked_by: String,
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
    /// Each difference, as CSV for a spreadsheet: in Chinese, in English.
    pub csv: [Vec<u8>; 2],
    /// Sums, differences and what waits, as a workbook; empty in a program without them.
    pub xlsx: Vec<u8>,
}

impl ReconcileFiles {
    /// Makes the files of a comparison of a pipeline, for whoever ordered it.
    ///
    /// # Errors
    /// When the temporary file of the comparison cannot be read.
    pub(super) fn of(
        reconciled: &Reconciled,
        settings: &Pipeline,
        names: &Names,
        (period, at, by): (Period, DateTime<Utc>, &str),
    ) -> io::Result<Self> {
        let mut csv = [Vec::new(), Vec::new()];
        for (lang, csv) in [Lang::Chinese, Lang::English].into_iter().zip(&mut csv) {
            findings_csv([(settings.name.as_str(), &reconciled.books)], csv, lang)?;
        }
        Ok(Self { period, csv, xlsx: workbook(reconciled, settings, names, (period, at, by))? })
    }
}

#[cfg(feature = "xlsx")]
fn workbook(
    reconciled: &Reconciled,
    settings: &Pipeline,
    names: &Names,
    (period, at, by): (Period, DateTime<Utc>, &str),
) -> io::Result<Vec<u8>> {
    use crate::reconcile::{Compared, Occasion, workbook_bytes};

    let (pipeline, rules) = (settings.name.as_str(), settings.mapping.version.as_str());
    let compared = Compared { pipeline, rules, names, reconciled };
    workbook_bytes(&[compared], Occasion { period, at, by })
}

#[cfg(not(feature = "xlsx"))]
#[expect(clippy::unnecessary_wraps, reason = "with workbooks it can fail")]
fn workbook(
    _: &Reconciled,
    _: &Pipeline,
    _: &Names,
    _: (Period, DateTime<Utc>, &str),
) -> io::Result<Vec<u8>> {
    Ok(Vec::new())
}

impl fmt::Debug for ReconcileFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReconcileFiles").field("period", &self.period).finish_non_exhaustive()
    }
}
