//! What can be wrong with a scheme: where, what, and what to do. Who finds it says so beside the part that is read.

use std::fmt;

use crate::lang::Text;

/// Something wrong in a text whose file is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub fix: Text,
}

/// Something wrong with a scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As the command line names it.
    pub file: String,
    /// From 1; `None`: the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub fix: Text,
}

impl Broken {
    /// Something wrong in a line.
    pub fn at(line: usize, message: Text, fix: Text) -> Self {
        Self { line, message, fix }
    }

    /// The same, in a file.
    pub fn of(self, file: &str) -> Fault {
        Fault { file: file.to_owned(), line: Some(self.line), message: self.message, fix: self.fix }
    }
}

impl Fault {
    /// Something wrong with a file as a whole.
    pub fn whole(file: &str, message: Text, fix: Text) -> Self {
        Self { file: file.to_owned(), line: None, message, fix }
    }

    /// Where it lies, as people and editors write it.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    /// Message and fix in each language.
    pub fn told(&self) -> Text {
        Text::of(
            format!("{}: {}\n    → {}", self.place(), self.message.zh, self.fix.zh),
            format!("{}: {}\n    → {}", self.place(), self.message.en, self.fix.en),
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    → {}", self.place(), self.message, self.fix)
    }
}
