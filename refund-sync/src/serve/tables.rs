//! The files of mapping tables while the program goes on: somebody who edits one expects the next run to know it. Whoever
//! is about to run looks whether a file holds something else than was read, and asks for the configuration to be read again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::TableFile;

/// A file on a share that hangs is as it was read.
const LOOK_WITHIN: Duration = Duration::from_secs(5);
/// So long a run waits for tables to be read again; whoever reads them waits for calls under way.
const REREAD_WITHIN: Duration = Duration::from_secs(30);

/// What could not be taken up for a trouble that passes is tried again then.
const AGAIN: Duration = Duration::from_mins(5);

/// What a file holds, as a digest; `None`: it cannot be read.
type Held = Option<[u8; 32]>;

/// How far the question is that a changed file be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Open,
    UnderWay,
    /// The configuration with it is no good: the old table stays in force until the file holds something else, or until
    /// then.
    Refused(Option<Instant>),
}

/// What is asked of whoever reads the configuration. All who share it ask once for each content of a file.
#[derive(Debug, Clone, Default)]
pub struct Rereading {
    wanted: Arc<Notify>,
    asked: Arc<Mutex<BTreeMap<PathBuf, (Held, Asked)>>>,
}

impl Rereading {
    /// Has the configuration read again.
    pub fn ask(&self) {
        self.wanted.notify_one();
    }

    /// Returns once somebody wants it to be read again.
    pub async fn notified(&self) {
        self.wanted.notified().await;
    }

    /// It is about to be read.
    pub(crate) fn begins(&self) {
        self.each(|state| *state = Asked::UnderWay);
    }

    /// It was read and is no good: what asked for that does not ask again, or not for a while where the trouble passes.
    pub(crate) fn refused(&self, passes: bool) {
        let until = passes.then(|| Instant::now() + AGAIN);
        self.each(|state| {
            if *state == Asked::UnderWay {
                *state = Asked::Refused(until);
            }
        });
    }

    /// It is in force.
    pub(crate) fn done(&self) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn each(&self, change: impl Fn(&mut Asked)) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.values_mut().for_each(|(_, state)| change(state));
    }

    /// Asks for a file to be read that holds something else now. Says whether that is no good, as is known already.
    fn wants(&self, path: &PathBuf, held: Held) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, state)) = asked.get(path)
            && *known == held
        {
            match state {
                Asked::Open | Asked::UnderWay => return false,
                Asked::Refused(until) if until.is_none_or(|until| Instant::now() < until) => return true,
                Asked::Refused(_) => {}
            }
        }
        asked.insert(path.clone(), (held, Asked::Open));
        drop(asked);
        self.ask();
        false
    }
}

/// The tables of one pipeline as its task has them.
#[derive(Debug)]
pub(super) struct TableWatch {
    files: Vec<TableFile>,
    /// What each file looked like when it was last read, and what it held.
    seen: BTreeMap<PathBuf, ((SystemTime, u64), Held)>,
    /// What they held at the last look.
    last: Vec<Held>,
    /// Since when something else is waited for.
    waits: Option<Instant>,
}

impl TableWatch {
    pub(super) fn new(files: &[TableFile]) -> Self {
        Self { files: files.to_vec(), seen: BTreeMap::new(), last: Vec::new(), waits: None }
    }

    /// Whether a run has to wait: a file was changed and is about to be read.
    pub(super) async fn is_awaited(&mut self, rereading: &Rereading) -> bool {
        if self.files.is_empty() {
            return false;
        }
        let (files, seen) = (self.files.clone(), std::mem::take(&mut self.seen));
        let look = tokio::task::spawn_blocking(move || look(&files, seen));
        let Ok(Ok((seen, held))) = tokio::time::timeout(LOOK_WITHIN, look).await else { return false };
        self.seen = seen;
        let is_as_read = self.files.iter().zip(&held).all(|(file, held)| file.holds(*held));
        if is_as_read {
            (self.last, self.waits) = (held, None);
            return false;
        }
        let since = *self.waits.get_or_insert_with(Instant::now);
        let is_long = since.elapsed() > REREAD_WITHIN;
        // Somebody may be about to write the rest of it.
        if self.last != held {
            self.last = held;
            self.waits = self.waits.filter(|_| !is_long);
            return !is_long;
        }
        if is_long {
            return false;
        }
        let changed = self.files.iter().zip(&held).filter(|(file, held)| !file.holds(**held));
        let known = changed.map(|(file, held)| rereading.wants(&file.path, *held)).collect::<Vec<_>>();
        // What is no good keeps the good one beside it out as well: the configuration is read as a whole.
        let is_refused = known.iter().any(|is_refused| *is_refused);
        if is_refused {
            self.waits = None;
        }
        !is_refused
    }
}

type Seen = BTreeMap<PathBuf, ((SystemTime, u64), Held)>;

/// What the files hold. One that looks as before is not read again, unless it could not be read then.
fn look(files: &[TableFile], mut seen: Seen) -> (Seen, Vec<Held>) {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let looks = std::fs::metadata(&file.path).and_then(|data| Ok((data.modified()?, data.len()))).ok();
        let before = seen.get(&file.path).copied();
        let held = match (looks, before) {
            (Some(looks), Some((same, Some(held)))) if looks == same => Some(held),
            _ => file.held(),
        };
        if let Some(looks) = looks {
            seen.insert(file.path.clone(), (looks, held));
        }
        all.push(held);
    }
    (seen, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_content_of_a_file_is_asked_for_once_and_a_bad_one_not_again() {
        let (rereading, path) = (Rereading::default(), PathBuf::from("customers.csv"));
        let [one, other] = [Some([1; 32]), Some([2; 32])];
        assert!(!rereading.wants(&path, one));
        rereading.begins();
        assert!(!rereading.wants(&path, one), "it is being read");
        rereading.refused(false);
        assert!(rereading.wants(&path, one));
        assert!(!rereading.wants(&path, other), "another content is another question");
        rereading.refused(false);
        assert!(!rereading.wants(&path, other), "what was read was the one before");
        rereading.done();
        assert!(!rereading.wants(&path, one));
    }
}
