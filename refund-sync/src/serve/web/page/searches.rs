//! What was searched in 金蝶 lately: how often, and what came back.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use crate::sink::search::Candidate;

/// So many searches a minute, whoever asks: 金蝶 has other work.
const A_MINUTE: usize = 30;
/// So many answers are kept in mind.
const KEPT: usize = 50;
/// What was searched lately. One search goes on at a time.
#[derive(Debug, Default)]
pub(super) struct Searches {
    times: VecDeque<DateTime<Utc>>,
    answers: VecDeque<(Search, Vec<Candidate>)>,
}

/// What somebody looks for: pipeline, table, text.
pub(super) type Search = (String, String, String);

impl Searches {
    /// Whether one more may be asked now; counts it if so.
    pub(super) fn may_ask(&mut self, now: DateTime<Utc>) -> bool {
        let is_recent =
            |at: &DateTime<Utc>| (TimeDelta::zero()..TimeDelta::minutes(1)).contains(&(now - *at));
        self.times.retain(is_recent);
        let may = self.times.len() < A_MINUTE;
        if may {
            self.times.push_back(now);
        }
        may
    }

    pub(super) fn known(&self, search: &Search) -> Option<Vec<Candidate>> {
        self.answers.iter().find(|(known, _)| known == search).map(|(_, found)| found.clone())
    }

    pub(super) fn keep(&mut self, search: Search, found: Vec<Candidate>) {
        if self.answers.len() >= KEPT {
            self.answers.pop_front();
        }
        self.answers.push_back((search, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_counted_by_the_minute_and_answers_are_kept() {
        let mut searches = Searches::default();
        let now = DateTime::UNIX_EPOCH;
        assert!((0..A_MINUTE).all(|_| searches.may_ask(now)));
        assert!(!searches.may_ask(now + TimeDelta::seconds(59)));
        assert!(searches.may_ask(now + TimeDelta::seconds(60)));
        let search = |text: &str| ("main".to_owned(), "customers".to_owned(), text.to_owned());
        for n in 0..=KEPT {
            searches.keep(search(&n.to_string()), Vec::new());
        }
        assert_eq!(searches.answers.len(), KEPT);
        assert!(searches.known(&search("0")).is_none() && searches.known(&search("50")).is_some());
    }
}
