//! The walk over one configuration: which file, which environment, and everything found wrong so far.
//! What stands in it is read through `section` and `setting`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::fault::{self, Fault, Faults, Lines, Notes, Place};
use super::json_schema::{Asked, Node};
use crate::files;
use crate::lang::{Text, both};

/// What every override's name starts with.
pub(in crate::config) const PREFIX: &str = "REFUND_SYNC";

/// One walk. Faults gather here, so that one wrong key hides no other.
pub(in crate::config) struct Walk<'a> {
    path: &'a Path,
    lines: Lines<'a>,
    env: &'a BTreeMap<String, String>,
    overrides: RefCell<BTreeSet<String>>,
    asked: RefCell<Asked>,
    faults: RefCell<Vec<Fault>>,
    warnings: RefCell<Vec<Fault>>,
    weak: RefCell<Vec<Fault>>,
    left: RefCell<Vec<Fault>>,
    strangers: RefCell<Vec<Stranger>>,
    files: RefCell<Vec<ReadFile>>,
    spares_secrets: bool,
    now: NaiveDateTime,
}

/// A key that its section does not have.
pub(in crate::config) struct Stranger {
    pub(in crate::config) place: Place,
    /// Its path.
    pub(in crate::config) key: String,
    /// A key of its section that it may be a slip of.
    pub(in crate::config) near: Option<&'static str>,
}

/// A file that a key names, as it was read.
pub(in crate::config) struct ReadFile {
    /// The key.
    pub(in crate::config) name: String,
    /// Where it is.
    pub(in crate::config) path: PathBuf,
    /// The SHA-256 of what it held.
    pub(in crate::config) digest: [u8; 32],
}

impl<'a> Walk<'a> {
    pub(in crate::config) fn new(
        path: &'a Path,
        text: &'a str,
        env: &'a BTreeMap<String, String>,
        now: NaiveDateTime,
    ) -> Self {
        Self {
            path,
            lines: Lines::of(text.as_bytes()),
            env,
            overrides: RefCell::default(),
            asked: RefCell::default(),
            faults: RefCell::default(),
            warnings: RefCell::default(),
            weak: RefCell::default(),
            left: RefCell::default(),
            strangers: RefCell::default(),
            files: RefCell::default(),
            spares_secrets: false,
            now,
        }
    }

    /// For whoever only reads the journal: secrets that are not to be had are no fault, apart from the journal's own.
    pub(in crate::config) fn spare_secrets(&mut self) {
        self.spares_secrets = true;
    }

    /// Whether the secret of a key may be missing.
    pub(in crate::config) fn spares(&self, key: &str) -> bool {
        self.spares_secrets && !key.starts_with("store")
    }

    pub(in crate::config) fn fault(&self, fault: Fault) {
        self.faults.borrow_mut().push(fault);
    }

    pub(in crate::config) fn warn(&self, warning: Fault) {
        self.warnings.borrow_mut().push(warning);
    }

    /// Notes a setting that weakens a promise: somebody may want it so.
    pub(in crate::config) fn weaken(&self, weak: Fault) {
        self.weak.borrow_mut().push(weak);
    }

    /// Notes an example that nobody changed.
    pub(in crate::config) fn leave(&self, left: Fault) {
        self.left.borrow_mut().push(left);
    }

    /// Notes a key that its section does not have.
    pub(in crate::config) fn meet(&self, stranger: Stranger) {
        self.strangers.borrow_mut().push(stranger);
    }

    /// Raises a fault for every key that its section does not have: with the sections that have it, among all there are.
    pub(in crate::config) fn check_keys(&self, all: impl FnOnce() -> Asked) {
        let strangers = self.strangers.take();
        if strangers.is_empty() {
            return;
        }
        let all = all();
        for Stranger { place, key, near } in strangers {
            let fix = match (belonging(&key, &all), near) {
                (Some(fix), _) => fix,
                (None, Some(near)) => both!("是否想写 {near}？", "did you mean {near}?"),
                (None, None) => Text::new("请删除", "remove it"),
            };
            let message = Text::new("此处没有这个配置项", "is not a key of this section");
            self.fault(Fault { place, key, value: None, message, fix });
        }
    }

    /// Notes a file that was read for the key `name`.
    pub(in crate::config) fn note_file(&self, name: &str, path: &Path, bytes: &[u8]) {
        let (name, path, digest) = (name.to_owned(), path.to_owned(), Sha256::digest(bytes).into());
        self.files.borrow_mut().push(ReadFile { name, path, digest });
    }

    /// The files that were noted since the last time.
    pub(in crate::config) fn take_files(&self) -> Vec<ReadFile> {
        self.files.take()
    }

    /// Now, Asia/Shanghai.
    pub(in crate::config) fn now(&self) -> NaiveDateTime {
        self.now
    }

    /// The place of a byte of the configuration file.
    pub(in crate::config) fn place(&self, offset: usize) -> Place {
        Place::File { path: self.path.to_owned(), position: Some(self.lines.position(offset)) }
    }

    /// A path of the configuration, relative to the configuration's own folder.
    pub(in crate::config) fn resolve(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Everybody on this machine may read the configuration.
    pub(in crate::config) fn others_may_read(&self) -> bool {
        files::others_may_read(self.path)
    }

    /// An environment variable that a key names itself.
    pub(in crate::config) fn variable(&self, name: &str) -> Option<&'a str> {
        self.env.get(name).map(String::as_str)
    }

    /// The override of a key; remembers that there is such a key.
    pub(in crate::config) fn override_of(&self, name: &str) -> Option<&'a str> {
        self.overrides.borrow_mut().insert(name.to_owned());
        self.variable(name)
    }

    /// Remembers what was asked for at a path, for the schema.
    pub(in crate::config) fn ask(&self, path: &str, node: Node) {
        self.asked.borrow_mut().entry(unindexed(path)).or_insert(node);
    }

    /// Remembers what may stand at a path that was asked for, for the schema.
    pub(in crate::config) fn describe(&self, path: &str, schema: Value) {
        self.asked.borrow_mut().insert(unindexed(path), Node::Key(Some(schema)));
    }

    /// Everything that was asked for.
    pub(in crate::config) fn asked(&self) -> Asked {
        self.asked.borrow().clone()
    }

    /// Whether any override's name starts so.
    pub(in crate::config) fn has_overrides(&self, prefix: &str) -> bool {
        self.env.keys().any(|name| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("__")))
    }

    /// Raises a fault for every override that no key answers to.
    pub(in crate::config) fn check_overrides(&self) {
        let known = self.overrides.borrow();
        let strangers = self
            .env
            .keys()
            .filter(|name| name.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with("__")))
            .filter(|name| !known.contains(*name));
        for name in strangers {
            let fix = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => both!("是否想写 {near}？", "did you mean {near}?"),
                None => Text::same(format!("unset {name}")),
            };
            self.fault(Fault {
                place: Place::Variable { variable: name.clone() },
                key: String::new(),
                value: None,
                message: Text::new("没有对应的配置项", "overrides no key of this configuration"),
                fix,
            });
        }
    }

    /// Variables that begin so override nothing here, and are no fault.
    #[cfg(not(feature = "console"))]
    pub(in crate::config) fn skip(&self, variable: &str) {
        let skipped = self.env.keys().filter(|name| name.starts_with(variable)).cloned();
        self.overrides.borrow_mut().extend(skipped);
    }

    /// The end: what was read if nothing was wrong, else every fault; with whatever else was noted.
    pub(in crate::config) fn finish<T>(self, read: Option<T>) -> Result<(T, Notes), Faults> {
        let faults = self.faults.into_inner();
        let [warnings, weak, left] = [self.warnings, self.weak, self.left].map(|noted| {
            let mut noted = noted.into_inner();
            fault::sort(self.path, &mut noted);
            noted
        });
        let notes = Notes { warnings, weak, left };
        match read {
            Some(read) if faults.is_empty() => Ok((read, notes)),
            _ => Err(Faults::new(self.path, faults).beside(notes)),
        }
    }
}

/// Where a key of this name is at home.
fn belonging(key: &str, all: &Asked) -> Option<Text> {
    let name = key.rsplit_once('.').map_or(key, |(_, name)| name);
    let header = |path: &str, node: &Node| match node {
        Node::Sections => format!("[[{path}]]"),
        _ => format!("[{path}]"),
    };
    let named = |path: &str| path.rsplit_once('.').map_or(path, |(_, last)| last) == name;
    let (mut homes, mut own) = (Vec::new(), Vec::new());
    for (path, node) in all.iter().filter(|(path, _)| named(path)) {
        match (node, path.rsplit_once('.')) {
            // A section of that name is written elsewhere.
            (Node::Section | Node::Sections, _) => own.push(header(path, node)),
            (Node::Key(_), Some((section, _))) => {
                homes.extend(all.get(section).map(|node| header(section, node)));
            }
            (Node::Key(_), None) => {}
        }
    }
    if !own.is_empty() {
        let own = own.join(", ");
        return Some(both!("应写成 {own}", "its header is {own}"));
    }
    let homes = homes.join(", ");
    (!homes.is_empty()).then(|| both!("应写在 {homes}", "it belongs to {homes}"))
}

/// A path without indexes: `pipeline[0].wdt` as `pipeline.wdt`.
fn unindexed(path: &str) -> String {
    path.split('[').enumerate().fold(String::new(), |whole, (i, part)| {
        whole + if i == 0 { part } else { part.split_once(']').map_or(part, |(_, rest)| rest) }
    })
}

/// The known name nearest to `name`, if any is near enough to be a slip of the hand.
pub(in crate::config) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    known
        .map(|other| (strsim::damerau_levenshtein(name, other), other))
        .filter(|(distance, _)| *distance <= 2 + name.chars().count() / 8)
        .min()
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_far_from_all_has_no_nearest() {
        assert_eq!(nearest("colour", ["page_size", "sid"].into_iter()), None);
        assert_eq!(nearest("pagesize", ["page_size", "sid"].into_iter()), Some("page_size"));
    }
}
