//! Who asks, what that one may do, and what a form of theirs brought.

use std::collections::BTreeMap;
use std::net::IpAddr;

use url::form_urlencoded;

use super::lang::Lang;
use super::link::Here;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) lang: Lang,
    pub(super) rights: Rights,
    /// Whom the request comes from.
    pub(super) remote: IpAddr,
    /// What was asked for.
    pub(super) here: Here,
}

/// What a visitor may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rights {
    /// Look. There is no token, so nobody may do more.
    Look,
    /// Nothing beyond what anybody may: the token is asked for.
    Stranger,
    /// Everything; the forms of the session carry the word.
    Session { word: String },
    /// Everything; a script that brings the token with each request.
    Script,
}

/// What a form brought.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(super) fn of(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The text of a field; empty when it is not there.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl Visitor {
    /// What the journal calls this person.
    pub(super) fn by(&self) -> String {
        format!("{} ({})", self.lang.of("状态页", "status page"), self.remote)
    }
}

impl Rights {
    pub(super) fn may_act(&self) -> bool {
        matches!(self, Self::Session { .. } | Self::Script)
    }
}
