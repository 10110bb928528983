//! What both protocols share: nothing empty, no name twice, a form body.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::error::ErrorKind;

/// A parameter, borrowed.
pub(super) type Pair<'a> = (&'a str, &'a str);

/// Those parameters that are sent: what is empty is neither signed nor sent.
pub(super) fn sent(params: &[(String, String)]) -> impl Iterator<Item = Pair<'_>> {
    params.iter().map(|(key, value)| (key.as_str(), value.as_str())).filter(is_sent)
}

pub(super) fn is_sent(pair: &Pair<'_>) -> bool {
    !pair.0.is_empty() && !pair.1.is_empty()
}

/// A name that comes twice is signed by us in one way and read by the server in another.
pub(super) fn check_names(params: &[Pair<'_>]) -> Result<(), ErrorKind> {
    let mut names: Vec<_> = params.iter().map(|pair| pair.0).collect();
    names.sort_unstable();
    let twice = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    match twice.or_else(|| names.binary_search(&"sign").ok().map(|_| "sign")) {
        Some(name) => {
            Err(ErrorKind::Request(format!("the parameter {name} is given twice or is the client's own")))
        }
        None => Ok(()),
    }
}

pub(super) fn post(url: &Url, form: &[Pair<'_>]) -> Result<http::Request<Bytes>, ErrorKind> {
    let form = Serializer::new(String::new()).extend_pairs(form).finish();
    http::Request::post(url.as_str())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|_| ErrorKind::Request("base_url makes no request".to_owned()))
}
