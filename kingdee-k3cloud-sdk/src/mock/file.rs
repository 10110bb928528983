//! A file as the simulated site keeps it. How it comes and goes is in `attachments`.

/// A file that was uploaded, in part or whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredFile {
    /// FileId.
    pub file_id: String,
    /// The form of the bill that it belongs to.
    pub form_id: String,
    /// The bill's internal id.
    pub bill_id: u64,
    /// The bill's number.
    pub bill_no: String,
    /// The row's internal id, of one that belongs to a row.
    pub entry_id: Option<String>,
    /// FileName.
    pub name: String,
    /// AliasFileName.
    pub alias: String,
    /// What has come of it.
    pub content: Vec<u8>,
    /// Whether its last piece has come: then it is attached.
    pub is_whole: bool,
}
