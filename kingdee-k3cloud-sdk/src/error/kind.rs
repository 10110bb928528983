//! What each kind of failure means: its name, what it says about the call's effect, whether it passes, and what it may not
//! show. What a person can do is in `advice`.

use std::borrow::Cow;
use std::time::Duration;

use super::{EXCEPTION, ErrorKind};
use crate::bill_error::BillError;
use crate::class::Objection;
use crate::class::rule::{Class, Code, Rule};
use crate::fate::Fate;
use crate::redact;

/// The longest `Retry-After` that is believed of a server that counts calls (429).
const LONGEST_COUNTED: Duration = Duration::from_secs(60 * 60);
/// The same of one that is busy: it is a guess, and nothing is lost by asking.
const LONGEST_BUSY: Duration = Duration::from_secs(5 * 60);

impl ErrorKind {
    /// Its name in logs and metrics, such as `timeout` or `too_large`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::Connect(_) => "connect",
            Self::Certificate(_) => "certificate",
            Self::Held { .. } => "held",
            Self::Timeout { .. } => "timeout",
            Self::Deadline { .. } => "deadline",
            Self::Send(_) => "send",
            Self::Read(_) => "read",
            Self::TooLarge { .. } => "too_large",
            Self::Status { .. } => "status",
            Self::Redirect { .. } => "redirect",
            Self::Gateway { .. } => "gateway",
            Self::Firewall(_) => "firewall",
            Self::Exception(_) => "exception",
            Self::Html(_) => "html",
            Self::Unreadable(_) => "unreadable",
            Self::Cut { .. } => "cut",
            Self::GaveUp { .. } => "gave_up",
            Self::Cell(_) => "cell",
            Self::Credentials(_) => "credentials",
            Self::Login { .. } => "login",
            Self::SessionLost => "session_lost",
            Self::Refused { .. } => "refused",
        }
    }

    /// What this says about the call's effect.
    pub(crate) fn fate(&self) -> Fate {
        match self {
            Self::Request(_) | Self::Connect(_) | Self::Certificate(_) | Self::Held { .. } => Fate::NotSent,
            // Who may not call has called nothing; whatever else broke may have broken after the effect.
            Self::Exception(_) if self.is_the_accounts() => Fate::Refused,
            // At any status: the words of the table say what is known of the call.
            Self::Status { .. } if self.session_rule().is_some_and(|rule| rule.fate == Fate::Unknown) => {
                Fate::Unknown
            }
            // 499 is a proxy before which somebody hung up, and 303 shows where to see what was done.
            Self::Status { status: 408 | 499.., .. }
            | Self::Redirect { status: 303, .. }
            | Self::Timeout { .. }
            | Self::Deadline { .. }
            | Self::Send(_)
            | Self::Read(_)
            | Self::TooLarge { .. }
            | Self::Exception(_)
            | Self::Html(_)
            | Self::Unreadable(_) => Fate::Unknown,
            // A database failure can hit the commit itself.
            Self::Refused { code, errors } => {
                let doubtful = errors.iter().any(BillError::is_doubtful);
                if doubtful || (errors.is_empty() && matches!(code, 4 | 6)) {
                    Fate::Unknown
                } else {
                    Fate::Refused
                }
            }
            Self::Status { .. }
            | Self::Redirect { .. }
            | Self::Gateway { .. }
            | Self::Firewall(_)
            | Self::Cut { .. }
            | Self::GaveUp { .. }
            | Self::Cell(_)
            | Self::Credentials(_)
            | Self::Login { .. }
            | Self::SessionLost => Fate::Refused,
        }
    }

    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Connect(_)
            | Self::Held { .. }
            | Self::Timeout { .. }
            | Self::Deadline { .. }
            | Self::Send(_)
            | Self::Read(_)
            | Self::Html(_)
            | Self::Unreadable(_)
            | Self::SessionLost => true,
            Self::Exception(_) => !self.is_the_accounts(),
            Self::Status { status, .. } => matches!(status, 408 | 429 | 499..) || self.doubts_session(),
            Self::Refused { code, errors } if errors.is_empty() => matches!(code, 6 | 13 | 14),
            Self::Refused { errors, .. } => {
                errors.iter().all(|error| matches!(error.class, Class::Transient | Class::SessionLost))
            }
            Self::Login { .. } => self.rule().is_some_and(|rule| rule.class == Class::Transient),
            _ => false,
        }
    }

    /// Whether a login was answered with no, for whatever passing reason: that is not repeated in a loop.
    pub(crate) fn refuses_login(&self, fate: Fate) -> bool {
        let is_no = matches!(self, Self::Refused { .. } | Self::Status { status: 401 | 403, .. });
        matches!(self, Self::Login { .. }) || (is_no && fate == Fate::NotSent)
    }

    /// Whether the site knows no such path. Some say so by a 403 without a word.
    pub(crate) fn is_of_the_path(&self) -> bool {
        match self {
            Self::Status { status, excerpt, .. } => *status == 404 || (*status == 403 && excerpt.is_empty()),
            _ => false,
        }
    }

    /// Whether it says, in words that prove nothing of the call, that the session has ended.
    pub(crate) fn doubts_session(&self) -> bool {
        self.session_rule().is_some()
    }

    /// The row of the table by which the words of a failure are about the session, whatever they come in.
    pub(crate) fn session_rule(&self) -> Option<&'static Rule> {
        let (Self::Exception(text) | Self::Html(text) | Self::Status { excerpt: text, .. }) = self else {
            return None;
        };
        // Of a page of JSON whose messages are under names that are not known here, the words stand in quotes.
        let words = if text.starts_with(['{', '[']) {
            Cow::Owned(text.replace('"', " "))
        } else {
            Cow::Borrowed(text)
        };
        let objection =
            Objection { field: None, message: &words, code: Code::Msg(EXCEPTION), is_login: false };
        Some(objection.rule()).filter(|rule| rule.class == Class::SessionLost)
    }

    /// Whether the server had no time: calls should come more slowly.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Status { status: 429 | 503, .. }) || self.rule().is_some_and(|rule| rule.slows)
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Held { wait } => Some(*wait),
            Self::Status { status: 429, retry_after, .. } => {
                retry_after.map(|wait| wait.min(LONGEST_COUNTED))
            }
            Self::Status { retry_after, .. } => retry_after.map(|wait| wait.min(LONGEST_BUSY)),
            Self::GaveUp { last, .. } => last.retry_after(),
            _ => None,
        }
    }

    /// The row of the table that speaks of it, where the server itself objects.
    pub(crate) fn rule(&self) -> Option<&'static Rule> {
        let rule = |message: &str, code: Code, is_login: bool| {
            Objection { field: None, message, code, is_login }.rule()
        };
        match self {
            Self::Refused { code, errors } => {
                Some(errors.first().map_or_else(|| rule("", Code::Msg(*code), false), |error| error.rule))
            }
            Self::Login { result, message } => Some(rule(message, Code::Login(*result), true)),
            Self::Gateway { code, description } => Some(rule(description, Code::Gateway(*code), false)),
            Self::Exception(text) => Some(rule(text, Code::Msg(EXCEPTION), false)),
            _ => None,
        }
    }

    fn is_the_accounts(&self) -> bool {
        self.rule().is_some_and(|rule| rule.class == Class::Account)
    }

    pub(super) fn is_permanent_for_all(&self) -> bool {
        match self {
            Self::Credentials(_)
            | Self::Redirect { .. }
            | Self::Gateway { .. }
            | Self::Certificate(_)
            | Self::Refused { code: 2 | 7 | 15, .. } => true,
            Self::Exception(_) => self.is_the_accounts(),
            Self::Login { .. } => !self.is_transient(),
            Self::Refused { errors, .. } => {
                !errors.is_empty() && errors.iter().all(|error| error.class == Class::Account)
            }
            Self::Status { status, .. } => matches!(status, 401 | 403 | 404 | 405) && !self.doubts_session(),
            _ => false,
        }
    }

    /// Without `secret`, should the reply have repeated it.
    pub(crate) fn hiding(self, secret: &str) -> Self {
        // So short a secret guards nothing, and would star ordinary words.
        if secret.len() < 4 {
            return self;
        }
        let hide = |text: String| text.replace(secret, "***");
        match self {
            Self::Status { status, excerpt, retry_after } => {
                Self::Status { status, excerpt: hide(excerpt), retry_after }
            }
            Self::Gateway { code, description } => Self::Gateway { code, description: hide(description) },
            Self::Login { result, message } => Self::Login { result, message: hide(message) },
            Self::Firewall(text) => Self::Firewall(hide(text)),
            Self::Exception(text) => Self::Exception(hide(text)),
            Self::Html(text) => Self::Html(hide(text)),
            Self::Unreadable(text) => Self::Unreadable(text.map(hide)),
            Self::Credentials(text) => Self::Credentials(hide(text)),
            Self::Refused { code, mut errors } => {
                for error in &mut errors {
                    error.message = hide(redact::tokens(&error.message));
                }
                Self::Refused { code, errors }
            }
            silent => silent,
        }
    }
}
