//! The services of the Web API: their names, and how each may be replayed. Their bodies are in the
//! submodules, their calling in `client`.

pub mod batch_save;
pub mod numbers;
pub(crate) mod view;

use std::borrow::Cow;

/// Whether a failed call may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Reading: after anything transient.
    Safe,
    /// Writing: only if the request certainly never reached the server.
    IfNotSent,
}

/// A service by its full name.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    name: Cow<'static, str>,
    pub(crate) replay: Replay,
}

const FORMS: &str = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.";
const AUTH: &str = "Kingdee.BOS.WebApi.ServicesStub.AuthService.";

impl Service {
    /// A service that changes nothing.
    pub(crate) const fn read(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), replay: Replay::Safe }
    }

    /// A service that changes something.
    pub(crate) const fn write(name: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), replay: Replay::IfNotSent }
    }

    /// Any service by name, short or full; taken for a write.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: Cow::Owned(name.to_owned()), replay: Replay::IfNotSent }
    }

    /// The short name, for people.
    pub(crate) fn short(&self) -> &str {
        self.name.rsplit_once('.').map_or(&self.name, |(_, short)| short)
    }

    /// The last part of the path.
    pub(crate) fn file(&self) -> String {
        let family = match &*self.name {
            full if full.contains('.') => "",
            "ValidateUser" | "LoginByAppSecret" | "LoginBySign" | "Logout" => AUTH,
            _ => FORMS,
        };
        format!("{family}{}.common.kdsvc", self.name)
    }
}
