//! What a request asks for: the gateway that its path names, and its parameters, from query, form and multipart
//! alike. Whether they are in order is `checks.rs`.

use std::collections::BTreeMap;
use std::iter;

use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;

use super::refuse::Refuse;
use crate::protocol::SCENE;

/// The gateway that a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address<'r> {
    /// Qimen: `/router/qm`, `/router/qmtest`, and `/router/rest`, where TOP's own SDKs always post.
    Qimen,
    /// A page of WDT's own gateway, below `openapi2`.
    Native(&'r str),
    /// Nothing is there: a base URL is wrong.
    Nowhere,
}

impl<'r> Address<'r> {
    pub(super) fn of(request: &'r Request<Bytes>) -> Self {
        let path = request.uri().path();
        match path.rsplit_once('/') {
            Some((directory, page)) if directory.ends_with("/openapi2") => Self::Native(page),
            _ if ["/router/qm", "/router/qmtest", "/router/rest"].iter().any(|end| path.ends_with(end)) => {
                Self::Qimen
            }
            _ => Self::Nowhere,
        }
    }
}

/// The plain name of a method, and whether it was asked for by its catalogue name, which names the scene too.
/// Which of the two a path of the real gateways takes is not known: this one takes both on each.
pub(super) fn plain_method(name: &str) -> (&str, bool) {
    name.strip_prefix(SCENE).map_or((name, false), |plain| (plain, true))
}

/// A request's parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Params(pub(super) BTreeMap<String, String>);

impl Params {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let query = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
        let mut params: BTreeMap<_, _> =
            query.map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        let body = request.body();
        match boundary(request) {
            Some(boundary) => params.extend(parts(body, &boundary)),
            None => params.extend(
                url::form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), value.into_owned())),
            ),
        }
        Self(params)
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, key: &str, missing: (i64, &'static str)) -> Result<&str, Refuse> {
        self.get(key).ok_or_else(|| Refuse::gateway(missing.0, missing.1))
    }
}

/// What parts the parts of a `multipart/form-data` body.
fn boundary(request: &Request<Bytes>) -> Option<String> {
    let kind = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    let mut words = kind.split(';').map(str::trim);
    if !words.next()?.eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    words.find_map(|word| word.strip_prefix("boundary=")).map(|text| text.trim_matches('"').to_owned())
}

/// The fields of a multipart body, whose lines may end without a carriage return: requests that were pasted do. Files are
/// left out: TOP signs none, and no method here takes one.
fn parts<'b>(body: &'b [u8], boundary: &str) -> impl Iterator<Item = (String, String)> + 'b {
    let fence = format!("--{boundary}");
    // The first fence opens the body, without a line end before it.
    let body = body.strip_prefix(fence.as_bytes()).unwrap_or(body);
    let line_end = if body.starts_with(b"\n") { "\n" } else { "\r\n" };
    pieces(body, format!("{line_end}{fence}").into_bytes()).filter_map(move |part| {
        let blank = line_end.repeat(2);
        let end = find(part, blank.as_bytes())?;
        let head = String::from_utf8_lossy(&part[..end]);
        let named = head.lines().find(|line| {
            line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
        })?;
        let words = || named.split(';').map(str::trim);
        if words().any(|word| word.starts_with("filename=")) {
            return None;
        }
        let name = words().find_map(|word| word.strip_prefix("name="))?.trim_matches('"').to_owned();
        Some((name, String::from_utf8_lossy(&part[end + blank.len()..]).into_owned()))
    })
}

/// A body cut at its fences.
fn pieces(body: &[u8], fence: Vec<u8>) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(body);
    iter::from_fn(move || {
        let text = rest.take()?;
        let Some(at) = find(text, &fence) else { return Some(text) };
        rest = Some(&text[at + fence.len()..]);
        Some(&text[..at])
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
