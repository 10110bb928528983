//! AttachmentUpLoad and AttachmentDownLoad: files of bills, in pieces. Sending is in `client`.
//!
//! Sources: the vendor's article on both services (PT-146906, V8.0), as others repeat it: the parameters of both, that a
//! larger file goes in pieces whose later ones carry the `FileId` that the first was given, `IsLast` only with the last, and a
//! whole answer to a download. The answer to an upload is told by its members only: here it is read in the shape of the
//! other. Sites that keep attachments in the database do not have these services.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_with::{DefaultOnNull, serde_as, skip_serializing_none};

use crate::error::ErrorKind;
use crate::scalar::{AnyFlag, AnyNumber, AnyText};
use crate::text::Text;

/// How much of a file one call carries, unless told: the vendor wants files above 4 MiB in pieces.
const PIECE: usize = 4 << 20;

/// A file to attach to a bill that exists, or to one of its rows.
///
/// ```
/// use kingdee_k3cloud_sdk::Attachment;
///
/// let photo = Attachment::new("SAL_RETURNSTOCK", "100001", "TK1", "photo.jpg", vec![0xff, 0xd8]).alias("what came back");
/// assert_eq!(photo.size(), 2);
/// ```
///
/// Kept with serde, its content is Base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Attachment {
    form_id: String,
    bill_id: String,
    bill_no: String,
    file_name: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    entry: Option<(String, String)>,
    #[serde(with = "in_base64")]
    content: Bytes,
    #[serde(default = "whole_piece")]
    piece: usize,
}

/// What became of an [`Attachment`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attached {
    /// The file's id (`FileId`), by which [`Client::attachment`](crate::Client::attachment) gives it back; empty where the answer
    /// names none.
    pub file_id: String,
    /// The attachment's internal id (附件内码); empty where the answer names none.
    pub id: String,
}

/// A file that was attached.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttachedFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

impl AttachedFile {
    /// A file of this name and content: for tests of code that takes files.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::AttachedFile;
    ///
    /// let photo = AttachedFile::new("photo.jpg", vec![0xff, 0xd8]);
    /// assert_eq!((photo.name.as_str(), photo.content.len()), ("photo.jpg", 2));
    /// ```
    pub fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: content.into() }
    }
}

/// The content of a file as a text.
mod in_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(content: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(content))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

const fn whole_piece() -> usize {
    PIECE
}

impl Attachment {
    /// A file for the bill of this form with this internal id (FID) and number.
    pub fn new(
        form: impl Into<String>,
        bill_id: impl Into<String>,
        bill_no: impl Into<String>,
        file_name: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            form_id: form.into(),
            bill_id: bill_id.into(),
            bill_no: bill_no.into(),
            file_name: file_name.into(),
            alias: None,
            entry: None,
            content: content.into(),
            piece: PIECE,
        }
    }

    /// For one row of the bill, by the part's key (`FEntity`) and the row's internal id.
    pub fn entry(mut self, key: impl Into<String>, id: impl Into<String>) -> Self {
        self.entry = Some((key.into(), id.into()));
        self
    }

    /// Shown under this name (附件别名).
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// Sent in pieces of so many bytes, at least one; 4 MiB unless told.
    pub fn in_pieces_of(mut self, bytes: usize) -> Self {
        self.piece = bytes.max(1);
        self
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.content.len()
    }

    /// Its pieces, in their order.
    pub(crate) fn pieces(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        // One that was read may say 0.
        self.content.chunks(self.piece.max(1))
    }

    /// What sends one piece; later ones belong to the file with this id.
    pub(crate) fn body(
        &self,
        piece: &[u8],
        file_id: Option<&str>,
        is_last: bool,
    ) -> Result<String, serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            data: Data<'a>,
        }
        #[skip_serializing_none]
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Data<'a> {
            file_name: &'a str,
            form_id: &'a str,
            is_last: bool,
            inter_id: &'a str,
            #[serde(rename = "Entrykey")]
            entry_key: Option<&'a str>,
            #[serde(rename = "EntryinterId")]
            entry_inter_id: Option<&'a str>,
            #[serde(rename = "BillNO")]
            bill_no: &'a str,
            alias_file_name: Option<&'a str>,
            file_id: Option<&'a str>,
            send_byte: String,
        }
        let data = Data {
            file_name: &self.file_name,
            form_id: &self.form_id,
            is_last,
            inter_id: &self.bill_id,
            entry_key: self.entry.as_ref().map(|(key, _)| key.as_str()),
            entry_inter_id: self.entry.as_ref().map(|(_, id)| id.as_str()),
            bill_no: &self.bill_no,
            alias_file_name: self.alias.as_deref(),
            file_id,
            send_byte: STANDARD.encode(piece),
        };
        serde_json::to_string(&Body { data })
    }

    /// Why it cannot be sent.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let is_blank = |text: &String| text.trim().is_empty();
        if is_blank(&self.form_id) || is_blank(&self.bill_no) || is_blank(&self.file_name) {
            Some("an attachment needs a form, a bill's number and a file's name")
        } else if self.bill_id.trim_matches('0').trim().is_empty() {
            Some("an attachment needs the internal id of a bill that exists")
        } else if self.content.is_empty() {
            Some("the file is empty")
        } else {
            None
        }
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("form_id", &self.form_id)
            .field("bill_no", &self.bill_no)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AttachedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttachedFile").field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

/// The answer to one piece.
pub(crate) fn attached(json: &RawValue) -> Result<Attached, ErrorKind> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outer {
        result: Inner,
    }
    #[serde_as]
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        #[serde_as(as = "DefaultOnNull<AnyText>")]
        #[serde(default)]
        file_id: String,
        response_status: Option<Status>,
    }
    #[derive(Deserialize)]
    struct Status {
        #[serde(rename = "SuccessEntitys", default)]
        successes: Option<Vec<crate::envelope::Success>>,
    }
    let Inner { file_id, response_status } = read::<Outer>(json)?.result;
    let successes = response_status.and_then(|status| status.successes).unwrap_or_default();
    Ok(Attached { file_id, id: successes.into_iter().next().map(|one| one.id).unwrap_or_default() })
}

/// What asks for the piece of a file that begins at this byte.
pub(crate) fn download(file_id: &str, start: u64) -> Result<String, serde_json::Error> {
    serde_json::to_string(&serde_json::json!({ "data": { "FileId": file_id, "StartIndex": start } }))
}

/// One piece of a file.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_last: bool,
    /// Where the next one begins.
    pub(crate) next: Option<u64>,
    pub(crate) file_size: Option<u64>,
}

/// The answer to a download.
pub(crate) fn part(json: &RawValue) -> Result<Part, ErrorKind> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outer {
        result: Inner,
    }
    #[serde_as]
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Inner {
        #[serde_as(as = "AnyNumber")]
        #[serde(default)]
        start_index: Option<u64>,
        #[serde_as(as = "AnyFlag")]
        is_last: bool,
        #[serde_as(as = "AnyNumber")]
        #[serde(default)]
        file_size: Option<u64>,
        #[serde(default)]
        file_name: Option<String>,
        file_part: String,
    }
    let Inner { start_index, is_last, file_size, file_name, file_part } = read::<Outer>(json)?.result;
    let text: String = file_part.split_whitespace().collect();
    let bytes = STANDARD.decode(text).map_err(|_| {
        ErrorKind::Unreadable(Text::new("附件的内容不是 Base64", "the piece of the file is no Base64"))
    })?;
    Ok(Part { name: file_name.unwrap_or_default(), bytes, is_last, next: start_index, file_size })
}

fn read<'a, T: Deserialize<'a>>(json: &'a RawValue) -> Result<T, ErrorKind> {
    serde_json::from_str(json.get()).map_err(|error| ErrorKind::Unreadable(Text::of_json(&error)))
}
