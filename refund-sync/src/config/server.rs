//! `[server]`: the listener of `serve`.

use std::net::SocketAddr;

use secrecy::SecretString;

/// Where the status page listens and what its actions ask for.
#[derive(Debug, Clone)]
pub struct Server {
    /// `listen`, default `127.0.0.1:8617`.
    pub listen: SocketAddr,
    /// `token`: needed for any action, and for everything when not on loopback.
    pub token: Option<SecretString>,
}
