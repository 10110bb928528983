//! `[pipeline.kingdee]`: how 金蝶云星空 is reached and written. The client is built by `sink`.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use kingdee_k3cloud_sdk::trust::{BadPem, Trusted};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;

use super::address::{self, may_hold_secret};
use super::proxy::Proxy;
use super::reader::json_schema as schema;
use super::reader::{Section, Setting, Shape, unreadable};
use super::time::{self, Freeze, WriteHours};
#[cfg(feature = "console")]
use super::web_url::WebUrl;
use crate::clock::{of_shanghai, shanghai};
use crate::lang::{Text, both};

/// How 金蝶云星空 is reached and written.
#[derive(Debug, Clone)]
pub struct Kingdee {
    /// The site, ending in `/k3cloud/`.
    pub base_url: Url,
    /// 账套 (数据中心) id.
    pub acct_id: String,
    /// The integration user.
    pub username: String,
    /// How it proves itself.
    pub credentials: Credentials,
    /// Language: 2052 简体 (default), 1033 English, 3076 繁體.
    pub lcid: u32,
    /// Organisation of the session as text: 金蝶 has `101.2` and `001`; default `100`.
    pub org_num: String,
    /// Through what it is reached, default straight.
    pub proxy: Proxy,
    /// A certificate authority of the site's own.
    pub ca: Option<CaFile>,
    /// How long one call may take, default 180 s.
    pub timeout: Duration,
    /// How long a number whose call was given up is left alone, default 300 s.
    pub resend_after: Duration,
    /// Bills a call, 1 to 500, default 50.
    pub batch_size: usize,
    /// Writes in flight, default 1.
    pub concurrency: usize,
    /// Calls a minute, default 60.
    pub quota_per_minute: u32,
    /// How far a bill is taken, default saved.
    pub finish: Finish,
    /// Whether what was saved is read back, default yes.
    pub verify: Verify,
    /// What becomes of a bill that could not be read back in full and is to be audited, default parked.
    pub on_unverified: OnUnverified,
    /// Questions of 金蝶 that are answered with yes (InterationFlags), default none.
    pub interaction_flags: Vec<String>,
    /// Whether what only a change in 金蝶 can lift is tried again by itself, default yes.
    pub retry_parked: RetryParked,
    /// When bills may be written; `None`: always.
    pub write_hours: Option<WriteHours>,
    /// Spans in which nothing is written (月末冻结).
    pub freeze: Vec<Freeze>,
    #[cfg(feature = "console")]
    /// Where a person opens a bill; `None`: the page shows no links into 金蝶.
    pub web_url: Option<WebUrl>,
}

/// How the integration user proves itself.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// `signature`: every call signed, no login.
    Signature {
        /// 应用ID `clientId_enc`; its second half hides a key, so it is a secret.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `app-secret`: LoginByAppSecret.
    AppSecret {
        /// 应用ID.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `sign`: LoginBySign.
    Sign {
        /// 应用ID.
        app_id: SecretString,
        /// 应用密钥.
        app_secret: SecretString,
    },
    /// `password`: ValidateUser.
    Password {
        /// The user's password.
        password: SecretString,
    },
}

/// A PEM file with certificates to trust besides the built-in ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its content.
    pub pem: Vec<u8>,
}

/// How far a bill is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// `save` 保存
    Save,
    /// `submit` 提交
    Submit,
    /// `audit` 审核
    Audit,
}

impl Finish {
    /// As the configuration has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Save => "save",
            Self::Submit => "submit",
            Self::Audit => "audit",
        }
    }
}

/// Whether what was saved is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// `none`
    None,
    /// `look-up`: quantities and 价税合计 per entry are compared.
    LookUp,
}

impl Verify {
    /// As the configuration has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::LookUp => "look-up",
        }
    }
}

/// What becomes of a bill of which something could not be read back (`***`, no right), where it is to be audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnUnverified {
    /// `park`: nothing unseen is audited.
    Park,
    /// `audit`: what could be read is enough.
    Audit,
}

/// Whether documents that 金蝶 refused are tried again by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryParked {
    /// `auto`: after 1 h, 4 h, then daily for 31 days.
    Auto,
    /// `off`: only when a person asks.
    Off,
}

impl Kingdee {
    /// When a parked document that is due at `due` is tried again by itself, as of `now`: not before its writing may go
    /// on, and never where that is switched off.
    pub fn next_try(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let at = self.waits_until(shanghai(due.max(now))).map_or(due, of_shanghai);
        (self.retry_parked == RetryParked::Auto).then_some(at)
    }

    /// Until when bills may not be written, if not at `now`: outside the write hours or in a freeze. Reading, mapping
    /// and looking up go on.
    pub fn waits_until(&self, now: NaiveDateTime) -> Option<NaiveDateTime> {
        let mut at = now;
        loop {
            let frozen = self.freeze.iter().filter_map(|freeze| freeze.ends_after(at));
            let closed = self.write_hours.filter(|hours| !hours.contains(at.time()));
            match frozen.max().or_else(|| closed.map(|hours| hours.opens_after(at))) {
                Some(later) => at = later,
                None => return (at > now).then_some(at),
            }
        }
    }
}

const BASE_URL: &str = "\"https://erp.example.com/k3cloud/\"";
const LCIDS: [u32; 3] = [2052, 1033, 3076];
const AUTHS: [(&str, Auth); 4] = [
    ("signature", Auth::Signature),
    ("app-secret", Auth::AppSecret),
    ("sign", Auth::Sign),
    ("password", Auth::Password),
];
const FINISHES: [(&str, Finish); 3] = [
    (Finish::Save.as_str(), Finish::Save),
    (Finish::Submit.as_str(), Finish::Submit),
    (Finish::Audit.as_str(), Finish::Audit),
];
const VERIFIES: [(&str, Verify); 2] =
    [(Verify::LookUp.as_str(), Verify::LookUp), (Verify::None.as_str(), Verify::None)];
const ON_UNVERIFIED: [(&str, OnUnverified); 2] =
    [("park", OnUnverified::Park), ("audit", OnUnverified::Audit)];
const RETRY_PARKED: [(&str, RetryParked); 2] = [("auto", RetryParked::Auto), ("off", RetryParked::Off)];
/// A bill that stands in 金蝶 is never changed; the key is kept for those who want that said.
const AFTER_SYNCS: [(&str, ()); 1] = [("report", ())];

/// The ways of [`Credentials`], before their secrets are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Auth {
    Signature,
    AppSecret,
    Sign,
    Password,
}

impl Kingdee {
    /// Required fields come last: their `?` ends the reading, and nothing may hide behind it.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let base_url = section
            .required("base_url", Shape::Text, BASE_URL)
            .and_then(|setting| base_url(&setting.hide_if(may_hold_secret)));
        let acct_id = section.required_text("acct_id", "\"65f0…\"");
        let username = section.required_text("username", "\"api\"");
        let credentials = credentials(section);
        let proxy = Proxy::read(section);
        check_after_sync(section);
        #[cfg(not(feature = "console"))]
        section.skip(&["kingdee_web_url"]);
        Some(Self {
            lcid: lcid(section),
            org_num: section.code("org_num", "100"),
            ca: section.get("ca_file", Shape::Text).and_then(|setting| ca_file(&setting)),
            timeout: section.seconds("timeout_seconds", &(1..=3600), 180),
            resend_after: section.seconds("resend_after_seconds", &(0..=86_400), 300),
            batch_size: count(section, "batch_size", 500, 50),
            concurrency: count(section, "concurrency", 64, 1),
            quota_per_minute: section.number("quota_per_minute", &(1..=1_000_000), 60),
            finish: section.choice("finish", &FINISHES),
            verify: section.choice("verify", &VERIFIES),
            on_unverified: section.choice("on_unverified", &ON_UNVERIFIED),
            interaction_flags: interaction_flags(section),
            retry_parked: section.choice("retry_parked", &RETRY_PARKED),
            write_hours: section
                .get("write_hours", Shape::Text)
                .and_then(|setting| time::write_hours(&setting)),
            freeze: freeze(section),
            #[cfg(feature = "console")]
            web_url: WebUrl::read(section),
            base_url: base_url?,
            acct_id: acct_id?,
            username: username?,
            credentials: credentials?,
            proxy: proxy?,
        })
    }
}

fn check_after_sync(section: &Section<'_>) {
    let asked = section.get("after_sync", Shape::Text);
    match asked.filter(|setting| setting.value().as_str() == Some("update")) {
        Some(setting) => setting.refuse(
            Text::new(
                "不提供：金蝶中已有的单据绝不改动，差异只报告",
                "is not offered: a bill that stands in 金蝶 is never changed, what differs is reported",
            ),
            "\"report\"",
        ),
        None => section.choice("after_sync", &AFTER_SYNCS),
    }
}

fn freeze(section: &Section<'_>) -> Vec<Freeze> {
    section.describe("freeze", json!({ "anyOf": [schema::text(), schema::list(&schema::text())] }));
    let Some(setting) = section.get("freeze", Shape::List) else { return Vec::new() };
    if setting.value().as_str().is_some() {
        return time::freeze(&setting).into_iter().collect();
    }
    setting.list(time::FREEZE, time::freeze).unwrap_or_default()
}

/// Words of 金蝶's, which go between semicolons on the wire.
fn interaction_flags(section: &Section<'_>) -> Vec<String> {
    const EXAMPLE: &str = "[\"STK_InvCheckResult\"]";
    section.describe("interaction_flags", schema::list(&schema::text()));
    let Some(setting) = section.get("interaction_flags", Shape::List) else { return Vec::new() };
    let flag = |setting: &Setting<'_>| {
        let flag = setting.text(EXAMPLE)?.trim();
        let is_word =
            !flag.is_empty() && flag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let message = Text::new("不是交互标识：只含字母、数字和下划线", "is no flag: letters, digits and _");
        setting.or_refuse(is_word.then(|| flag.to_owned()), message, "\"STK_InvCheckResult\"")
    };
    setting.list(EXAMPLE, flag).unwrap_or_default()
}

fn count(section: &Section<'_>, key: &'static str, most: u32, default: u32) -> usize {
    section.number(key, &(1..=most), default) as usize
}

fn lcid(section: &Section<'_>) -> u32 {
    section.describe("lcid", json!({ "enum": LCIDS, "default": LCIDS[0] }));
    let Some(setting) = section.get("lcid", Shape::Number) else { return LCIDS[0] };
    match setting.number(&(0..=u32::MAX), LCIDS[0]) {
        Some(lcid) if !LCIDS.contains(&lcid) => setting.refuse(
            Text::new(
                "未知的语言：2052 简体、1033 英文、3076 繁体",
                "is no known language: 2052, 1033 or 3076",
            ),
            "2052",
        ),
        Some(lcid) => return lcid,
        None => {}
    }
    LCIDS[0]
}

/// A site's address; a missing final slash is mended, since paths are appended to it and signed.
fn base_url(setting: &Setting<'_>) -> Option<Url> {
    let mut url = address::base_url(setting, BASE_URL)?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    let last = url.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_lowercase();
    // `galaxyapi` is the vendor's public gateway.
    if matches!(last.as_str(), "k3cloud" | "galaxyapi") {
        return Some(url);
    }
    let site = url.path().to_lowercase().find("/k3cloud/").map_or("/", |at| &url.path()[..at]);
    let path = format!("{}/k3cloud/", site.trim_end_matches('/'));
    url.set_path(&path);
    setting.refuse(
        Text::new("须以 /k3cloud/ 之类的路径结尾", "must end in a path like /k3cloud/"),
        format!("{:?}", url.as_str()),
    );
    None
}

fn credentials(section: &Section<'_>) -> Option<Credentials> {
    section.describe("auth", schema::choice(&AUTHS));
    let auth = match section.get("auth", Shape::Text) {
        Some(setting) => setting.choice(&AUTHS),
        None => Some(Auth::Signature),
    };
    let Some(auth) = auth else {
        // Which of them are needed is not known; that they exist is.
        for key in ["app_id", "app_secret", "password"] {
            section.get(key, Shape::Table);
        }
        return None;
    };
    if auth == Auth::Password {
        unused(section, "app_id");
        unused(section, "app_secret");
        return Some(Credentials::Password {
            password: section.required_secret("password", "KINGDEE_PASSWORD")?,
        });
    }
    unused(section, "password");
    let app_id = section.required_half_secret("app_id", "\"260001_…\"");
    let app_id = app_id.filter(|id| is_issued(section, id.expose_secret()));
    let app_secret = section.required_issued("app_secret", "KINGDEE_APP_SECRET");
    let (app_id, app_secret) = (app_id?, app_secret?);
    Some(match auth {
        Auth::AppSecret => Credentials::AppSecret { app_id, app_secret },
        Auth::Sign => Credentials::Sign { app_id, app_secret },
        Auth::Signature | Auth::Password => Credentials::Signature { app_id, app_secret },
    })
}

/// What 金蝶 issues is one word; an example is named as such elsewhere.
fn is_issued(section: &Section<'_>, app_id: &str) -> bool {
    if app_id.contains('…') || app_id.chars().all(|c| c.is_ascii_graphic()) {
        return true;
    }
    if let Some(setting) = section.get("app_id", Shape::Table) {
        setting.hide().fault(
            Text::new("含有空格、全角或看不见的字符", "has blanks, full-width or invisible characters in it"),
            Text::new("请从金蝶重新复制", "copy it again from 金蝶"),
        );
    }
    false
}

/// A credential that the chosen `auth` does not look at: not read, so that its variable need not exist.
fn unused(section: &Section<'_>, key: &'static str) {
    section.describe(key, schema::secret());
    if let Some(setting) = section.get(key, Shape::Table) {
        setting.hide().warn(
            Text::new("当前 auth 方式不使用此项", "is not used by this auth"),
            Text::new("请删除，或修改 auth", "remove it, or change auth"),
        );
    }
}

fn ca_file(setting: &Setting<'_>) -> Option<CaFile> {
    let path = setting.walk.resolve(setting.text("\"ca.pem\"")?);
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(error) => {
            setting.fault(
                unreadable(&path, &error),
                Text::new("请检查路径（相对于本配置文件）", "correct the path, relative to this file"),
            );
            return None;
        }
    };
    match Trusted::from_pem(&pem) {
        Ok(_) => Some(CaFile { path, pem }),
        Err(error) => {
            let zh = no_certificate(&error);
            setting.fault(
                both!(
                    "文件里没有可用的 PEM 证书：{zh}",
                    "the file holds no PEM certificate that can be used: {error}"
                ),
                Text::new("请以 Base-64 (PEM) 格式导出证书", "save the certificate as Base-64 X.509"),
            );
            None
        }
    }
}

fn no_certificate(error: &BadPem) -> String {
    match error {
        BadPem::None => "没有 CERTIFICATE 段".into(),
        BadPem::Block(place) => format!("第 {place} 段不完整或不是 Base-64"),
        BadPem::NoCertificate(place) => format!("第 {place} 段不是证书"),
    }
}
