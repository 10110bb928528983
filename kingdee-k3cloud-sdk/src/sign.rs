//! The signatures of the Web API, as pure functions of text and time.
//! When and where they are sent is decided in `client`; the secrets are held in `credentials`.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The mask that the vendor lays over client secrets inside application ids.
const MASK: &[u8] = b"0054f397c6234378b09ca7d3e5debce7";

/// Everything one header signature covers.
///
/// ```
/// use kingdee_k3cloud_sdk::sign::Signing;
///
/// // For who signs a call by other means than this crate's client:
/// let signing = Signing {
///     path: "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.View.common.kdsvc",
///     acct_id: "65f0c0ffee",
///     username: "api",
///     app_id: "260001_0123456789abcdef0123456789abcdef",
///     app_secret: "secret",
///     lcid: 2052,
///     org_num: "100",
///     timestamp: "1795132800",
///     nonce: "1",
/// };
/// assert_eq!(signing.headers()[0], ("X-Api-ClientID", "260001".to_owned()));
/// ```
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "it holds a secret")]
pub struct Signing<'a> {
    /// The URL's path as written, from the first `/` after the authority, not encoded.
    pub path: &'a str,
    /// The data centre's id (数据中心 acctID).
    pub acct_id: &'a str,
    /// The user that the authorisation runs as (集成用户).
    pub username: &'a str,
    /// The application id, `{client id}_{encoded client secret}`.
    pub app_id: &'a str,
    /// The application secret.
    pub app_secret: &'a str,
    /// Language: 2052 simplified Chinese, 1033 English, 3076 traditional Chinese.
    pub lcid: u32,
    /// The organisation's number; `0` or empty leaves it to the user's default.
    pub org_num: &'a str,
    /// Unix time as text; seconds and milliseconds are both accepted.
    pub timestamp: &'a str,
    /// Any text that differs from call to call.
    pub nonce: &'a str,
}

impl Signing<'_> {
    /// The nine headers of a signed call, in the vendor's order.
    ///
    /// `X-Kd-Signature` covers neither time nor body: anybody who reads it can use it for ever.
    pub fn headers(&self) -> [(&'static str, String); 9] {
        let (client_id, client_secret) = client(self.app_id);
        let content = format!(
            "POST\n{}\n\nx-api-nonce:{}\nx-api-timestamp:{}\n",
            quote(self.path),
            self.nonce,
            self.timestamp
        );
        let data = format!("{},{},{},{}", self.acct_id, self.username, self.lcid, self.org_num);
        let identity = format!("{}{data}", self.app_id);
        [
            ("X-Api-ClientID", client_id.to_owned()),
            ("X-Api-Auth-Version", "2.0".to_owned()),
            ("x-api-timestamp", self.timestamp.to_owned()),
            ("x-api-nonce", self.nonce.to_owned()),
            ("x-api-signheaders", "x-api-timestamp,x-api-nonce".to_owned()),
            ("X-Api-Signature", hmac_base64(&content, &client_secret)),
            ("X-Kd-Appkey", self.app_id.to_owned()),
            ("X-Kd-Appdata", STANDARD.encode(&data)),
            ("X-Kd-Signature", hmac_base64(&identity, self.app_secret)),
        ]
    }
}

/// Splits an application id into client id and decoded client secret.
///
/// Anything but exactly two parts gives two empty texts, as the vendor's SDKs do.
pub fn client(app_id: &str) -> (&str, String) {
    let mut parts = app_id.split('_');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(id), Some(encoded), None) => (id, client_secret(encoded)),
        _ => ("", String::new()),
    }
}

/// Decodes the client secret inside an application id; empty unless it is 32 characters of
/// unpadded base64.
pub fn client_secret(encoded: &str) -> String {
    if encoded.len() != 32 || encoded.contains('=') {
        return String::new();
    }
    let Ok(masked) = STANDARD.decode(encoded) else { return String::new() };
    let bytes: Vec<u8> = masked.iter().zip(MASK).map(|(byte, mask)| byte ^ mask).collect();
    STANDARD.encode(bytes)
}

/// Base64 over the 64 lower-case hex characters of HMAC-SHA256, the vendor's notation.
pub fn hmac_base64(content: &str, key: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new(); // HMAC takes keys of any length
    };
    mac.update(content.as_bytes());
    STANDARD.encode(base16ct::lower::encode_string(&mac.finalize().into_bytes()))
}

/// The `sign` of LoginBySign: SHA-256 over the five texts in ordinal order, in lower-case hex.
pub fn login_sign(acct_id: &str, username: &str, app_id: &str, app_secret: &str, timestamp: &str) -> String {
    let mut parts = [acct_id, username, app_id, app_secret, timestamp];
    parts.sort_unstable();
    base16ct::lower::encode_string(&Sha256::digest(parts.concat()))
}

/// Percent-encodes everything but RFC 3986's unreserved characters; `/` becomes `%2F` too.
pub fn quote(path: &str) -> String {
    let mut quoted = String::with_capacity(path.len() + 16);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) {
            quoted.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(quoted, "%{byte:02X}");
        }
    }
    quoted
}
