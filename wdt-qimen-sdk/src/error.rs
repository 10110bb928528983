//! The one error of a call: what failed, after how many attempts, and what is known of the request's fate.
//! What it came to is `error/kind.rs`, what a refusal's code means `error/refusal.rs`. Unreadable rows are no errors of a call: see `page.rs`.

mod kind;
mod refusal;

pub use kind::ErrorKind;
pub use refusal::{Refusal, RefusalClass};

use std::fmt;
use std::time::Duration;

use crate::fate::Fate;
use crate::replay::Replay;
use crate::text::Text;
use crate::transport::ProxyRefused;

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

impl Error {
    /// An error of one attempt of a call that may write, for tests of code that handles errors. Of a call that only
    /// reads: [`of_read`](Self::of_read).
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

    /// The same of a call that only reads, and so may be sent again whatever became of it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wdt_qimen_sdk::{Error, ErrorKind, Fate};
    ///
    /// let lost = Error::of_read("wdt.refund.query", ErrorKind::Timeout { limit: Duration::from_secs(30) });
    /// assert_eq!((lost.fate(), lost.may_resend()), (Fate::Unknown, true));
    /// ```
    pub fn of_read(operation: &str, kind: ErrorKind) -> Self {
        Self::new(operation, CallLog { attempts: 1, ..CallLog::new(Replay::Safe) }, kind)
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
    /// let error = Error::of_read("wdt.shop.query", ErrorKind::Refused(Box::new(refusal)));
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
    /// let error = Error::of("wdt.trade.push", ErrorKind::Timeout { limit: Duration::from_secs(30) });
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
    /// let error = Error::of_read("wdt.shop.query", ErrorKind::Refused(Box::new(refusal)));
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
