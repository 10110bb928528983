//! How many rows a site gives in one answer, as far as a client has seen: it tells the last answer from one that the site
//! cut. Asking for the rest is in `rows`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::query::{PAGE, Query};

/// How many questions are remembered: those that were asked last. What is forgotten costs a call, and no row: where a site cut
/// is not forgotten.
const MOST: usize = 256;

/// What a client has seen of a site's answers: of each question by itself how many rows it gives, as sites bound answers by form
/// and service, and by the width of their rows.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    questions: BTreeMap<Question, (u64, Arc<AtomicUsize>)>,
    caps: BTreeMap<(String, String), Arc<Mutex<BTreeSet<usize>>>>,
    /// How often one was asked: what was asked longest ago is forgotten first.
    asked: u64,
}

/// A service, a form and the fields that are asked for.
type Question = (String, String, Vec<String>);

impl Answers {
    /// Those of a service to such a query.
    pub(super) fn of(&self, service: &str, query: &Query) -> AnswersOf {
        let seen = &mut *self.seen();
        seen.asked += 1;
        // Names have no case.
        let form = query.form_id.trim().to_ascii_lowercase();
        let question = (service.to_owned(), form.clone(), query.field_keys.clone());
        if seen.questions.len() >= MOST && !seen.questions.contains_key(&question) {
            let oldest = seen.questions.iter().min_by_key(|(_, (asked, _))| *asked);
            let oldest = oldest.map(|(question, _)| question.clone());
            oldest.and_then(|oldest| seen.questions.remove(&oldest));
        }
        let (asked, most) = seen.questions.entry(question).or_default();
        *asked = seen.asked;
        let most = Arc::clone(most);
        AnswersOf { most, caps: Arc::clone(seen.caps.entry((service.to_owned(), form)).or_default()) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was seen of one question.
#[derive(Debug)]
pub(super) struct AnswersOf {
    /// The most rows that one had.
    most: Arc<AtomicUsize>,
    /// The rows of those that were short of what was asked, and had more behind them, whichever fields of the form were asked
    /// for: where wide rows were cut, no narrow ones are taken for all. There are no more than an answer can have rows.
    caps: Arc<Mutex<BTreeSet<usize>>>,
}

impl AnswersOf {
    /// An answer came with so many rows.
    pub(super) fn came(&self, rows: usize) {
        self.most.fetch_max(rows, Ordering::Relaxed);
    }

    /// There were more rows behind one with so many, though more were asked for.
    pub(super) fn was_cut(&self, rows: usize) {
        self.caps().insert(rows);
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
        self.is_last(rows, asked) || (is_short && !self.caps().contains(&rows))
    }

    fn caps(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.caps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, MOST};
    use crate::query::Query;

    #[test]
    fn those_questions_are_remembered_that_were_asked_last() {
        let answers = Answers::default();
        let of = |key: usize| {
            let query = Query::builder().form_id("F").field_keys([format!("F_{key}")]).build();
            answers.of("ExecuteBillQuery", &query)
        };
        of(0).came(7);
        for key in 1..2 * MOST {
            of(key);
            assert!(of(0).is_last(6, 9), "asked all the time");
        }
        assert_eq!(answers.seen().questions.len(), MOST);
        of(3).came(7);
        for key in 4..4 + MOST {
            of(key);
        }
        assert!(!of(3).is_last(6, 9), "forgotten");
        of(0).was_cut(5);
        for key in 1..=MOST {
            of(key);
        }
        assert!(!of(0).may_be_last(5, 9) && !of(1).may_be_last(5, 9), "where a site cut is not");
        assert!(of(0).may_be_last(4, 9));
    }
}
