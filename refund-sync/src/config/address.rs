//! Addresses of other systems: `http` or `https`, nothing secret in them.

use super::reader::Setting;
use url::{Host, Url};

/// Reads a base URL. A URL that carries a user, a password or a query is refused without being shown.
pub(super) fn base_url(setting: &Setting<'_>, example: &str) -> Option<Url> {
    let text = setting.text(example)?;
    let Ok(url) = Url::parse(text) else {
        setting.fault("is not a URL", "不是有效的网址", setting.write(example));
        return None;
    };
    if !matches!(url.scheme(), "http" | "https") {
        setting.fault(
            "must begin with http:// or https://",
            "须以 http:// 或 https:// 开头",
            setting.write(example),
        );
    } else if !url.username().is_empty() || url.password().is_some() {
        setting.fault(
            "holds a user or a password",
            "网址里不能含有用户名或密码",
            "use the keys for credentials · 请使用专门的凭据配置项",
        );
    } else if url.query().is_some() || url.fragment().is_some() {
        setting.fault("must end before ? and #", "不能带 ? 或 # 之后的部分", setting.write(example));
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
            "signatures and orders travel readable",
            "签名与单据将以明文传输",
            "use https:// · 请改用 https://",
        );
    }
}
