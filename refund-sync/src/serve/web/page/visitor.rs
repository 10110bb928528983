//! Who asks, what that one may do, and what a form of theirs brought.

use std::collections::BTreeMap;
use std::net::IpAddr;

use url::form_urlencoded;

use super::lang::Lang;
use super::link::Here;
use crate::config::Role;
use crate::serve::web::access::Known;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) lang: Lang,
    pub(super) rights: Rights,
    /// Whom the request comes from.
    pub(super) remote: IpAddr,
    /// What was asked for; of a form, the place where it was filled in.
    pub(super) here: Here,
    /// A form was sent that says where from.
    pub(super) has_sent: bool,
}

/// What a visitor may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rights {
    /// Look. There is no token, so nobody may do more.
    Look,
    /// Nothing beyond what anybody may: the token is asked for.
    Stranger,
    /// What that person may; the forms of the session carry the word.
    Session { word: String, known: Known },
    /// What that person may; a script that brings the token with each request.
    Script { known: Known },
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
    /// The person's name; empty where there is none.
    pub(super) fn name(&self) -> String {
        self.rights.known().map_or_else(String::new, |known| known.name.to_string())
    }

    /// What the journal calls this person.
    pub(super) fn by(&self) -> String {
        match self.rights.known() {
            Some(known) if !known.name.is_empty() => known.name.to_string(),
            _ => format!("{} ({})", self.lang.of("状态页", "status page"), self.remote),
        }
    }
}

impl Rights {
    pub(super) fn may_act(&self) -> bool {
        self.known().is_some_and(|known| known.role == Role::Act)
    }

    /// Who it is, where a token said so.
    pub(super) fn known(&self) -> Option<&Known> {
        match self {
            Self::Session { known, .. } | Self::Script { known } => Some(known),
            Self::Look | Self::Stranger => None,
        }
    }

    /// A script: it is answered in plain text and JSON.
    pub(super) fn is_script(&self) -> bool {
        matches!(self, Self::Script { .. })
    }
}
