//! What can be told of a journal without working it: where it is, how big, in which schema, and who works it.

/// What can be told of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalInfo {
    /// A file, or host, port and database; no password.
    pub place: String,
    /// Its size in bytes; `None` where there is no journal yet.
    pub bytes: Option<u64>,
    /// How many migrations it has seen; `None` where there is no journal yet.
    pub schema: Option<usize>,
    /// How many migrations this program knows.
    pub known: usize,
    /// Who works it at present.
    pub holders: Vec<String>,
}

impl JournalInfo {
    /// Whether this program can read it as it is: it exists, and the next run has nothing to bring up to date.
    pub fn is_current(&self) -> bool {
        self.schema == Some(self.known)
    }
}
