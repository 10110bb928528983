//! Lock groups: which pipelines one worker must work together, because they share an account of either system.
//! How a group's locks are taken is in `store::postgres`.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::config::Pipeline;

/// Pipelines that one worker works together.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// In the order of the configuration.
    pub pipelines: Vec<&'a Pipeline>,
    /// Every pipeline of the configuration, whoever works it.
    pub(super) named: BTreeSet<&'a str>,
    locks: BTreeSet<i64>,
}

impl<'a> Group<'a> {
    fn of(pipeline: &'a Pipeline) -> Self {
        let (wdt, kingdee) = (&pipeline.wdt, &pipeline.kingdee);
        let locks = [
            // Two configurations that give different accounts one name would share its documents.
            lock(&["pipeline", &pipeline.name]),
            lock(&["wdt", wdt.base_url.as_str(), &wdt.sid, &wdt.app_key]),
            lock(&["kingdee", kingdee.base_url.as_str(), &kingdee.acct_id, &kingdee.username]),
        ];
        Self { pipelines: vec![pipeline], named: BTreeSet::new(), locks: locks.into() }
    }

    /// All pipelines as one group; `None` if there are none.
    pub(super) fn whole(pipelines: &'a [Pipeline]) -> Option<Self> {
        let whole = pipelines.iter().map(Self::of).reduce(Self::with)?;
        Some(whole.among(pipelines))
    }

    fn among(self, pipelines: &'a [Pipeline]) -> Self {
        Self { named: pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect(), ..self }
    }

    fn with(mut self, other: Self) -> Self {
        self.pipelines.extend(other.pipelines);
        self.locks.extend(other.locks);
        self
    }

    /// Whether `pipeline` is one of them.
    pub fn holds(&self, pipeline: &Pipeline) -> bool {
        self.pipelines.iter().any(|held| held.name == pipeline.name)
    }

    /// The group's locks, in the order in which everybody takes them: one for each name and each account. So workers
    /// exclude each other over whatever they share, even if their configurations differ in the rest.
    pub fn locks(&self) -> Vec<i64> {
        self.locks.iter().copied().collect()
    }
}

/// What is known of the workers of a journal at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollCall {
    /// The session that asked, by the server's number.
    pub me: i32,
    /// How many could work the same groups, this one among them.
    pub workers: usize,
    /// The locks that somebody holds; see [`Group::locks`].
    pub held: BTreeSet<i64>,
}

/// The number of the lock that all share who can work these groups: workers of another configuration have another.
#[cfg(all(feature = "postgres", feature = "serve"))]
pub(crate) fn kind(groups: &[Group<'_>]) -> i64 {
    let locks: BTreeSet<_> = groups.iter().flat_map(|group| &group.locks).map(i64::to_string).collect();
    let words: Vec<_> = std::iter::once("workers").chain(locks.iter().map(String::as_str)).collect();
    lock(&words)
}

/// Divides pipelines into lock groups.
pub fn groups(pipelines: &[Pipeline]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for pipeline in pipelines {
        let group = Group::of(pipeline);
        let (meeting, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|known| !known.locks.is_disjoint(&group.locks));
        groups = apart;
        groups.extend(meeting.into_iter().chain([group]).reduce(Group::with));
    }
    groups.into_iter().map(|group| group.among(pipelines)).collect()
}

/// A name's number among PostgreSQL's advisory locks, which the whole database shares.
fn lock(words: &[&str]) -> i64 {
    let mut digest = Sha256::new_with_prefix(b"refund-sync");
    for word in words {
        digest.update(b"\0");
        digest.update(word.as_bytes());
    }
    let mut number = [0; 8];
    number.copy_from_slice(&digest.finalize()[..8]);
    i64::from_be_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_the_same_in_every_version() {
        // A worker of an older version must not work beside one of a newer version.
        assert_eq!(lock(&["pipeline", "main"]), 3_148_648_004_118_305_419);
        assert_ne!(lock(&["wdt", "ab", "c"]), lock(&["wdt", "a", "bc"]));
    }
}
