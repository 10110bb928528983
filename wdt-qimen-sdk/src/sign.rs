//! The two signatures: TOP's (Qimen) and the native gateway's. Pure functions over parameters and secret.
//! Which parameters are sent is decided in `client/request.rs`.

pub(crate) mod method;

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;

use method::SignMethod;

/// What TOP signs: every parameter but `sign` and those with an empty key or value, sorted by key in byte order,
/// key and value raw and without separators (protocol notes, section 3).
///
/// ```
/// # use wdt_qimen_sdk::sign::top_base;
/// assert_eq!(top_base(&[("v", "2.0"), ("method", "wdt.refund.query"), ("sign", "left out")]), "methodwdt.refund.queryv2.0");
/// ```
pub fn top_base<K: AsRef<str>, V: AsRef<str>>(params: &[(K, V)]) -> String {
    let mut pairs: Vec<_> = signed(params).collect();
    pairs.sort_unstable();
    pairs.into_iter().flat_map(|(key, value)| [key, value]).collect()
}

/// TOP's signature, upper-case hex. `sign_method` must be among the parameters already.
///
/// ```
/// use wdt_qimen_sdk::SignMethod;
/// use wdt_qimen_sdk::sign::top_sign;
/// let params = [("method", "wdt.refund.query"), ("sign_method", "hmac")];
/// assert_eq!(top_sign(SignMethod::Hmac, "secret", &params).len(), 32);
/// ```
pub fn top_sign<K: AsRef<str>, V: AsRef<str>>(method: SignMethod, secret: &str, params: &[(K, V)]) -> String {
    let base = top_base(params);
    match method {
        SignMethod::Md5 => upper(&Md5::digest(format!("{secret}{base}{secret}"))),
        SignMethod::Hmac => upper(&mac::<Hmac<Md5>>(secret, &base)),
        SignMethod::HmacSha256 => upper(&mac::<Hmac<Sha256>>(secret, &base)),
    }
}

/// What the native gateway signs: `%02d-key:%04d-value`, sorted by key, joined by `;`, with lengths counted in
/// **characters**, not bytes (protocol notes, section 3).
///
/// ```
/// # use wdt_qimen_sdk::sign::native_base;
/// assert_eq!(native_base(&[("sid", "test"), ("page_no", "0")]), "07-page_no:0001-0;03-sid:0004-test");
/// ```
pub fn native_base<K: AsRef<str>, V: AsRef<str>>(params: &[(K, V)]) -> String {
    let mut pairs: Vec<_> = signed(params).collect();
    pairs.sort_unstable();
    let part = |(key, value): (&str, &str)| {
        format!("{:02}-{key}:{:04}-{value}", key.chars().count(), value.chars().count())
    };
    pairs.into_iter().map(part).collect::<Vec<_>>().join(";")
}

/// The native gateway's signature, lower-case hex.
pub fn native_sign<K: AsRef<str>, V: AsRef<str>>(secret: &str, params: &[(K, V)]) -> String {
    base16ct::lower::encode_string(&Md5::digest(native_base(params) + secret))
}

fn signed<K: AsRef<str>, V: AsRef<str>>(params: &[(K, V)]) -> impl Iterator<Item = (&str, &str)> {
    params
        .iter()
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
        .filter(|(key, value)| *key != "sign" && !key.is_empty() && !value.is_empty())
}

fn mac<M: Mac + KeyInit>(secret: &str, base: &str) -> Vec<u8> {
    // HMAC takes keys of any length, so the error cannot happen; an empty result would be refused by any server.
    <M as KeyInit>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(base).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

fn upper(digest: &[u8]) -> String {
    base16ct::upper::encode_string(digest)
}
