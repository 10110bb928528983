//! The one error of a call: what failed, after how many attempts, and what is known of the request's fate.
//! What a refusal's code means is `error/refusal.rs`. Unreadable rows are no errors of a call: see `page.rs`.

mod refusal;

pub use refusal::{Refusal, RefusalClass};

use crate::limit::Answer;
use crate::transport::BoxError;
use std::fmt;
use std::time::Duration;

/// A call that did not come to an answer.
///
/// Says what to do by [`advice`](Self::advice), and never repeats a secret, a signature or a URL.
#[derive(Debug)]
pub struct Error {
    method: String,
    attempts: u32,
    elapsed: Duration,
    request_id: Option<String>,
    kind: Box<ErrorKind>,
}

/// What a failed call came to, named by the moment it failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call breaks a rule of the method; nothing was sent. Mend the call.
    #[error("{0}")]
    Input(String),
    /// The method is banned for longer than a call may wait; nothing was sent. Come back later.
    #[error("banned for {} more seconds", .wait.as_secs())]
    Held {
        /// How long the ban lasts yet.
        wait: Duration,
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
    TooLong {
        /// The most bytes that are read.
        limit: usize,
    },
    /// The gateway points elsewhere. Nothing follows: that host would get the signature.
    #[error("HTTP {status}: redirected to {host}, not followed")]
    Redirected {
        /// The HTTP status.
        status: u16,
        /// The host it points to, without the rest of the location.
        host: String,
    },
    /// An HTTP status other than 2xx and no envelope. Tried again for 408, 429 and 5xx.
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
    #[error("the answer is not readable{}: {excerpt}", .why.as_ref().map(|why| format!(", {why}")).unwrap_or_default())]
    Unreadable {
        /// What contradicts what, where that is the matter.
        why: Option<String>,
        /// The first KiB of the body, masked.
        excerpt: String,
    },
    /// The gateway or the ERP refused, with a code. Tried again where the code says so.
    #[error("{0}")]
    Refused(Box<Refusal>),
}

/// What became of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It never left.
    NotSent,
    /// The server answered that it will not do it.
    Refused,
    /// It may have been carried out. All of this crate's own methods only read, so they may be repeated.
    Unknown,
}

/// The last error of a chain: the reason, where the others say what failed by it.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}

impl Error {
    pub(crate) fn new(method: &str, attempts: u32, elapsed: Duration, kind: ErrorKind) -> Self {
        let request_id = match &kind {
            ErrorKind::Refused(refusal) => refusal.request_id.clone(),
            _ => None,
        };
        Self { method: method.to_owned(), attempts, elapsed, request_id, kind: Box::new(kind) }
    }

    /// The method that was called.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// How many requests were sent, or tried to be.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long the call took, waiting included.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What it came to.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The refusal, if the server answered with one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self.kind() {
            ErrorKind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The code of a refusal.
    pub fn code(&self) -> Option<i64> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// The sub-code of a refusal, as `isv.invalid-parameter`.
    pub fn sub_code(&self) -> Option<&str> {
        self.refusal().map(|refusal| refusal.sub_code.as_str()).filter(|code| !code.is_empty())
    }

    /// The gateway's id of the request, which its support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the same call would have a chance later.
    pub fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// How long to wait before the same call has a chance, where the server or the ban said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.kind.retry_after()
    }

    /// What became of the last request.
    pub fn fate(&self) -> Fate {
        match self.kind() {
            ErrorKind::Input(_)
            | ErrorKind::Held { .. }
            | ErrorKind::Bound { .. }
            | ErrorKind::Connect(_) => Fate::NotSent,
            ErrorKind::Refused(_) => Fate::Refused,
            _ => Fate::Unknown,
        }
    }

    /// Whether every other call will fail alike until a person acts: wrong key or secret, no permission, a wrong
    /// clock, a wrong address. Stop, and show [`advice`](Self::advice).
    pub fn is_permanent_for_all(&self) -> bool {
        match self.kind() {
            ErrorKind::Redirected { .. } => true,
            ErrorKind::Refused(refusal) => refusal.class.is_permanent_for_all(),
            _ => false,
        }
    }

    /// What to do, in a sentence, English and Chinese.
    pub fn advice(&self) -> &'static str {
        match self.kind() {
            ErrorKind::Input(_) => "mend the call's parameters (检查调用参数)",
            ErrorKind::Held { .. } => "wait until the ban is over (等待限流解除)",
            ErrorKind::Bound { .. } => "raise max_pages or narrow the list (提高页数上限或缩小查询范围)",
            ErrorKind::Connect(_) => {
                "check network, proxy, base_url and certificate (检查网络、base_url 与证书)"
            }
            ErrorKind::Send(_) | ErrorKind::Read(_) | ErrorKind::Timeout { .. } => {
                "try again later; if it stays, ask for smaller pages (稍后重试，或减小每页条数)"
            }
            ErrorKind::TooLong { .. } => "ask for smaller pages or raise max_body (减小每页条数)",
            ErrorKind::Redirected { .. } => "set base_url to the address it points to (修改 base_url)",
            ErrorKind::Status { .. } | ErrorKind::Unreadable { .. } => {
                "check that base_url is the gateway's; else try again later (检查 base_url，或稍后重试)"
            }
            ErrorKind::Refused(refusal) => refusal.class.advice(),
        }
    }
}

impl ErrorKind {
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Input(_) | Self::Bound { .. } | Self::TooLong { .. } | Self::Redirected { .. } => false,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::Refused(refusal) => refusal.class.is_retryable(),
            _ => true,
        }
    }

    /// What the limiter learns from it.
    pub(crate) fn for_limiter(&self) -> Answer {
        let hold = self.retry_after().unwrap_or_default();
        match self {
            Self::Input(_) | Self::Held { .. } | Self::Connect(_) => Answer::NotSent,
            Self::Send(_) | Self::Read(_) | Self::Timeout { .. } => Answer::Unknown,
            Self::Status { status: 429, .. } => Answer::Refused { hold },
            Self::Refused(refusal) if refusal.class == RefusalClass::Limited => Answer::Refused { hold },
            _ => Answer::Taken,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Held { wait } => Some(*wait),
            Self::Status { retry_after, .. } => *retry_after,
            Self::Refused(refusal) => refusal.retry_after(),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, attempts) = (&self.method, self.attempts);
        write!(f, "{method}: {} (attempts {attempts}, {:.1} s", self.kind, self.elapsed.as_secs_f32())?;
        if let Some(id) = self.request_id() {
            write!(f, ", request {id}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.kind)
    }
}
