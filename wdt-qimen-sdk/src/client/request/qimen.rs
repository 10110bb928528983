//! A request to Qimen: protocol parameters in the query, business parameters and `sid` in the form body, as the
//! vendor's own client lays them out (protocol notes, section 2). It keeps order numbers out of proxy logs.

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::caller::Caller;
use super::form::{Pair, check_names, is_sent, post, sent};
use crate::error::ErrorKind;
use crate::protocol::SCENE;
use crate::sign::top_sign;
use crate::wire::{format_time, to_beijing};

pub(super) const OWN_KEYS: [&str; 9] =
    ["method", "app_key", "target_app_key", "timestamp", "format", "v", "sign_method", "sign", "sid"];

pub(super) fn put_together(
    caller: &Caller,
    method: &str,
    business: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<http::Request<Bytes>, ErrorKind> {
    let credentials = &caller.credentials;
    // As the gateway reads it, whatever this host's zone.
    let timestamp = format_time(to_beijing(&now));
    let method = if caller.catalogue_names && !method.starts_with(SCENE) {
        &format!("{SCENE}{method}")
    } else {
        method
    };
    let protocol = [
        ("method", method),
        ("app_key", &credentials.app_key),
        ("target_app_key", &credentials.target_app_key),
        ("timestamp", &timestamp),
        ("format", "json"),
        ("v", "2.0"),
        ("sign_method", caller.sign_method.as_str()),
    ];
    let query: Vec<Pair<'_>> =
        protocol.into_iter().filter(is_sent).chain(sent(&caller.extra_params)).collect();
    let form: Vec<Pair<'_>> =
        std::iter::once(("sid", credentials.sid.as_str())).chain(sent(business)).collect();
    let signed: Vec<Pair<'_>> = query.iter().chain(&form).copied().collect();
    check_names(&signed)?;
    let sign = top_sign(caller.sign_method, credentials.secret(), &signed);

    let mut url = caller.base_url.clone();
    url.query_pairs_mut().extend_pairs(query).append_pair("sign", &sign);
    post(&url, &form)
}
