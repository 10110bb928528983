//! What can go wrong with a whole call, what that says about its effect, and what to do.
//! What is wrong with one bill of a batch is in `bill_error`; which reply is which error, in `envelope`.

mod advice;
mod kind;

use std::fmt;
use std::time::Duration;

use crate::bill_error::BillError;
use crate::cell::BadCell;
use crate::certificate::BadCertificate;
use crate::fate::Fate;
use crate::text::Text;
use crate::transport::BoxError;

/// MsgCode of an exception inside the server: what `response_error:` is, which comes without a code.
const EXCEPTION: i64 = 4;

/// A call that failed as a whole. It names the operation and never a secret.
#[derive(Debug)]
pub struct Error {
    operation: String,
    attempts: u32,
    elapsed: Duration,
    queued: Duration,
    fate: Fate,
    is_read: bool,
    kind: Box<ErrorKind>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The call cannot be made: a name that is none, a filter or form that cannot be written, no runtime. Nothing was sent.
    #[error("the call cannot be made: {0}")]
    Request(String),
    /// No connection was made. Retried, for writes too.
    #[error("no connection was made: {}", reason(&**.0))]
    Connect(#[source] BoxError),
    /// The server's certificate was refused, so nothing was sent.
    #[error(transparent)]
    Certificate(BadCertificate),
    /// The server asked to be left alone for longer than a call may wait ([`Client::holds`](crate::Client::holds)), so
    /// nothing was sent. Come back later.
    #[error("nothing is sent for {} more seconds, as the server asked", .wait.as_secs())]
    Held {
        /// How long that lasts yet.
        wait: Duration,
    },
    /// No answer came in time. Retried for reads.
    #[error("no answer within {limit:?}")]
    Timeout {
        /// The limit of one attempt.
        limit: Duration,
    },
    /// The whole call was not over in time ([`ClientBuilder::deadline`](crate::ClientBuilder::deadline)). Whether
    /// anything had been sent, the [fate](Error::fate) tells.
    #[error("the call was not over within {limit:?}")]
    Deadline {
        /// How long it was given.
        limit: Duration,
    },
    /// Sending the request or waiting for the answer failed. Retried for reads.
    #[error("the connection broke before the whole answer was there")]
    Send(#[source] BoxError),
    /// The answer broke off. Retried for reads.
    #[error("the connection broke before the whole answer was there")]
    Read(#[source] BoxError),
    /// The answer is longer than the client takes. Ask for fewer rows or raise `max_body`.
    #[error("the reply is longer than {limit} bytes")]
    TooLarge {
        /// The most bytes that are read.
        limit: usize,
    },
    /// An HTTP status that says no. 408, 429, 499, 5xx, and any with words of an ended session are retried for reads.
    #[error("HTTP status {status}: {excerpt}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of the body, as plain text; of a JSON that has messages, these.
        excerpt: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// A redirect, which is not followed: it would carry the signature to another host.
    #[error("HTTP status {status} redirects to {location}: write that as the base_url if it is yours")]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// Scheme and host the server points to.
        location: String,
    },
    /// The public gateway's own refusal (HTTP 519): 4002 not authorised, 4006 clock.
    #[error("the gateway refuses with {code}: {description}")]
    Gateway {
        /// The gateway's `errcode`.
        code: i64,
        /// Its explanation.
        description: String,
    },
    /// The site's firewall found the parameters suspicious (one of `'<>";--` in a text).
    #[error("the site's firewall refuses the parameters: {0}")]
    Firewall(String),
    /// `response_error:` — an exception inside the server; a write may or may not have happened. Its words are classed
    /// like those of a refusal: [`Error::objections`].
    #[error("the server failed: {0}")]
    Exception(String),
    /// A web page instead of an answer, often from a proxy in between.
    #[error("a web page came instead of an answer: {0}")]
    Html(String),
    /// An answer that is cut or is not of the expected shape.
    #[error("the answer cannot be read: {}", .0.en)]
    Unreadable(Text),
    /// There are more rows than one answer holds, and no order to ask for the rest by: give the query an order that tells
    /// any two rows apart (`FID ASC`), or say how many rows are wanted by a limit.
    #[error("the answer is cut at {rows} rows: give the query an order, or a limit")]
    Cut {
        /// How many rows came.
        rows: usize,
    },
    /// A page failed so often in a row that its stream ended ([`Client::pages`](crate::Client::pages)): rows are unread. Go
    /// on later, from the stream's [`checkpoint`](crate::Pages::checkpoint).
    #[error("a page failed {failures} times in a row, and what is behind it is unread: {last}")]
    GaveUp {
        /// How often.
        failures: u32,
        /// The last failure.
        #[source]
        last: Box<Error>,
    },
    /// A row does not fit the struct it is read into. Asking again would not change it.
    #[error(transparent)]
    Cell(#[from] BadCell),
    /// The credentials or the account id are wrong: with header signing MsgCode 1, else HTTP
    /// "Fail to verify thirty passport".
    #[error("the credentials are refused: {0}")]
    Credentials(String),
    /// The login was refused with this `LoginResultType`; no further login is tried for a while.
    #[error("the login is refused with {result}: {message}")]
    Login {
        /// `LoginResultType`: 0 wrong password, −1 mostly a wrong acct_id, −2 −3 expired password, others.
        result: i64,
        /// The server's text.
        message: String,
    },
    /// The session was lost and could not be had again (MsgCode 1).
    #[error("the session is lost")]
    SessionLost,
    /// The service refused the call with this MsgCode.
    #[error("the service refuses with MsgCode {code}: {}", first(errors))]
    Refused {
        /// MsgCode of the answer.
        code: i64,
        /// Every error of the answer.
        errors: Vec<BillError>,
    },
}

impl Error {
    /// A call that cannot be made: nothing was sent.
    pub(crate) fn request(operation: &str, why: String) -> Self {
        Self::new(operation, ErrorKind::Request(why))
    }

    /// A failure of this kind of a call that may write, with the fate that it has by itself: for tests of code that handles
    /// errors. One of a read is made by [`of_read`](Self::of_read).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::{Error, ErrorKind};
    ///
    /// let lost = Error::of("BatchSave", ErrorKind::Html("502 Bad Gateway".to_owned()));
    /// assert!(lost.is_transient() && !lost.may_resend());
    /// ```
    pub fn of(operation: &str, kind: ErrorKind) -> Self {
        Self::new(operation, kind)
    }

    /// The same of a call that only reads, such as a query: it may be sent again whatever became of it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::{Error, ErrorKind};
    ///
    /// let late = Error::of_read("ExecuteBillQuery", ErrorKind::Timeout { limit: Duration::from_secs(30) });
    /// assert!(late.is_transient() && late.may_resend());
    /// ```
    pub fn of_read(operation: &str, kind: ErrorKind) -> Self {
        Self::new(operation, kind).of_a_read()
    }

    /// What went wrong with the rows of a query.
    pub(crate) fn query(kind: ErrorKind) -> Self {
        Self::of_read("ExecuteBillQuery", kind)
    }

    pub(crate) fn new(operation: &str, kind: ErrorKind) -> Self {
        let fate = kind.fate();
        Self {
            operation: operation.to_owned(),
            attempts: 0,
            elapsed: Duration::ZERO,
            queued: Duration::ZERO,
            fate,
            is_read: false,
            kind: Box::new(kind),
        }
    }

    /// The same of a call that changes nothing.
    pub(crate) fn of_a_read(self) -> Self {
        Self { is_read: true, ..self }
    }

    pub(crate) fn queued_for(self, queued: Duration) -> Self {
        Self { queued, ..self }
    }

    pub(crate) fn after(mut self, attempts: u32, elapsed: Duration, fate: Fate) -> Self {
        (self.attempts, self.elapsed, self.fate) = (attempts, elapsed, fate);
        self
    }

    /// The same of a call of which the answer leaves open what it did.
    pub(crate) fn whose_fate_is_unknown(self) -> Self {
        Self { fate: Fate::Unknown, ..self }
    }

    /// The service that was called, such as `BatchSave`.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// How often it was tried.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long it took, waits included.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How long of that it waited for its turn: for a place among the calls in flight, for the quota, or for the end of a
    /// pause that the server asked for.
    pub fn queued(&self) -> Duration {
        self.queued
    }

    /// Why it failed.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whether the call may have had its effect.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// Whether the cause passes by itself. Whether the call may be sent again is [`may_resend`](Self::may_resend)'s to say.
    pub fn is_transient(&self) -> bool {
        self.kind.is_transient()
    }

    /// Whether sending the same call again can double nothing: it only reads, or nothing came of it. Where it may not,
    /// look the bills up first ([`Client::resolve_unknown`](crate::Client::resolve_unknown)): a 504 on a save says
    /// nothing about the bill.
    ///
    /// ```
    /// use std::time::Duration;
    /// use kingdee_k3cloud_sdk::Error;
    ///
    /// /// When to send the same call again without a look; never where that could double a bill.
    /// fn again_after(error: &Error) -> Option<Duration> {
    ///     let may = error.is_transient() && error.may_resend();
    ///     may.then(|| error.retry_after().unwrap_or(Duration::from_secs(60)))
    /// }
    /// ```
    pub fn may_resend(&self) -> bool {
        self.is_read || self.fate != Fate::Unknown
    }

    /// How long the server asks to wait: at most an hour for 429, five minutes for another status. Where pages were given up,
    /// as the last failure says.
    pub fn retry_after(&self) -> Option<Duration> {
        self.kind.retry_after()
    }

    /// Whether every other call would fail in the same way until a person acts: credentials,
    /// permission, licence, clock, address.
    pub fn is_permanent_for_all(&self) -> bool {
        self.kind.is_permanent_for_all()
    }

    /// The answer's MsgCode, if it came to that.
    pub fn code(&self) -> Option<i64> {
        match &*self.kind {
            ErrorKind::Refused { code, .. } => Some(*code),
            ErrorKind::SessionLost => Some(1),
            _ => None,
        }
    }

    /// What the server itself objects to the call as a whole, classed: the errors of a refusal, or the words of an
    /// exception (`response_error:`), which is what MsgCode 4 stands for. A refusal without a word gives one objection
    /// that says so. Empty where no answer of the service came: time-outs, broken connections, pages of a proxy.
    ///
    /// An answer means that the call has ended: where the [fate](Self::fate) is unknown all the same, one look-up decides.
    pub fn objections(&self) -> Vec<BillError> {
        match &*self.kind {
            ErrorKind::Refused { code, errors } if errors.is_empty() => {
                let text = format!("MsgCode {code}, 未说明原因 no reason given");
                vec![BillError::new(None, text, None, *code)]
            }
            ErrorKind::Refused { errors, .. } => errors.clone(),
            ErrorKind::Exception(text) => vec![BillError::new(None, text.clone(), None, EXCEPTION)],
            _ => Vec::new(),
        }
    }

    /// What a person can do. Of a write that may have had its effect: to look before sending again.
    pub fn advice(&self) -> Text {
        if self.may_resend() { self.kind.advice() } else { self.kind.advice_in_doubt() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind)?;
        if self.attempts > 1 {
            write!(f, " (after {} attempts in {:.1?})", self.attempts, self.elapsed)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&*self.kind)
    }
}

/// The last error of a chain: the reason, where the others say what failed by it.
fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}

fn first(errors: &[BillError]) -> &str {
    errors.first().map_or("no message", |error| &error.message)
}
