//! One receiver of alerts on the wire: posts a letter and judges the answer. Nothing it says of a failure holds an
//! address or a secret. What the letter says is in `alert::letter`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio_rustls::rustls::ClientConfig;
use url::Url;

use super::message::Message;
use super::notification::Notification;
use crate::config::{Alert, AlertKind, Proxy};
use crate::lang::{Text, told};
use crate::text::shown;
use crate::tls::{self, NoClient};

/// How long a receiver may take, from the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(10);
/// No robot answers more than a line.
const MOST_BYTES: usize = 64 * 1024;
/// How much of a robot's words is repeated, in characters.
const MOST_QUOTED: usize = 120;

/// One receiver.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    /// What it is called in logs, metrics and the journal: its kind, numbered from the second of a kind on.
    pub(super) name: String,
    pub(super) alert: Alert,
    client: reqwest::Client,
}

/// Why a receiver was not reached, or did not take the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("{}", told!("无法连接，请检查地址和网络", "no connection: check the address and the network"))]
    Connect,
    #[error("{}", told!("10 秒内没有应答", "no answer within 10 s"))]
    Timeout,
    #[error("{}", told!("连接中断", "the connection broke off"))]
    Broken,
    #[error(
        "{}",
        told!(
            "代理要求用户名和密码（407），请写入 proxy 的地址",
            "the proxy wants user and password (407): write them into the address of proxy"
        )
    )]
    Proxy,
    #[error("{}", told!("HTTP {0}：请检查地址", "HTTP {0}: check the address", .0))]
    Status(u16),
    #[error("{}", told!("被拒绝，错误码 {code}：{said} {hint}", "refused with code {code}: {said} {hint}"))]
    Refused { code: i64, said: String, hint: Text },
    #[error(
        "{}",
        told!(
            "应答不是机器人的，请检查 kind 和地址",
            "the answer is none of a robot's: check kind and address"
        )
    )]
    Stranger,
}

/// Every receiver of the configuration, in its order.
pub(super) fn receivers(alerts: &[Alert]) -> Result<Vec<Receiver>, NoClient> {
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    let tls = tls::config([])?;
    let name = |(at, alert): (usize, &Alert)| {
        let word = alert.kind.as_str();
        match alerts[..at].iter().filter(|before| before.kind == alert.kind).count() {
            0 => word.to_owned(),
            before => format!("{word}-{}", before + 1),
        }
    };
    let receiver = |(at, alert): (usize, &Alert)| {
        Ok(Receiver {
            name: name((at, alert)),
            client: client(&alert.proxy, tls.clone())?,
            alert: alert.clone(),
        })
    };
    alerts.iter().enumerate().map(receiver).collect()
}

fn client(proxy: &Proxy, tls: ClientConfig) -> Result<reqwest::Client, reqwest::Error> {
    // A redirect would hand token and signature to another host.
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .http1_only()
        .timeout(PATIENCE)
        .pool_idle_timeout(Duration::from_secs(15))
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
    match proxy {
        Proxy::None => builder.no_proxy(),
        Proxy::Environment => builder,
        Proxy::Url(address) => builder.proxy(reqwest::Proxy::all(address.expose_secret())?),
    }
    .build()
}

impl Receiver {
    /// Whether it wants to hear of this pipeline.
    pub(super) fn cares_for(&self, pipeline: &str) -> bool {
        self.alert.pipelines.is_empty() || self.alert.pipelines.contains(pipeline)
    }

    /// Sends one message; `Ok` only when the receiver said that it took it.
    pub(super) async fn send(&self, notices: &[Notification], now: DateTime<Utc>) -> Result<(), Failure> {
        self.post(Message::write(&self.alert, notices, now)).await
    }

    /// Sends a message that says that it is a test.
    pub(super) async fn test(&self, now: DateTime<Utc>) -> Result<(), Failure> {
        self.post(Message::test(&self.alert, now)).await
    }

    async fn post(&self, letter: Option<Message>) -> Result<(), Failure> {
        let letter = letter.ok_or(Failure::Stranger)?;
        let mut request = self.client.post(letter.url).body(letter.body);
        for (name, value) in letter.headers {
            request = request.header(name, value);
        }
        let mut answer = request.send().await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if status == reqwest::StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(Failure::Proxy);
        }
        if !status.is_success() {
            return Err(Failure::Status(status.as_u16()));
        }
        if self.alert.kind == AlertKind::Webhook {
            return Ok(());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > MOST_BYTES {
                return Err(Failure::Stranger);
            }
        }
        self.judge(&body)
    }

    /// Robots say no in the body of a 200.
    fn judge(&self, body: &[u8]) -> Result<(), Failure> {
        let answer: Value = serde_json::from_slice(body).map_err(|_| Failure::Stranger)?;
        let (codes, words): (&[&str], _) = match self.alert.kind {
            AlertKind::Feishu => (&["code", "StatusCode"], "msg"),
            _ => (&["errcode"], "errmsg"),
        };
        let code = codes.iter().find_map(|key| answer.get(key)?.as_i64()).ok_or(Failure::Stranger)?;
        if code == 0 {
            return Ok(());
        }
        let said = answer.get(words).and_then(Value::as_str).unwrap_or_default();
        Err(Failure::Refused { code, said: self.redact(said), hint: hint(self.alert.kind, code) })
    }

    /// What a robot says might repeat what it was sent.
    fn redact(&self, said: &str) -> String {
        let mut secrets: Vec<String> =
            self.alert.secret.iter().map(|secret| secret.expose_secret().into()).collect();
        if let Ok(url) = Url::parse(self.alert.url.expose_secret()) {
            secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()));
            secrets.extend(url.path_segments().and_then(Iterator::last).map(str::to_owned));
        }
        let mut said = shown(said).into_owned();
        for secret in secrets.iter().filter(|secret| secret.len() > 4) {
            said = said.replace(secret, "***");
        }
        said.chars().take(MOST_QUOTED).collect()
    }
}

/// Where it went wrong; reqwest's own words hold the address.
fn failure(error: &reqwest::Error) -> Failure {
    match error {
        error if error.is_timeout() => Failure::Timeout,
        error if error.is_connect() => Failure::Connect,
        _ => Failure::Broken,
    }
}

/// What to do about a code that the vendors document.
fn hint(kind: AlertKind, code: i64) -> Text {
    match (kind, code) {
        (AlertKind::DingTalk, 310_000) => Text::new(
            "→ 检查加签密钥、关键词（refund-sync）或 IP 段",
            "→ check secret, key word (refund-sync), IP range",
        ),
        (AlertKind::DingTalk, 130_101 | 410_100 | 90_018)
        | (AlertKind::WeCom, 45_009)
        | (AlertKind::Feishu, 9_499 | 11_232) => {
            Text::new("→ 发送过于频繁，稍后自动重试", "→ too frequent, tried again later")
        }
        (AlertKind::DingTalk, 300_001 | 300_005)
        | (AlertKind::WeCom, 93_000)
        | (AlertKind::Feishu, 19_001) => {
            Text::new("→ 机器人地址无效，请重新复制", "→ the address is no robot's any more")
        }
        (AlertKind::Feishu, 19_021) => {
            Text::new("→ 检查签名密钥和本机时间", "→ check the secret and this machine's clock")
        }
        (AlertKind::Feishu, 19_022) => {
            Text::new("→ 本机 IP 不在白名单", "→ this machine's IP is not allowed")
        }
        (AlertKind::Feishu, 19_024) => {
            Text::new("→ 关键词请加 refund-sync", "→ add the key word refund-sync")
        }
        _ => Text::default(),
    }
}
