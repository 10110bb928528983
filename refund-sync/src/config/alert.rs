//! `[[alert]]`: where people are told. Sending is `serve::alert`'s.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::proxy::Proxy;
use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape};
use crate::lang::Text;

/// One receiver of alerts.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Which robot it is.
    pub kind: AlertKind,
    /// Its address; robots carry their access token in it, so it is a secret.
    pub url: SecretString,
    /// The signing secret, where the robot has one.
    pub secret: Option<SecretString>,
    /// Through what it is reached, default straight.
    pub proxy: Proxy,
    /// `pipelines`: only these are told about; empty: all.
    pub pipelines: BTreeSet<String>,
    /// When something is worth telling.
    pub limits: AlertLimits,
}

/// When something is worth telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertLimits {
    /// `quiet_minutes`: one condition is told at most once in this time.
    pub quiet: TimeDelta,
    /// `silence_minutes`: how long a complete cycle may be overdue.
    pub silence: TimeDelta,
    /// `idle_hours`: how long nothing may be accepted while other returns move.
    pub idle: TimeDelta,
    /// `ban_minutes`: how long 旺店通 may want to be left alone.
    pub ban: TimeDelta,
}

impl Default for AlertLimits {
    fn default() -> Self {
        Self {
            quiet: TimeDelta::minutes(QUIET.into()),
            silence: TimeDelta::minutes(SILENCE.into()),
            idle: TimeDelta::hours(IDLE.into()),
            ban: TimeDelta::minutes(BAN.into()),
        }
    }
}

const QUIET: u32 = 60;
const SILENCE: u32 = 30;
const IDLE: u32 = 24;
const BAN: u32 = 10;
/// A week, in minutes.
const WEEK: u32 = 7 * 24 * 60;

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

impl AlertKind {
    /// As it is written in the configuration.
    pub fn as_str(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

impl Alert {
    /// `pipelines` are the names that there are.
    pub(super) fn read(section: &Section<'_>, pipelines: &BTreeSet<&str>) -> Option<Self> {
        section.describe("kind", schema::choice(&KINDS));
        section.describe("pipelines", schema::list(&schema::text()));
        let kind = section.required("kind", Shape::Text, "\"dingtalk\"").and_then(|kind| kind.choice(&KINDS));
        let url = section.required_secret("url", "DINGTALK_URL");
        let secret = section.secret("secret");
        if let (Some(AlertKind::WeCom), Some(setting)) = (kind, section.get("secret", Shape::Table)) {
            setting.hide().warn(
                Text::new(
                    "不会使用：企业微信机器人没有加签密钥",
                    "is not used: a robot of 企业微信 has no signing secret",
                ),
                Text::new("请删除", "remove it"),
            );
        }
        let proxy = Proxy::read(section);
        let minutes = |key, default| TimeDelta::minutes(section.number(key, &(1..=WEEK), default).into());
        let limits = AlertLimits {
            quiet: minutes("quiet_minutes", QUIET),
            silence: minutes("silence_minutes", SILENCE),
            idle: TimeDelta::hours(section.number("idle_hours", &(1..=30 * 24), IDLE).into()),
            ban: minutes("ban_minutes", BAN),
        };
        let named = section.get("pipelines", Shape::List).and_then(|setting| some_of(&setting, pipelines));
        section.finish();
        let url = url.filter(|url| {
            let is_spared = url.expose_secret().is_empty();
            let is_web = is_spared || is_web(url.expose_secret());
            if let (false, Some(setting)) = (is_web, section.get("url", Shape::Table)) {
                setting.hide().fault(
                    Text::new(
                        "不是以 http:// 或 https:// 开头的网址",
                        "is not a URL with http:// or https://",
                    ),
                    Text::new("请复制机器人的完整 Webhook 地址", "copy the robot's whole webhook address"),
                );
            }
            is_web
        });
        Some(Self {
            kind: kind?,
            url: url?,
            secret,
            proxy: proxy?,
            pipelines: named.unwrap_or_default(),
            limits,
        })
    }
}

/// Names of pipelines that there are; at least one.
fn some_of(setting: &Setting<'_>, known: &BTreeSet<&str>) -> Option<BTreeSet<String>> {
    let all = format!("[\"{}\"]", known.iter().copied().collect::<Vec<_>>().join("\", \""));
    let names = setting.list(&all, |name| {
        let text = name.text("\"main\"")?;
        let message = Text::new("没有这个名称的同步方案", "is the name of no pipeline");
        name.or_refuse(known.contains(text).then(|| text.to_owned()), message, &all)
    })?;
    if names.is_empty() {
        setting.refuse(Text::new("列表为空：不写则为全部", "is empty: leave it out for all of them"), &all);
        return None;
    }
    Some(names.into_iter().collect())
}

fn is_web(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
