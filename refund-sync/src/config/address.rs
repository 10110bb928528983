//! Addresses of other systems: `http` or `https`, nothing secret in them.

use super::reader::Setting;
use crate::lang::Text;
use url::{Host, Url};

/// Reads a base URL. A URL that carries a user, a password or a query is refused without being shown.
pub(super) fn base_url(setting: &Setting<'_>, example: &str) -> Option<Url> {
    let text = setting.text(example)?;
    let Ok(url) = Url::parse(text) else {
        setting.refuse(Text::new("不是有效的网址", "is not a URL"), example);
        return None;
    };
    if !matches!(url.scheme(), "http" | "https") {
        setting.refuse(
            Text::new("须以 http:// 或 https:// 开头", "must begin with http:// or https://"),
            example,
        );
    } else if !url.username().is_empty() || url.password().is_some() {
        setting.fault(
            Text::new("网址里不能含有用户名或密码", "holds a user or a password"),
            Text::new("请使用专门的凭据配置项", "use the keys for credentials"),
        );
    } else if url.query().is_some() || url.fragment().is_some() {
        setting.refuse(Text::new("不能带 ? 或 # 之后的部分", "must end before ? and #"), example);
    } else {
        warn_if_readable(setting, &url);
        return Some(url);
    }
    None
}

/// Whether a URL's text may hold something secret.
pub(super) fn may_hold_secret(text: &str) -> bool {
    text.contains(['@', '?', '#'])
}

fn warn_if_readable(setting: &Setting<'_>, url: &Url) {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if url.scheme() == "http" && !loopback {
        setting.warn(
            Text::new("签名与单据将以明文传输", "signatures and orders travel readable"),
            Text::new("请改用 https://", "use https://"),
        );
    }
}
