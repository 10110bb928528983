//! Through which proxy a host is reached, and whether that one opens a way to it: by the rules and for the variables that
//! the calls themselves go by.

use std::io;

use hyper_util::client::proxy::matcher::Matcher;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use url::Url;

use crate::config::Proxy;
use crate::lang::{Text, why};

/// No answer to the request for a way is longer, in bytes.
const LONGEST: usize = 8 * 1_024;

/// The proxy between us and a host.
#[derive(Debug, Clone)]
pub(super) struct Between {
    /// Where it is, without user and password.
    pub(super) address: Url,
    /// What it is shown of who calls.
    authorization: Option<SecretString>,
}

/// Why a proxy opened no way.
#[derive(Debug, thiserror::Error)]
pub(super) enum Closed {
    /// It wants to know who calls.
    #[error("407")]
    Unauthorised,
    /// It does not want to.
    #[error("{0}")]
    Refused(u16),
    /// What it answers is not HTTP, or nothing.
    #[error("{0}")]
    NoProxy(Text),
}

impl Between {
    /// The one that the setting names for this address; `None`: there is none, and calls go straight.
    pub(super) fn of(proxy: &Proxy, to: &Url) -> Option<Self> {
        let matcher = match proxy {
            Proxy::None => return None,
            Proxy::Environment => Matcher::from_env(),
            Proxy::Url(address) => Matcher::builder().all(address.expose_secret()).build(),
        };
        let intercept = matcher.intercept(&to.as_str().parse().ok()?)?;
        let authorization = intercept.basic_auth().and_then(|value| value.to_str().ok());
        let authorization = authorization.map(|value| SecretString::from(value.to_owned()));
        let mut address = Url::parse(&intercept.uri().to_string()).ok()?;
        // Neither is shown, whatever form the address had.
        let _ = (address.set_username(""), address.set_password(None));
        Some(Self { address, authorization })
    }

    /// What people call it.
    pub(super) fn shown(&self) -> String {
        let port = self.address.port_or_known_default().unwrap_or_default();
        format!("{}://{}:{port}", self.address.scheme(), self.address.host_str().unwrap_or_default())
    }

    /// Asks it for a way to `host:port` over a connection to it.
    pub(super) async fn open<S>(&self, stream: &mut S, to: &str) -> Result<(), Closed>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let broken = |error: io::Error| Closed::NoProxy(why(&error));
        let known = self.authorization.as_ref().map(SecretString::expose_secret);
        let known = known.map_or_else(String::new, |value| format!("Proxy-Authorization: {value}\r\n"));
        let request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{known}\r\n");
        stream.write_all(request.as_bytes()).await.map_err(broken)?;
        let mut head = Vec::new();
        // Byte by byte: what follows the head is the host's.
        while !head.ends_with(b"\r\n\r\n") {
            if head.len() >= LONGEST {
                return Err(Closed::NoProxy(Text::new("应答没有结尾", "no end of the answer")));
            }
            head.push(stream.read_u8().await.map_err(broken)?);
        }
        match status(&head) {
            Some(200..300) => Ok(()),
            Some(407) => Err(Closed::Unauthorised),
            Some(other) => Err(Closed::Refused(other)),
            None => Err(Closed::NoProxy(Text::new("应答不是 HTTP", "no HTTP"))),
        }
    }
}

/// `HTTP/1.1 407 …`
fn status(head: &[u8]) -> Option<u16> {
    let head = String::from_utf8_lossy(head);
    let mut words = head.lines().next()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_proxy_of_a_setting_is_named_without_its_password_and_none_is_none() {
        let to = url("https://erp.example.com/k3cloud/");
        assert!(Between::of(&Proxy::None, &to).is_none());
        let named = Proxy::Url(SecretString::from("http://user:planted@proxy.example.com:3128"));
        let between = Between::of(&named, &to).unwrap();
        assert_eq!(between.shown(), "http://proxy.example.com:3128");
        assert!(between.authorization.is_some() && !format!("{between:?}").contains("planted"));
    }

    #[tokio::test]
    async fn what_the_proxy_answers_decides_and_what_follows_it_is_not_read() {
        let between = Between::of(
            &Proxy::Url(SecretString::from("http://u:p@127.0.0.1:1")),
            &url("https://erp.example/"),
        )
        .unwrap();
        for (answer, wanted) in [
            ("HTTP/1.1 200 OK\r\n\r\nhello", "open"),
            ("HTTP/1.1 407 Proxy Authentication Required\r\nX: y\r\n\r\n", "407"),
            ("HTTP/1.0 403 Forbidden\r\n\r\n", "403"),
            ("SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"),
            ("HTTP/1.1 ", "it ended too early"),
        ] {
            let (mut here, mut there) = tokio::io::duplex(4_096);
            there.write_all(answer.as_bytes()).await.unwrap();
            there.shutdown().await.unwrap();
            let told = match between.open(&mut here, "erp.example:443").await {
                Ok(()) => "open".to_owned(),
                Err(closed) => closed.to_string(),
            };
            assert_eq!(told, wanted, "{answer}");
            drop(here);
            let mut asked = String::new();
            there.read_to_string(&mut asked).await.unwrap();
            assert!(asked.starts_with("CONNECT erp.example:443 HTTP/1.1\r\n"), "{asked}");
            assert!(asked.contains("Proxy-Authorization: Basic dTpw\r\n"), "{asked}");
        }
    }
}
