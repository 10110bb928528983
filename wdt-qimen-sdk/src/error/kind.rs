//! What a failed call came to, and what follows from it for the client's own loop.

use std::time::Duration;

use super::{Refusal, RefusalClass};
use crate::fate::Fate;
use crate::limit::Answer;
use crate::text::Text;
use crate::transport::BoxError;
use crate::wire::mask::mask_text;

/// The longest `Retry-After` that is believed of a server that is busy: it is a guess, and nothing is lost by asking.
const LONGEST_BUSY: Duration = Duration::from_secs(5 * 60);
/// The same of one that counts calls (429).
const LONGEST_COUNTED: Duration = Duration::from_secs(3600);
/// How much of a server's words is kept with a hold.
const LONGEST_WORDS: usize = 300;

/// What a failed call came to, named by the moment it failed.
///
/// ```
/// use wdt_qimen_sdk::{Error, ErrorKind};
///
/// /// What a person who waits is told.
/// fn told(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Held { wait } => format!("旺店通 wants a pause of {} s", wait.as_secs()),
///         ErrorKind::Refused(refusal) => format!("旺店通 says no: {}", refusal.message),
///         _ => format!("{error}: {}", error.advice().en),
///     }
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call breaks a rule of the method; nothing was sent. Mend the call.
    #[error("{0}")]
    Request(String),
    /// The method is banned for longer than a call may wait; nothing was sent. Come back later.
    #[error("banned for {} more seconds", .wait.as_secs())]
    Held {
        /// How long the ban lasts yet.
        wait: Duration,
    },
    /// The turn did not come before the call's deadline; nothing was sent. Give it more time, or call less at once.
    #[error("its turn did not come within {} s", .limit.as_secs_f32())]
    Deadline {
        /// The whole call's limit.
        limit: Duration,
    },
    /// A list takes more pages than it may ask for; nothing more was sent. Raise `max_pages` or narrow the list.
    #[error("the list is longer than {pages} pages")]
    Bound {
        /// The most pages that are asked for.
        pages: u64,
    },
    /// The connection was never made, so nothing was sent. Tried again.
    #[error("no connection to the gateway: {}", reason(&**.0))]
    Connect(#[source] BoxError),
    /// Sending the request or waiting for the answer failed. Tried again.
    #[error("the request was interrupted")]
    Send(#[source] BoxError),
    /// The answer broke off. Tried again.
    #[error("the answer broke off")]
    Read(#[source] BoxError),
    /// No whole answer within the time limit. Tried again.
    #[error("no answer within {} s", .limit.as_secs_f32())]
    Timeout {
        /// The limit of one attempt.
        limit: Duration,
    },
    /// The answer is longer than the client takes. Ask for smaller pages or raise `max_body`.
    #[error("the answer is longer than {limit} bytes")]
    TooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The gateway points elsewhere. Nothing follows: that host would get the signature.
    #[error("HTTP {status}: redirected to {location}, not followed")]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The host it points to, without the rest of the location: that may carry our own parameters.
        location: String,
    },
    /// An HTTP status other than 2xx and no envelope. Tried again for 408, 429, 499 and 5xx. A 4xx other than 408 and
    /// 499 did nothing.
    #[error("HTTP {status}: {excerpt}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The first KiB of the body, masked.
        excerpt: String,
        /// The answer's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The answer is not of this protocol: HTML, truncated JSON, another schema; or it contradicts itself. Tried
    /// again.
    #[error("the answer is not readable{}: {excerpt}", .why.as_ref().map(|why| format!(", {}", why.en)).unwrap_or_default())]
    Unreadable {
        /// What contradicts what, where that is the matter.
        why: Option<Text>,
        /// The first KiB of the body, masked.
        excerpt: String,
    },
    /// The gateway or the ERP refused, with a code. Tried again where the code says so.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

/// The last error of a chain: the reason, where the others say what failed by it.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}

impl ErrorKind {
    /// Its name in logs and metrics, which stays: `request`, `held`, `deadline`, `bound`, `connect`, `send`, `read`,
    /// `timeout`, `too_large`, `redirect`, `status`, `unreadable`, `refused`.
    ///
    /// ```
    /// # fn f(error: &wdt_qimen_sdk::Error) -> [(&'static str, String); 2] {
    /// // Labels of a metric: few values, which stay.
    /// [("operation", error.operation().to_owned()), ("error", error.kind().as_str().to_owned())]
    /// # }
    /// ```
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Held { .. } => "held",
            Self::Deadline { .. } => "deadline",
            Self::Bound { .. } => "bound",
            Self::Connect(_) => "connect",
            Self::Send(_) => "send",
            Self::Read(_) => "read",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Redirect { .. } => "redirect",
            Self::Status { .. } => "status",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused(_) => "refused",
        }
    }

    /// What became of the request that failed so.
    pub(crate) fn fate(&self) -> Fate {
        match self {
            Self::Request(_)
            | Self::Held { .. }
            | Self::Deadline { .. }
            | Self::Bound { .. }
            | Self::Connect(_) => Fate::NotSent,
            Self::Refused(refusal) => refusal.fate(),
            // Who sends elsewhere, wants another caller or none so soon, knows no such page: did nothing. 303 shows where to
            // see what was done, 408 is a server that gave up waiting, 499 a proxy before which somebody hung up, and 5xx one
            // that failed in the middle of it.
            Self::Redirect { status: 303, .. } => Fate::Unknown,
            Self::Redirect { .. } | Self::Status { status: 400..=407 | 409..=498, .. } => Fate::Refused,
            _ => Fate::Unknown,
        }
    }

    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Request(_) | Self::Bound { .. } | Self::TooLarge { .. } | Self::Redirect { .. } => false,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 499..),
            Self::Refused(refusal) => refusal.class.is_transient(),
            _ => true,
        }
    }

    /// What the limiter learns from it.
    pub(crate) fn for_limiter(&self) -> Answer {
        let hold = self.retry_after().unwrap_or_default();
        match self {
            Self::Request(_) | Self::Held { .. } | Self::Deadline { .. } | Self::Connect(_) => {
                Answer::NotSent
            }
            Self::Send(_) | Self::Read(_) | Self::Timeout { .. } => Answer::Unknown,
            Self::Status { status: 429, .. } => Answer::Refused { hold },
            Self::Refused(refusal) if refusal.class == RefusalClass::Limited => Answer::Refused { hold },
            _ => Answer::Taken,
        }
    }

    /// Who asks for silence, and in which words; people and digit runs masked.
    pub(crate) fn words(&self) -> String {
        let words = match self {
            Self::Status { status, retry_after, .. } => match retry_after {
                Some(wait) => format!("HTTP {status}, Retry-After {} s", wait.as_secs()),
                None => format!("HTTP {status}"),
            },
            Self::Refused(refusal) => refusal.words(),
            other => other.to_string(),
        };
        mask_text(&words.chars().take(LONGEST_WORDS).collect::<String>())
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Held { wait } => Some(*wait),
            Self::Status { status: 429, retry_after, .. } => {
                retry_after.map(|wait| wait.min(LONGEST_COUNTED))
            }
            Self::Status { retry_after, .. } => retry_after.map(|wait| wait.min(LONGEST_BUSY)),
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }
}
