//! Where a list stands, to be kept and gone on with: by another process, after a crash, tomorrow.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::verdict::Verdict;
use crate::span::Span;

/// The shape that this version writes and reads.
pub(super) const VERSION: u32 = 1;

/// Where a list stands: [`Pages::checkpoint`](super::Pages::checkpoint) gives it, [`List::resume`](super::List::resume)
/// takes it. It serialises, and holds no row and no parameter.
///
/// What was read to its end is not read again; the span that was under way is, so that its rows repeat rather than get
/// lost. Take it when what came so far has been kept.
///
/// ```
/// use wdt_qimen_sdk::Checkpoint;
///
/// # fn f(kept: &str) -> Result<(), serde_json::Error> {
/// let checkpoint: Checkpoint = serde_json::from_str(kept)?;
/// println!("{}: {}%, {} spans are left", checkpoint.method(), checkpoint.progress().percent, checkpoint.left().len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    pub(super) version: u32,
    pub(super) method: String,
    /// A hash of what was asked.
    pub(super) question: String,
    pub(super) span: Option<Span>,
    /// The spans still to be read, the one under way first.
    pub(super) left: Vec<Span>,
    pub(super) finished: bool,
    pub(super) verdict: Verdict,
    pub(super) progress: Progress,
    pub(super) counted: Option<NaiveDateTime>,
}

impl Checkpoint {
    /// The method that was listed.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The spans still to be read, the one under way first. Empty for a list without a span.
    pub fn left(&self) -> &[Span] {
        &self.left
    }

    /// How far the reading had come.
    pub fn progress(&self) -> Progress {
        self.progress
    }
}

/// A checkpoint that this list cannot go on from.
///
/// ```
/// use wdt_qimen_sdk::method::refund::{RefundParams, RefundQuery};
/// use wdt_qimen_sdk::{BadCheckpoint, Checkpoint, Client, List};
/// # use wdt_qimen_sdk::method::refund::Refund;
///
/// /// Goes on where that is possible, and begins anew where it is not.
/// fn list(client: &Client, params: RefundParams, kept: Option<Checkpoint>) -> List<Refund> {
///     let fresh = || client.list::<RefundQuery>(params.clone());
///     match kept.map(|kept| fresh().resume(kept)) {
///         Some(Ok(list)) => list,
///         Some(Err(BadCheckpoint::Version { .. })) | None => fresh(),
///         Some(Err(other)) => {
///             eprintln!("the configuration has changed: {other}");
///             fresh()
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadCheckpoint {
    /// It was written by another version of this crate. Read the list from its beginning.
    #[error("the checkpoint has version {version}, this crate reads {VERSION}")]
    Version {
        /// Its version.
        version: u32,
    },
    /// It belongs to another list. Ask with the same method, parameters and span.
    #[error("the checkpoint belongs to another list of {method}: {what} differs")]
    OtherList {
        /// The method that it lists.
        method: String,
        /// What differs: `method`, `parameters` or `span`.
        what: &'static str,
    },
}
