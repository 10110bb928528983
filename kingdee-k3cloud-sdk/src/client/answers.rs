//! How many rows a site gives in one answer, as far as a client has seen: it tells the last answer from one that the site
//! cut. Asking for the rest is in `rows`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::query::PAGE;

/// What a client has seen of a site's answers, of each service and form by itself: one may be bounded otherwise than another.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<BTreeMap<(String, String), Arc<AnswersOf>>>);

impl Answers {
    /// Those of a service about a form.
    pub(super) fn of(&self, service: &str, form: &str) -> Arc<AnswersOf> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(seen.entry((service.to_owned(), form.to_owned())).or_default())
    }
}

/// What was seen of one service and form.
#[derive(Debug, Default)]
pub(super) struct AnswersOf {
    /// The most rows that one had.
    most: AtomicUsize,
    /// The rows of one that was short of what was asked, and had more behind it; 0: none was.
    cap: AtomicUsize,
}

impl AnswersOf {
    /// An answer came with so many rows.
    pub(super) fn came(&self, rows: usize) {
        self.most.fetch_max(rows, Ordering::Relaxed);
    }

    /// There were more rows behind one with so many, though more were asked for.
    pub(super) fn was_cut(&self, rows: usize) {
        self.cap.store(rows, Ordering::Relaxed);
    }

    /// Whether there are certainly no rows behind an answer with so many: there is none, or the site is known to give more
    /// in one.
    pub(super) fn is_last(&self, rows: usize, asked: usize) -> bool {
        rows == 0 || (rows < asked && rows < self.most.load(Ordering::Relaxed))
    }

    /// Whether that can be believed where the rest cannot be asked for: it is shorter than what every site is known to
    /// give, and not as long as what this one cut.
    pub(super) fn may_be_last(&self, rows: usize, asked: usize) -> bool {
        let is_short = rows < asked && rows < PAGE as usize;
        self.is_last(rows, asked) || (is_short && rows != self.cap.load(Ordering::Relaxed))
    }
}
