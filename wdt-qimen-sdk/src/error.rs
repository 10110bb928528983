//! The one error of a call: what failed, after how many attempts, and what is known of the request's fate.
//! What a refusal's code means is `error/refusal.rs`. Unreadable rows are no errors of a call: see `page.rs`.

mod refusal;

pub use refusal::{Refusal, RefusalClass};

use std::fmt;
use std::time::Duration;

use crate::fate::Fate;
use crate::limit::Answer;
use crate::replay::Replay;
use crate::text::Text;
use crate::transport::{BoxError, ProxyRefused};
use crate::wire::mask::mask_text;

/// The longest `Retry-After` that is believed of a server that is busy: it is a guess, and nothing is lost by asking.
const LONGEST_BUSY: Duration = Duration::from_secs(5 * 60);
/// The same of one that counts calls (429).
const LONGEST_COUNTED: Duration = Duration::from_secs(3600);
/// How much of a server's words is kept with a hold.
const LONGEST_WORDS: usize = 300;

/// A call that did not come to an answer.
///
/// Says what to do by [`advice`](Self::advice), and never repeats a secret, a signature or a URL.
///
/// | asks | |
/// |---|---|
/// | [`is_transient`](Self::is_transient) | would the same call have a chance later? |
/// | [`may_resend`](Self::may_resend) | could sending it again do something twice? |
/// | [`retry_after`](Self::retry_after) | how long does the server want to be left alone? |
/// | [`is_permanent_for_all`](Self::is_permanent_for_all) | will every other call fail alike until a person acts? |
#[derive(Debug)]
pub struct Error {
    operation: String,
    log: CallLog,
    fate: Fate,
    request_id: Option<String>,
    kind: Box<ErrorKind>,
}

/// What a call went through before it failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallLog {
    pub(crate) replay: Replay,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// The part of it that was spent waiting for a turn.
    pub(crate) queued: Duration,
    /// What became of the attempts before the last one.
    pub(crate) earlier: Fate,
}

impl CallLog {
    pub(crate) fn new(replay: Replay) -> Self {
        Self { replay, attempts: 0, elapsed: Duration::ZERO, queued: Duration::ZERO, earlier: Fate::NotSent }
    }
}

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

impl Error {
    /// An error of one attempt of a call that may write, for tests of code that handles errors.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{Error, ErrorKind, Fate};
    ///
    /// let lost = Error::of("wdt.trade.push", ErrorKind::Timeout { limit: Duration::from_secs(30) });
    /// assert_eq!((lost.fate(), lost.may_resend()), (Fate::Unknown, false));
    /// ```
    pub fn of(operation: &str, kind: ErrorKind) -> Self {
        Self::new(operation, CallLog { attempts: 1, ..CallLog::new(Replay::Never) }, kind)
    }

    /// A call that cannot be made: nothing was sent.
    pub(crate) fn request(operation: &str, why: String) -> Self {
        Self::new(operation, CallLog::new(Replay::Safe), ErrorKind::Request(why))
    }

    pub(crate) fn new(operation: &str, log: CallLog, kind: ErrorKind) -> Self {
        let request_id = match &kind {
            ErrorKind::Refused(refusal) => refusal.request_id.clone(),
            _ => None,
        };
        let fate = log.earlier.max(kind.fate());
        Self { operation: operation.to_owned(), log, fate, request_id, kind: Box::new(kind) }
    }

    /// The method that was called, such as `wdt.refund.query`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// How many requests were sent, or tried to be.
    pub fn attempts(&self) -> u32 {
        self.log.attempts
    }

    /// How long the call took, waiting included.
    pub fn elapsed(&self) -> Duration {
        self.log.elapsed
    }

    /// How much of that it waited for its turn: behind other calls of the same method, for the quota, for a ban.
    pub fn queued(&self) -> Duration {
        self.log.queued
    }

    /// What it came to.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The refusal, if the server answered with one.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Error, RefusalClass};
    ///
    /// fn is_wrong_key(error: &Error) -> bool {
    ///     error.refusal().is_some_and(|refusal| refusal.class == RefusalClass::Credentials)
    /// }
    /// ```
    pub fn refusal(&self) -> Option<&Refusal> {
        match self.kind() {
            ErrorKind::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The code of a refusal.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Error, ErrorKind, Refusal};
    ///
    /// let refusal = Refusal::of(25, "", "Invalid signature");
    /// let error = Error::of("wdt.shop.query", ErrorKind::Refused(Box::new(refusal)));
    /// assert_eq!((error.code(), error.is_permanent_for_all()), (Some(25), true));
    /// ```
    pub fn code(&self) -> Option<i64> {
        self.refusal().map(|refusal| refusal.code)
    }

    /// The sub-code of a refusal, as `isv.invalid-parameter`.
    pub fn sub_code(&self) -> Option<&str> {
        self.refusal().map(|refusal| refusal.sub_code.as_str()).filter(|code| !code.is_empty())
    }

    /// The gateway's id of the request, which its support asks for.
    ///
    /// ```
    /// # fn f(error: &wdt_qimen_sdk::Error) {
    /// // For the ticket at the gateway's support:
    /// if let Some(id) = error.request_id() {
    ///     println!("{} failed, request_id {id}", error.operation());
    /// }
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the same call would have a chance later. Not whether it may be sent again: that is
    /// [`may_resend`](Self::may_resend).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::Error;
    ///
    /// /// When a job comes back to a call that failed.
    /// fn comes_back_after(error: &Error) -> Option<Duration> {
    ///     error.is_transient().then(|| error.retry_after().unwrap_or(Duration::from_secs(60)))
    /// }
    /// ```
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// Whether the same call may be sent again without doing anything twice: it only reads, it has a key of its own
    /// ([`Replay`]), or it was certainly not carried out. Where not, look in the ERP first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{Error, ErrorKind};
    ///
    /// // As a test of yours makes one, of a call that may write: it would have a chance later, and might do it twice.
    /// let error = Error::of("wdt.refund.query", ErrorKind::Timeout { limit: Duration::from_secs(30) });
    /// assert!(error.is_transient() && !error.may_resend());
    /// ```
    pub fn may_resend(&self) -> bool {
        self.log.replay.may_resend() || self.fate != Fate::Unknown
    }

    /// How long to wait before the same call has a chance, where the server or the ban said so: at most a day for a
    /// named ban, an hour for 429, five minutes for another status.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Error, ErrorKind, Refusal};
    ///
    /// let banned = "This ban will last for 7 more seconds";
    /// let refusal = Refusal::of(7, "accesscontrol.limited-by-api-access-count", banned);
    /// let error = Error::of("wdt.shop.query", ErrorKind::Refused(Box::new(refusal)));
    /// assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(8));
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.kind.retry_after()
    }

    /// What became of the call: the worst that is known of any of its attempts.
    ///
    /// ```
    /// use wdt_qimen_sdk::{Error, Fate};
    ///
    /// /// What becomes of an order whose push failed.
    /// fn next(error: &Error) -> &'static str {
    ///     match error.fate() {
    ///         Fate::NotSent | Fate::Refused if error.is_transient() => "again later",
    ///         Fate::NotSent | Fate::Refused => "to a person, with the message",
    ///         Fate::Unknown => "look it up in the ERP",
    ///     }
    /// }
    /// ```
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// Whether every other call will fail alike until a person acts: wrong key or secret, no permission, a wrong
    /// clock, a wrong address. Stop, and show [`advice`](Self::advice).
    pub fn is_permanent_for_all(&self) -> bool {
        match self.kind() {
            ErrorKind::Redirect { .. } => true,
            ErrorKind::Refused(refusal) => refusal.class.is_permanent_for_all(),
            _ => false,
        }
    }

    /// What a person can do.
    ///
    /// ```
    /// # fn f(error: &wdt_qimen_sdk::Error) {
    /// let advice = error.advice();
    /// println!("旺店通: {error}。{}", advice.zh);
    /// println!("WDT: {error}. {}", advice.en);
    /// # }
    /// ```
    pub fn advice(&self) -> Text {
        if !self.may_resend() {
            return Text::new(
                "可能已经执行：先在旺店通中查询，确认没有执行再重新发送",
                "it may have been carried out: look in the ERP before it is sent again",
            );
        }
        match self.kind() {
            ErrorKind::Request(_) => Text::new("检查调用参数", "mend the call's parameters"),
            ErrorKind::Held { .. } => Text::new("等待限流解除", "wait until the ban is over"),
            ErrorKind::Deadline { .. } => Text::new(
                "延长 deadline，或减少同时调用",
                "give the call a longer deadline, or make fewer calls at once",
            ),
            ErrorKind::Bound { .. } => {
                Text::new("提高页数上限或缩小查询范围", "raise max_pages or narrow the list")
            }
            ErrorKind::Connect(error) if ProxyRefused::is_in(&**error) => Text::new(
                "代理要求用户名和密码 (407)：请写入 proxy 的地址",
                "the proxy wants user and password (407): write them into the address of proxy",
            ),
            ErrorKind::Connect(_) => {
                Text::new("检查网络、base_url 与证书", "check network, proxy, base_url and certificate")
            }
            ErrorKind::Send(_) | ErrorKind::Read(_) | ErrorKind::Timeout { .. } => {
                Text::new("稍后重试，或减小每页条数", "try again later; if it stays, ask for smaller pages")
            }
            ErrorKind::TooLarge { .. } => {
                Text::new("减小每页条数", "ask for smaller pages or raise max_body")
            }
            ErrorKind::Redirect { .. } => {
                Text::new("修改 base_url", "set base_url to the address it points to")
            }
            ErrorKind::Status { .. } | ErrorKind::Unreadable { .. } => Text::new(
                "检查 base_url，或稍后重试",
                "check that base_url is the gateway's; else try again later",
            ),
            ErrorKind::Refused(refusal) => refusal.class.advice(),
        }
    }
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
            _ => Fate::Unknown,
        }
    }

    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Request(_) | Self::Bound { .. } | Self::TooLarge { .. } | Self::Redirect { .. } => false,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..),
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, attempts) = (&self.operation, self.attempts());
        write!(f, "{operation}: {} (attempts {attempts}, {:.1} s", self.kind, self.elapsed().as_secs_f32())?;
        if self.queued() >= Duration::from_secs(1) {
            write!(f, ", queued {:.1} s", self.queued().as_secs_f32())?;
        }
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
