//! Who may see and do what: on loopback everybody may look, beyond it only who has the token; nobody acts without it.
//! Logging in and the session of a browser are `web::page`'s.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// Who may see and do what.
#[derive(Debug, Clone)]
pub struct Access {
    is_loopback: bool,
    token: Option<SecretString>,
}

/// A listener beyond this machine without a token is never opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "[server] listens on {0}, beyond this machine, and has no token: add token = {{ env = \"REFUND_SYNC_TOKEN\" }} \
     监听非本机地址时必须配置 token"
)]
pub struct Unprotected(pub SocketAddr);

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
        Ok(Self { is_loopback, token })
    }

    /// There is a token, so there are actions.
    pub fn allows_actions(&self) -> bool {
        self.token.is_some()
    }

    /// Looking takes the token too.
    pub fn is_closed(&self) -> bool {
        !self.is_loopback
    }

    /// Looking takes no token here: we listen on this machine only, and the caller means it by its own name. A proxy that
    /// hands on requests under a public name must not open the page to everybody.
    pub fn is_open_to(&self, headers: &HeaderMap) -> bool {
        self.is_loopback
            && !headers.contains_key("x-forwarded-for")
            && !headers.contains_key("forwarded")
            && { headers.get(header::HOST).is_none_or(|host| host.to_str().is_ok_and(is_here)) }
    }

    /// What a browser's session is made of.
    pub(super) fn token(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    /// Whether this is the token. Takes as long whatever is wrong with it.
    pub fn is_token(&self, candidate: &str) -> bool {
        let Some(token) = &self.token else { return false };
        let digest = |text: &str| -> [u8; 32] { Sha256::digest(text.as_bytes()).into() };
        let (ours, theirs) = (digest(token.expose_secret()), digest(candidate));
        ours.iter().zip(theirs).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
    }

    /// Whether the caller brings the token, as `Authorization: Bearer …`.
    pub fn has_bearer(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        bearer.and_then(|text| text.strip_prefix("Bearer ")).is_some_and(|token| self.is_token(token))
    }

    /// Without a token only whoever means this machine is answered: a name on the internet that was turned to point
    /// here must not read the page through somebody's browser.
    pub fn is_meant(&self, headers: &HeaderMap) -> bool {
        self.token.is_some() || headers.get(header::HOST).is_none_or(|host| host.to_str().is_ok_and(is_here))
    }
}

/// Lets through who may look; for whatever has no session of a browser.
pub(super) async fn see(State(access): State<Access>, request: Request, next: Next) -> Response {
    if access.is_closed() && !access.has_bearer(request.headers()) {
        let advice = "需要令牌 the token is missing or wrong: Authorization: Bearer …\n";
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], advice).into_response();
    }
    if !access.is_meant(request.headers()) {
        let advice = "请用 http://127.0.0.1 访问，或配置 [server] token. Ask for 127.0.0.1 or localhost, or configure a token.\n";
        return (StatusCode::FORBIDDEN, advice).into_response();
    }
    next.run(request).await
}

/// `localhost`, or an address of this machine's loopback, with or without a port.
fn is_here(host: &str) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|c| c.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
