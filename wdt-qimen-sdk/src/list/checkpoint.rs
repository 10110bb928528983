//! Where a list stands, to be kept and gone on with: by another process, after a crash, tomorrow.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::progress::Progress;
use super::verdict::Verdict;
use crate::span::Span;

/// The shape that this version writes and reads.
pub(super) const VERSION: u32 = 1;

/// Where a list stands: [`Pages::checkpoint`](super::Pages::checkpoint) gives it, [`List::resume`](super::List::resume)
/// takes it. It serialises, and holds no row and no parameter: these, the seller and the address are in it as one hash.
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
#[serde(try_from = "Kept")]
#[non_exhaustive]
pub struct Checkpoint {
    version: u32,
    /// None of another version's, whose shape nobody here knows.
    #[serde(flatten)]
    state: Option<State>,
}

/// Where a list stands, in the shape of this version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
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

/// A checkpoint as it was kept: of another version only that one is read.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Whole {
        version: u32,
        #[serde(flatten)]
        state: State,
    },
    Other {
        version: u32,
    },
}

/// A checkpoint of this version that lacks something, or has something else in its place.
#[derive(Debug, thiserror::Error)]
#[error("the checkpoint has version {VERSION} and is not whole")]
struct NotWhole;

impl TryFrom<Kept> for Checkpoint {
    type Error = NotWhole;

    fn try_from(kept: Kept) -> Result<Self, NotWhole> {
        match kept {
            Kept::Whole { version: VERSION, state } => Ok(Self::of(state)),
            Kept::Other { version: VERSION } => Err(NotWhole),
            Kept::Whole { version, .. } | Kept::Other { version } => Ok(Self { version, state: None }),
        }
    }
}

impl Checkpoint {
    pub(super) fn of(state: State) -> Self {
        Self { version: VERSION, state: Some(state) }
    }

    /// The state, if this version can read it.
    pub(super) fn into_state(self) -> Result<State, BadCheckpoint> {
        self.state.ok_or(BadCheckpoint::Version { version: self.version })
    }

    /// The method that was listed. Empty for a checkpoint of another version, which only [`List::resume`](super::List::resume)
    /// tells.
    pub fn method(&self) -> &str {
        self.state.as_ref().map_or("", |state| &state.method)
    }

    /// The spans still to be read, the one under way first. Empty for a list without a span.
    pub fn left(&self) -> &[Span] {
        self.state.as_ref().map_or(&[], |state| &state.left)
    }

    /// How far the reading had come.
    pub fn progress(&self) -> Progress {
        self.state.as_ref().map(|state| state.progress).unwrap_or_default()
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
    /// It belongs to another list. Ask the same seller with the same method, parameters and span.
    #[error("the checkpoint belongs to another list of {method}: {what} differs")]
    OtherList {
        /// The method that it lists.
        method: String,
        /// What differs: `method`, `span`, or `parameters` for these, the list's key, the seller or the address.
        what: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::{BadCheckpoint, Checkpoint, State, VERSION};

    #[test]
    fn what_is_kept_reads_back_equal() {
        let state = State {
            method: "wdt.refund.query".to_owned(),
            question: "00ff".to_owned(),
            span: None,
            left: Vec::new(),
            finished: true,
            verdict: super::Verdict::default(),
            progress: super::Progress::default(),
            counted: None,
        };
        let checkpoint = Checkpoint::of(state);
        let kept = serde_json::to_string(&checkpoint).unwrap();
        assert!(
            kept.starts_with(&format!("{{\"version\":{VERSION},\"method\":\"wdt.refund.query\"")),
            "{kept}"
        );
        assert_eq!(serde_json::from_str::<Checkpoint>(&kept).unwrap(), checkpoint);
    }

    #[test]
    fn another_version_is_told_whatever_its_shape() {
        for kept in
            [r#"{"version":2,"lists":[{"asked":"00ff"}]}"#, r#"{"version":2,"left":"none","method":7}"#]
        {
            let checkpoint: Checkpoint = serde_json::from_str(kept).unwrap();
            assert_eq!((checkpoint.method(), checkpoint.left()), ("", &[][..]));
            assert_eq!(checkpoint.into_state(), Err(BadCheckpoint::Version { version: 2 }));
        }
    }

    #[test]
    fn a_checkpoint_of_this_version_that_is_not_whole_is_none() {
        let kept = format!(r#"{{"version":{VERSION},"method":"wdt.refund.query"}}"#);
        let error = serde_json::from_str::<Checkpoint>(&kept).unwrap_err();
        assert!(error.to_string().contains("not whole"), "{error}");
        assert!(serde_json::from_str::<Checkpoint>(r#"{"method":"wdt.refund.query"}"#).is_err());
    }
}
