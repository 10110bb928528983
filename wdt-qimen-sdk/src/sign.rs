//! The two signatures: TOP's (Qimen) and the native gateway's. Pure functions over parameters and secret.
//! Which parameters are sent is decided in `client/request.rs`.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::fmt;
use std::str::FromStr;

/// How a request is signed (`sign_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SignMethod {
    /// `MD5(secret + base + secret)`.
    #[default]
    Md5,
    /// `HMAC-MD5(secret, base)`.
    Hmac,
    /// `HMAC-SHA256(secret, base)`.
    HmacSha256,
}

impl SignMethod {
    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Hmac => "hmac",
            Self::HmacSha256 => "hmac-sha256",
        }
    }
}

impl fmt::Display for SignMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A sign method that is none of md5, hmac, hmac-sha256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no sign method: md5, hmac or hmac-sha256")]
pub struct UnknownSignMethod(String);

impl FromStr for SignMethod {
    type Err = UnknownSignMethod;

    fn from_str(name: &str) -> Result<Self, UnknownSignMethod> {
        [Self::Md5, Self::Hmac, Self::HmacSha256]
            .into_iter()
            .find(|method| method.as_str() == name)
            .ok_or_else(|| UnknownSignMethod(name.to_owned()))
    }
}

/// What TOP signs: every parameter but `sign` and those with an empty key or value, sorted by key in byte order,
/// key and value raw and without separators (protocol notes, section 3).
pub fn top_base<K: AsRef<str>, V: AsRef<str>>(params: &[(K, V)]) -> String {
    let mut pairs: Vec<_> = signed(params).collect();
    pairs.sort_unstable();
    pairs.into_iter().flat_map(|(key, value)| [key, value]).collect()
}

/// TOP's signature, upper-case hex. `sign_method` must be among the parameters already.
///
/// ```
/// use wdt_qimen_sdk::sign::{SignMethod, top_sign};
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
