//! `[[alert]]`: where people are told. Sending is `alert`'s.

use secrecy::SecretString;

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
