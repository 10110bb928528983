//! Calling in another organisation: its number, and a session that is switched to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::envelope::Answer;
use crate::error::ErrorKind;
use crate::service::Service;
use crate::session::Session;

/// An organisation, with a session of its own: which one a session is in, is the server's memory.
#[derive(Debug)]
pub(crate) struct Org {
    pub(crate) number: String,
    pub(crate) session: Session,
}

impl Org {
    fn new(number: String) -> Self {
        Self { number, session: Session::default() }
    }

    /// The call that switches a session to it.
    pub(super) fn switch(&self) -> (Service, String) {
        let body = serde_json::json!({ "data": { "OrgNumber": self.number } });
        (Service::write("SwitchOrg"), body.to_string())
    }
}

/// The organisations that a client was asked for, each with the one session that it has.
#[derive(Debug, Default)]
pub(crate) struct Orgs(Mutex<BTreeMap<String, Arc<Org>>>);

impl Orgs {
    /// The one with this number.
    pub(super) fn of(&self, number: String) -> Arc<Org> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let org = known.entry(number);
        Arc::clone(org.or_insert_with_key(|number| Arc::new(Org::new(number.clone()))))
    }
}

/// Whether the switch was made.
pub(super) fn switched(answer: Result<Answer, ErrorKind>) -> Result<(), ErrorKind> {
    answer.and_then(Answer::into_data).map(drop)
}
