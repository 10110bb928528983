//! What can be wrong in a configuration, as a person reads it: where, which key, what, and what to write.
//! The checks that raise faults live beside the keys they check.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::lang::Text;

/// Where a fault lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// In a file.
    File {
        /// The configuration as the command line names it, or a file that it names.
        #[serde(rename = "file")]
        path: PathBuf,
        /// Where in it; `None`: the file as a whole.
        #[serde(flatten)]
        position: Option<Position>,
    },
    /// In an environment variable.
    Variable {
        /// Its name.
        variable: String,
    },
}

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

impl Position {
    /// The position of a byte of a text.
    pub(in crate::config) fn of(text: &[u8], offset: usize) -> Self {
        Lines::of(text).position(offset)
    }
}

/// Where the lines of a text begin: whoever asks for many places looks through the text once.
pub(in crate::config) struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(in crate::config) fn of(text: &'a [u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        Self { text, starts: std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect() }
    }

    /// The position of a byte.
    pub(in crate::config) fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|at| self.starts.get(at)).copied().unwrap_or_default();
        let column = String::from_utf8_lossy(&self.text[start..offset]).chars().count() + 1;
        Position { line, column }
    }
}

/// One thing that is wrong, or for a warning: unwise.
///
/// Holds no secret: the value of a key that can hold one is never in it, nor that of an unknown key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where it lies.
    #[serde(flatten)]
    pub place: Place,
    /// The key's path, `pipeline[0].wdt.page_size`; empty where there is none.
    pub key: String,
    /// The value as written, cut at 60 characters.
    pub value: Option<String>,
    /// What is wrong.
    #[serde(flatten, serialize_with = "crate::lang::message::serialize")]
    pub message: Text,
    /// What to write or do.
    #[serde(serialize_with = "crate::lang::fix::joined")]
    pub fix: Text,
}

/// What is no fault of a configuration and is worth a word all the same, each in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// What is unwise.
    pub warnings: Vec<Fault>,
    /// What weakens one of the promises.
    pub weak: Vec<Fault>,
    /// Examples that nobody changed.
    pub left: Vec<Fault>,
}

/// Everything that is wrong, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Faults(Vec<Fault>, #[serde(skip)] Box<Notes>);

impl Faults {
    /// Orders by line: the configuration first, then the files it names, then environment variables.
    pub(in crate::config) fn new(main: &Path, mut faults: Vec<Fault>) -> Self {
        sort(main, &mut faults);
        // Two pipelines may share a faulty table.
        faults.dedup();
        Self(faults, Box::default())
    }

    /// The same with what else was noted in the same configuration.
    pub(in crate::config) fn beside(self, notes: Notes) -> Self {
        Self(self.0, Box::new(notes))
    }

    /// What else was noted, as far as it was read: `check` names it, so that nothing comes up after the faults are mended.
    pub fn notes(&self) -> &Notes {
        &self.1
    }

    /// The faults, in the order of the file.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

/// Orders by line: `main` first, then the files it names, then environment variables.
pub(in crate::config) fn sort(main: &Path, faults: &mut [Fault]) {
    let in_main = |fault: &Fault| matches!(&fault.place, Place::File { path, .. } if path == main);
    faults.sort_by(|a, b| {
        (!in_main(a)).cmp(&!in_main(b)).then_with(|| a.place.cmp(&b.place)).then_with(|| a.key.cmp(&b.key))
    });
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, position: Some(Position { line, column }) } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::File { path, position: None } => write!(f, "{}", path.display()),
            Self::Variable { variable } => write!(f, "${variable}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match (self.key.as_str(), &self.value) {
            ("", _) => {}
            (key, Some(value)) => write!(f, "{key} = {value}: ")?,
            (key, None) => write!(f, "{key}: ")?,
        }
        write!(f, "{}\n    → {}", self.message, self.fix)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, fault) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_not_bytes() {
        let text = "a = 1\n店铺 = 2";
        assert_eq!(Position::of(text.as_bytes(), text.len() - 1), Position { line: 2, column: 6 });
    }

    #[test]
    fn the_first_byte_is_line_one_column_one() {
        assert_eq!(Position::of(b"", 0), Position { line: 1, column: 1 });
    }
}
