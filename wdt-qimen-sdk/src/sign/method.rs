//! The ways to sign a request to Qimen.

use std::fmt;
use std::str::FromStr;

use serde_with::{DeserializeFromStr, SerializeDisplay};

/// How a request is signed (`sign_method`).
///
/// ```
/// use wdt_qimen_sdk::SignMethod;
///
/// for method in ["md5", "hmac", "hmac-sha256"] {
///     assert_eq!(method.parse::<SignMethod>()?.as_str(), method);
/// }
/// # Ok::<(), wdt_qimen_sdk::UnknownSignMethod>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, SerializeDisplay, DeserializeFromStr)]
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
