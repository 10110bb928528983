//! The two ways to the same ERP: the Taobao Qimen gateway and WDT's own. They differ in address, parameters and
//! signature (`client/request/`); rows and limits are alike.

use std::fmt;
use std::str::FromStr;

use serde_with::{DeserializeFromStr, SerializeDisplay};

/// How the ERP is reached.
///
/// ```
/// use wdt_qimen_sdk::Protocol;
///
/// let protocol: Protocol = "native".parse()?;
/// assert_eq!(protocol, Protocol::Native);
/// assert_eq!(Protocol::default().production(), "https://hu3cgwt0tc.api.taobao.com/router/qm");
/// # Ok::<(), wdt_qimen_sdk::UnknownProtocol>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, SerializeDisplay, DeserializeFromStr)]
#[non_exhaustive]
pub enum Protocol {
    /// 企业奇门, the Taobao Qimen gateway: `wdt.refund.query`, TOP's signature, timestamps within ten minutes.
    #[default]
    Qimen,
    /// WDT's own `openapi2`: `refund_query.php`, its own signature, timestamps within five minutes. It leaves out
    /// 淘系 and supplier orders (protocol notes, section 1).
    Native,
}

impl Protocol {
    /// The production address.
    pub const fn production(self) -> &'static str {
        match self {
            Self::Qimen => "https://hu3cgwt0tc.api.taobao.com/router/qm",
            Self::Native => "https://api.wangdian.cn/openapi2",
        }
    }

    /// The sandbox's address. Qimen's takes no https.
    pub const fn sandbox(self) -> &'static str {
        match self {
            Self::Qimen => "http://hu3cgwt0tc.api.taobao.com/router/qmtest",
            Self::Native => "https://sandbox.wangdian.cn/openapi2",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qimen => "qimen",
            Self::Native => "native",
        })
    }
}

/// A protocol that is none of qimen and native.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no protocol: qimen or native")]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(name: &str) -> Result<Self, UnknownProtocol> {
        match name {
            "qimen" => Ok(Self::Qimen),
            "native" => Ok(Self::Native),
            other => Err(UnknownProtocol(other.to_owned())),
        }
    }
}

/// The scene in front of a method's catalogue name: `hu3cgwt0tc.wdt.refund.query`.
pub(crate) const SCENE: &str = "hu3cgwt0tc.";

/// Whether a method can have this name: `wdt.refund.query`, or a native page's own, `refund_query.php`.
pub(crate) fn is_method(name: &str) -> bool {
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    name.contains('.') && name.split('.').all(is_part)
}

/// What is wrong with a name that no method can have.
pub(crate) fn no_method(name: &str) -> String {
    format!("{name:?} is no name of a method: letters, digits and points, as wdt.refund.query")
}

/// What a method is known by, whichever of its names is used: `wdt.refund.query`, `hu3cgwt0tc.wdt.refund.query` and
/// `refund_query.php` are one.
pub(crate) fn known_by(method: &str) -> String {
    native_page(method.strip_prefix(SCENE).unwrap_or(method))
}

/// The native page of a method: `wdt.refund.query` is `refund_query.php`. A page's own name will do as well.
pub(crate) fn native_page(method: &str) -> String {
    match method {
        "wdt.shop.query" => "shop.php".to_owned(),
        "wdt.logistics.query" => "logistics.php".to_owned(),
        name => {
            let name = name.strip_suffix(".php").unwrap_or(name);
            format!("{}.php", name.strip_prefix("wdt.").unwrap_or(name).replace('.', "_"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::native_page;

    #[test]
    fn a_method_has_its_page() {
        for (method, page) in [
            ("wdt.refund.query", "refund_query.php"),
            ("wdt.stockin.order.query.refund", "stockin_order_query_refund.php"),
            ("wdt.vip.api.refund.query", "vip_api_refund_query.php"),
            ("wdt.shop.query", "shop.php"),
            ("his_trade_query.php", "his_trade_query.php"),
        ] {
            assert_eq!(native_page(method), page);
        }
    }
}
