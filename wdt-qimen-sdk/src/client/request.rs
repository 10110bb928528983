//! Putting a signed request together. What is in it depends on the protocol: `request/{qimen,native}.rs`.

mod caller;
mod form;
mod native;
mod qimen;

pub(super) use caller::Caller;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::error::ErrorKind;
use crate::protocol::Protocol;

/// Keys that the client sets itself; a caller's parameter may not have these names.
pub(super) fn own_keys(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Qimen => &qimen::OWN_KEYS,
        Protocol::Native => &native::OWN_KEYS,
    }
}

/// The request of one attempt, signed for `now`.
pub(super) fn put_together(
    caller: &Caller,
    method: &str,
    business: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<http::Request<Bytes>, ErrorKind> {
    match caller.protocol {
        Protocol::Qimen => qimen::put_together(caller, method, business, now),
        Protocol::Native => native::put_together(caller, method, business, now),
    }
}
