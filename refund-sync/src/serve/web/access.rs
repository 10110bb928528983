//! Who may see and do what: on loopback everybody may look, beyond it only who has the token; nobody acts without it.
//! Every token that is brought, wherever, is weighed here. The session of a browser is `web::page`'s.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::address::is_proxied;
use super::throttle::Throttle;

/// Who may see and do what. Clones share the memory of who guessed wrong.
#[derive(Debug, Clone)]
pub struct Access {
    is_loopback: bool,
    token: Option<SecretString>,
    throttle: Arc<Throttle>,
}

/// A listener beyond this machine without a token is never opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "[server] listens on {0}, beyond this machine, and has no token: add token = {{ env = \"REFUND_SYNC_TOKEN\" }} \
     监听非本机地址时必须配置 token"
)]
pub struct Unprotected(pub SocketAddr);

/// What a caller brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// No token, or there is none to bring.
    None,
    /// The token.
    Right,
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
        let is_loopback = listen.ip().is_loopback();
        if !is_loopback && token.is_none() {
            return Err(Unprotected(listen));
        }
        Ok(Self { is_loopback, token, throttle: Arc::default() })
    }

    /// Looking takes no token here: we listen on this machine only, and the caller means it by its own name. A proxy that
    /// hands on requests under a public name must not open the page to everybody, and a name on the internet that was
    /// turned to point here must not read it through somebody's browser.
    pub(super) fn is_open_to(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        self.is_loopback && !is_proxied(headers) && hosts.all(|host| host.to_str().is_ok_and(is_here))
    }

    /// What a browser's session is made of.
    pub(super) fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    /// Weighs the `Authorization` that a request brings.
    pub(super) fn claim(&self, headers: &HeaderMap, from: IpAddr, now: DateTime<Utc>) -> Claim {
        if self.token.is_none() || !headers.contains_key(header::AUTHORIZATION) {
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
        if self.is_token(candidate) {
            self.throttle.right(from, now);
            return Claim::Right;
        }
        self.throttle.wrong(from, now);
        Claim::Wrong
    }

    /// Says in the log what strangers tried, if it is time.
    pub(super) fn report(&self) {
        self.throttle.report();
    }

    /// Whether this is the token. Takes as long whatever is wrong with it.
    fn is_token(&self, candidate: &str) -> bool {
        let Some(token) = &self.token else { return false };
        let digest = |text: &str| -> [u8; 32] { Sha256::digest(text.as_bytes()).into() };
        let (ours, theirs) = (digest(token.expose_secret()), digest(candidate));
        ours.iter().zip(theirs).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }
}

/// `localhost`, or an address of this machine's loopback, with or without a port.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
