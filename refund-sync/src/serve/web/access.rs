//! Who may see and do what: on loopback everybody may look, beyond it only who has the token; nobody acts without it.
//! Every token that is brought, wherever, is weighed here. The session of a browser is `web::page`'s.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::address::{is_proxied, remote};
use super::throttle::Throttle;
use crate::config::{Role, Server, User};

/// Who may see and do what. Clones share the memory of who guessed wrong.
#[derive(Debug, Clone)]
pub struct Access {
    is_loopback: bool,
    users: Arc<[User]>,
    trusted_proxies: Arc<[IpAddr]>,
    throttle: Arc<Throttle>,
}

/// A listener beyond this machine without a token is never opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "[server] listens on {0}, beyond this machine, and has no token: add token = {{ env = \"REFUND_SYNC_TOKEN\" }} \
     监听非本机地址时必须配置 token"
)]
pub struct Unprotected(pub SocketAddr);

/// Who somebody is, by the token that was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Empty for whoever has `[server] token`.
    pub(super) name: Arc<str>,
    pub(super) role: Role,
}

/// What a caller brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// No token, or there is none to bring.
    None,
    /// The token of this person.
    Right(Known),
    /// Another one.
    Wrong,
    /// Something that is not looked at before so much time has passed: too many were wrong.
    TooEarly(TimeDelta),
}

impl Access {
    /// What follows from where we listen and whether there is a token.
    ///
    /// # Errors
    /// [`Unprotected`]
    pub fn new(listen: SocketAddr, token: Option<SecretString>) -> Result<Self, Unprotected> {
        Self::of(&Server { listen, token, ..Server::default() })
    }

    /// The same with everybody who has a token, and the proxies that are believed.
    ///
    /// # Errors
    /// [`Unprotected`]
    pub fn of(server: &Server) -> Result<Self, Unprotected> {
        let is_loopback = server.listen.ip().is_loopback();
        let users = server.everybody();
        if !is_loopback && users.is_empty() {
            return Err(Unprotected(server.listen));
        }
        let trusted_proxies = server.trusted_proxies.clone().into();
        Ok(Self { is_loopback, users: users.into(), trusted_proxies, throttle: Arc::default() })
    }

    /// Whom a request comes from.
    pub(super) fn remote(&self, request: &Request) -> IpAddr {
        remote(request, &self.trusted_proxies)
    }

    /// Looking takes no token here: we listen on this machine only, and the caller means it by its own name. A proxy that
    /// hands on requests under a public name must not open the page to everybody, and a name on the internet that was
    /// turned to point here must not read it through somebody's browser.
    pub(super) fn is_open_to(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        self.is_loopback && !is_proxied(headers) && hosts.all(|host| host.to_str().is_ok_and(is_here))
    }

    /// Nobody has a token.
    pub(super) fn is_for_nobody(&self) -> bool {
        self.users.is_empty()
    }

    /// What browsers' sessions are made of: all tokens, one behind the other.
    pub(super) fn seal(&self) -> Option<SecretString> {
        let tokens: Vec<_> = self.users.iter().map(|user| user.token.expose_secret()).collect();
        (!tokens.is_empty()).then(|| tokens.join("\0").into())
    }

    /// Weighs the `Authorization` that a request brings.
    pub(super) fn claim(&self, headers: &HeaderMap, from: IpAddr, now: DateTime<Utc>) -> Claim {
        if self.is_for_nobody() || !headers.contains_key(header::AUTHORIZATION) {
            return Claim::None;
        }
        let text =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        self.weigh(bearer.map_or("", |(_, token)| token.trim()), from, now)
    }

    /// Weighs a token that somebody brings.
    pub(super) fn weigh(&self, candidate: &str, from: IpAddr, now: DateTime<Utc>) -> Claim {
        if let Some(wait) = self.throttle.wait(from, now) {
            return Claim::TooEarly(wait.max(TimeDelta::seconds(1)));
        }
        if let Some(known) = self.known(candidate) {
            self.throttle.right(from, now);
            return Claim::Right(known);
        }
        self.throttle.wrong(from, now);
        Claim::Wrong
    }

    /// Says in the log what strangers tried, if it is time.
    pub(super) fn report(&self) {
        self.throttle.report();
    }

    /// Whose token this is. Takes as long whatever is wrong with it, and whoever has it.
    fn known(&self, candidate: &str) -> Option<Known> {
        let digest = |text: &str| -> [u8; 32] { Sha256::digest(text.as_bytes()).into() };
        let theirs = digest(candidate);
        let mut found = None;
        for user in self.users.iter() {
            let ours = digest(user.token.expose_secret().trim());
            if ours.iter().zip(theirs).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0 {
                found = Some(user);
            }
        }
        found.map(|user| Known { name: user.name.as_str().into(), role: user.role })
    }
}

/// `localhost`, or an address of this machine's loopback, with or without a port.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
