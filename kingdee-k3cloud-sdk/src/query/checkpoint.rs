//! Where a walk over pages stands, to be kept and gone on with: by another process, after a crash, tomorrow.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use super::Query;

/// The shape that this version writes and reads.
const VERSION: u32 = 1;

/// Where a walk over the pages of a query stands: [`Pages::checkpoint`](crate::Pages::checkpoint) and
/// [`Pager::checkpoint`](crate::Pager::checkpoint) give it, [`Pager::resume`](crate::Pager::resume) takes it. It
/// serialises, and holds no row, no value of a filter and no name: the query, and the address, account, user and
/// organisation of a stream, are in it as hashes.
///
/// Take it when the rows that came so far have been kept: what was read is not asked for again. It counts rows, as the Web
/// API does (`StartRow`): where bills that were read may be deleted before it is gone on with, the rows behind them move
/// up, and that many are missed. Rows that are added behind the others, as in the order `FID ASC`, are read.
///
/// One of another version is read whatever its shape, and refused by [`Pager::resume`](crate::Pager::resume).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Checkpoint {
    version: u32,
    form: String,
    /// A hash of what was asked.
    question: String,
    pub(super) start_row: u32,
    pub(super) finished: bool,
    /// A hash of who asked, where; a walk step by step does not know.
    pub(super) caller: Option<String>,
}

/// The version comes first: it says what else there is.
impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct OfAny {
            version: u32,
        }
        #[derive(Deserialize)]
        struct OfThis {
            version: u32,
            form: String,
            question: String,
            start_row: u32,
            finished: bool,
            caller: Option<String>,
        }
        let whole = |OfThis { version, form, question, start_row, finished, caller }| Self {
            version,
            form,
            question,
            start_row,
            finished,
            caller,
        };
        // A format that does not describe itself cannot be read twice.
        if !deserializer.is_human_readable() {
            return OfThis::deserialize(deserializer).map(whole);
        }
        let kept = serde_json::Value::deserialize(deserializer)?;
        let OfAny { version } = OfAny::deserialize(&kept).map_err(D::Error::custom)?;
        if version != VERSION {
            return Ok(Self { version, ..Self::default() });
        }
        OfThis::deserialize(&kept).map(whole).map_err(D::Error::custom)
    }
}

/// A checkpoint that this query cannot go on from.
///
/// ```
/// use kingdee_k3cloud_sdk::{Checkpoint, Pager, Query};
///
/// /// Goes on where that is possible, and begins anew where it is not.
/// fn pager(query: Query, kept: Option<Checkpoint>) -> Pager {
///     let Some(kept) = kept else { return Pager::new(query) };
///     Pager::new(query.clone()).resume(kept).unwrap_or_else(|bad| {
///         eprintln!("{bad}");
///         Pager::new(query)
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCheckpoint {
    /// It was written by another version of this crate. Read the query from its beginning.
    #[error("the checkpoint has version {version}, this crate reads {VERSION}")]
    Version {
        /// Its version.
        version: u32,
    },
    /// It belongs to another query. Ask with the same form, fields, filter and order.
    #[error("the checkpoint belongs to another query of {form}: {what} differs")]
    OtherQuery {
        /// The form that it reads.
        form: String,
        /// What differs: `form`, or `question` for fields, filter or order.
        what: &'static str,
    },
}

impl Checkpoint {
    /// Where the walk over a query stands that has its next row at [`Query::start_row`].
    pub(super) fn of(query: &Query, finished: bool, caller: Option<String>) -> Self {
        let (form, question) = (query.form_id.clone(), question(query));
        Self { version: VERSION, form, question, start_row: query.start_row, finished, caller }
    }

    /// Itself, unless it belongs to another query.
    pub(super) fn of_this(self, query: &Query) -> Result<Self, BadCheckpoint> {
        if self.version != VERSION {
            return Err(BadCheckpoint::Version { version: self.version });
        }
        let what = if self.form != query.form_id {
            "form"
        } else if self.question != question(query) {
            "question"
        } else {
            return Ok(self);
        };
        Err(BadCheckpoint::OtherQuery { form: self.form, what })
    }

    /// The form that is read.
    pub fn form(&self) -> &str {
        &self.form
    }

    /// How many rows lie behind it, those that the query passes over among them.
    pub fn rows(&self) -> u32 {
        self.start_row
    }

    /// Whether the last page was read.
    pub fn is_finished(&self) -> bool {
        self.finished
    }
}

/// What is asked, as a text that tells nothing of it. How many rows a page has may change on the way.
fn question(query: &Query) -> String {
    let filter = query.filter.as_ref().and_then(|filter| filter.render().ok()).unwrap_or_default();
    hash_of(query.field_keys.iter().chain([&filter, &query.order]).map(String::as_str))
}

/// Texts as one that tells nothing of them.
pub(crate) fn hash_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    base16ct::lower::encode_string(&hash.finalize())
}
