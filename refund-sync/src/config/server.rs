//! `[server]`: the listener of `serve`.

use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape};
use super::user::{self, Role, SHORTEST_TOKEN, User};
use crate::lang::Text;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

/// Where the status page listens and what its actions ask for.
#[derive(Debug, Clone)]
pub struct Server {
    /// `listen`, default `127.0.0.1:8617`.
    pub listen: SocketAddr,
    /// `token`: needed for any action, and for everything when not on loopback.
    pub token: Option<SecretString>,
    /// `[[server.user]]`: each a name and a token of their own.
    pub users: Vec<User>,
    /// `trusted_proxies`: whose `X-Forwarded-For` is believed, beside a proxy on this machine.
    pub trusted_proxies: Vec<IpAddr>,
    /// `connections`, default 256: so many at a time in all.
    pub connections: u32,
    /// `connections_per_address`, default 32: so many at a time from one address, this machine's own apart.
    pub connections_per_address: u32,
}

/// Where `serve` listens unless told otherwise.
const DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8617);

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: DEFAULT,
            token: None,
            users: Vec::new(),
            trusted_proxies: Vec::new(),
            connections: 256,
            connections_per_address: 32,
        }
    }
}

impl Server {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let listen = section.text("listen", &DEFAULT.to_string()).parse::<SocketAddr>();
        let token = section.secret("token");
        let has_token = section.get("token", Shape::Table).is_some();
        if let (Some(token), Some(setting)) = (&token, section.get("token", Shape::Table))
            // Where it may be missing it is empty; else an empty one is a fault already.
            && (1..SHORTEST_TOKEN).contains(&token.expose_secret().trim().chars().count())
        {
            user::too_short(&setting.hide());
        }
        let users = user::read(section, token.as_ref());
        let trusted_proxies = trusted_proxies(section);
        let default = Self::default();
        let connections = section.number("connections", &(8..=10_000), default.connections);
        let connections_per_address =
            section.number("connections_per_address", &(1..=10_000), default.connections_per_address);
        section.finish();
        let setting = section.get("listen", Shape::Text);
        match (&listen, setting) {
            (Err(_), Some(setting)) => setting.refuse(
                Text::new("不是 IP 地址加端口", "is not an address and a port"),
                format!("\"{DEFAULT}\""),
            ),
            (Ok(address), Some(setting)) if !address.ip().is_loopback() && !has_token && users.is_empty() => {
                setting.fault(
                    Text::new(
                        "监听非本机地址时 [server] 必须配置 token",
                        "listens beyond this machine, so [server] needs a token",
                    ),
                    r#"token = { env = "REFUND_SYNC_TOKEN" }"#,
                );
            }
            _ => {}
        }
        Some(Self {
            listen: listen.ok()?,
            token,
            users,
            trusted_proxies,
            connections,
            connections_per_address,
        })
    }

    /// Everybody who has a token.
    pub fn everybody(&self) -> Vec<User> {
        let owner = self.token.clone().map(|token| User { name: String::new(), token, role: Role::Act });
        owner.into_iter().chain(self.users.iter().cloned()).collect()
    }

    /// What those at the listener may have.
    pub fn limits(&self) -> ListenerLimits {
        let count = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        ListenerLimits {
            connections: count(self.connections),
            per_address: count(self.connections_per_address),
            ..ListenerLimits::default()
        }
    }
}

fn trusted_proxies(section: &Section<'_>) -> Vec<IpAddr> {
    const EXAMPLE: &str = "[\"10.0.0.5\"]";
    section.describe("trusted_proxies", schema::list(&schema::text()));
    let Some(setting) = section.get("trusted_proxies", Shape::List) else { return Vec::new() };
    let address = |item: &Setting<'_>| {
        let address = item.text("\"10.0.0.5\"")?.trim().parse::<IpAddr>().ok();
        let message = Text::new("不是 IP 地址", "is not an IP address");
        Some(item.or_refuse(address, message, "\"10.0.0.5\"")?.to_canonical())
    };
    setting.list(EXAMPLE, address).unwrap_or_default()
}

/// How much of this process those at the listener may have.
#[derive(Debug, Clone, Copy)]
pub struct ListenerLimits {
    /// Connections at a time, in all. Never more than a quarter of the process's file descriptors.
    pub connections: usize,
    /// Connections at a time from one address (of IPv6: one network /64). This machine's own are not counted by address:
    /// behind a proxy here everybody comes from it.
    pub per_address: usize,
    /// How long a connection may take to say what it wants, the first time and every other time.
    pub head: Duration,
    /// How long it may take none of what it is answered.
    pub reader: Duration,
    /// How long a connection lives, whatever it does. A page's stream of events is opened anew by the browser.
    pub life: Duration,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            connections: 256,
            per_address: 32,
            head: Duration::from_secs(10),
            reader: Duration::from_secs(15),
            life: Duration::from_mins(15),
        }
    }
}
