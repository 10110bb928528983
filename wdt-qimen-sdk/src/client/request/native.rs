//! A request to WDT's own gateway: a page for each method, every parameter in the form body, a timestamp in whole
//! seconds, and its own signature (protocol notes, section 3).

use bytes::Bytes;
use chrono::{DateTime, Utc};

use super::caller::Caller;
use super::form::{Pair, check_names, post, sent};
use crate::error::ErrorKind;
use crate::protocol::native_page;
use crate::sign::native_sign;

pub(super) const OWN_KEYS: [&str; 4] = ["sid", "appkey", "timestamp", "sign"];

pub(super) fn put_together(
    caller: &Caller,
    method: &str,
    business: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<http::Request<Bytes>, ErrorKind> {
    let credentials = &caller.credentials;
    let timestamp = now.timestamp().to_string();
    let own = [("sid", &*credentials.sid), ("appkey", &credentials.app_key), ("timestamp", &timestamp)];
    let mut form: Vec<Pair<'_>> =
        own.into_iter().chain(sent(&caller.extra_params)).chain(sent(business)).collect();
    check_names(&form)?;
    let sign = native_sign(credentials.secret(), &form);
    form.push(("sign", &sign));

    let mut url = caller.base_url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().push(&native_page(method));
    }
    post(&url, &form)
}
