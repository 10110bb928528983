//! Which calls to 金蝶 may be under way, kept in a file beside the journal's. A journal that is new because the old one was
//! removed, or an older copy that somebody put in its place, does not know of a call that outlived its sender: this file
//! tells that there may be one. What follows from it is `worker::writer::before_sending`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::files;
use crate::journal::{Document, State};
use crate::store::{StoreError, lock};

/// A batch of the journal: its row id, and when it was intended, in microseconds.
pub(super) type Batch = (i64, i64);

/// The calls that this process began, and the file that tells of them.
#[derive(Debug)]
pub(super) struct CallsOut(Mutex<Out>);

#[derive(Debug)]
struct Out {
    file: File,
    /// What the file says, each with the documents whose answer is still to come.
    calls: BTreeMap<Batch, BTreeSet<i64>>,
}

impl CallsOut {
    /// Opens the file beside the journal at `path`, with the calls that the last holder left there. A line that cannot be
    /// read is a call that nobody knows.
    pub(super) fn beside(path: &Path) -> Result<(Self, Vec<Option<Batch>>), StoreError> {
        let path = lock::beside(path, ".calls").map_err(|error| StoreError::disk(path, &error))?;
        let unusable = |error: io::Error| StoreError::disk(&path, &error);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = files::private(&mut options).open(&path).map_err(unusable)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(unusable)?;
        let left = String::from_utf8_lossy(&text).lines().map(batch).collect();
        Ok((Self(Mutex::new(Out { file, calls: BTreeMap::new() })), left))
    }

    /// The journal knows these calls, and of which documents the answer is still to come.
    pub(super) fn go_on(&self, known: impl Iterator<Item = (Batch, Vec<i64>)>) {
        let known = known.map(|(call, documents)| (call, documents.into_iter().collect::<BTreeSet<_>>()));
        self.out().calls = known.filter(|(_, documents)| !documents.is_empty()).collect();
    }

    /// A call is about to carry these. What an earlier one carried of them is over, or they would not be sent again.
    pub(super) fn begin(&self, call: Batch, documents: &[Document]) -> io::Result<()> {
        self.change(|calls| {
            end(calls, documents.iter().map(|document| document.id));
            if !documents.is_empty() {
                calls.insert(call, documents.iter().map(|document| document.id).collect());
            }
        })
    }

    /// What became of these is known, but for those that are still `intended`.
    pub(super) fn end<'a>(&self, documents: impl Iterator<Item = &'a Document>) -> io::Result<()> {
        let ended =
            documents.filter(|document| document.state != State::Intended).map(|document| document.id);
        self.change(|calls| end(calls, ended))
    }

    /// The file is written when another set of calls is under way. In one piece: whoever is killed in between leaves a line
    /// too many, never one too few.
    fn change(&self, change: impl FnOnce(&mut BTreeMap<Batch, BTreeSet<i64>>)) -> io::Result<()> {
        let mut out = self.out();
        let before: Vec<_> = out.calls.keys().copied().collect();
        change(&mut out.calls);
        if out.calls.keys().eq(&before) {
            return Ok(());
        }
        let lines: Vec<_> = out.calls.keys().map(|(id, at)| format!("{id} {at}\n")).collect();
        let text = lines.concat();
        out.file.rewind()?;
        out.file.write_all(text.as_bytes())?;
        out.file.set_len(text.len() as u64)
    }

    fn out(&self) -> MutexGuard<'_, Out> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(calls: &mut BTreeMap<Batch, BTreeSet<i64>>, ended: impl Iterator<Item = i64>) {
    if calls.is_empty() {
        return;
    }
    for id in ended {
        for carried in calls.values_mut() {
            carried.remove(&id);
        }
    }
    calls.retain(|_, carried| !carried.is_empty());
}

fn batch(line: &str) -> Option<Batch> {
    let (id, at) = line.split_once(' ')?;
    Some((id.parse().ok()?, at.parse().ok()?))
}
