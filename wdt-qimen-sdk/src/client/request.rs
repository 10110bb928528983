//! One signed request: protocol parameters in the query, business parameters and `sid` in the form body, as the
//! vendor's own client lays them out (protocol notes, section 2). It keeps order numbers out of proxy logs.

use super::{Inner, shanghai};
use crate::error::ErrorKind;
use crate::sign::top_sign;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, CONTENT_TYPE};
use url::form_urlencoded::Serializer;

/// Keys that the client sets itself; a caller's parameter may not have these names.
pub(super) const OWN_KEYS: [&str; 9] =
    ["method", "app_key", "target_app_key", "timestamp", "format", "v", "sign_method", "sign", "sid"];

pub(super) fn put_together(
    client: &Inner,
    method: &str,
    business: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<http::Request<Bytes>, ErrorKind> {
    let credentials = &client.credentials;
    let protocol = [
        ("method", method.to_owned()),
        ("app_key", credentials.app_key.clone()),
        ("target_app_key", credentials.target_app_key.clone()),
        ("timestamp", shanghai(now)),
        ("format", "json".to_owned()),
        ("v", "2.0".to_owned()),
        ("sign_method", client.sign_method.to_string()),
    ];
    let query = protocol.iter().map(|(key, value)| (*key, value.as_str()));
    let extra = client.extra_params.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let query: Vec<_> = query.chain(extra).filter(is_sent).collect();

    let business = business.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let body: Vec<_> =
        std::iter::once(("sid", credentials.sid.as_str())).chain(business).filter(is_sent).collect();
    check_names(&query, &body)?;

    let signed: Vec<_> = query.iter().chain(&body).copied().collect();
    let sign = top_sign(client.sign_method, credentials.secret(), &signed);

    let mut url = client.base_url.clone();
    url.query_pairs_mut().extend_pairs(query).append_pair("sign", &sign);
    let form = Serializer::new(String::new()).extend_pairs(body).finish();
    http::Request::post(url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|_| ErrorKind::Input("base_url makes no request".to_owned()))
}

/// What is empty is neither signed nor sent.
fn is_sent(pair: &(&str, &str)) -> bool {
    !pair.0.is_empty() && !pair.1.is_empty()
}

/// A name that comes twice is signed by us in one way and read by the server in another.
fn check_names(query: &[(&str, &str)], body: &[(&str, &str)]) -> Result<(), ErrorKind> {
    let mut names: Vec<_> = query.iter().chain(body).map(|pair| pair.0).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    match twice.or_else(|| names.binary_search(&"sign").ok().map(|_| "sign")) {
        Some(name) => {
            Err(ErrorKind::Input(format!("the parameter {name} is given twice or is the client's own")))
        }
        None => Ok(()),
    }
}
