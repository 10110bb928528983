//! `proxy`: through what a side, or a receiver of alerts, is reached. None unless it is written down: what the environment
//! names is for other programs, too, and would carry calls to this machine itself out of it.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::reader::json_schema as schema;
use super::reader::secret::{self, Literal};
use super::reader::{Section, Shape};
use crate::lang::Text;

/// Through what calls go.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// Straight to their host.
    #[default]
    None,
    /// Through the one that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    Environment,
    /// Through this one. Its address may hold a password, so it is a secret.
    Url(SecretString),
}

const EXAMPLE: &str = "\"http://proxy.example.com:3128\"";
const ENVIRONMENT: &str = "environment";

impl Proxy {
    /// `None` if it is written and wrong.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        section.describe("proxy", schema::secret());
        let Some(setting) = section.get("proxy", Shape::Table) else { return Some(Self::None) };
        let setting = setting.hide_if(|text| text.contains('@'));
        let holds_password = setting.value().as_str().is_some_and(|text| text.contains('@'));
        let literal = if holds_password { Literal::Warned } else { Literal::Usual };
        let address = secret::read(&setting, literal)?;
        let text = address.expose_secret();
        if text == ENVIRONMENT {
            return Some(Self::Environment);
        }
        let is_web = Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/");
        if is_web {
            return Some(Self::Url(address));
        }
        // Where it comes from elsewhere it may hold anything.
        setting.hide_if(|text| text.contains([':', '@'])).fault(
            Text::new(
                "应为 \"environment\"，或代理地址（http:// 或 https:// 开头，不带路径）",
                "must be \"environment\" or the address of a proxy with http:// or https://, without a path",
            ),
            format!("proxy = {EXAMPLE}"),
        );
        None
    }

    /// Where it is, without user and password. `None`: there is none.
    pub fn shown(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Environment => Some(ENVIRONMENT.to_owned()),
            Self::Url(address) => {
                let url = Url::parse(address.expose_secret()).ok()?;
                let port = url.port_or_known_default().unwrap_or_default();
                Some(format!("{}://{}:{port}", url.scheme(), url.host_str().unwrap_or_default()))
            }
        }
    }
}
