//! `[server]`: the listener of `serve`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use secrecy::SecretString;

use super::section::Section;
use super::setting::Shape;

/// Where the status page listens and what its actions ask for.
#[derive(Debug, Clone)]
pub struct Server {
    /// `listen`, default `127.0.0.1:8617`.
    pub listen: SocketAddr,
    /// `token`: needed for any action, and for everything when not on loopback.
    pub token: Option<SecretString>,
}

/// Where `serve` listens unless told otherwise.
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8617);

impl Default for Server {
    fn default() -> Self {
        Self { listen: DEFAULT, token: None }
    }
}

impl Server {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let listen = section.text("listen", &DEFAULT.to_string()).parse::<SocketAddr>();
        let token = section.secret("token");
        let has_token = section.get("token", Shape::Table).is_some();
        section.finish();
        let setting = section.get("listen", Shape::Text);
        match (&listen, setting) {
            (Err(_), Some(setting)) => setting.fault(
                "is not an address and a port",
                "不是 IP 地址加端口",
                setting.write(format!("\"{DEFAULT}\"")),
            ),
            (Ok(address), Some(setting)) if !address.ip().is_loopback() && !has_token => setting.fault(
                "listens beyond this machine, so [server] needs a token",
                "监听非本机地址时 [server] 必须配置 token",
                r#"token = { env = "REFUND_SYNC_TOKEN" }"#,
            ),
            _ => {}
        }
        Some(Self { listen: listen.ok()?, token })
    }
}
