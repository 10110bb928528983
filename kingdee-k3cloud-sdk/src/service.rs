//! The services of the Web API: their names, and how each may be replayed. Their bodies are in the
//! submodules, their calling in `client`.

pub(crate) mod attachment;
pub(crate) mod batch_save;
pub(crate) mod bills;
pub(crate) mod names;
pub(crate) mod options;
pub(crate) mod push;
pub(crate) mod update;
pub(crate) mod view;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What a call does, so that the client knows whether it may send it again.
///
/// Whatever it is, a call that was refused because its session was lost is sent once more after a new login: the server says
/// itself that it did not run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Replay {
    /// It only reads: tried again after every failure that may pass. ExecuteBillQuery, BillQuery, View.
    Safe,
    /// It may write: **one request leaves at most**. Only one that never left (no connection) is tried again. What became
    /// of a bill with a number tells [`Client::resolve_unknown`](crate::Client::resolve_unknown); of one without, nothing
    /// does. All writes, and [`Client::call`](crate::Client::call).
    #[default]
    Never,
}

impl Replay {
    /// Its name in logs: `safe`, `never`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Never => "never",
        }
    }

    /// Whether the same request may be sent again although the first may have been carried out.
    ///
    /// ```
    /// # use kingdee_k3cloud_sdk::Replay;
    /// assert!(Replay::Safe.may_resend() && !Replay::Never.may_resend());
    /// ```
    pub const fn may_resend(self) -> bool {
        matches!(self, Self::Safe)
    }
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Replay {
    type Err = UnknownReplay;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = [Self::Safe, Self::Never];
        known.into_iter().find(|replay| replay.as_str() == name).ok_or_else(|| UnknownReplay(name.to_owned()))
    }
}

/// The name of no [`Replay`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is none of safe, never")]
pub struct UnknownReplay(String);

/// Several answers to questions of the server (`InterationFlags`), as it reads them: parted by semicolons.
///
/// ```
/// use kingdee_k3cloud_sdk::interaction_flags;
///
/// assert_eq!(interaction_flags(["STK_InvCheckResult", "Another"]), "STK_InvCheckResult;Another");
/// ```
pub fn interaction_flags<F: AsRef<str>>(flags: impl IntoIterator<Item = F>) -> String {
    flags.into_iter().map(|flag| flag.as_ref().to_owned()).collect::<Vec<_>>().join(";")
}

/// A service by its full name, and how it may be replayed.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    name: Cow<'static, str>,
    pub(crate) replay: Replay,
}

const FORMS: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.";
/// What the file of a service is called behind its name.
const FILE: &str = ".common.kdsvc";
const AUTH: &str = "Kingdee.BOS.WebApi.ServicesStub.AuthService.";

impl Service {
    /// A service that changes nothing.
    pub(crate) const fn read(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), replay: Replay::Safe }
    }

    /// A service that may change something.
    pub(crate) const fn write(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), replay: Replay::Never }
    }

    /// Any service by name, short or full: it becomes the last part of the path.
    pub(crate) fn named(name: &str, replay: Replay) -> Result<Self, Error> {
        let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        if name.split('.').all(is_part) && !name.ends_with(FILE) {
            Ok(Self { name: Cow::Owned(name.to_owned()), replay })
        } else {
            let why = format!(
                "{name:?} is no name of a service: letters, digits and points, without .common.kdsvc"
            );
            Err(Error::request(name, why))
        }
    }

    /// The short name, for people.
    pub(crate) fn short(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(_, short)| short)
    }

    /// A body that was written for it.
    pub(crate) fn written(&self, body: Result<String, serde_json::Error>) -> Result<String, Error> {
        body.map_err(|error| Error::request(self.short(), error.to_string()))
    }

    /// The full name: a service has one, whichever it was called by.
    pub(crate) fn full(&self) -> String {
        let family = match &*self.name {
            full if full.contains('.') => "",
            "ValidateUser" | "LoginByAppSecret" | "LoginBySign" | "Logout" => AUTH,
            _ => FORMS,
        };
        format!("{family}{}", self.name)
    }

    /// By what its time-out is known: both spellings of one service have one.
    pub(crate) fn timed_by(&self) -> String {
        let full = self.full();
        match full.strip_prefix(FORMS) {
            Some("ExecuteOperation") => format!("{FORMS}ExcuteOperation"),
            Some("AttachmentUpload") => format!("{FORMS}AttachmentUpLoad"),
            Some("AttachmentDownload") => format!("{FORMS}AttachmentDownLoad"),
            _ => full,
        }
    }

    /// Whether it is the site's own, and none of the vendor's.
    pub(crate) fn is_own(&self) -> bool {
        let full = self.full();
        !full.starts_with(FORMS) && !full.starts_with(AUTH)
    }

    /// The last part of the path.
    pub(crate) fn file(&self) -> String {
        self.full() + FILE
    }
}
