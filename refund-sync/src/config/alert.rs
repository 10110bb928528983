//! `[[alert]]`: where people are told. Sending is `alert`'s.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::schema;
use super::section::Section;
use super::setting::Shape;

/// One receiver of alerts.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Which robot it is.
    pub kind: AlertKind,
    /// Its address; robots carry their access token in it, so it is a secret.
    pub url: SecretString,
    /// The signing secret, where the robot has one.
    pub secret: Option<SecretString>,
}

/// Which robot receives an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertKind {
    /// 钉钉 `dingtalk`
    DingTalk,
    /// 企业微信 `wecom`
    WeCom,
    /// 飞书 `feishu`
    Feishu,
    /// A plain JSON POST `webhook`
    Webhook,
}

const KINDS: [(&str, AlertKind); 4] = [
    ("dingtalk", AlertKind::DingTalk),
    ("wecom", AlertKind::WeCom),
    ("feishu", AlertKind::Feishu),
    ("webhook", AlertKind::Webhook),
];

impl Alert {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        section.describe("kind", schema::choice(&KINDS));
        let kind = section.required("kind", Shape::Text, "\"dingtalk\"").and_then(|kind| kind.choice(&KINDS));
        let url = section.required_secret("url", "DINGTALK_URL");
        let secret = section.secret("secret");
        section.finish();
        let url = url.filter(|url| {
            let is_web = is_web(url.expose_secret());
            if let (false, Some(setting)) = (is_web, section.get("url", Shape::Table)) {
                setting.hide().fault(
                    "is not a URL with http:// or https://",
                    "不是以 http:// 或 https:// 开头的网址",
                    "copy the robot's whole webhook address · 请复制机器人的完整 Webhook 地址",
                );
            }
            is_web
        });
        Some(Self { kind: kind?, url: url?, secret })
    }
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
