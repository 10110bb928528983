//! Putting a signed request together. What is in it depends on the protocol: `request/{qimen,native}.rs`.
//! Here is what both share: nothing empty, no name twice, a form body.

mod native;
mod qimen;

use super::Inner;
use crate::error::ErrorKind;
use crate::protocol::Protocol;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use url::Url;
use url::form_urlencoded::Serializer;

/// A parameter, borrowed.
type Pair<'a> = (&'a str, &'a str);

/// Keys that the client sets itself; a caller's parameter may not have these names.
pub(super) fn own_keys(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::Qimen => &qimen::OWN_KEYS,
        Protocol::Native => &native::OWN_KEYS,
    }
}

/// The request of one attempt, signed for `now`.
pub(super) fn put_together(
    client: &Inner,
    method: &str,
    business: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<http::Request<Bytes>, ErrorKind> {
    match client.protocol {
        Protocol::Qimen => qimen::put_together(client, method, business, now),
        Protocol::Native => native::put_together(client, method, business, now),
    }
}

/// Those parameters that are sent: what is empty is neither signed nor sent.
fn sent(params: &[(String, String)]) -> impl Iterator<Item = Pair<'_>> {
    params.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(is_sent)
}

fn is_sent(pair: &Pair<'_>) -> bool {
    !pair.0.is_empty() && !pair.1.is_empty()
}

/// A name that comes twice is signed by us in one way and read by the server in another.
fn check_names(params: &[Pair<'_>]) -> Result<(), ErrorKind> {
    let mut names: Vec<_> = params.iter().map(|pair| pair.0).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    match twice.or_else(|| names.binary_search(&"sign").ok().map(|_| "sign")) {
        Some(name) => {
            Err(ErrorKind::Input(format!("the parameter {name} is given twice or is the client's own")))
        }
        None => Ok(()),
    }
}

fn post(url: &Url, form: &[Pair<'_>]) -> Result<http::Request<Bytes>, ErrorKind> {
    let form = Serializer::new(String::new()).extend_pairs(form).finish();
    http::Request::post(url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|_| ErrorKind::Input("base_url makes no request".to_owned()))
}
