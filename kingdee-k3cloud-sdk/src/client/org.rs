//! Calling in another organisation: its number, and a session that is switched to it.

use crate::envelope::{self, Answer};
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
    pub(super) fn new(number: String) -> Self {
        Self { number, session: Session::default() }
    }

    /// The call that switches a session to it.
    pub(super) fn switch(&self) -> (Service, String) {
        let body = serde_json::json!({ "data": { "OrgNumber": self.number } });
        (Service::write("SwitchOrg"), body.to_string())
    }
}

/// Whether the switch was made.
pub(super) fn switched(reply: &http::Response<bytes::Bytes>) -> Result<(), ErrorKind> {
    match envelope::read(reply)? {
        Answer { status: Some(status), .. } if !status.is_success => Err(status.into_refusal()),
        _ => Ok(()),
    }
}
